"""What a user may write about virtual functions of NICs."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from netconf.grammar import Strict, reject, shown
from netconf.grammar.names import LinkName
from netconf.grammar.values import Mac, Switch

MOST = 65535
"""VFs of a PCI function (NumVFs has 16 bits)."""

_NUMBER = re.compile(r"0|[1-9][0-9]{0,4}")
_RATE = re.compile(r"([1-9][0-9]{0,9})(mbit|gbit)")
_MOST_MBIT = (1 << 32) - 1


def _number(text: str) -> str:
    if not _NUMBER.fullmatch(text) or int(text) >= MOST:
        reject(
            "NC3601",
            f"{shown(text)} is not the number of a virtual function",
            "they are numbered from 0, without leading zeros",
            "write a number",
        )
    return text


def _rate(value: Any) -> int:
    """Mbit/s, as the kernel counts."""
    if value == "none":
        return 0
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    rate = int(match[1]) * (1000 if match[2] == "gbit" else 1) if match else 0
    if not 1 <= rate <= _MOST_MBIT:
        reject(
            "NC3602",
            f"{shown(value)} is not a rate of a virtual function",
            "it's a whole number of mbit or gbit, or none for no limit",
            f"write {value}mbit" if isinstance(value, int) and value > 0 else "write one such as 100mbit",
        )
    return rate


Number = Annotated[str, AfterValidator(_number), Field(description="number of a virtual function")]
Rate = Annotated[
    int, BeforeValidator(_rate), WithJsonSchema({"type": "string", "pattern": f"none|{_RATE.pattern}"})
]


class Function(Strict):
    """One virtual function, as the NIC handles it; what whoever uses it does is limited by that."""

    mac: Mac | None = Field(None, description="MAC address")
    vlan: int | None = Field(None, ge=0, le=4094, description="VLAN that its frames are put into, 0 = none")
    qos: int | None = Field(None, ge=0, le=7, description="priority in the tag, with vlan")
    vlan_protocol: Literal["802.1q", "802.1ad"] | None = Field(
        None, description="tag protocol, with vlan; left out = 802.1q"
    )
    spoofcheck: Switch | None = Field(None, description="drop frames from other MAC addresses than its own")
    trust: Switch | None = Field(
        None, description="let it change its MAC address and be promiscuous, as the driver has it"
    )
    link_state: Literal["auto", "enable", "disable"] | None = Field(
        None, description="the state it sees of its link: the NIC's own, always up or always down"
    )
    min_tx_rate: Rate | None = Field(None, description="guaranteed rate, such as 100mbit, or none")
    max_tx_rate: Rate | None = Field(None, description="largest rate, such as 1gbit, or none")

    @model_validator(mode="after")
    def _fits(self) -> Function:
        for name in ("qos", "vlan_protocol"):
            if getattr(self, name) is not None and not self.vlan:
                reject(
                    "NC3603",
                    f"{name} without vlan",
                    "it's about the tag, and there is none",
                    f"add vlan, or remove {name}",
                )
        if self.max_tx_rate and (self.min_tx_rate or 0) > self.max_tx_rate:
            reject(
                "NC3604",
                f"min_tx_rate {self.min_tx_rate}mbit is above max_tx_rate {self.max_tx_rate}mbit",
                "what's guaranteed is part of what's allowed",
                "correct one",
            )
        return self


class Sriov(Strict):
    """The virtual functions of a NIC."""

    vfs: int | None = Field(None, ge=0, le=MOST, description="how many; left out = as many as there are")
    vf: dict[Number, Function] = Field(default_factory=dict, description="settings by number, from 0")

    @model_validator(mode="after")
    def _are_there(self) -> Sriov:
        beyond = [number for number in self.vf if self.vfs is not None and int(number) >= self.vfs]
        if beyond:
            reject(
                "NC3605",
                f"VF {beyond[0]} of {self.vfs}",
                "they are numbered from 0",
                f"raise vfs to {int(beyond[0]) + 1}, or remove {beyond[0]}",
                at=("vf", beyond[0]),
            )
        return self


class Interface(Strict):
    """The part of an interface that is about virtual functions."""

    sriov: Sriov | None = Field(None, description="virtual functions of the NIC")


class Spec(Strict):
    """The part of a document that describes virtual functions."""

    interfaces: dict[LinkName, Interface] = Field(default_factory=dict)

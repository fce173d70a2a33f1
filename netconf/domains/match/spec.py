"""What a user may write about which link an interface is."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from netconf.grammar import Strict, reject, shown
from netconf.grammar.names import LinkName
from netconf.grammar.values import Mac

_PCI = re.compile(r"[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]")
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_PATH = re.compile(r"[A-Za-z0-9_.:@,/-]{1,255}")


def _pci(value: Any) -> Any:
    text = value.lower() if isinstance(value, str) else value
    if isinstance(text, str) and re.fullmatch(r"[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]", text):
        reject("NC2701", f"{value} lacks the PCI domain", "hosts may have several", f"write 0000:{text}")
    if not isinstance(text, str) or not _PCI.fullmatch(text):
        reject(
            "NC2701",
            f"{shown(value)} is not a PCI address",
            "it has a domain, bus, device and function, as lspci -D shows",
            "write it like 0000:03:00.0",
        )
    return text


def _driver(value: str) -> str:
    if not _WORD.fullmatch(value):
        reject(
            "NC2702", f"{shown(value)} is not the name of a driver", "it's one word", "see ethtool -i LINK"
        )
    return value


def _path(value: str) -> str:
    if not _PATH.fullmatch(value) or value.startswith("/") or ".." in value.split("/"):
        reject(
            "NC2703",
            f"{shown(value)} is not a path of a device",
            "it's what follows /sys/devices/ in the target of /sys/class/net/LINK/device",
            "write it like pci0000:00/0000:00:03.0/virtio1",
        )
    return value


class Match(Strict):
    """What tells a link from all others; all that is given must fit, and exactly one link must."""

    mac: Mac | None = Field(None, description="the MAC address it has now")
    permaddr: Mac | None = Field(None, description="the MAC address its hardware came with")
    pci: Annotated[str, BeforeValidator(_pci)] | None = Field(None, description="PCI address of the device")
    driver: Annotated[str, AfterValidator(_driver)] | None = Field(
        None, description="driver, as ethtool -i shows; good where only one link has it"
    )
    path: Annotated[str, AfterValidator(_path)] | None = Field(
        None, description="path of the device below /sys/devices"
    )
    altname: LinkName | None = Field(None, description="an alternative name of the link")

    @model_validator(mode="after")
    def _says_something(self) -> Match:
        if not self.model_fields_set:
            reject("NC2704", "match says nothing", "every link would fit", "write mac, permaddr or pci")
        return self


class InterfaceMatch(Strict):
    """What of an interface tells which link it is."""

    match: Match | None = Field(
        None, description="which link this is, if not the one of that name; it gets the name"
    )


class Spec(Strict):
    """The part of a document that says which links its interfaces are."""

    interfaces: dict[LinkName, InterfaceMatch] = Field(default_factory=dict)

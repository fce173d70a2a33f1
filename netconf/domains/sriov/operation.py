"""Writes to virtual functions as data, and the lines of a shell that equal them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netconf.core.overlay import UNSET, given
from netconf.domains.sriov.resource import Vf


@dataclass(frozen=True, slots=True)
class SetCount:
    """Make so many virtual functions, from or to 0."""

    link: str
    count: int

    def describe(self) -> str:
        return f"give {self.link} {self.count} virtual functions"

    def commands(self) -> tuple[str, ...]:
        return (f"echo {self.count} > /sys/class/net/{self.link}/device/sriov_numvfs",)


@dataclass(frozen=True, slots=True)
class SetVf:
    """Write what is set of `vf`; of VLAN, priority and protocol all or none, and of the two rates."""

    vf: Vf

    def describe(self) -> str:
        return f"change VF {self.vf.number} of {self.vf.link}"

    def commands(self) -> tuple[str, ...]:
        words = " ".join(_words(self.vf))
        return (f"ip link set dev {self.vf.link} vf {self.vf.number} {words}",)


SriovOperation = SetCount | SetVf


def _words(vf: Vf) -> Iterator[str]:
    """`enable` and `disable` are ip's words for the state; rates are in Mbit/s there, too."""
    if given(vf.mac, ""):
        yield f"mac {vf.mac}"
    if vf.vlan is not UNSET:
        vlan, qos, protocol = vf.tag
        yield f"vlan {vlan}"
        yield from ([f"qos {qos}"] if qos else [])
        yield from ([f"proto {protocol}"] if protocol != "802.1q" else [])
    if vf.max_tx_rate is not UNSET:
        yield f"max_tx_rate {vf.rates[1]} min_tx_rate {vf.rates[0]}"
    for word, value in (("spoofchk", vf.spoofcheck), ("trust", vf.trust), ("state", vf.link_state)):
        if value is not UNSET:
            yield f"{word} {value}"

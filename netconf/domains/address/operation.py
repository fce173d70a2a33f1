"""Writes to addresses and the `ip address` lines that equal them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from netconf.core.overlay import Unset, given
from netconf.core.quick import quick
from netconf.domains.address.resource import FOREVER, Address


@quick
@dataclass(frozen=True, slots=True)
class WriteAddress:
    """create = it must not be there; replace = make or change it."""

    verb: Literal["create", "replace"]
    address: Address

    def describe(self) -> str:
        return f"{self.verb} address {self.address.text} on {self.address.link}"

    def commands(self) -> tuple[str, ...]:
        verb = "add" if self.verb == "create" else "replace"
        return (" ".join([f"ip address {verb}", *_words(self.address)]),)


@quick
@dataclass(frozen=True, slots=True)
class DeleteAddress:
    """An IPv4 address is deleted with promote_secondaries on, so that only it goes."""

    address: Address

    def describe(self) -> str:
        return f"delete address {self.address.text} from {self.address.link}"

    def commands(self) -> tuple[str, ...]:
        line = f"ip address del {self.address.text} dev {self.address.link}"
        if self.address.is_v6:
            return (line,)
        key = f"net/ipv4/conf/{self.address.link}/promote_secondaries"
        return (f"promote=$(sysctl -n {key})", f"sysctl -qw {key}=1", line, f"sysctl -qw {key}=$promote")


AddressOperation = WriteAddress | DeleteAddress


def _words(address: Address) -> list[str]:
    words = [address.text, "dev", address.link]
    pairs = (
        ("broadcast", given(address.broadcast, "")),
        ("label", given(address.label, "")),
        ("scope", given(address.scope, "")),
        ("metric", given(address.metric, 0)),
    )
    words += [part for word, value in pairs if value for part in (word, str(value))]
    words += given(address.flags, ())
    for word, seconds in (("valid_lft", address.valid), ("preferred_lft", address.preferred)):
        if not isinstance(seconds, Unset) and seconds != FOREVER:
            words += [word, str(seconds)]
    return words

"""Writes to nexthop objects and the `ip nexthop` lines that equal them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from netconf.core.duration import milliseconds
from netconf.core.overlay import given
from netconf.domains.nexthop.resource import NETCONF_PROTOCOL, Nexthop


@dataclass(frozen=True, slots=True)
class WriteNexthop:
    """create = none with this number may be there; replace = in place of the one that may be."""

    verb: Literal["create", "replace"]
    nexthop: Nexthop

    def describe(self) -> str:
        return f"{self.verb} {_name(self.nexthop)}"

    def commands(self) -> tuple[str, ...]:
        one = self.nexthop
        verb = "add" if self.verb == "create" else "replace"
        protocol = given(one.protocol, NETCONF_PROTOCOL)
        words = ["ip -6" if one.family == "ipv6" else "ip", "nexthop", verb, "id", str(one.number)]
        words += _group_words(one) if one.members else _hop_words(one)
        words += ["fdb"] if one.fdb else []
        words += ["protocol", str(protocol)] if protocol else []
        return (" ".join(words),)


@dataclass(frozen=True, slots=True)
class DeleteNexthop:
    nexthop: Nexthop

    def describe(self) -> str:
        return f"delete {_name(self.nexthop)}"

    def commands(self) -> tuple[str, ...]:
        return (f"ip nexthop del id {self.nexthop.number}",)


NexthopOperation = WriteNexthop | DeleteNexthop


def _name(one: Nexthop) -> str:
    return f"{'group of nexthops' if one.members else 'nexthop'} {one.number}"


def _hop_words(one: Nexthop) -> list[str]:
    if one.blackhole:
        return ["blackhole"]
    words = ["via", one.via] if one.via else []
    words += ["dev", one.dev] if one.dev else []
    return words + (["onlink"] if one.onlink else [])


def _group_words(one: Nexthop) -> list[str]:
    members = [
        f"{member.number},{member.weight}" if member.weight != 1 else str(member.number)
        for member in one.members
    ]
    words = ["group", "/".join(members)]
    if one.buckets:
        words += ["type", "resilient", "buckets", str(one.buckets)]
        words += ["idle_timer", _seconds(one.idle_timer), "unbalanced_timer", _seconds(one.unbalanced_timer)]
    return words


def _seconds(duration: str) -> str:
    return f"{milliseconds(duration) / 1000:g}"

"""What is told of a packet filter: what its rules have counted, what its sets hold."""

from __future__ import annotations

from typing import NamedTuple


class RuleCount(NamedTuple):
    """A rule by its name in the document (generated ones begin with `netconf: `), and where it's asked;
    what has passed it since it's there, of both families.
    """

    where: str
    name: str
    packets: int
    octets: int


class Ban(NamedTuple):
    """A member that packets put into a set; `left` is the time it stays, in the kernel's words, "" = for
    good.
    """

    address: str
    left: str


class SetContents(NamedTuple):
    """A set by its name in the document: how many members it has, and those that go by themselves."""

    name: str
    members: int
    bans: tuple[Ban, ...]


class FilterState(NamedTuple):
    """A table of ours, or our chains; `there` is False if they don't exist. `backend` is nftables or
    iptables.
    """

    table: str
    there: bool
    rules: tuple[RuleCount, ...] = ()
    sets: tuple[SetContents, ...] = ()
    backend: str = "nftables"

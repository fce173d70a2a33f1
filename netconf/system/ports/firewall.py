"""What may be asked of nftables, connection tracking, legacy xtables and ipset, and of running sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from netconf.system import xtables


class NftComplaint(NamedTuple):
    """What nft or the kernel says about a line of a script; line 0 = about none."""

    line: int
    text: str


class NftChain(NamedTuple):
    """A base chain of any table: where it's hooked in, in nft's words, and its policy."""

    family: str
    table: str
    name: str
    hook: str
    policy: str


Counts = tuple[tuple[int, int], ...]
"""Packets and bytes of the counters of a rule, in their order."""


class NftImage(NamedTuple):
    """A table in the kernel's own bytes. `heads` are the table, its chains and sets without their contents.
    For each rule there is its chain, what it is, its handle, and what it counted; anonymous sets are a
    part of their rules. `members` are the sets that packets don't fill: where their ranges begin (also
    addresses alone) and where they end, as sorted keys one after the other.
    """

    heads: frozenset[bytes]
    chains: tuple[str, ...]
    bodies: tuple[bytes, ...]
    members: Mapping[str, tuple[bytes, bytes]]
    handles: tuple[int, ...]
    counts: tuple[Counts, ...]


class NftTrial(NamedTuple):
    """What the kernel made of a script: as `nft -a list table` writes it, and as an image."""

    text: str
    image: NftImage | None


class Session(NamedTuple):
    """The connection somebody works through: from an address, to an address and port of this host."""

    peer: str
    local: str
    port: int


class Sessions(Protocol):
    """Who is at work."""

    def current(self) -> Session | None:
        """The SSH connection this process was started from, also through sudo; None = there is none."""
        ...


class Flow(NamedTuple):
    """A connection as connection tracking knows it: the addresses and ports of its first packet, and
    those of the answers, which are others if it's translated. Ports are 0 where there are none.
    """

    protocol: int
    source: str
    source_port: int
    destination: str
    destination_port: int
    answers_from: str
    answers_from_port: int
    answers_to: str
    answers_to_port: int


class Memory(Protocol):
    """What was found out about this namespace, until the next boot: for what is dear to find out again.
    Not having it is never an error.
    """

    def recall(self, name: str) -> bytes | None: ...

    def keep(self, name: str, data: bytes) -> None: ...

    def trust(self, name: str) -> None:
        """What is kept under the name holds in this run, as far as can be seen."""
        ...

    def trusted(self, name: str) -> bool: ...

    def note(self, name: str, found: object) -> None:
        """For the rest of this run."""
        ...

    def noted(self, name: str) -> object:
        """What was noted, or None."""
        ...


class Conntrack(Protocol):
    """Connection tracking of the kernel."""

    def sockets(self) -> Sequence[Flow]:
        """The established TCP connections of this host's sockets, but for those within it; the first
        packet is the peer's where somebody listens on the port.
        """
        ...

    def flows(self) -> Sequence[Flow]:
        """All connections that are tracked. Raises ObserveError."""
        ...

    def track(self, flows: Sequence[Flow]) -> None:
        """Let established TCP connections be tracked as such; those that are already stay as they are.
        Raises ApplyError.
        """
        ...

    def forget(self, flows: Sequence[Flow]) -> None:
        """Let them be tracked no more; gone already counts as done. Raises ApplyError."""
        ...


class Nft(Protocol):
    """nftables, in the text that nft(8) reads and writes. Raises ObserveError if nft can't be run."""

    def table(self, family: str, name: str) -> str:
        """The table as `nft -a list table` writes it, with its state; "" if there is none."""
        ...

    def canonical(self, script: str, family: str, name: str) -> str | NftComplaint:
        """The same text after a script was loaded in a throw-away network namespace: what the kernel
        makes of it. The complaint is the first one.
        """
        ...

    def trial(self, script: str, family: str, name: str) -> NftTrial | NftComplaint:
        """The same with the image."""
        ...

    def image(self, family: str, name: str) -> NftImage | None:
        """The table without running nft; None if there is none, or it holds what has no image."""
        ...

    def generation(self) -> int:
        """A number that every change of rules in this namespace makes another, whoever makes it; what
        packets do to sets and counters doesn't. -1 = it can't be read.
        """
        ...

    def load(self, script: str) -> NftComplaint | None:
        """Load a script as one transaction: all of it, or nothing and the first complaint."""
        ...

    def admits(self, script: str, session: Session, link: str) -> bool | None:
        """Whether under a script a new TCP connection like this one is answered when it comes in by
        the link: tried with a packet in a throw-away network namespace. None = it can't be tried.
        """
        ...

    def base_chains(self) -> Sequence[NftChain]:
        """Every chain that sees packets, of every table."""
        ...

    def legacy_tables(self) -> Sequence[str]:
        """The tables iptables-legacy and ip6tables-legacy have here; looking loads no module."""
        ...


class XtText(NamedTuple):
    """One table of iptables (4) or ip6tables (6) as iptables-restore reads it."""

    family: int
    table: str
    text: str


class Xtables(Protocol):
    """Legacy xtables: the tables that iptables-legacy and ip6tables-legacy show. Raises ObserveError if
    they can't be run. Looking loads no kernel module.
    """

    def can_write(self) -> bool:
        """Whether the library is there that writes tables."""
        ...

    def tables(self, family: int) -> Sequence[str]:
        """The tables there are."""
        ...

    def save(self, family: int, table: str) -> str:
        """The table as `iptables-save -c` writes it; "" if there is none."""
        ...

    def canonical(self, sets: str, texts: Sequence[XtText]) -> Sequence[str] | xtables.Complaint:
        """Each table as it's saved after the texts were loaded in a throw-away network namespace, with
        sets as `ipset restore` reads them. The complaint is the first one; of the sets, if its part is -1.
        """
        ...

    def rehearse(self, sets: str, commits: Sequence[xtables.Commit]) -> xtables.Complaint | None:
        """Make commits in a throw-away network namespace with these sets: what the library can't write,
        or writes as something else. The line is that of the rules after it.
        """
        ...

    def commit(self, commit: xtables.Commit) -> None:
        """Change one table, as one transaction, under the lock of iptables, and read it back. Raises
        ApplyError, also if the table isn't as expected before or after it.
        """
        ...

    def admits(self, sets: str, texts: Sequence[XtText], session: Session, link: str) -> bool | None:
        """As Nft.admits, for tables and sets."""
        ...


class IpsetComplaint(NamedTuple):
    """What ipset says about a line of a script; line 0 = about none."""

    line: int
    text: str


class Ipsets(Protocol):
    """Sets of addresses that xtables look into. Raises ObserveError if ipset can't be run."""

    def names(self) -> Sequence[str]: ...

    def save(self, name: str) -> str:
        """The set as `ipset save` writes it."""
        ...

    def restore(self, script: str) -> IpsetComplaint | None:
        """Do the commands of a script up to the first that fails."""
        ...

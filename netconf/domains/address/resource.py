"""An IP address of a link, as a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import ClassVar

from netconf.core import ids, ip
from netconf.core.ids import ResourceId
from netconf.core.image import TRANSIENT
from netconf.core.overlay import UNSET, Unset, fill, given
from netconf.core.quick import quick
from netconf.core.resource import NO_KEYS, Resource

FOREVER = 0xFFFFFFFF
"""A lifetime without end, in seconds (INFINITY_LIFE_TIME of net/addrconf.h)."""

_ENDLESS = (FOREVER, UNSET)

CLOCK_SECONDS = 5
"""How exactly the age of a lifetime is known: the kernel's clocks begin at different moments."""

LOOPBACK = {"127.0.0.1", "::1"}
"""Given to lo by the kernel when it goes up."""

IN_PLACE_V6 = {"nodad", "home", "mngtmpaddr", "noprefixroute"}
"""Flags that RTM_NEWADDR with NLM_F_REPLACE changes (inet6_addr_modify); of IPv4 none."""


@lru_cache(maxsize=1 << 14)
def _of_link(name: str) -> frozenset[ResourceId]:
    """What the IPv4 addresses of a link need; they share the set."""
    return frozenset({ids.link(name)})


@lru_cache(maxsize=1 << 14)
def _after_sysctls(name: str) -> frozenset[ResourceId]:
    return frozenset({ids.sysctls(name)})


def text(ip: str, peer: str, length: int) -> str:
    """An address as `ip address` writes it."""
    return f"{ip} peer {peer}/{length}" if peer else f"{ip}/{length}"


@quick
@dataclass(frozen=True, slots=True)
class Address(Resource):
    """An address. `ip` and `peer` are canonical text, lifetimes seconds, `flags` sorted words.

    `order` is the place among the link's addresses of the family, as the kernel lists them. It isn't
    compared: where it matters, `moves` says that an address has to be added anew, and `behind`
    which one; `restacked` that all that move are taken down before the first is added. `position`
    is the place in the document.
    """

    made: ClassVar[Callable[..., Address]]

    link: str
    ip: str
    length: int
    peer: str = ""
    label: str | Unset = UNSET
    scope: str | Unset = UNSET
    broadcast: str | Unset = UNSET
    metric: int | Unset = UNSET
    valid: int | Unset = UNSET
    preferred: int | Unset = UNSET
    flags: tuple[str, ...] | Unset = UNSET
    order: int | Unset = field(default=UNSET, compare=False)
    moves: bool = field(default=False, metadata=TRANSIENT)
    restacked: bool = field(default=False, compare=False, metadata=TRANSIENT)
    position: int = field(default=0, compare=False, metadata=TRANSIENT)
    behind: str = field(default="", compare=False, metadata=TRANSIENT)
    dad: str = field(default="", compare=False, metadata=TRANSIENT)
    age: int = field(default=0, compare=False, metadata=TRANSIENT)
    dynamic: bool = field(default=False, compare=False, metadata=TRANSIENT)

    def placed(self, order: int | Unset, behind: str, *, moves: bool) -> Address:
        """The same address with another place. As dataclasses.replace, which takes three times as long."""
        return Address(
            self.link,
            self.ip,
            self.length,
            self.peer,
            self.label,
            self.scope,
            self.broadcast,
            self.metric,
            self.valid,
            self.preferred,
            self.flags,
            order,
            moves,
            self.restacked,
            self.position,
            behind,
            self.dad,
            self.age,
            self.dynamic,
        )

    @property
    def text(self) -> str:
        return text(self.ip, self.peer, self.length)

    @property
    def id(self) -> ResourceId:
        return self._id or self.remember(ids.address(self.link, text(self.ip, self.peer, self.length)))

    @property
    def is_v6(self) -> bool:
        return ":" in self.ip

    @property
    def ends(self) -> bool:
        """Whether the kernel removes it, or prefers others, when a time is over."""
        return self.valid not in _ENDLESS or self.preferred not in _ENDLESS

    @property
    def may_come_by_itself(self) -> bool:
        """Whether the kernel makes such addresses, when a link goes up or IPv6 is switched on."""
        return self.ip.startswith(("fe8", "fe9", "fea", "feb")) or self.ip in LOOPBACK

    @property
    def requires(self) -> frozenset[ResourceId]:
        if ":" not in self.ip:
            return _of_link(self.link)
        own = ids.link(self.link)
        enabled = set() if self._is_loopback else {ids.ipv6_enabled(self.link)}
        return frozenset({own, ids.admin_up(self.link), ids.ipv6(self.link)} | enabled)

    @property
    def _is_loopback(self) -> bool:
        """::1 of lo comes back by itself, without the prefix route that one of ours would have
        (init_loopback in net/ipv6/addrconf.c).
        """
        return (self.link, self.ip, self.length) == ("lo", "::1", 128)

    @property
    def after(self) -> frozenset[ResourceId]:
        if not self.behind and ":" not in self.ip:
            return _after_sysctls(self.link)
        first = {ids.sysctls(self.link)}
        if self.is_v6:
            first |= {
                ids.sysctl(("net", "ipv6", "conf", name, "disable_ipv6")) for name in ("all", self.link)
            }
        return frozenset(first | {ids.address(self.link, self.behind)} if self.behind else first)

    @property
    def alike(self) -> str | None:
        """A link's IPv4 addresses are, without flags and behind no other."""
        plain = self.flags is UNSET and not self.behind and ":" not in self.ip
        return self.link if plain else None

    @property
    def place(self) -> int:
        """The kernel lists a link's IPv4 addresses in the order they came."""
        return self.position

    @property
    def stacked(self) -> bool:
        return self.restacked

    @property
    def provides(self) -> frozenset[ResourceId]:
        """Without its prefix route nobody is reached from it."""
        own = [ids.local(self.ip)]
        if "noprefixroute" not in given(self.flags, ()):
            own.append(ids.reach(self.link))
        if ":" not in self.ip:
            own.append(ids.ipv4(self.link))
        return frozenset(own)

    @property
    def occupies(self) -> frozenset[str]:
        """IPv6 has an address once on a link, whatever its prefix length."""
        return frozenset({f"inet6 {self.link} {self.ip}"}) if self.is_v6 else NO_KEYS

    @property
    def excludes(self) -> frozenset[str]:
        """An address that's to have its old place becomes a primary only once the one of its subnet that goes is
        gone: else it would be promoted when that goes, behind all others. And a route to the network of one that's
        there is taken once the one that came with it is gone.
        """
        if ":" in self.ip or self.order is UNSET:
            return NO_KEYS
        own = ip.parse(self.peer or self.ip)
        network = "" if own is None else str(ip.network(own, self.length))
        place = f"{self.link} {network}"
        if self.restacked or "noprefixroute" in given(self.flags, ()):
            return frozenset({place})
        return frozenset({place, f"route {network} {given(self.metric, 0)}"})

    @property
    def foreign(self) -> bool:
        """DHCP's, SLAAC's and the kernel's own addresses aren't for a document to remove."""
        return self.dynamic

    def overlay(self, observed: Address) -> Address:
        """A finite lifetime counts as the one that was asked for if it was that once and has been
        running since: `age` seconds ago.
        """
        filled = fill(self, observed)
        running = {
            name: getattr(observed, name)
            for name in ("valid", "preferred")
            if 0 < (left := given(getattr(observed, name), 0)) < given(getattr(filled, name), 0) < FOREVER
            and given(getattr(filled, name), 0) <= left + observed.age + CLOCK_SECONDS
        }
        return replace(filled, **running) if running else filled

    def can_become(self, other: Address) -> bool:
        if self.is_v6:
            different = set(given(self.flags, ())) ^ set(given(other.flags, ()))
            # inet6_addr_modify takes a metric of 0 for none given
            return different <= IN_PLACE_V6 and (not self.metric or other.metric != 0)
        mine = (self.label, self.scope, self.broadcast, self.flags)
        return mine == (other.label, other.scope, other.broadcast, other.flags) and not other.moves

"""The links of the host as they will be: the document's over the observed ones. For the checks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from typing import TypeVar

from netconf.core import ids
from netconf.core.ids import ResourceId
from netconf.core.overlay import UNSET, Unset, given
from netconf.core.resource import Resource, State, Target
from netconf.domains.link.kinds import has_mac
from netconf.domains.link.l2tp.resource import KIND as L2TP
from netconf.domains.link.l2tp.resource import L2tpTunnel
from netconf.domains.link.resource import Link, Port
from netconf.domains.link.vni.resource import Vnis

T = TypeVar("T")


class Final:
    """The links as they will be. Looked up by what the checks ask for, since there may be thousands."""

    def __init__(self, target: Target, observed: State) -> None:
        self.target, self.observed = target, observed

    def _get(self, key: ResourceId) -> Resource | None:
        return self.target[key] if key in self.target else self.observed.get(key)

    def link(self, name: str) -> Link | None:
        found = self._get(ids.link(name))
        return found if isinstance(found, Link) else None

    @cached_property
    def links(self) -> list[Link]:
        names = {
            key.name[0] for state in (self.observed, self.target) for key in state if key.kind == ids.LINK
        }
        return [found for name in sorted(names) if (found := self.link(name)) is not None]

    @cached_property
    def named(self) -> Mapping[str, list[str]]:
        """The links that have a name, as theirs or as an alternative one."""
        return _grouped((name, link.name) for link in self.links for name in names_of(link))

    @cached_property
    def twins(self) -> Mapping[str, list[str]]:
        """The links that the kernel holds for the same, by what makes them so."""
        return _grouped((key, link.name) for link in self.links if not link.abroad for key in twin_keys(link))

    @cached_property
    def macvlans(self) -> Mapping[str, list[Link]]:
        """The macvlans and ipvlans on each parent."""
        kinds = ("macvlan", "macvtap", "ipvlan")
        return _grouped((self.lower(link.name), link) for link in self.links if link.kind in kinds)

    @cached_property
    def sharing(self) -> Mapping[str, list[Link]]:
        """Those that share a socket for their port."""
        return _grouped((link.socket, link) for link in self.links if link.socket)

    def vnis(self, name: str) -> Vnis | None:
        found = self._get(ids.vnis(name))
        return found if isinstance(found, Vnis) else None

    @cached_property
    def moving(self) -> frozenset[str]:
        """The links that go to another namespace or come back from one."""
        pairs = ((self.target, self.observed), (self.observed, self.target))
        return frozenset(
            key.name[0]
            for state, other in pairs
            for key, found in state.items()
            if key.kind == ids.PLACEMENT and found and not other.get(key)
        )

    @cached_property
    def macsecs(self) -> Mapping[str, list[str]]:
        """The MACsec links on each parent."""
        return _grouped((self.lower(link.name), link.name) for link in self.links if link.kind == "macsec")

    @cached_property
    def tunnels(self) -> list[L2tpTunnel]:
        """Those of L2TP."""
        keys = {key for state in (self.observed, self.target) for key in state if key.kind == ids.L2TP_TUNNEL}
        return [found for key in sorted(keys) if isinstance(found := self._get(key), L2tpTunnel)]

    @cached_property
    def sessions(self) -> Mapping[str, list[Link]]:
        """Those of L2TP by their number."""
        pairs = ((dict(link.options), link) for link in self.links if link.kind == L2TP)
        return _grouped((str(options["session_id"]), link) for options, link in pairs)

    @cached_property
    def addresses(self) -> Mapping[str, list[str]]:
        """The addresses that the document gives to each link."""
        keys = (key for key, want in self.target.items() if want is not None and key.kind == ids.ADDRESS)
        return _grouped((key.name[0], key.name[1]) for key in sorted(keys))

    @cached_property
    def ipv6(self) -> Mapping[str, list[str]]:
        """What of IPv6 the document gives to each link: addresses, sysctls, routes."""
        found = {link: [text for text in texts if ":" in text] for link, texts in self.addresses.items()}
        pairs = [(link, text) for link, texts in found.items() for text in texts]
        for key, want in self.target.items():
            match key.name:
                case ("net", "ipv6", _, link, name) if want is not None:
                    pairs.append((link, f"ipv6.{name}"))
            if key.kind == ids.ROUTE and want is not None:
                links = (needed.name[0] for needed in want.requires if needed.kind == ids.IPV6)
                pairs += [(link, f"the route to {key.name[0]}") for link in links]
        return _grouped(pairs)

    def mtu(self, name: str) -> int:
        return self._field(name, "mtu", 1500)

    def kind(self, name: str) -> str:
        """Its kind, "" if it's none that netconf can make."""
        return self._field(name, "kind", "")

    def address(self, name: str) -> str:
        return self._field(name, "address", "")

    def lower(self, name: str) -> str:
        """What it's on here: not in another namespace."""
        found = self.link(name)
        return "" if found is not None and found.abroad else self._field(name, "lower", "")

    def _field(self, name: str, field: str, default: T) -> T:
        """As the document says, or else as it is."""
        for found in (self.link(name), self.observed.get(ids.link(name))):
            value: T | Unset = getattr(found, field, UNSET)
            if not isinstance(value, Unset):
                return value
        return default

    def master(self, name: str) -> str:
        found = self._get(ids.port(name))
        return found.master if isinstance(found, Port) else ""

    def is_up(self, name: str) -> bool:
        return self._get(ids.admin_up(name)) is not None

    def missing(self, name: str, by: str) -> tuple[str, str]:
        """Why a link isn't there that another one names, and what to do."""
        if ids.link(name) in self.target:
            return f"the document removes {name}", f"keep {name}, or name another link"
        names = [link.name for link in self.links if link.name != by]
        return f"there are: {listed(names)}", f"{corrected(name, names)}, or describe {name} under interfaces"


def _grouped(pairs: Iterable[tuple[str, T]]) -> Mapping[str, list[T]]:
    found: dict[str, list[T]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found


def names_of(link: Link) -> set[str]:
    return {link.name, *given(link.altnames, ())}


def twin_keys(link: Link) -> Iterator[str]:
    """A VLAN's parent, id and protocol, a VXLAN's id, port and address family, a tunnel's ends and key."""
    for identity in link.identity:
        yield f"{identity} {is_over_ipv6(link)}"


def listed(names: list[str]) -> str:
    """Names for a sentence, the first dozen of them."""
    more = len(names) - 12
    return ", ".join(names[:12]) + (f" and {more} more" if more > 0 else "")


def corrected(name: str, names: list[str]) -> str:
    close = get_close_matches(name, names, 1)
    return f"write {close[0]}" if close else "correct the name"


def is_over_ipv6(link: Link) -> bool:
    options = dict(link.options)
    return any(":" in str(options.get(name, "")) for name in ("local", "remote"))


def no_ethernet(name: str, final: Final) -> str:
    """Why a link carries no Ethernet frames; "" if it does."""
    if name == "lo":
        return "lo carries no Ethernet frames"
    kind = final.kind(name)
    link = final.link(name)
    bare = not has_mac(kind, {} if link is None else dict(link.options)) and kind != "ipvlan"
    return f"{name} is a {kind}, which carries no Ethernet frames" if bare else ""

"""What a user may write about the addresses of a link."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NoReturn

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from netconf.core import ip
from netconf.core.duration import milliseconds
from netconf.grammar import Strict, reject
from netconf.grammar.addresses import host_address, interface_address, unicast_address
from netconf.grammar.names import LinkName
from netconf.grammar.values import Duration, between

MOST_SECONDS = (1 << 32) - 2
"""One more means forever (INFINITY_LIFE_TIME)."""

Valid = Literal["forever"] | Annotated[Duration, between("1s", f"{MOST_SECONDS}s", "1s")]
Preferred = Literal["forever"] | Annotated[Duration, between("0s", f"{MOST_SECONDS}s", "1s")]


Flag = Literal["nodad", "home", "mngtmpaddr", "noprefixroute"]

_PASSING = {
    "optimistic": (
        "the kernel takes it back once it has the address",
        "set the sysctl ipv6.optimistic_dad: 1",
    ),
    "autojoin": ("it's for multicast addresses, which a host doesn't have as its own", "remove it"),
}


def _flag(value: Any) -> Any:
    if isinstance(value, str) and value in _PASSING:
        why, fix = _PASSING[value]
        reject("NC2227", f"flag {value} can't be set", why, fix)
    return value


class Address(Strict):
    """One address; a plain `192.0.2.1/24` is short for `{address: 192.0.2.1/24}`."""

    address: Annotated[str, BeforeValidator(interface_address)] = Field(
        description="address with prefix length"
    )
    peer: Annotated[str, BeforeValidator(unicast_address)] | None = Field(
        None, description="far end of a point-to-point address; the prefix length is the peer's"
    )
    broadcast: Annotated[str, BeforeValidator(host_address)] | None = Field(
        None, description="IPv4 broadcast address"
    )
    label: Annotated[str, Field(min_length=1, max_length=15)] | None = Field(
        None, description="IPv4 label, the link's name with a suffix: eth0:web"
    )
    scope: Literal["global", "site", "link", "host"] | None = Field(None, description="IPv4 scope")
    metric: Annotated[int, Field(ge=0, le=(1 << 32) - 1)] | None = Field(
        None, description="metric of the prefix route"
    )
    valid_lifetime: Valid | None = Field(None, description="how long it stays; forever or a time")
    preferred_lifetime: Preferred | None = Field(
        None, description="how long new connections use it, as long as it's valid; 0s makes it deprecated"
    )
    flags: list[Annotated[Flag, BeforeValidator(_flag)]] | None = Field(
        None, description="flags; all but noprefixroute are for IPv6"
    )

    @model_validator(mode="after")
    def _fits(self) -> Address:
        if len(self.model_fields_set) == 1:
            return self
        self._check_family()
        valid, preferred = self.valid_lifetime, self.preferred_lifetime
        if ":" not in self.address and preferred not in (None, "forever") and valid in (None, "forever"):
            reject(
                "NC2228",
                f"preferred_lifetime {preferred} without an end of valid_lifetime",
                "the kernel keeps no preferred lifetime of an IPv4 address that is valid forever",
                "give valid_lifetime a time, too, or leave preferred_lifetime out",
            )
        if preferred is not None and _length(preferred) > _length(valid):
            reject(
                "NC2208",
                f"preferred_lifetime {preferred} is longer than valid_lifetime {valid}",
                "an address can't be used for longer than it's there",
                f"write {valid} or less, or leave preferred_lifetime out",
            )
        return self

    def _check_family(self) -> None:
        v6 = ":" in self.address
        for name in ("broadcast", "label", "scope"):
            if v6 and getattr(self, name) is not None:
                reject("NC2205", f"{name} is for IPv4 only", f"{self.address} is IPv6", f"remove {name}")
        extra = sorted(set(self.flags or ()) - {"noprefixroute"})
        if not v6 and extra:
            reject(
                "NC2206", f"flag {extra[0]} is for IPv6 only", f"{self.address} is IPv4", f"remove {extra[0]}"
            )
        if "mngtmpaddr" in extra and not self.address.endswith("/64"):
            reject(
                "NC2229",
                f"flag mngtmpaddr with {self.address}",
                "temporary addresses fill 64 bits of their own (RFC 8981)",
                "write the prefix length 64, or remove mngtmpaddr",
            )
        if self.broadcast == "0.0.0.0":  # noqa: S104
            reject(
                "NC2230", "broadcast 0.0.0.0 means none", "none is what there is without", "remove broadcast"
            )
        for name, other in (("peer", self.peer), ("broadcast", self.broadcast)):
            if other is not None and (":" in other) != v6:
                theirs, ours = ("IPv6", "IPv4") if ":" in other else ("IPv4", "IPv6")
                reject(
                    "NC2207",
                    f"{name} {other} is {theirs}",
                    f"{self.address} is {ours}",
                    f"write an {ours} address as {name}",
                )


def _length(lifetime: str | None) -> float:
    return float("inf") if lifetime in (None, "forever") else milliseconds(str(lifetime))


def _shorthand(value: Any) -> Any:
    return {"address": value} if isinstance(value, str) else value


AddressEntry = Annotated[Address, BeforeValidator(_shorthand, json_schema_input_type=str | Address)]


def _distinct(entries: list[Address]) -> list[Address]:
    hosts = {entry.address.partition("/")[0] for entry in entries if len(entry.model_fields_set) == 1}
    if len(hosts) == len(entries) and not any(host.startswith("127.") for host in hosts):
        return entries  # as most lists are: different addresses, of which nothing else is said
    first: dict[tuple[str, ip.Network | None], int] = {}
    subnets: dict[ip.Network | None, int] = {}
    for number, entry in enumerate(entries):
        host = entry.address.partition("/")[0]
        subnet = _subnet(entry)
        # A link has an IPv6 address once, an IPv4 address once in each subnet.
        before = first.setdefault((host, None if ":" in host else subnet), number)
        if before != number:
            _listed_twice(entries[before], entry, f"addresses[{before}] and addresses[{number}]")
        other = entries[subnets.setdefault(subnet, number)]
        if _scope(entry) != _scope(other):
            reject(
                "NC2231",
                f"{entry.address} has scope {_scope(entry)}, {other.address} has scope {_scope(other)}",
                f"both are in {subnet}, and IPv4 addresses of a subnet have one scope on a link",
                "give both the same scope",
            )
    return entries


def _listed_twice(one: Address, other: Address, both: str) -> NoReturn:
    if one.address == other.address:
        reject("NC2209", f"{both} are both {one.address}", "a link has an address once", "remove one")
    host = one.address.partition("/")[0]
    reject(
        "NC2210",
        f"{both} are both {host}",
        "a link has an IPv6 address once, whatever its prefix length",
        "remove one",
    )


def _subnet(entry: Address) -> ip.Network | None:
    written = entry.address
    if entry.peer:
        written = f"{entry.peer}/{written.partition('/')[2]}"
    parts = ip.split(written)
    return None if parts is None else ip.network(*parts)


def _scope(entry: Address) -> str:
    """As iproute2 chooses it; IPv6 has its own rule."""
    if ":" in entry.address:
        return ""
    return entry.scope or ("host" if entry.address.startswith("127.") else "global")


class InterfaceAddresses(Strict):
    """The addresses of one link."""

    addresses: Annotated[list[AddressEntry], AfterValidator(_distinct)] | None = Field(
        None, description="all permanent addresses of the link; [] = none"
    )


class Spec(Strict):
    """The part of a document that describes addresses."""

    interfaces: dict[LinkName, InterfaceAddresses] = Field(default_factory=dict)

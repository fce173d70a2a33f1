"""Options of tunnels: IP, GRE, ERSPAN and IPsec in IP."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from netconf.core import ip
from netconf.domains.link.kinds import erspan
from netconf.domains.link.kinds.tunnel import EXTERNAL, INSTEAD
from netconf.domains.link.spec.numbers import Count
from netconf.grammar import Strict, reject
from netconf.grammar.addresses import host_address
from netconf.grammar.names import LinkName
from netconf.grammar.values import Switch

End = Annotated[str, BeforeValidator(host_address)]
Byte = Annotated[int, Field(ge=0, le=255)]


def _require_family(family: int, tunnel: Ends) -> None:
    for name in ("local", "remote"):
        end = ip.parse(getattr(tunnel, name) or "")
        if end is not None and end.family != family:
            version = 4 if family == ip.INET else 6
            reject(
                "NC2047",
                f"{name} {end} is not an IPv{version} address",
                f"this tunnel runs over IPv{version}",
                "write another address, or the kind for the other version",
            )


class Ends(Strict):
    """What all tunnels have."""

    local: End | None = Field(None, description="source address of the packets")
    remote: End | None = Field(None, description="the other end; left out = any")
    parent: LinkName | None = Field(None, description="the link the packets leave by, or none")
    fwmark: Count | None = Field(None, description="firewall mark the packets are routed by")


class OverIpv4(Ends):
    """What tunnels over IPv4 have."""

    ttl: Byte | None = Field(None, description="TTL of the packets, 0 = that of the inner packet")
    tos: Byte | None = Field(None, description="TOS of the packets, 1 = that of the inner packet")
    pmtudisc: Switch | None = Field(None, description="path MTU discovery: don't fragment")

    @model_validator(mode="after")
    def _over_ipv4(self) -> OverIpv4:
        _require_family(ip.INET, self)
        if self.pmtudisc == "off" and self.ttl:
            reject(
                "NC2048",
                f"pmtudisc: off with ttl {self.ttl}",
                "with a fixed ttl the kernel needs path MTU discovery, or routing loops would grow",
                "write ttl: 0, or pmtudisc: on",
            )
        return self


class OverIpv6(Ends):
    """What tunnels over IPv6 have."""

    hoplimit: Byte | None = Field(None, description="hop limit of the packets")
    encaplimit: Byte | None = Field(None, description="how many tunnels packets may be in")
    no_encaplimit: Switch | None = Field(None, description="don't say and don't mind how many")
    tclass: Byte | None = Field(None, description="traffic class of the packets")
    tclass_inherit: Switch | None = Field(None, description="that of the inner packet")
    flowlabel: int | None = Field(None, ge=0, le=(1 << 20) - 1, description="flow label of the packets")
    flowlabel_inherit: Switch | None = Field(None, description="that of the inner packet")
    dscp_inherit: Switch | None = Field(None, description="copy the DSCP into the inner packet")
    fwmark_inherit: Switch | None = Field(None, description="route by the mark of the inner packet")
    allow_localremote: Switch | None = Field(None, description="the remote end may be an address of ours")

    @model_validator(mode="after")
    def _over_ipv6(self) -> OverIpv6:
        _require_family(ip.INET6, self)
        for name, other in INSTEAD.items():
            if getattr(self, name) is not None and getattr(self, other) == "on":
                reject(
                    "NC2049",
                    f"{name} with {other}: on",
                    "the kernel doesn't look at it then",
                    f"remove {name}, or write {other}: off",
                )
        return self


def refuse_beside_external(names: Iterable[str]) -> None:
    """Nothing else counts of a tunnel that is external."""
    extra = ", ".join(sorted(names))
    if extra:
        reject(
            "NC2062",
            f"external: on with {extra}",
            "routes and filters give each packet its own, the kernel doesn't look at the tunnel's",
            f"remove {extra}, or external: on",
        )


class External(Strict):
    """What may leave the packets' ends and the rest to others."""

    external: Switch = Field("off", description="routes and filters say where packets go")

    @model_validator(mode="after")
    def _alone(self) -> External:
        if self.external == "on":
            refuse_beside_external(self.model_fields_set - EXTERNAL)
        return self


class Keys(Strict):
    """What GRE packets carry."""

    ikey: Count | Literal["none"] | None = Field(None, description="key of received packets")
    okey: Count | Literal["none"] | None = Field(None, description="key of sent packets")
    iseq: Switch | None = Field(None, description="received packets are numbered")
    oseq: Switch | None = Field(None, description="sent packets are numbered")
    icsum: Switch | None = Field(None, description="received packets have checksums")
    ocsum: Switch | None = Field(None, description="sent packets have checksums")


class Gre(OverIpv4, Keys, External):
    """GRE over IPv4 that carries IP packets."""

    ignore_df: Switch | None = Field(None, description="fragment packets that say don't")


class Gretap(Gre):
    """GRE over IPv4 that carries Ethernet frames."""


class Ip6gre(OverIpv6, Keys, External):
    """GRE over IPv6 that carries IP packets."""


class Ip6gretap(OverIpv6, Keys, External):
    """GRE over IPv6 that carries Ethernet frames."""


Session = Annotated[int, Field(ge=0, le=(1 << 10) - 1)]
"""The session ID of ERSPAN has ten bits (ID_MASK of include/net/erspan.h)."""


class Mirror(Strict):
    """What all mirrors of frames have."""

    ikey: Session | Literal["none"] | None = Field(None, description="session ID of received packets")
    okey: Session | None = Field(None, description="session ID of sent packets")
    iseq: Switch | None = Field(None, description="received packets are numbered")
    index: int | None = Field(None, ge=0, le=(1 << 20) - 1, description="of version 1: the mirrored port")
    direction: Literal["ingress", "egress"] | None = Field(
        None, description="of version 2: which way frames went"
    )
    hwid: int | None = Field(None, ge=0, le=63, description="of version 2: the mirroring engine")

    @property
    def oseq(self) -> str | None:
        """Sent packets are numbered from version 1 on."""
        return "on" if getattr(self, "version", 0) else None

    @model_validator(mode="after")
    def _versions(self) -> Mirror:
        if getattr(self, "external", "off") == "off" and getattr(self, "version", None) is None:
            reject(
                "NC2061",
                "there's no version",
                "packets have the header of one, unless the tunnel is external",
                "write version: 1 or 2, or external: on",
            )
        for fault in erspan.contradictions(self.model_dump(exclude_none=True)):
            reject(fault.code, fault.what, fault.why, fault.fix)
        return self


class Erspan(OverIpv4, Mirror, External):
    """Mirrored frames in GRE over IPv4."""

    version: Literal[0, 1, 2] | None = Field(
        None, description="of ERSPAN, needed unless external: 0 = type I, 1 = type II, 2 = type III"
    )
    ignore_df: Switch | None = Field(None, description="fragment packets that say don't")


class Ip6erspan(OverIpv6, Mirror, External):
    """Mirrored frames in GRE over IPv6."""

    version: Literal[1, 2] | None = Field(
        None, description="of ERSPAN, needed unless external: 1 = type II, 2 = type III"
    )


class Ip6tnl(OverIpv6, External):
    """IPv6 or IPv4 in IPv6."""

    mode: Literal["any", "ip6ip6", "ipip6"] | None = Field(None, description="what it carries")


class Ipip(OverIpv4, External):
    """IPv4 or MPLS in IPv4."""

    mode: Literal["any", "ipip", "mplsip"] | None = Field(None, description="what it carries")


class Sit(OverIpv4):
    """IPv6, IPv4 or MPLS in IPv4."""

    mode: Literal["any", "ip6ip", "ipip", "mplsip"] | None = Field(None, description="what it carries")


class Vti(Ends):
    """What IPsec policies send into by its key: over IPv4."""

    ikey: Count | None = Field(None, description="key of received packets")
    okey: Count | None = Field(None, description="key of sent packets")

    @model_validator(mode="after")
    def _over_ipv4(self) -> Vti:
        _require_family(ip.INET, self)
        return self


class Vti6(Ends):
    """The same over IPv6."""

    ikey: Count | None = Field(None, description="key of received packets")
    okey: Count | None = Field(None, description="key of sent packets")

    @model_validator(mode="after")
    def _over_ipv6(self) -> Vti6:
        _require_family(ip.INET6, self)
        return self

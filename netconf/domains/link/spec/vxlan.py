"""Options of Ethernet over UDP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from netconf.core import ip
from netconf.domains.link.kinds.vxlan import GENEVE_EXTERNAL, faults, of_external
from netconf.domains.link.spec.numbers import Count
from netconf.domains.link.spec.tunnel import refuse_beside_external
from netconf.domains.link.spec.vnis import Vnis
from netconf.grammar import Strict, reject, shown
from netconf.grammar.addresses import host_address, is_multicast, unicast_address
from netconf.grammar.names import LinkName
from netconf.grammar.values import Duration, Switch, between


def port_range(text: str) -> str:
    low, _, high = text.partition("-")
    numbers = [int(part) if part.isascii() and part.isdecimal() else 0 for part in (low, high)]
    if not 1 <= numbers[0] < numbers[1] <= 65535 or text != "{}-{}".format(*numbers):
        reject(
            "NC2042",
            f"{shown(text)} is not a range of ports",
            "it's LOW-HIGH, from 1 to 65535, LOW below HIGH",
            "write one such as 32768-60999",
        )
    return text


Ttl = Annotated[int, Field(ge=0, le=255)] | Literal["inherit"]


def require_id(number: int | None, external: Switch) -> None:
    require("id", number, external, "a tunnel carries one virtual network", "the number of the network (VNI)")


def require(word: str, value: object, external: Switch, why: str, what: str) -> None:
    if value is None and external == "off":
        reject(
            "NC2061",
            f"there's no {word}",
            f"{why}, unless it's external",
            f"write {word}: and {what}, or external: on",
        )


class Vxlan(Strict):
    """A VXLAN tunnel end point."""

    id: int | None = Field(
        None, ge=0, le=(1 << 24) - 1, description="VXLAN network identifier (VNI), needed unless external"
    )
    port: int = Field(
        ge=1, le=65535, description="UDP destination port; 4789 is IANA's, the kernel's own default is 8472"
    )
    parent: LinkName | None = Field(None, description="the link the packets leave by, or none")
    local: Annotated[str, BeforeValidator(unicast_address)] | None = Field(
        None, description="source address of the packets"
    )
    remote: Annotated[str, BeforeValidator(host_address)] | None = Field(
        None, description="unicast peer or multicast group for unknown destinations"
    )
    ttl: Ttl | None = Field(
        None, description="TTL of the packets, 0 = as the system does, inherit = that of the inner packet"
    )
    tos: int | None = Field(None, ge=0, le=255, description="TOS of the packets")
    df: Literal["unset", "set", "inherit"] | None = Field(None, description="don't fragment")
    flowlabel: int | None = Field(None, ge=0, le=(1 << 20) - 1, description="IPv6 flow label")
    learning: Switch | None = Field(None, description="learn MAC addresses from received packets")
    ageing: Annotated[Duration, between("1s", "4294967295s", "1s")] | None = Field(
        None, description="how long a learnt MAC address is kept"
    )
    limit: Count | None = Field(None, description="most forwarding entries, 0 = no limit")
    source_ports: Annotated[str, AfterValidator(port_range)] | None = Field(
        None, description="LOW-HIGH, UDP source ports; the kernel uses them up to HIGH less one"
    )
    proxy: Switch | None = Field(None, description="answer ARP and ND for known neighbours")
    rsc: Switch | None = Field(None, description="route short circuit")
    l2miss: Switch | None = Field(None, description="netlink notification of unknown MAC addresses")
    l3miss: Switch | None = Field(None, description="netlink notification of unknown IP addresses")
    udp_csum: Switch | None = Field(None, description="UDP checksums over IPv4")
    udp6_zero_csum_tx: Switch | None = Field(None, description="send without UDP checksums over IPv6")
    udp6_zero_csum_rx: Switch | None = Field(None, description="accept them without")
    remcsum_tx: Switch | None = Field(None, description="send with remote checksum offload")
    remcsum_rx: Switch | None = Field(None, description="accept it")
    gbp: Switch | None = Field(None, description="group based policy extension")
    gpe: Switch | None = Field(
        None, description="generic protocol extension: of an external one, packets without Ethernet headers"
    )
    localbypass: Switch | None = Field(
        None,
        description="packets for an address of this host go to its vxlan at once, not through its IP stack",
    )
    external: Switch = Field(
        "off", description="routes, filters, VLANs of the bridge and FDB entries say where packets go"
    )
    vnifilter: Switch | None = Field(
        None, description="of an external one: it takes packets of its vnis only"
    )
    vnis: Vnis | None = Field(None, description="all VNIs of one with vnifilter: on")

    @model_validator(mode="before")
    @classmethod
    def _port_given(cls, data: Any) -> Any:
        if isinstance(data, dict) and "port" not in data:
            reject(
                "NC2021",
                "a vxlan needs its UDP port",
                "the kernel's default is 8472, not the registered 4789",
                "write port: 4789",
            )
        return data

    @model_validator(mode="after")
    def _identified(self) -> Vxlan:
        require_id(self.id, self.external)
        extra = sorted(
            self.model_fields_set
            & of_external({"external": self.external, "vnifilter": self.vnifilter or "off"})
        )
        if extra:
            reject(
                "NC2062",
                f"external: on with {', '.join(extra)}",
                "each packet, or the VLAN it comes from, has its own, the kernel doesn't look at the link's",
                f"remove {', '.join(extra)}, or external: on",
            )
        return self

    @model_validator(mode="after")
    def _filtered(self) -> Vxlan:
        if self.vnifilter == "on" and self.external == "off":
            reject(
                "NC2075",
                "vnifilter: on without external: on",
                "a vxlan that isn't external has one VNI, its id",
                "add external: on, or remove vnifilter",
            )
        if self.vnis is not None and self.vnifilter != "on":
            reject(
                "NC2075",
                "vnis without vnifilter: on",
                "the kernel keeps VNIs only of a vxlan that filters them",
                "add external: on and vnifilter: on, or remove vnis",
            )
        return self

    @model_validator(mode="after")
    def _carried(self) -> Vxlan:
        for fault in faults(self.model_dump(exclude_none=True)):
            reject(fault.code, fault.what, fault.why, fault.fix)
        return self

    @model_validator(mode="after")
    def _ends_fit(self) -> Vxlan:
        local, remote = (ip.parse(text or "") for text in (self.local, self.remote))
        if local and remote and local.family != remote.family:
            reject(
                "NC2029",
                f"local {local} and remote {remote} are of different address families",
                "a tunnel runs over IPv4 or over IPv6",
                "correct one",
            )
        for name, end in (("local", local), ("remote", remote), *self._groups()):
            if end and self.parent in (None, "none") and (is_multicast(end) or ip.is_link_local(end)):
                sort = "a multicast group" if is_multicast(end) else "link-local"
                reject(
                    "NC2030",
                    f"{name} {end} is {sort}, and there is no parent",
                    "on which link it is can't be known",
                    "add parent: with the link the packets leave by",
                )
        return self

    def _groups(self) -> Iterator[tuple[str, ip.Ip | None]]:
        for entry in self.vnis or ():
            if (end := ip.parse(entry.remote or "")) and is_multicast(end):
                yield f"VNI {entry.vni}: remote", end


class Geneve(Strict):
    """A Geneve tunnel."""

    id: int | None = Field(
        None, ge=0, le=(1 << 24) - 1, description="virtual network identifier (VNI), needed unless external"
    )
    remote: Annotated[str, BeforeValidator(unicast_address)] | None = Field(
        None, description="the other end, needed unless external"
    )
    port: int = Field(6081, ge=1, le=65535, description="UDP destination port")
    ttl: Ttl | None = Field(
        None, description="TTL of the packets, 0 = as the system does, inherit = that of the inner packet"
    )
    tos: int | None = Field(
        None, ge=0, le=255, description="TOS of the packets, 1 = that of the inner packet"
    )
    df: Literal["unset", "set", "inherit"] | None = Field(None, description="don't fragment")
    flowlabel: int | None = Field(None, ge=0, le=(1 << 20) - 1, description="IPv6 flow label")
    udp_csum: Switch | None = Field(None, description="UDP checksums over IPv4")
    udp6_zero_csum_tx: Switch | None = Field(None, description="send without UDP checksums over IPv6")
    udp6_zero_csum_rx: Switch | None = Field(None, description="accept them without")
    external: Switch = Field("off", description="routes and filters say where packets go")
    inner_proto_inherit: Switch | None = Field(
        None, description="it carries IP packets, without Ethernet headers"
    )

    @model_validator(mode="after")
    def _ends(self) -> Geneve:
        require_id(self.id, self.external)
        require("remote", self.remote, self.external, "a tunnel goes to one host", "its address")
        if self.external == "on":
            refuse_beside_external(self.model_fields_set - GENEVE_EXTERNAL)
        return self

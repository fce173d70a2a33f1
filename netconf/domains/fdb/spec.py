"""What a user may write about forwarding databases."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from netconf.domains.fdb.resource import ALL_ZERO, has_many
from netconf.grammar import Strict, reject
from netconf.grammar.addresses import unicast_address
from netconf.grammar.names import LinkName
from netconf.grammar.values import AnyMac, Switch

Vlan = Annotated[int, Field(ge=1, le=4094)]
Vni = Annotated[int, Field(ge=1, le=(1 << 24) - 1)]

_OF_BRIDGE = ("vlan", "state", "sticky")
_OF_TUNNEL = ("port", "vni", "via", "src_vni")


class Entry(Strict):
    """One entry: an address, and where its frames go."""

    lladdr: AnyMac = Field(description="MAC address; all zeros = frames that no other entry of the vxlan has")
    vlan: Vlan | None = Field(None, description="VLAN; left out = all that the port has")
    state: Literal["static", "permanent"] | None = Field(
        None, description="static = behind the port (the default), permanent = this host has the address"
    )
    sticky: Switch | None = Field(None, description="the address never moves to another port")
    dst: Annotated[str, BeforeValidator(unicast_address)] | None = Field(
        None, description="IP address of the far end of the vxlan"
    )
    port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        None, description="UDP port there; left out = the vxlan's own"
    )
    vni: Vni | None = Field(
        None, description="VNI there; left out = the vxlan's own, of an external one src_vni"
    )
    via: LinkName | None = Field(None, description="link the far end is reached by")
    src_vni: Vni | None = Field(None, description="VNI here, of an external vxlan: that of the frames")
    nhid: Annotated[int, Field(ge=1, le=(1 << 32) - 1)] | None = Field(
        None, description="number of a group of nexthops for the FDB, instead of dst"
    )

    @property
    def tunnel(self) -> bool:
        return self.dst is not None or self.nhid is not None

    @model_validator(mode="after")
    def _consistent(self) -> Entry:
        if self.tunnel:
            self._check_tunnel()
        else:
            self._check_bridge()
        return self

    def _given(self, names: tuple[str, ...]) -> list[str]:
        return [name for name in names if getattr(self, name) not in (None, "off")]

    def _check_bridge(self) -> None:
        wrong = self._given(_OF_TUNNEL)
        if wrong:
            reject(
                "NC3101",
                f"{wrong[0]} without dst",
                "only entries of a vxlan have it",
                "add dst: and the IP address of the far end, or remove it",
            )
        if int(self.lladdr[:2], 16) & 1:
            reject(
                "NC3102",
                f"{self.lladdr} is a multicast address",
                "bridges don't look for groups among their entries",
                "remove it, or add dst: for an entry of a vxlan",
            )
        if self.lladdr == ALL_ZERO:
            reject(
                "NC3103",
                "the all-zero address is no host's",
                "it stands for all others in the entries of a vxlan",
                "add dst: and the IP address of a far end",
            )
        if self.sticky == "on" and self.state == "permanent":
            reject(
                "NC3104",
                "sticky: on together with state: permanent",
                "an address of this host moves nowhere",
                "remove sticky",
            )

    def _check_tunnel(self) -> None:
        wrong = self._given(_OF_BRIDGE)
        if wrong:
            reject(
                "NC3105",
                f"{wrong[0]} together with {'dst' if self.dst else 'nhid'}",
                "only entries of a bridge have it, and this is one of the vxlan itself",
                f"remove {wrong[0]}",
            )
        wrong = self._given(("dst", "port", "vni", "via"))
        if self.nhid is not None and wrong:
            reject("NC3106", f"nhid together with {wrong[0]}", "its nexthops say where", f"remove {wrong[0]}")


def _distinct(entries: list[Entry]) -> list[Entry]:
    """The kernel has an address once in a VLAN, and once in a vxlan unless it's a group's or all zeros."""
    seen: dict[tuple[object, ...], int] = {}
    for number, one in enumerate(entries):
        first = seen.setdefault(_key(one), number)
        if first != number:
            reject(
                "NC3107",
                f"fdb[{first}] and fdb[{number}] are both about {one.lladdr}",
                "there can be one such entry",
                "remove one",
                at=(number,),
            )
    _check_vlans(entries)
    _check_nexthops(entries)
    return entries


def _key(one: Entry) -> tuple[object, ...]:
    if not one.tunnel:
        return (one.lladdr, one.vlan)
    way = (one.dst, one.port, one.vni, one.via) if has_many(one.lladdr) and one.dst else ()
    return (one.lladdr, "self", one.src_vni, way)


def _check_vlans(entries: list[Entry]) -> None:
    everywhere = {one.lladdr for one in entries if not one.tunnel and one.vlan is None}
    for number, one in enumerate(entries):
        if one.vlan is not None and one.lladdr in everywhere:
            reject(
                "NC3108",
                f"fdb[{number}] is about VLAN {one.vlan} only, and there is one for {one.lladdr} without",
                "without vlan an entry is in all VLANs",
                "remove one of them, or give each its vlan",
                at=(number,),
            )


def _check_nexthops(entries: list[Entry]) -> None:
    over = {(one.lladdr, one.src_vni) for one in entries if one.nhid is not None}
    for number, one in enumerate(entries):
        if one.dst is not None and (one.lladdr, one.src_vni) in over:
            reject(
                "NC3109",
                f"fdb[{number}] has a dst, and there is one for {one.lladdr} with nhid",
                "the kernel has either for an address",
                "remove one of them",
                at=(number,),
            )


class InterfaceFdb(Strict):
    """The entries of one link."""

    fdb: Annotated[list[Entry], AfterValidator(_distinct)] | None = Field(
        None, description="all entries that don't come and go by themselves; [] = none but the kernel's own"
    )


class Spec(Strict):
    """The part of a document that describes forwarding databases."""

    interfaces: dict[LinkName, InterfaceFdb] = Field(default_factory=dict)

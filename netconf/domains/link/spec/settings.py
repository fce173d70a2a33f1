"""What can be said of links of any kind. What is said of one kind only is a section of its own: `Interface` has all of
them, and a narrow model those that a document has (see `netconf.domains.link.spec`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from netconf.domains.link.kinds import has_mac
from netconf.domains.link.kinds.mtu import limits
from netconf.domains.link.spec.numbers import Count
from netconf.grammar import Strict, reject, shown
from netconf.grammar.names import LinkName, NetnsName
from netconf.grammar.values import Mac

if TYPE_CHECKING:
    from netconf.domains.link.spec.macvlan import Macvlan
    from netconf.domains.link.spec.veth import Netkit

LinkKind = Literal[
    "dummy", "ifb", "veth", "netkit", "bond", "bridge", "vrf", "vlan", "macsec", "macvlan", "macvtap", "ipvlan", "vxlan",
    "geneve", "gre", "gretap", "ip6gre", "ip6gretap", "erspan", "ip6erspan", "ipip", "sit", "ip6tnl", "vti", "vti6",
    "xfrm", "tun", "tap", "wireguard", "l2tp",
]  # fmt: skip


def _altnames(names: list[str]) -> list[str]:
    for name in names:
        if not name or len(name.encode()) > 127 or not name.isprintable() or "/" in name or " " in name:
            reject(
                "NC2022",
                f"{shown(name)} can't be an alternative name",
                "the kernel takes 1 to 127 bytes without blanks and slashes",
                "choose another",
            )
        if names.count(name) > 1:
            reject(
                "NC2031",
                f"alternative name {shown(name)} is listed twice",
                "a link has it once",
                "remove one",
            )
    return names


MAX_ALIAS = 254
"""Bytes; IFALIASZ of linux/if.h less two terminating zeros, the kernel's and the message's."""


def _alias(text: str) -> str:
    size = len(text.encode())
    if size > MAX_ALIAS:
        reject("NC2032", f"the alias is {size} bytes long", f"Linux allows {MAX_ALIAS}", "shorten it")
    if "\0" in text:
        reject("NC2033", "the alias has a zero byte", "the kernel would take it for the end", "remove it")
    return text


_SECTIONS = (
    "bond", "bridge", "vrf", "vlan", "macsec", "macvlan", "macvtap", "ipvlan", "vxlan", "geneve", "veth", "netkit", "tun", "tap",
    "gre", "gretap", "ip6gre", "ip6gretap", "erspan", "ip6erspan", "ipip", "sit", "ip6tnl", "vti", "vti6",
    "xfrm", "wireguard", "l2tp",
)  # fmt: skip
_NEEDED = {
    "vlan": "parent: eth0, id: 10",
    "macsec": "parent: eth0, port: 1",
    "macvlan": "parent: eth0",
    "macvtap": "parent: eth0",
    "ipvlan": "parent: eth0",
    "vrf": "table: 100",
    "xfrm": "if_id: 1",
    "geneve": "id: 10, remote: 192.0.2.1",
    **dict.fromkeys(("gre", "gretap", "ipip", "sit", "vti"), "local: 192.0.2.1, remote: 192.0.2.2"),
    **dict.fromkeys(("ip6gre", "ip6gretap", "ip6tnl", "vti6"), 'local: "2001:db8::1"'),
    **dict.fromkeys(("erspan", "ip6erspan"), "version: 1, ikey: 1, okey: 1"),
    "vxlan": "id: 10, port: 4789",
    "l2tp": "tunnel_id: 1, peer_tunnel_id: 1, encap: ip, local: 192.0.2.1, remote: 192.0.2.2, "
    "session_id: 1, peer_session_id: 1",
    "veth": "peer: NAME",
    "netkit": "peer: NAME",
}
"""The sections that can't be left out, with examples."""


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeix" else f"a {kind}"


class AnyKind(Strict):
    """The settings of every kind. Sections that a model doesn't have are None."""

    if TYPE_CHECKING:
        netkit: Netkit | None
        macvlan: Macvlan | None

    kind: LinkKind | None = Field(None, description="make it if it isn't there")
    state: Literal["up", "down", "absent"] | None = Field(
        None, description="administrative state; left out: up with kind, else left alone"
    )
    netns: NetnsName | None = Field(
        None, description="the network namespace of the document that it's made in or moved to"
    )
    mtu: int | None = Field(None, ge=68, le=65575, description="octets")
    address: Mac | None = Field(None, description="MAC address")
    alias: Annotated[str, AfterValidator(_alias)] | None = Field(
        None, description="free text shown by ip link"
    )
    group: Count | None = Field(None, description="link group number")
    txqueuelen: Count | None = Field(None, description="transmit queue length, packets")
    altnames: Annotated[list[str], Field(max_length=32), AfterValidator(_altnames)] | None = Field(
        None, description="all alternative names"
    )
    master: LinkName | None = Field(
        None, description="the bridge, bond or VRF it's a port of; none = of nothing"
    )

    @model_validator(mode="after")
    def _can_be(self) -> AnyKind:
        if self.mtu is not None:
            self._require_mtu(self.mtu)
        if self.address is not None and self.netkit is not None and self.netkit.mode != "l2":
            reject(
                "NC2035",
                "a netkit with a MAC address",
                "with mode: l3 it carries no Ethernet frames",
                "remove address, or write mode: l2",
            )
        if self.address is not None and self.kind and not has_mac(self.kind, self._options()):
            reject(
                "NC2035",
                f"{_a(self.kind)} with a MAC address",
                "it has that of its parent" if self.kind == "ipvlan" else "it carries no Ethernet frames",
                "remove address",
            )
        return self

    def _options(self) -> dict[str, Any]:
        """Those of its kind that are written."""
        section = getattr(self, self.kind, None) if self.kind else None
        return {} if section is None else section.model_dump(exclude_none=True)

    def _require_mtu(self, mtu: int) -> None:
        least, most = limits(self.kind or "", self._options())
        what = _a(self.kind) if self.kind else "a link without kind"
        if mtu > most:
            reject(
                "NC2034",
                f"mtu {mtu} is too much for {what}",
                f"the kernel allows it {most}",
                f"write {most} or less",
                at=("mtu",),
            )
        if mtu < least:
            reject(
                "NC2034",
                f"mtu {mtu} is too little for {what}",
                f"the kernel wants {least}",
                f"write {least} or more",
                at=("mtu",),
            )

    @model_validator(mode="after")
    def _fits_kind(self) -> AnyKind:
        written = self.model_fields_set
        for section in _SECTIONS:
            if section in written and section != self.kind:
                given = f"kind is {self.kind}" if self.kind else "no kind is given"
                reject(
                    "NC2023",
                    f"{section}: is for kind {section} only",
                    given,
                    f"write kind: {section}, or remove {section}:",
                )
        if self.kind in _NEEDED and getattr(self, str(self.kind)) is None:
            reject(
                "NC2024",
                f"kind {self.kind} without {self.kind}:",
                "it says what the link is made of",
                f"add {self.kind}: {{{_NEEDED[self.kind]}}}",
            )
        if self.address and self.macvlan and self.macvlan.mode == "passthru":
            reject(
                "NC2036",
                "address with mode: passthru",
                f"such a macvlan has the MAC address of its parent {self.macvlan.parent}",
                f"write address under {self.macvlan.parent}",
            )
        ports = [name for name in ("bridge_port", "bond_port") if getattr(self, name) is not None]
        if ports and (self.master in (None, "none") or len(ports) > 1):
            reject(
                "NC2043",
                f"{ports[0]} without master" if len(ports) == 1 else f"{ports[0]} and {ports[1]}",
                "it says what the master keeps of its port",
                "write master: with the bridge or bond",
            )
        if self.state == "absent":
            extra = sorted(self.model_fields_set - {"state", "kind"})
            if extra:
                reject(
                    "NC2025",
                    f"state: absent with {', '.join(extra)}",
                    "a link that shall not exist has no settings",
                    f"remove {', '.join(extra)}, or state: absent",
                )
        return self

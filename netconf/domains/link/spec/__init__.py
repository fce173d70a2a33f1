"""What a user may write about a link, except its addresses and sysctls.

`Spec` is all of it. The models of all the kinds take longer to load and to build than a document of a thousand links
takes to check, and one has few of them: `narrow` is a model with those that it mentions.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, create_model

from netconf.domains.link.spec.settings import AnyKind, LinkKind
from netconf.grammar import Strict
from netconf.grammar.names import LinkName

if TYPE_CHECKING:
    from netconf.domains.link.spec.interface import Interface, Spec

__all__ = ["SECTIONS", "Interface", "LinkKind", "Spec", "narrow"]

SECTIONS: Mapping[str, tuple[str, str]] = {
    "bridge_port": ("bridge", "BridgePort"),
    "bond_port": ("bond", "BondPort"),
    "bond": ("bond", "Bond"),
    "vrf": ("vrf", "Vrf"),
    "bridge": ("bridge", "Bridge"),
    "vlan": ("vlan", "Vlan"),
    "macsec": ("macsec", "Macsec"),
    "macvlan": ("macvlan", "Macvlan"),
    "macvtap": ("macvlan", "Macvtap"),
    "ipvlan": ("macvlan", "Ipvlan"),
    "vxlan": ("vxlan", "Vxlan"),
    "geneve": ("vxlan", "Geneve"),
    "gre": ("tunnel", "Gre"),
    "gretap": ("tunnel", "Gretap"),
    "ip6gre": ("tunnel", "Ip6gre"),
    "ip6gretap": ("tunnel", "Ip6gretap"),
    "erspan": ("tunnel", "Erspan"),
    "ip6erspan": ("tunnel", "Ip6erspan"),
    "ipip": ("tunnel", "Ipip"),
    "sit": ("tunnel", "Sit"),
    "ip6tnl": ("tunnel", "Ip6tnl"),
    "vti": ("tunnel", "Vti"),
    "vti6": ("tunnel", "Vti6"),
    "xfrm": ("xfrm", "Xfrm"),
    "veth": ("veth", "Veth"),
    "netkit": ("veth", "Netkit"),
    "wireguard": ("wireguard", "Wireguard"),
    "l2tp": ("l2tp", "L2tp"),
    "tun": ("veth", "TunTap"),
    "tap": ("veth", "TunTap"),
}
"""The sections of an interface, each with the module here and the model in it."""

_WHOLE = "l2tp"
"""A section that several interfaces have to agree in, which only `Spec` looks at."""


def __getattr__(name: str) -> Any:
    """What has all sections, loaded when it's asked for."""
    if name not in ("Interface", "Spec"):
        raise AttributeError(name)
    return getattr(import_module("netconf.domains.link.spec.interface"), name)


def narrow(share: Mapping[str, Any]) -> type[BaseModel] | None:
    """A model of the sections that a share of a document has. What it accepts `Spec` accepts, with the same values;
    why it refuses something is for `Spec` to say.
    """
    mentioned = SECTIONS.keys() & set().union(*share["interfaces"].values())
    return None if _WHOLE in mentioned else _narrow(frozenset(mentioned))


@lru_cache(maxsize=8)
def _narrow(sections: frozenset[str]) -> type[BaseModel]:
    """Kept, as network namespaces often have the same ones."""
    fields: dict[str, Any] = {name: (_section(name) | None, None) for name in sorted(sections)}
    interface: Any = create_model("Interface", __base__=AnyKind, **fields)
    for name in SECTIONS.keys() - sections:
        setattr(interface, name, None)
    mapping: Any = dict
    return create_model(
        "Spec", __base__=Strict, interfaces=(mapping[LinkName, interface], Field(default_factory=dict))
    )


def _section(name: str) -> Any:
    module, model = SECTIONS[name]
    return getattr(import_module(f"netconf.domains.link.spec.{module}"), model)

"""The registry of domains: which keys of a document each one handles, and where it lives.

A domain is imported only when a document, a ledger or a journal names something of it. Adding one
is adding a line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from netconf.core.driver import AnyDriver

if TYPE_CHECKING:
    from pydantic import BaseModel

REST = "*"
"""As an interface field: every field under `interfaces.NAME` that no other domain handles."""


class Domain(NamedTuple):
    """The top-level sections and the fields of an interface that a domain handles, its kinds."""

    kinds: tuple[str, ...]
    sections: tuple[str, ...] = ()
    interface_fields: tuple[str, ...] = ()
    everywhere: bool = True
    """Whether its keys may stand in a network namespace's part of the document, too."""
    waits: bool = False
    """Whether what it reports of the system matters to no other domain's objects while nothing happens to
    these: then it's asked, and loaded, only where a document has something of it.
    """
    narrow: str = ""
    """The module that has models for a share of a document, if there are any (see `narrow_spec`)."""


REGISTRY: dict[str, Domain] = {
    "netns": Domain(("netns",), sections=("netns",), everywhere=False, waits=True),
    "match": Domain(("name",), interface_fields=("match",), everywhere=False, waits=True),
    "link": Domain(
        (
            "link",
            "admin-up",
            "port",
            "vlans",
            "backup-port",
            "vnis",
            "placement",
            "wireguard",
            "l2tp-tunnel",
            "macsec",
        ),
        interface_fields=(REST,),
        narrow="spec",
    ),
    "sriov": Domain(("vfs", "vf"), interface_fields=("sriov",), everywhere=False, waits=True),
    "address": Domain(("address",), interface_fields=("addresses",), narrow="plainspec"),
    "nexthop": Domain(("nexthop",), sections=("nexthops",)),
    "route": Domain(("route",), sections=("routes", "tables"), narrow="plainspec"),
    "neighbour": Domain(("neighbour",), sections=("neighbours",), waits=True),
    "fdb": Domain(("fdb",), interface_fields=("fdb",), waits=True),
    "mdb": Domain(("mdb",), interface_fields=("mdb",), waits=True),
    "address_label": Domain(("address-label", "usual-label"), sections=("address_labels",), waits=True),
    "mptcp": Domain(("mptcp-endpoint", "mptcp-limits"), sections=("mptcp",), waits=True),
    "rule": Domain(("rule",), sections=("rules",), waits=True),
    "sysctl": Domain(("sysctl",), sections=("sysctl",), interface_fields=("sysctl",)),
    "firewall": Domain(("firewall", "iptables", "offload"), sections=("firewall",), waits=True),
    "bird": Domain(("bird",), sections=("bird",), everywhere=False, waits=True),
}


def driver(name: str) -> AnyDriver:
    """The driver of a domain."""
    module: Any = import_module(f"netconf.domains.{name}")
    found: AnyDriver = module.driver
    return found


def spec(name: str) -> type[BaseModel]:
    """What a user may write in a domain's sections: a model with a field per section, and
    `interfaces` (a mapping by name) if the domain handles fields of an interface.
    """
    module: Any = import_module(f"netconf.domains.{name}.spec")
    found: type[BaseModel] = module.Spec
    return found


def narrow_spec(name: str, share: Mapping[str, Any]) -> type[BaseModel] | None:
    """A model that takes less to make and accepts this share of a document only if `spec` does, and means the same;
    None if the domain has none.
    """
    if not REGISTRY[name].narrow:
        return None
    module: Any = import_module(f"netconf.domains.{name}.{REGISTRY[name].narrow}")
    found: type[BaseModel] | None = module.narrow(share)
    return found

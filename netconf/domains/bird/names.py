"""The names that what the document names has in bird.conf.

All have a prefix by kind: so none is a keyword of BIRD's (s, rr, net and other are), none looks
like a bytestring, and none clashes with what raw configuration defines. The prefix is nc_ for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from netconf.core.diagnostics import DocumentPath

if TYPE_CHECKING:
    from netconf.domains.bird.protocol import Protocol
    from netconf.domains.bird.spec import Bird

MAIN = {"ipv4": "master4", "ipv6": "master6", "flow4": "nc_main_flow4", "flow6": "nc_main_flow6"}
"""BIRD has the first two by itself."""

FAMILIES = ("ipv4", "ipv6")


def protocol(kind: str, name: str, found: Protocol) -> str:
    return found.bird_name or f"nc_{kind}_{name}"


def static(name: str, found: Protocol, family: str, *, alone: bool) -> str:
    """Static routes of two families are two protocols."""
    if family == "ipv4" or (alone and found.bird_name):
        return protocol("static", name, found)
    return f"{found.bird_name}_6" if found.bird_name else f"nc_static6_{name}"


def table(name: str | None, family: str) -> str:
    return MAIN[family] if name in (None, "main") else f"nc_t_{name}"


def filter_(name: str) -> str:
    return f"nc_f_{name}"


def kernel_filter(name: str) -> str:
    """The same filter towards the kernel, if there are services to leave out."""
    return f"nc_fk_{name}"


def announcer(family: str) -> str:
    """The protocol that sees which prefixes of services are announced."""
    return f"nc_announce_{family}"


def announce_table(family: str) -> str:
    return f"nc_announced{family[-1]}"


def announce_pipe(family: str) -> str:
    return f"nc_announce_pipe_{family}"


def prefix_set(name: str, family: str) -> str:
    return f"nc_ps{family[-1]}_{name}"


def roas(family: str) -> str:
    return f"nc_roas{family[-1]}"


def static_families(found: Protocol) -> list[str]:
    """Of a static protocol's routes."""
    routes = getattr(found, "routes", ())
    return sorted({"ipv6" if ":" in route.to else "ipv4" for route in routes}) or ["ipv4"]


def in_file(bird: Bird) -> Iterator[tuple[str, DocumentPath]]:
    """The name of every protocol as it stands in the file, and its place in the document."""
    for kind, name, found in bird.protocols.each():
        path = ("bird", "protocols", kind, name)
        if kind != "static":
            yield protocol(kind, name, found), path
            continue
        families = static_families(found)
        for family in families:
            yield static(name, found, family, alone=len(families) == 1), path

"""Mirrored frames in GRE: ERSPAN types I, II and III, which are versions 0, 1 and 2.

What each version's packets have is from draft-foschiano-erspan and erspan_xmit of net/ipv4/ip_gre.c: from
version 1 on a sequence number and the session ID, which is the key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from netconf.domains.link.kinds.option import NO_KEY, NUMBER, Fault, Form, Option, Value, Values, enumerated

_INDEX = Form(int, int, lambda v: str(v) if v else "")

OPTIONS = (
    Option("version", "IFLA_GRE_ERSPAN_VER", "erspan_ver", NUMBER),
    Option("index", "IFLA_GRE_ERSPAN_INDEX", "erspan", _INDEX),
    Option("direction", "IFLA_GRE_ERSPAN_DIR", "erspan_dir", enumerated("ingress", "egress")),
    Option("hwid", "IFLA_GRE_ERSPAN_HWID", "erspan_hwid", NUMBER),
)
APART: frozenset[tuple[str, Value]] = frozenset({("index", 0)})
"""iproute2 can't write this index, so that none could follow a change to it."""

_OF_VERSIONS = {
    "index": (1,),
    "direction": (2,),
    "hwid": (2,),
    **dict.fromkeys(("ikey", "okey", "iseq", "oseq"), (1, 2)),
}
IMPLIED = frozenset({"oseq"})
"""Packets are numbered from version 1 on: the kernel takes no other tunnel (erspan_validate)."""


def version(options: Values) -> int:
    """The kernel's is 1 where none is said."""
    return int(options.get("version", 1))


def applies(usual: Callable[[str, Values], bool]) -> Callable[[str, Values], bool]:
    """Beside what's usual for tunnels, what the version's packets have."""

    def counts(name: str, options: Values) -> bool:
        return usual(name, options) and (name not in _OF_VERSIONS or version(options) in _OF_VERSIONS[name])

    return counts


def contradictions(options: Values) -> Iterator[Fault]:
    """Options that the version's packets have no place for; of an external one each packet has its own version."""
    if options.get("external") == "on":
        return
    number = version(options)
    for name, versions in _OF_VERSIONS.items():
        if name in options and number not in versions and options[name] not in (NO_KEY, "off"):
            yield Fault(
                "NC2060",
                f"{name} with version: {number}",
                f"packets of ERSPAN version {number} don't have it",
                f"remove {name}, or write version: {' or '.join(map(str, versions))}",
            )


def faults(options: Values) -> Iterator[Fault]:
    """Also what is missing."""
    if options.get("external") == "on":
        return
    yield from contradictions(options)
    number = version(options)
    if number and options.get("okey", NO_KEY) == NO_KEY:
        yield Fault(
            "NC2130",
            f"ERSPAN version {number} without okey",
            "it's the session ID, which every packet has",
            "write okey: 1 or another up to 1023, and as ikey what the other end sends",
        )

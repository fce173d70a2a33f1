"""Words of the language that this version has no support for: refused as such, not as misspelt.

Asked only about keys that no model knows, so a domain that comes to handle one needs no change here.
"""

from __future__ import annotations

from netconf.core.diagnostics import DocumentPath

SECTIONS = frozenset({
    "checks", "exclusive", "management",
})  # fmt: skip

FIELDS = frozenset({
    "ethtool", "ingress", "ipv6", "match", "qdisc", "steering",
    "bond", "geneve", "gre", "gretap", "ip6gre", "ip6gretap", "ip6tnl", "ipip", "ipvlan", "macvtap",
    "sit", "vrf", "vti", "vti6", "xfrm",
})  # fmt: skip
"""Fields of an interface, among them the sections of kinds."""

OPTIONS = frozenset({("bridge", "ports")})
"""Fields of an interface's sections."""


def is_later(path: DocumentPath) -> bool:
    """Whether the key at a path is a word of the language."""
    match path:
        case (section,):
            return section in SECTIONS
        case ("interfaces", _, field):
            return field in FIELDS
        case ("interfaces", _, field, option):
            return (field, option) in OPTIONS
    return False

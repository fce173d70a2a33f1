"""An address label, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netconf.core import ids, ip
from netconf.core.ids import ResourceId
from netconf.core.resource import NOTHING, Resource

USUAL: Mapping[str, int] = {
    "::1/128": 0,
    "::/0": 1,
    "2002::/16": 2,
    "::/96": 3,
    f"{ip.text(ip.INET6, 0xFFFF << 32)}/96": 4,
    "fc00::/7": 5,
    "2001::/32": 6,
    "2001:10::/28": 7,
    "fec0::/10": 11,
    "3ffe::/16": 12,
}
"""What the kernel begins with in each network namespace (ip6addrlbl_init_table of net/ipv6/addrlabel.c)."""


@dataclass(frozen=True, slots=True)
class Label(Resource):
    """Of a prefix, on one link or ("") on all."""

    prefix: str
    label: int
    link: str = ""

    @property
    def id(self) -> ResourceId:
        usual = not self.link and self.prefix in USUAL
        return ids.usual_label(self.prefix) if usual else ids.address_label(self.prefix, self.link)

    @property
    def requires(self) -> frozenset[ResourceId]:
        return frozenset({ids.link(self.link)}) if self.link else NOTHING

    @property
    def occupies(self) -> frozenset[str]:
        """Its going is never left to the kernel, which keeps it without its link."""
        return frozenset({str(self.id)})

    @property
    def usual(self) -> bool:
        """Whether it's as the kernel has it."""
        return not self.link and USUAL.get(self.prefix) == self.label

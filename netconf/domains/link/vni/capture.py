"""The VNIs of a vxlan as the part of a document that asks for them."""

from __future__ import annotations

from typing import Any

from netconf.domains.link.vni.resource import Vnis, parse


def section(vnis: Vnis) -> dict[str, Any]:
    return {
        "vnis": [
            {"vni": one.numbers, "remote": one.remote} if one.remote else one.numbers
            for one in parse(vnis.entries)
        ]
    }

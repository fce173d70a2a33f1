"""The channels and associations of a MACsec link as the part of a document that asks for them. The keys stand under
names that whoever captures is to put them under.
"""

from __future__ import annotations

from typing import Any

from netconf.core.overlay import given
from netconf.domains.link.macsec.resource import Macsec
from netconf.system.ports import MacsecAssociation

FOLDER = "/etc/netconf/macsec"


def section(one: Macsec) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if one.tx:
        out["tx"] = [_association(one.name, found) for found in given(one.tx, ())]
    if one.channels:
        out["rx"] = [
            {
                "system": bytes.fromhex(channel.sci[:12]).hex(":"),
                "port": int(channel.sci[12:], 16),
                "active": "on" if channel.active else "off",
                "sa": [
                    _association(one.name, found) for found in given(one.rx, ()) if found.sci == channel.sci
                ],
            }
            for channel in given(one.channels, ())
        ]
    return out


def _association(name: str, found: MacsecAssociation) -> dict[str, Any]:
    """Its packet number isn't: it's that of this host's own packets."""
    place = f"rx-{found.sci}-{found.an}" if found.sci else f"tx-{found.an}"
    return {
        "an": found.an,
        "key_file": f"{FOLDER}/{name}-{place}.key",
        "key_id": found.key_id,
        **({"ssci": found.ssci} if found.ssci else {}),
        "active": "on" if found.active else "off",
    }

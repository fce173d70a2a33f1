"""Documents with WireGuard links, and what `wg` says of them. The keys were made for these tests and are nobody's."""

from __future__ import annotations

import base64
import subprocess

import pytest

from netconf.system.linux import curve25519

OURS = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
ANOTHER = "4Hs1DmE8z7kjS3i5rJ3zjS7m4o4vJ5b6mZ1k2n3p4nI="
PRESHARED = "FpCyhws9cxwWoV4xELtfJvjJN+zQVRPISllRWgeopVE="
ONE, TWO = (base64.b64encode(curve25519.public_key(bytes([n] * 32))).decode() for n in (1, 2))

PEER = {"public_key": ONE}

in_kernel = pytest.mark.needs("link:wireguard", "bin:wg")


def public(private):
    return base64.b64encode(curve25519.public_key(base64.b64decode(private))).decode()


def document(files, *peers, **options):
    given = {"private_key_file": "ours", **options}
    section = {key: value for key, value in given.items() if value is not None}
    if peers:
        section["peers"] = {f"peer{n}": peer for n, peer in enumerate(peers)}
    section = _placed(section, files)
    return {"netconf": 1, "interfaces": {"wg0": {"kind": "wireguard", "wireguard": section}}}


def _placed(value, files):
    """File names as paths."""
    if not isinstance(value, dict):
        return value
    return {
        key: str(files / part) if key.endswith("_file") else _placed(part, files)
        for key, part in value.items()
    }


def wg(*words):
    return subprocess.run(["wg", *words], check=True, capture_output=True, text=True).stdout


def shown(name="wg0"):
    """{option: value} of the link, and of each peer by its key, as `wg showconf` writes them."""
    parts = {"": {}}
    for block in wg("showconf", name).split("\n\n"):
        found = dict(line.split(" = ", 1) for line in block.splitlines() if " = " in line)
        if found:
            parts[found.get("PublicKey", "")] = found
    for found in parts.values():
        if "AllowedIPs" in found:
            found["AllowedIPs"] = sorted(found["AllowedIPs"].split(", "))
    return parts

"""iproute2, the other opinion: to make what netconf reads and to tell what it wrote."""

from __future__ import annotations

import json
import subprocess


def ip(*commands):
    """Run commands in one batch."""
    subprocess.run(["ip", "-batch", "-"], input="\n".join(commands), text=True, check=True)


def ip_json(command):
    done = subprocess.run(["ip", "-d", "-j", *command.split()], text=True, check=True, capture_output=True)
    return json.loads(done.stdout or "[]")

"""A host with Debian's BIRD as it comes, and a router that learns by RIP. In a guest only."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

CONFIG, SOCKET = Path("/etc/bird/bird.conf"), Path("/run/bird/bird.ctl")
ROUTER = """router id 192.0.2.1;
log stderr all;
protocol device { }
protocol kernel { ipv4 { import none; export all; }; }
protocol rip uplink { ipv4 { import all; export none; }; interface "wire" { version 2; timeout time 20; }; }
"""


def ip(*lines):
    for line in lines:
        subprocess.run(["ip", *line.split()], check=True)


def learnt(router):
    return {row["dst"] for row in json.loads(router.run("ip", "-j", "route", "show", "proto", "bird"))}

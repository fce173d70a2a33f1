"""How wide each option is: ours against what the kernel dumps. One written too wide passes unnoticed on
little-endian machines only; that it's the right number is seen by iproute2 in the field cases of links.
"""

from __future__ import annotations

import socket
import subprocess

import pytest
from lab import needs

from netconf.system.linux.linkoptions import OPTIONS, PORT_OPTIONS
from netconf.system.linux.netlink import NetlinkSocket
from netconf.system.linux.wire import IFINFO, RTM_GETLINK, attribute_text, attributes

WIDTHS = {
    "u8": 1,
    "u16": 2,
    "u32": 4,
    "u64": 8,
    "s32": 4,
    "be16": 2,
    "be32": 4,
    "be64": 8,
    "index": 4,
    "flag": 0,
}
WIDTHS |= {"mac": 6, "ipv4": 4, "ipv6": 16, "port-range": 4, "flags": 8, "flag8": 1, "u8on": 1}
_IFNAME, _LINKINFO, _INFO_DATA, _INFO_SLAVE_DATA = 3, 18, 2, 5
_STACKED = "link below"
MAKE = {**needs.KINDS, "vxlan": "id 5 dstport 4789 local 192.0.2.1 remote 192.0.2.2"}
KINDS = sorted(kind for kind, options in OPTIONS.items() if options and kind != "tun")


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.needs(f"link:{kind}")) for kind in KINDS]
)
def test_options_are_as_wide_as_the_kernels(kind, netns):
    below = _STACKED if kind in needs.STACKED else ""
    _ip("link add below type ifb")
    _ip(f"link add {below} name t0 type {kind} {MAKE.get(kind, '')}")
    told = _dumped("t0", _INFO_DATA)
    assert _wrong(OPTIONS[kind], told) == {}
    assert told.keys() & OPTIONS[kind].keys()


@pytest.mark.parametrize(
    "kind", [pytest.param("bridge"), pytest.param("bond", marks=pytest.mark.needs("link:bond"))]
)
def test_options_of_ports(kind, netns):
    _ip(f"link add m0 type {kind}")
    _ip("link add v0 type veth peer name v1")
    _ip("link set v0 master m0")
    told = _dumped("v0", _INFO_SLAVE_DATA)
    assert _wrong(PORT_OPTIONS[kind], told) == {}
    assert len(told.keys() & PORT_OPTIONS[kind].keys()) > 1


def _wrong(options, told):
    """{name: (width told, width of our type)} of those that differ."""
    return {
        name: (len(told[number]), WIDTHS[wire])
        for number, (name, wire) in options.items()
        if number in told and wire in WIDTHS and len(told[number]) != WIDTHS[wire]
    }


def _dumped(name, which):
    opened = NetlinkSocket()
    try:
        answer = opened.get(
            RTM_GETLINK, IFINFO.pack(socket.AF_UNSPEC, 0, 0, 0, 0) + attribute_text(_IFNAME, name)
        )
    finally:
        opened.close()
    info = attributes(answer, 32, len(answer))[_LINKINFO]
    data = attributes(info, 0, len(info))[which]
    return attributes(data, 0, len(data))


def _ip(words):
    subprocess.run(["ip", *words.split()], check=True)

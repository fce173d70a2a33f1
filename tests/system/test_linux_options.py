"""Our table of link options against those of pyroute2."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg

from netconf.system.linux import linkencoder
from netconf.system.linux.linkoptions import OPTIONS

CODEC_TYPES = {
    "u8": {"uint8"},
    "u16": {"uint16", "flags"},
    "u32": {"uint32", "mode"},
    "index": {"uint32"},
    "u64": {"uint64"},
    "be16": {"be16"},
    "be32": {"uint32"},
    "flag": {"flag"},
    "flag8": {"flag"},
    "mac": {"l2addr"},
    "ipv4": {"ip4addr"},
    "ipv6": {"ip6addr"},
    "flags": {"vlan_flags"},
    "port-range": {"port_range"},
}


@pytest.mark.parametrize("kind", sorted(kind for kind, options in OPTIONS.items() if options))
def test_numbers_names_and_types_are_the_codecs(kind):
    numbers = dict(enumerate(ifinfmsg.ifinfo.data_map[kind].nla_map))
    for number, (name, wire) in OPTIONS[kind].items():
        assert numbers[number][0] == name
        assert numbers[number][1] in CODEC_TYPES[wire], name


def test_every_writable_attribute_is_in_the_codec():
    numbers = {name: number for number, (name, *_) in enumerate(ifinfmsg.nla_map)}
    assert {name: number for name, (number, _) in linkencoder.ATTRIBUTES.items()}.items() <= numbers.items()


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import netconf.system.linux", {"socket", "ctypes", "dataclasses", "pyroute2"}),
        (
            "import netconf.system.linux as l; l.system().rtnl.links()",
            {"ctypes", "pyroute2", "threading", "asyncio"},
        ),
        (
            "from netconf.system.linux import linkencoder",
            {"asyncio", "pyroute2"},
        ),
    ],
)
def test_imports_stay_small(code, absent):
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not absent & set(done.stdout.split())

"""Our table of link options against the codec that writes them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from netconf.system.linux import linkencoder
from netconf.system.linux.linkcodec import OPTIONS

CODEC_TYPES = {
    "u8": {"uint8"},
    "u16": {"uint16", "flags"},
    "u32": {"uint32", "mode"},
    "u64": {"uint64"},
    "be16": {"be16"},
    "be32": {"uint32"},
    "flag": {"flag"},
    "flag8": {"flag"},
    "mac": {"l2addr"},
    "ipv4": {"ip4addr"},
    "ipv6": {"ip6addr"},
    "vlan-flags": {"vlan_flags"},
    "port-range": {"port_range"},
}


@pytest.mark.parametrize("kind", sorted(kind for kind, options in OPTIONS.items() if options))
def test_numbers_names_and_types_are_the_codecs(kind):
    numbers = dict(enumerate(linkencoder._codec().ifinfo.data_map[kind].nla_map))
    for number, (name, wire) in OPTIONS[kind].items():
        assert numbers[number][0] == name
        assert numbers[number][1] in CODEC_TYPES[wire], name


def test_every_writable_attribute_is_in_the_codec():
    known = {name for name, *_ in linkencoder._codec().nla_map}
    assert set(linkencoder.ATTRIBUTES) <= known


def test_index_options_are_options():
    names = {name for options in OPTIONS.values() for name, _ in options.values()}
    assert names >= linkencoder._INDEX_OPTIONS


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import netconf.system.linux", {"socket", "ctypes", "dataclasses", "pyroute2"}),
        (
            "import netconf.system.linux as l; l.system().rtnl.links()",
            {"ctypes", "pyroute2", "threading", "asyncio"},
        ),
        (
            "from netconf.system.linux import linkencoder as l; l._codec()",
            {"asyncio", "sqlite3", "pyroute2.ndb"},
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

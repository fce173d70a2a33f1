"""Our tables of link options and attributes against the kernel's headers and pyroute2's."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg

from netconf.system.linux import linkencoder
from netconf.system.linux.linkoptions import OPTIONS, PORT_OPTIONS

HEADERS = ("if_link.h", "if_tunnel.h", "if_bridge.h")
NEWER = {"netkit"}
NEWER_OPTIONS = {"IFLA_VXLAN_LOCALBYPASS": 31, "IFLA_VXLAN_LABEL_POLICY": 32}
"""What Debian 12's headers don't have yet."""


@pytest.mark.needs("bin:gcc")
def test_numbers_and_names_are_those_of_the_kernels_headers(tmp_path):
    """The types are tried by the field cases of the links, which iproute2 reads on a kernel."""
    tables = [*(table for kind, table in OPTIONS.items() if kind not in NEWER), *PORT_OPTIONS.values()]
    ours = {name: number for table in tables for number, (name, _) in table.items()}
    assert NEWER_OPTIONS.items() <= ours.items()
    ours = {name: number for name, number in ours.items() if name not in NEWER_OPTIONS}
    assert sum(map(len, tables)) > len(ours) > 150
    assert ours == _numbers_in_headers(sorted(ours), tmp_path)


def _numbers_in_headers(names, folder):
    """The enumerators' values, as a C compiler has them."""
    lines = [f"#include <linux/{header}>" for header in HEADERS]
    lines += ["#include <stdio.h>", "int main(void) {"]
    lines += [f'printf("{name} %d\\n", {name});' for name in names]
    (folder / "numbers.c").write_text("\n".join([*lines, "return 0; }"]))
    program = folder / "numbers"
    subprocess.run(["gcc", "-o", program, folder / "numbers.c"], check=True, capture_output=True)
    said = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    return {name: int(number) for name, number in (line.split() for line in said.splitlines())}


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

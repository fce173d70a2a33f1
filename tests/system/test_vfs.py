"""Virtual functions: messages byte for byte as iproute2's, rows from bytes as the kernel makes them, and the number
in a tree like /sys, for there is no NIC with SR-IOV here.
"""

from __future__ import annotations

import re
import struct
import subprocess

import pytest

from netconf.core.errors import ObserveError
from netconf.system.linux import vfs
from netconf.system.linux.sriov import LinuxSriov
from netconf.system.linux.wire import NLA_F_NESTED, attribute, attribute_u32
from netconf.system.ports import VfRequest, VfRow, VfSupport


@pytest.mark.needs("bin:strace", "netns")
@pytest.mark.parametrize(
    ("words", "row"),
    [
        ("mac 02:00:00:00:00:01", {"address": "02:00:00:00:00:01"}),
        ("vlan 100 qos 3", {"vlan": (100, 3, 0x8100)}),
        ("vlan 100 qos 3 proto 802.1ad", {"vlan": (100, 3, 0x88A8)}),
        ("vlan 0", {"vlan": (0, 0, 0x8100)}),
        ("spoofchk on", {"spoofcheck": 1}),
        ("trust off", {"trust": 0}),
        ("state auto", {"link_state": 0}),
        ("state enable", {"link_state": 1}),
        ("state disable", {"link_state": 2}),
        ("max_tx_rate 1000 min_tx_rate 100", {"rates": (100, 1000)}),
        ("vlan 7 spoofchk off", {"vlan": (7, 0, 0x8100), "spoofcheck": 0}),
    ],
)
def test_the_message_is_that_of_iproute2(netns, words, row):
    """The kernel refuses it for lo, which has none; what matters is what was sent."""
    command = f"strace -e trace=sendmsg -e write=3,4 ip link set dev lo vf 2 {words}".split()
    told = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    _, _, dump = told.rpartition("bytes in buffer 0")
    sent = "".join(re.findall(r"^ \| [0-9a-f]{5}  ((?:[0-9a-f]{2} {1,2}){1,16})", dump, re.MULTILINE))
    after = 32  # nlmsghdr and ifinfomsg
    assert bytes.fromhex(sent)[after:] == vfs.encode(VfRequest(VfRow(1, 2, **row))).body[after - 16 :], told


def nested(number, *parts):
    return attribute(number | NLA_F_NESTED, b"".join(parts))


def info(number, *, address=bytes(6), tag=(0, 0), spoofcheck=0, trust=-1):
    """In the order of rtnl_fill_vf, of Linux 6.1."""
    return nested(
        1,
        attribute(1, struct.pack("=I32s", number, address)),
        nested(13, bytes(32)),
        attribute(2, struct.pack("=III", number, *tag)),
        attribute(6, struct.pack("=III", number, 100, 2000)),
        attribute(3, struct.pack("=II", number, 2000)),
        attribute(4, struct.pack("=Ii", number, spoofcheck)),
        attribute(5, struct.pack("=II", number, 2)),
        attribute(7, struct.pack("=Ii", number, -1)),
        attribute(9, struct.pack("=Ii", number, trust)),
        nested(12, attribute(1, struct.pack("=III", number, *tag) + struct.pack("!H2x", 0x88A8))),
    )


def answer(count, *infos):
    return bytes(32) + attribute(3, b"pf0\0") + attribute_u32(21, count) + nested(22, *infos)


def test_rows_from_what_the_kernel_tells():
    rows = vfs.decode(
        answer(
            2, info(0), info(1, address=bytes.fromhex("020000000009"), tag=(100, 3), spoofcheck=1, trust=1)
        ),
        5,
    )
    assert rows == [
        VfRow(5, 0, "00:00:00:00:00:00", (0, 0, 0x88A8), 0, None, 2, (100, 2000)),
        VfRow(5, 1, "02:00:00:00:00:09", (100, 3, 0x88A8), 1, 1, 2, (100, 2000)),
    ]


def test_none_of_a_link_without():
    assert vfs.decode(bytes(32) + attribute(3, b"lo\0"), 1) == []


def test_a_list_that_is_cut_is_no_answer():
    """Of 256 the length of the attribute runs over, and begins at 0 again."""
    with pytest.raises(ObserveError, match="1 of the 3"):
        vfs.decode(answer(3, info(0)), 5)
    whole = answer(2, info(0), info(1))
    with pytest.raises(ObserveError):
        vfs.decode(whole[:-40], 5)


@pytest.fixture
def tree(tmp_path):
    """A NIC with two VFs of eight, as drivers/pci/iov.c and net-sysfs show them."""
    pf = tmp_path / "devices/pci0000:00/0000:03:00.0"
    (pf / "net/eth0").mkdir(parents=True)
    (pf / "net/eth0/ifindex").write_text("2\n")
    (pf / "net/eth0/device").symlink_to(pf)
    (tmp_path / "class/net").mkdir(parents=True)
    (tmp_path / "class/net/eth0").symlink_to(pf / "net/eth0")
    (pf / "sriov_numvfs").write_text("2\n")
    (pf / "sriov_totalvfs").write_text("8\n")
    for number in range(2):
        vf = tmp_path / f"devices/pci0000:00/0000:03:10.{number}"
        (vf / f"net/eth0v{number}").mkdir(parents=True)
        (vf / f"net/eth0v{number}/flags").write_text("0x1002\n")
        (vf / "driver").symlink_to(tmp_path / "bus/pci/drivers/iavf")
        (tmp_path / "bus/pci/drivers/iavf").mkdir(parents=True, exist_ok=True)
        (pf / f"virtfn{number}").symlink_to(vf)
    return tmp_path


def test_count_and_limit(tree):
    sriov = LinuxSriov(tree)
    assert sriov.support("eth0", 2) == VfSupport(2, 8)
    sriov.set_count("eth0", 2, 0)
    assert (tree / "class/net/eth0/device/sriov_numvfs").read_text() == "0\n"


@pytest.mark.parametrize(("name", "ifindex"), [("eth0", 3), ("eth1", 2)])
def test_not_of_another_namespace(tree, name, ifindex):
    assert LinuxSriov(tree).support(name, ifindex) is None
    with pytest.raises(OSError, match=r"namespace|No such"):
        LinuxSriov(tree).set_count(name, ifindex, 0)


def test_who_uses_them(tree):
    up, guest = (tree / f"devices/pci0000:00/0000:03:10.{number}" for number in range(2))
    (up / "net/eth0v0/flags").write_text("0x1003\n")
    (guest / "net/eth0v1/flags").unlink()
    (guest / "net/eth0v1").rmdir()
    (guest / "driver").unlink()
    (guest / "driver").symlink_to(tree / "bus/pci/drivers/iavf")
    assert LinuxSriov(tree).support("eth0", 2).users == ("VF 0 (link eth0v0 is up)", "VF 1 (iavf)")
    (guest / "driver").unlink()
    assert LinuxSriov(tree).support("eth0", 2).users == ("VF 0 (link eth0v0 is up)",)


def test_a_driver_that_tells_no_limit(tree):
    (tree / "devices/pci0000:00/0000:03:00.0/sriov_totalvfs").unlink()
    assert LinuxSriov(tree).support("eth0", 2).total == 0

"""Everything but rtnetlink: namespaces, what the kernel can do, /proc/sys, tun, the monitor."""

from __future__ import annotations

import errno
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from system.iproute2 import ip, ip_json

from netconf.core.errors import ObserveError, UsageError
from netconf.system.linux import kernel, system
from netconf.system.linux import netns as namespaces
from netconf.system.linux.kernel import LinuxKernel
from netconf.system.linux.monitor import LinuxMonitor
from netconf.system.linux.tree import LinuxTree
from netconf.system.linux.tuntap import DEVICE, LinuxTun
from netconf.system.ports import FOREVER, AddressRequest, AddressRow, LinkRequest, RouteFilter, TunTap

needs_tun = pytest.mark.skipif(not DEVICE.exists(), reason="no /dev/net/tun")


# -- namespaces


def test_enter(netns):
    ip("netns add far", "link add only-here type ifb")
    assert namespaces.current_name() == ""
    before = namespaces.cookie()
    namespaces.enter("far")
    assert namespaces.current_name() == "far"
    assert namespaces.cookie() not in {0, before}
    assert [row.name for row in system().rtnl.links()] == ["lo"]


@pytest.mark.parametrize("name", ["typo", "", ".", "..", "a/b", "../far", "far\0"])
def test_misspelt_namespace_is_an_error_and_not_made(netns, name):
    ip("netns add far")
    with pytest.raises(UsageError) as caught:
        namespaces.enter(name)
    assert "far" in caught.value.hint
    assert namespaces.names() == ["far"]
    assert not namespaces.LinuxNamespaces(str).has(name)


def test_what_a_deleted_namespace_left_is_none(netns):
    namespaces.DIRECTORY.mkdir()
    (namespaces.DIRECTORY / "left").touch()
    with pytest.raises(UsageError, match="not a network namespace"):
        namespaces.enter("left")
    assert not namespaces.LinuxNamespaces(str).has("left")


def test_no_namespace_at_all(netns):
    assert namespaces.names() == []
    with pytest.raises(UsageError) as caught:
        namespaces.enter("any")
    assert "none" in caught.value.hint


def test_has_netns(netns):
    ip("netns add far")
    assert namespaces.LinuxNamespaces(str).has("far")


# -- the kernel


def test_refused_kind(netns):
    found = LinuxKernel()
    assert [found.refused_kind(kind) for kind in ("veth", "bridge", "vxlan", "macvlan", "ifb")] == [""] * 5
    assert found.refused_kind("nosuchkind") == "Unknown device type"
    assert [link["ifname"] for link in ip_json("link")] == ["lo"]
    assert threading.active_count() == 1


@needs_tun
def test_tun_is_asked_for_by_its_device(netns, monkeypatch):
    assert LinuxKernel().refused_kind("tun") == ""
    monkeypatch.setattr(kernel, "_TUN", Path("/dev/net/nosuch"))
    assert LinuxKernel().refused_kind("tun") == "/dev/net/nosuch: No such file or directory"


ASK = "from netconf.system.linux import system; k = system().kernel; "


def run(*command, code):
    done = subprocess.run(
        [*command, sys.executable, "-c", ASK + code], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_can_administer(netns):
    code = "print(k.can_administer(), k.refused_kind('veth') + '.', k.initial_namespace())"
    assert run(code=code) == "True . False"
    without = ("setpriv", "--bounding-set", "-net_admin,-sys_admin", "--inh-caps", "-net_admin,-sys_admin")
    assert run(*without, code=code) == "False . False"


def test_root_of_a_user_namespace_doesnt_own_our_network(netns):
    code = "print(k.can_administer())"
    try:
        assert run("unshare", "--user", "--map-root-user", code=code) == "False"
        assert run("unshare", "--user", "--map-root-user", "--net", code=code) == "True"
    except subprocess.CalledProcessError as err:
        pytest.skip(f"no user namespaces here: {err.stderr.strip()[-80:]}")


# -- /proc/sys

FORWARDING = ("net", "ipv4", "conf", "a0.5", "forwarding")


def test_tree(netns):
    tree = LinuxTree()
    ip("link add a0.5 type ifb")
    assert tree.read(FORWARDING) == "0"
    tree.write(FORWARDING, "1")
    assert tree.read(FORWARDING) == "1"
    assert tree.names(("net", "ipv4", "conf")) == ["a0.5", "all", "default", "lo"]
    assert tree.writable(FORWARDING)
    assert tree.read(("net", "ipv4", "ip_local_port_range")).split() == ["32768", "60999"]


def test_tree_tells_a_folder_at_once(netns):
    tree, folder = LinuxTree(), ("net", "ipv6", "conf", "lo")
    but = {"stable_secret", "mtu"}
    found = tree.values(folder, but)
    assert sorted(found) == sorted(set(tree.names(folder)) - but)
    assert all(found[name] == tree.read((*folder, name)) for name in found)
    assert tree.values(("net", "ipv6", "conf", "nosuch")) == {}
    with pytest.raises(ObserveError, match="stable_secret"):
        tree.values(folder)


def test_tree_where_nothing_is(netns):
    tree = LinuxTree()
    assert tree.read(FORWARDING) is None
    assert tree.read(("net", "ipv4", "ip_forward", "below")) is None
    assert tree.names(("net", "nosuch")) == ()
    assert not tree.writable(FORWARDING)
    with pytest.raises(FileNotFoundError):
        tree.write(FORWARDING, "1")


@pytest.mark.parametrize("count", [10, 818, 819, 820, 30000])
def test_tree_reads_long_values_whole(netns, count):
    """Linux takes a list of ports page by page, and tells it at once."""
    ports = [str(port) for port in range(1, 2 * count, 2)]
    with Path("/proc/sys/net/ipv4/ip_local_reserved_ports").open("wb", buffering=0) as file:
        file.writelines(
            "".join(f"{port}," for port in ports[at : at + 500]).encode() for at in range(0, count, 500)
        )
    assert LinuxTree().read(("net", "ipv4", "ip_local_reserved_ports")) == ",".join(ports)


def test_tree_says_what_the_kernel_says(netns):
    tree = LinuxTree()
    with pytest.raises(OSError, match="Invalid argument") as caught:
        tree.write(("net", "ipv4", "ip_forward"), "yes")
    assert caught.value.errno == errno.EINVAL
    with pytest.raises(ObserveError, match="directory"):
        tree.read(("net", "ipv4"))
    read_only = ("net", "ipv4", "tcp_available_congestion_control")
    assert not tree.writable(read_only)
    with pytest.raises(PermissionError):
        tree.write(read_only, "reno")


@pytest.mark.parametrize("part", ["", ".", "..", "a/b", "/", "a\0"])
def test_tree_stays_below_its_root(tmp_path, part):
    tree = LinuxTree(tmp_path / "root")
    for ask in (tree.read, tree.names, tree.writable):
        with pytest.raises(ValueError, match="not a part"):
            ask(("net", part))
    with pytest.raises(ValueError, match="not a part"):
        tree.write(("net", part), "1")


def test_tree_with_another_root(tmp_path):
    (tmp_path / "kernel").mkdir()
    (tmp_path / "kernel" / "hostname").write_bytes(b"one\ttwo\n\xff\n")
    tree = LinuxTree(tmp_path)
    value = tree.read(("kernel", "hostname"))
    assert value == "one\ttwo\n\udcff"
    tree.write(("kernel", "hostname"), value)
    assert (tmp_path / "kernel" / "hostname").read_bytes() == b"one\ttwo\n\xff\n"


# -- tun


@needs_tun
@pytest.mark.parametrize(
    "device",
    [
        TunTap("t0", tap=False),
        TunTap("t0", tap=True, owner=1234, group=4321, packet_info=True, vnet_header=True, multi_queue=True),
    ],
)
def test_tun(rtnl, device):
    LinuxTun().create(device)
    (row,) = [row for row in rtnl.links() if row.name == "t0"]
    assert row.kind == "tun"
    told = {
        "IFLA_TUN_TYPE": 2 if device.tap else 1,
        "IFLA_TUN_PI": int(device.packet_info),
        "IFLA_TUN_VNET_HDR": int(device.vnet_header),
        "IFLA_TUN_PERSIST": 1,
        "IFLA_TUN_MULTI_QUEUE": int(device.multi_queue),
    }
    if device.owner >= 0:
        told |= {"IFLA_TUN_OWNER": device.owner, "IFLA_TUN_GROUP": device.group}
    assert row.options == told


@needs_tun
def test_existing_link_is_never_attached_to(netns):
    LinuxTun().create(TunTap("t0", tap=False))
    ip("link add other type ifb")
    for name in ("t0", "other"):
        with pytest.raises(FileExistsError):
            LinuxTun().create(TunTap(name, tap=False))


@needs_tun
@pytest.mark.parametrize("name", ["", "tun%d", "much-too-long-a-name", "a\0b", "a/b"])
def test_no_name_for_a_tun(netns, name):
    with pytest.raises(OSError, match=re.compile("name|Invalid argument")):
        LinuxTun().create(TunTap(name, tap=False))
    assert [link["ifname"] for link in ip_json("link")] == ["lo"]


# -- the monitor


@pytest.fixture
def monitor(pair):
    found = LinuxMonitor()
    while found.wait(0.2):  # IPv6 addresses of the new links come late
        pass
    yield found
    found.close()


@pytest.mark.parametrize(
    "change",
    [
        "link set a0 mtu 1400",
        "addr add 192.0.2.1/24 dev a0",
        "addr add 2001:db8::1/64 dev a0",
        "route add blackhole 203.0.113.0/24",
        "route add blackhole 2001:db8:f::/48",
    ],
)
def test_monitor_wakes_up(monitor, change):
    assert not monitor.wait(0)
    ip(change)
    assert monitor.wait(5)


def test_monitor_sleeps_through_other_things(monitor):
    ip("neigh add 192.0.2.9 lladdr 02:00:00:00:00:01 dev a0", "rule add to 192.0.2.9 table 7")
    assert not monitor.wait(0.02)


def test_overflow_of_the_monitor_is_a_change(monitor, rtnl, pair):
    monitor._sockets[0].setsockopt(1, 8, 2304)  # SO_RCVBUF
    rows = [AddressRow(2, pair[0], f"192.0.2.{n}", 24, valid=FOREVER) for n in range(1, 200)]
    rtnl.send([AddressRequest("create", row) for row in rows])
    assert monitor.wait(0)
    while monitor.wait(0.2):
        pass
    rtnl.send([AddressRequest("delete", rows[-1])])
    assert monitor.wait(5)


# -- all together


def test_system(netns):
    found = system()
    assert found.clock.now() > 1e9
    assert found.clock.monotonic() <= found.clock.monotonic()
    opened = found.open_monitor()
    assert found.rtnl.send([LinkRequest("create", "a0", "ifb", up=True)]) == [None]
    assert opened.wait(5)
    opened.close()
    assert found.tree.read(("net", "ipv4", "conf", "a0", "forwarding")) == "0"
    assert list(found.rtnl.routes(RouteFilter(protocol=200))) == []
    assert not found.kernel.initial_namespace()

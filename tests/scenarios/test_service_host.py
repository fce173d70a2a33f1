"""examples/service-host: on a kernel with dummy it applies; on one without, plan says so."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from scenarios.captured import assert_makes_the_same, written

from netconf.cli import main
from netconf.system.linux.kernel import LinuxKernel

DOCUMENT = str(Path(__file__).parents[2] / "examples" / "service-host" / "host.yml")


def ip(*arguments):
    found = subprocess.run(["ip", "-d", "-j", *arguments], check=True, capture_output=True, text=True)
    return json.loads(found.stdout or "[]")


@pytest.fixture
def uplink(request):
    """Something named eth0, as a NIC would be; in the guest, where namespaces aren't fresh, it's gone
    afterwards.
    """
    if "netns" in request.fixturenames:
        request.getfixturevalue("netns")
    subprocess.run("ip link add eth0 type veth peer name wire; ip link set wire up", shell=True, check=True)
    yield
    subprocess.run("ip link del eth0", shell=True, check=True)


def sysctl(name):
    return Path("/proc/sys", *name.split(".")).read_text().split()


@pytest.mark.needs("link:dummy", "guest")
def test_it_applies_and_the_second_plan_is_empty(uplink, tmp_path, capfd):
    somaxconn = sysctl("net.core.somaxconn")
    options = ["--state-dir", str(tmp_path / "state")]
    assert main(["apply", "--yes", DOCUMENT, *options]) == 0, capfd.readouterr().err
    addresses = {
        link["ifname"]: [f"{a['local']}/{a['prefixlen']}" for a in link["addr_info"] if a["family"] == "inet"]
        for link in ip("addr")
    }
    assert [addresses[f"service_{n}"] for n in range(3)] == [[f"192.168.14.{88 + n}/32"] for n in range(3)]
    (default,) = ip("route", "show", "default")
    assert default["gateway"] == "192.0.2.1"
    assert {"initcwnd": 30, "initrwnd": 30}.items() <= default["metrics"][0].items()
    assert sysctl("net.ipv4.ip_local_port_range") == ["10240", "60999"]
    assert sysctl("net.core.netdev_max_backlog") == ["16384"]
    assert sysctl("net.ipv4.conf.service_0.rp_filter") == ["2"]
    assert main(["plan", "--detailed-exitcode", DOCUMENT, *options]) == 0
    captured = written(tmp_path / "captured.yml", capfd)
    assert "service_" in captured.read_text()
    assert main(["rollback", "--to", "0", "--yes", *options]) == 0
    assert {link["ifname"] for link in ip("link")} & {"service_0", "service_1", "service_2"} == set()
    assert sysctl("net.core.somaxconn") == somaxconn
    assert_makes_the_same(captured, tmp_path, capfd)


def test_a_kernel_that_lacks_what_it_needs_is_told_before_anything_changes(netns, uplink, tmp_path, capfd):
    """In a namespace net.core.netdev_max_backlog isn't there; a kernel may lack dummy as well."""
    before = ip("addr")
    lacks_dummy = bool(LinuxKernel().refused_kind("dummy"))
    options = ["--state-dir", str(tmp_path / "state")]
    for command in ("plan", "apply"):
        assert main([command, DOCUMENT, *options]) == 69
        message = capfd.readouterr().err
        assert "there is no sysctl net.core.netdev_max_backlog" in message
        no_dummy = "this kernel can't make links of kind dummy (service_0, service_1, service_2)" in message
        assert no_dummy == lacks_dummy
    assert ip("addr") == before

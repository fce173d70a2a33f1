"""Values that this kernel refuses are told while planning, before anything is changed."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from cli import harness

from netconf.domains.sysctl.bounds import BOUNDS, HOP_LIMIT

NET = Path("/proc/sys/net")
CONGESTION = (
    "routes: [{to: 192.0.2.0/24, dev: lo, congctl: nosuch}]\ninterfaces: {lo: {state: up}}",
    "sysctl: {net.ipv4.tcp_congestion_control: nosuch}",
)


@pytest.mark.parametrize("text", CONGESTION, ids=["route", "sysctl"])
def test_congestion_control_that_is_not_there(text, host, write):
    """An error where no module can be loaded, else a warning."""
    known = (NET / "ipv4/tcp_available_congestion_control").read_text().split()
    done = host("plan", write(f"netconf: 1\n{text}\n"))
    assert "[NC6905]" in done.err
    assert f"there are: {', '.join(known)}" in done.err
    modules = Path("/proc/sys/kernel/modprobe").exists()
    assert (done.status, done.err.startswith("warning")) == ((0, True) if modules else (69, False))


def test_congestion_control_that_is_there(host, write):
    assert host("plan", write("netconf: 1\nsysctl: {net.ipv4.tcp_congestion_control: reno}\n")).err == ""


@pytest.mark.parametrize("path", [*BOUNDS, ("net", "ipv6", "conf", "lo", "hop_limit")], ids="/".join)
def test_the_bounds_are_the_kernels(path, netns):
    least, most = BOUNDS.get(path, HOP_LIMIT)
    file = Path("/proc/sys", *path)
    (NET / "ipv4/ip_unprivileged_port_start").write_text("0")  # the local port range must lie above
    pair = len(file.read_text().split()) == 2
    good, bad = [str(least), str(most)], [str(least - 1), str(most + 1)]
    if pair:
        good, bad = [f"{least} {most}"], [f"{least - 1} {most}", f"{least} {most + 1}"]
    for text in good:
        file.write_text(text)
    for text in bad:
        with pytest.raises(OSError, match=r"Invalid|range") as caught:
            file.write_text(text)
        assert caught.value.errno in (errno.EINVAL, errno.ERANGE)


def test_out_of_bounds(host, write):
    done = host("plan", write("netconf: 1\nsysctl: {net.ipv4.ip_default_ttl: 0}\n"))
    assert done.status == 65
    assert "host.yml:2:35: sysctl.net.ipv4.ip_default_ttl: net.ipv4.ip_default_ttl can't be 0" in done.err
    assert "  why: the kernel takes numbers from 1 to 255" in done.err
    assert harness.netconf("validate", "host.yml").status == 0

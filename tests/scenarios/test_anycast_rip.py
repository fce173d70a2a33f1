"""examples/anycast-rip: a host with dummies and Debian's BIRD as it comes, and a router that learns by RIP."""

from __future__ import annotations

from pathlib import Path

import pytest
from birds import until
from scenarios.captured import assert_makes_the_same, written
from scenarios.rack import CONFIG, ip, learnt

from netconf.cli import main

EXAMPLE = Path(__file__).parents[2] / "examples" / "anycast-rip" / "host.yml"
SERVICES = {"192.168.14.88", "192.168.14.89", "192.168.14.90"}


@pytest.mark.needs("link:dummy", "guest", "bin:bird")
def test_only_services_are_announced_and_a_later_one_too(router, debian_bird, tmp_path, capfd):
    options = ["--state-dir", str(tmp_path / "state")]
    by_hand = CONFIG.read_text()
    assert main(["apply", "--yes", str(EXAMPLE), *options]) == 0, capfd.readouterr().err
    until(lambda: learnt(router) == SERVICES, 15, lambda: learnt(router))
    assert main(["plan", "--detailed-exitcode", str(EXAMPLE), *options]) == 0
    # The daemon's user can read the file, and not write it.
    assert CONFIG.stat().st_mode & 0o777 == 0o640

    ip("link add service_9 type dummy", "link set service_9 up", "addr add 192.168.14.97/32 dev service_9")
    ip("link add other0 type dummy", "link set other0 up", "addr add 192.168.77.2/32 dev other0")
    until(lambda: learnt(router) == {*SERVICES, "192.168.14.97"}, 15, lambda: learnt(router))

    # Its check fails: no carrier, no announcement, while it still answers here.
    Path("/sys/class/net/service_0/carrier").write_text("0")
    until(lambda: "192.168.14.88" not in learnt(router), 15, lambda: learnt(router))
    Path("/sys/class/net/service_0/carrier").write_text("1")
    until(lambda: "192.168.14.88" in learnt(router), 15, lambda: learnt(router))
    ip("link del service_9", "link del other0")
    until(lambda: learnt(router) == SERVICES, 15, lambda: learnt(router))

    captured = written(tmp_path / "captured.yml", capfd)
    assert main(["rollback", "--to", "0", "--yes", *options]) == 0, capfd.readouterr().err
    assert CONFIG.read_text() == by_hand
    until(lambda: not learnt(router), 40, lambda: learnt(router))
    assert_makes_the_same(captured, tmp_path, capfd)

"""Services that are announced while they work, by netconf health, to another host's BIRD."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest
from birds import until
from domains.bird.test_neighbours import learnt, start

from netconf.domains.bird.leaving import without_rip_exports

pytestmark = pytest.mark.needs("bin:bird", "netns")

VIP4, VIP6 = "203.0.113.53/32", "2001:db8:53::53/128"
RIP = 'protocol rip r1 { ipv4 { import all; export none; }; interface "eth0" { version 2; }; }'
BGP = (
    "protocol bgp b1 { local 10.99.0.2 as 64501; neighbor 10.99.0.1 as 64500; ipv4 { import all; export none; };"
    " ipv6 { import all; export none; next hop address fd99::2; }; }"
)


@pytest.fixture
def site(pair, tmp_path):
    pair.flag = tmp_path / "works"
    pair.log = tmp_path / "health.log"
    return pair


def document(site, *, protocols, prefixes=(VIP4,), more=None, **check):
    check = {
        "exec": ["/usr/bin/test", "-e", str(site.flag)],
        "interval": "100ms",
        "timeout": "100ms",
        **check,
    }
    announce = {"dns": {"prefixes": list(prefixes), "check": check}, **(more or {})}
    filters = {
        "out": {"rules": [{"match": {"announced": sorted(announce)}, "action": "accept"}]},
        "not_direct": {"rules": [{"match": {"source": ["direct"]}, "action": "reject"}], "default": "accept"},
    }
    kernel = {
        "main4": {"channel": {"export": "not_direct"}},
        "main6": {"family": "ipv6", "channel": {"export": "all"}},
    }
    bird = {"announce": announce, "filters": filters, "protocols": {"kernel": kernel, **protocols}}
    return site.document(bird, start=True)


def rip(export="out"):
    return {"rip": {"up": {"channel": {"export": export}, "interfaces": [{"pattern": "eth0", "version": 2}]}}}


def bgp():
    channel = {"export": "out", "next_hop_self": True}
    session = {"local_as": 64500, "remote_as": 64501, "neighbor": "10.99.0.2", "local_address": "10.99.0.1"}
    return {"bgp": {"up": {**session, "channels": {"ipv4": channel, "ipv6": channel}}}}


def command(site, *words, **options):
    words = [sys.executable, "-m", "netconf", *words, "--state-dir", str(site.home / "state")]
    return subprocess.run(words, capture_output=True, text=True, check=False, **options)


@contextmanager
def health(site, *words):
    """netconf health beside us; ended by force if the test doesn't end it."""
    line = [sys.executable, "-m", "netconf", "health", *words, "--state-dir", str(site.home / "state")]
    with site.log.open("w") as log, subprocess.Popen(line, stderr=log, stdout=log) as running:
        try:
            yield running
        finally:
            running.kill()


def services(site):
    """{name: state} as netconf status --bird tells it."""
    told = json.loads(command(site, "status", "--bird", "--json").stdout)
    return {row["name"]: row["state"] for row in told["health"]["services"]}


def there(site, family="-4"):
    return set(learnt(site.other, family))


def until_there(site, names, seconds=10, family="-4"):
    until(
        lambda: there(site, family) == names, seconds, lambda: f"{there(site, family)} {site.log.read_text()}"
    )


def test_announced_while_it_works(site, run):
    start(site, RIP)
    wanted = document(site, protocols=rip())
    site.apply(wanted)
    with health(site) as running:
        until(lambda: services(site) == {"dns": "withdrawn"}, 10)
        assert there(site) == set()
        site.flag.touch()
        until_there(site, {"203.0.113.53"})
        assert services(site) == {"dns": "announced"}
        assert "203.0.113.53" not in run("ip route show table main")
        assert site.plan(wanted) == {}
        # Neither a new configuration nor another start of it withdraws anything.
        site.apply(document(site, protocols=rip(), interval="200ms"))
        site.bird.ask("configure")
        site.flag.unlink()
        until_there(site, set())
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0
    assert "dns: withdrawn: exit status 1" in site.log.read_text()


@pytest.mark.slow
def test_of_two_families_by_bgp_quickly(site, run):
    start(site, BGP)
    site.flag.touch()
    site.apply(document(site, protocols=bgp(), prefixes=(VIP4, VIP6)))
    with health(site):
        until_there(site, {"203.0.113.53"})
        until_there(site, {"2001:db8:53::53"}, family="-6")
        assert "2001:db8:53" not in run("ip -6 route show table main")
        # Somebody takes the routes away: they are back at once.
        run("ip route flush table 1790")
        until(lambda: "203.0.113.53" in run("ip route show table 1790"), 5)
        site.flag.unlink()
        until_there(site, set(), 3)
        until_there(site, set(), 3, family="-6")


@pytest.mark.slow
def test_drained_over_a_new_start_until_undrained(site, run):
    start(site, BGP)
    site.flag.touch()
    site.apply(
        document(site, protocols=bgp(), more={"web": {"prefixes": ["203.0.113.80/32"], "when": "always"}})
    )
    with health(site):
        until_there(site, {"203.0.113.53", "203.0.113.80"})
        done = command(site, "drain", "dns")
        assert (done.returncode, done.stderr) == (
            0,
            "Withdrawn: dns. netconf undrain leaves them to their checks again.\n",
        )
        until_there(site, {"203.0.113.80"}, 2)
        until(lambda: services(site) == {"dns": "drained", "web": "announced"}, 5)
    with health(site):
        until(lambda: services(site) == {"dns": "drained", "web": "announced"}, 5)
        assert "203.0.113.53" not in run("ip route show table 1790")
        assert command(site, "undrain").stderr == "Left to their checks again: dns.\n"
        until_there(site, {"203.0.113.53", "203.0.113.80"})
        # All of them, also those that come later.
        assert command(site, "drain").returncode == 0
        until_there(site, set(), 2)
        assert command(site, "undrain", "web").returncode == 0
        until_there(site, {"203.0.113.80"})


@pytest.mark.slow
def test_what_drains_names_what_there_is(site):
    start(site, BGP)
    site.apply(document(site, protocols=bgp()))
    done = command(site, "drain", "dsn")
    assert done.returncode == 64
    assert done.stderr == "error: there is no service dsn\n  hint: bird.announce has: dns\n"


@pytest.mark.slow
def test_draining_and_stopping_tells_rip_neighbours(site, run):
    start(site, RIP)
    site.flag.touch()
    services_too = {"direct": {"s": {"interfaces": ["service_*"]}}}
    wanted = document(site, protocols={**rip("both"), **services_too})
    wanted["bird"]["filters"]["both"] = {
        "rules": [
            {"match": {"announced": ["dns"]}, "action": "accept"},
            {"match": {"source": ["direct"]}, "action": "accept"},
        ]
    }
    site.apply(wanted)
    with health(site):
        until_there(site, {"203.0.113.53", "192.168.14.88"})
        done = command(site, "drain", "--stop")
        assert (done.returncode, done.stderr.splitlines()[1]) == (0, "BIRD has been stopped.")
        assert not site.bird.answers
        # The neighbour's timeout is 180 s: it was told.
        until_there(site, set(), 2)
    assert site.files() == ["bird.conf", "bird.conf.netconf-old"]


@pytest.mark.slow
def test_when_it_dies_the_unit_withdraws(site, run):
    start(site, BGP)
    site.flag.touch()
    site.apply(document(site, protocols=bgp()))
    with health(site) as running:
        until_there(site, {"203.0.113.53"})
        running.kill()
    assert there(site) == {"203.0.113.53"}
    assert "isn't running" in command(site, "status", "--bird").stdout
    assert command(site, "health", "--withdraw").returncode == 0
    until_there(site, set(), 2)


@pytest.mark.slow
def test_started_again_without_a_flap(site):
    start(site, BGP)
    site.flag.touch()
    site.apply(document(site, protocols=bgp(), interval="300ms", rise=3))
    with health(site, "--keep") as running:
        until_there(site, {"203.0.113.53"})
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0
    with subprocess.Popen(
        [*site.other.inside, "ip", "monitor", "route"], stdout=subprocess.PIPE, text=True
    ) as watching:
        with health(site):
            until(lambda: services(site) == {"dns": "announced"}, 5)
        watching.terminate()
        assert "203.0.113.53" not in watching.stdout.read()


@pytest.mark.slow
def test_one_runs(site):
    start(site, BGP)
    site.apply(document(site, protocols=bgp()))
    with health(site):
        until(lambda: services(site) == {"dns": "withdrawn"}, 5)
        done = command(site, "health")
        assert done.returncode == 75
        assert "netconf health runs already" in done.stderr


@pytest.mark.slow
def test_asked_once(site):
    start(site, BGP)
    site.apply(document(site, protocols=bgp()))
    done = command(site, "health", "--once")
    assert done.returncode == 69
    assert done.stdout.splitlines()[1].endswith("exit status 1")
    site.flag.touch()
    done = command(site, "health", "--once", "--json")
    assert done.returncode == 0
    (row,) = json.loads(done.stdout)["services"]
    assert (row["name"], row["works"]) == ("dns", True)


def test_where_there_is_none(site):
    start(site, BGP)
    site.apply(site.document({"protocols": {}}, start=True))
    assert command(site, "drain").stderr == "There are no services to withdraw.\n"
    assert command(site, "undrain").stderr == "None of them was drained.\n"
    with health(site):
        until(lambda: "looking after no services" in site.log.read_text(), 10)
    assert "SERVICE" not in command(site, "status", "--bird").stdout


@pytest.mark.slow
def test_removed_from_the_document(site, run):
    start(site, BGP)
    site.flag.touch()
    site.apply(document(site, protocols=bgp()))
    with health(site):
        until_there(site, {"203.0.113.53"})
        site.apply(site.document({"protocols": {}}, start=True))
        until(lambda: "203.0.113.53" not in run("ip route show table 1790"), 5)


def test_rip_tells_nothing_any_more():
    text = "\n".join(
        [
            *("protocol rip a {", "  ipv4 {", "    export filter nc_f_x;", "  };", "}"),
            *("protocol bgp b {", "  ipv4 {", "    export all;", "  };", "}"),
        ]
    )
    assert without_rip_exports(text) == text.replace("export filter nc_f_x", "export none")


@pytest.mark.slow
def test_readiness_is_told(site, tmp_path):
    start(site, BGP)
    site.apply(document(site, protocols=bgp()))
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.settimeout(10)
        os.environ["NOTIFY_SOCKET"] = path
        try:
            with health(site):
                assert manager.recv(100) == b"READY=1\nWATCHDOG=1"
        finally:
            del os.environ["NOTIFY_SOCKET"]

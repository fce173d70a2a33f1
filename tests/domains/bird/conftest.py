"""A host with a BIRD of its own, and netconf beside it, in this process."""

from __future__ import annotations

import subprocess

import pytest
from birds import Daemon, Namespace
from contract.subject import Subject

from netconf.app import documents
from netconf.app.apply import apply_wish

OLD = "# by hand\nrouter id 10.0.0.1;\nlog stderr all;\nprotocol device { }\nprotocol static by_hand { ipv4; }\n"

VIP4, VIP6 = "192.168.14.88/32", "fd14::88/128"


class Site(Subject):
    """netconf and one daemon. A document is only the section bird, without `daemon`."""

    def __init__(self, home, inside=()):
        super().__init__(home / "state")
        self.bird = Daemon(home / "bird", inside=inside)
        self.home = home

    def document(self, bird=None, *, start=False, **more):
        if bird is None:
            return {"netconf": 1, **more}
        daemon = {"config": str(self.bird.config), "socket": str(self.bird.socket)}
        if start:
            daemon["start"] = self.bird.words
        return {
            "netconf": 1,
            "bird": {"router_id": "10.0.0.1", "log": "stderr", "daemon": daemon, **bird},
            **more,
        }

    def ending(self, document, **settings):
        """How applying ends, whatever that is."""
        host = self.host
        for name, value in settings.items():
            object.__setattr__(host.settings, name, value)
        return apply_wish(host, documents.from_plain(document, "document"), lambda _: True).ending

    def running(self):
        """The revision the daemon says it runs."""
        return self.bird.ask("eval nc_revision")[-1]

    def files(self):
        return sorted(path.name for path in self.bird.home.iterdir() if path.name.startswith("bird.conf"))


@pytest.fixture
def site(netns, tmp_path):
    found = Site(tmp_path)
    yield found
    found.bird.stop()


@pytest.fixture
def old(site):
    """The site with a daemon that runs a file somebody wrote by hand."""
    site.bird.config.write_text(OLD)
    site.bird.start()
    return site


@pytest.fixture
def run():
    """A command line, which must succeed."""
    return lambda line: subprocess.run(line.split(), check=True, capture_output=True, text=True).stdout


@pytest.fixture
def pair(netns, tmp_path, run):
    """This host with eth0 and two services (bridges: the kernel has no dummies), and one at its other end."""
    other = Namespace()
    run(f"ip link add eth0 type veth peer name eth0 netns {other.pid}")
    for line in (
        *("link add service_0 type bridge", "link set service_0 up", f"addr add {VIP4} dev service_0"),
        *("link set eth0 up", "addr add 10.99.0.1/24 dev eth0", "addr add fd99::1/64 dev eth0 nodad"),
        *(f"addr add {VIP6} dev service_0 nodad", "link add mgmt_0 type bridge", "link set mgmt_0 up"),
        "addr add 192.168.77.1/32 dev mgmt_0",
    ):
        run(f"ip {line}")
    other.ip("link set eth0 up", "addr add 10.99.0.2/24 dev eth0", "addr add fd99::2/64 dev eth0 nodad")
    found = Site(tmp_path)
    found.other, found.peer = other, Daemon(tmp_path / "peer", inside=other.inside)
    yield found
    found.bird.stop()
    found.peer.stop()
    other.close()

"""netconf killed anywhere: the next command brings the host to the old or the new configuration, never between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from birds import until
from domains.bird.conftest import OLD
from domains.bird.test_transaction import DEAD, OTHER, ROUTES, routes

from netconf.app.status import status
from netconf.app.wiring import Host
from netconf.engine.recover import Place

pytestmark = pytest.mark.needs("bin:bird", "netns")


class KilledError(BaseException):
    """As no handler expects it."""


def kill_at(number):
    """A checkpoint that ends everything at the number-th place; it has the list of the places."""

    def between(place):
        places.append(place)
        if len(places) == number:
            raise KilledError

    places = between.places = []
    return between


def state(site):
    """What the daemon and the file have; they must agree, and nothing must be left beside the file."""
    text = site.bird.config.read_text()
    if text == OLD:
        assert "by_hand" in site.bird.protocols()
    else:
        assert site.running() in text
    assert set(site.files()) <= {"bird.conf", "bird.conf.netconf-old"}
    return text


@pytest.mark.slow
@pytest.mark.parametrize("first", [None, ROUTES], ids=["by hand", "ours"])
def test_killed_at_every_place(old, first):
    if first is not None:
        old.apply(old.document(first))
    before = state(old)
    number = 0
    while True:
        number += 1
        between = kill_at(number)
        try:
            old.ending(old.document(OTHER), checkpoint=between)
        except KilledError:
            pass
        else:
            assert len(between.places) < number
            break
        status(old.host)
        after = state(old)
        if after != before:
            assert old.plan(old.document(OTHER)) == {}, between.places[-1]
            old.rollback()
            assert state(old) == before
    assert number > 15
    assert routes(old) == ["10.2.0.0/16"]


def test_really_killed_while_it_waits_for_a_neighbour(old, tmp_path):
    """The daemon still tries the new file; it's given the old one back at once, not when its timer ends."""
    bird = {"protocols": {"bgp": {"dead": {**DEAD["protocols"]["bgp"]["dead"], "within": "60s"}}}}
    document = tmp_path / "host.yml"
    document.write_text(str(old.document(bird)))
    options = ["--state-dir", str(old.home / "state")]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    words = [sys.executable, "-m", "netconf", "apply", "--yes", str(document), *options]
    with subprocess.Popen(
        words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        until(lambda: "nc_bgp_dead" in old.bird.protocols(), 20)
        process.send_signal(signal.SIGKILL)
    assert old.bird.config.read_text() == OLD
    done = subprocess.run([*words[:3], "status", *options], text=True, capture_output=True, check=True)
    assert "rolled back" in done.stderr
    assert state(old) == OLD


def test_after_a_reboot_the_file_is_put_back(old, monkeypatch):
    """Power was lost when the new file had its place, and the commit wasn't on the disk."""
    holds = []

    def between(place):
        if place == "journal.decision.start":
            holds.append(old.bird.config.read_text())
            raise KilledError

    with pytest.raises(KilledError):
        old.ending(old.document(ROUTES), checkpoint=between)
    assert holds[0] != OLD
    old.bird.stop()  # of another boot, it reads the file when its time comes
    monkeypatch.setattr(Host, "place", Place("another boot", 0))
    notes = status(old.host).recovered.notes
    assert "1 files put back" in notes[0]
    assert old.bird.config.read_text() == OLD
    old.bird.start()
    assert state(old) == OLD

"""examples/anycast-health: two services that come and go, on a host with dummies."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from birds import until
from scenarios.captured import assert_makes_the_same, written
from scenarios.rack import learnt

from netconf.cli import main

EXAMPLE = Path(__file__).parents[2] / "examples" / "anycast-health" / "host.yml"
WEB, DNS = "192.168.14.80", "192.168.14.53"


@contextmanager
def serving(address, port):
    """Somebody who answers there."""
    with subprocess.Popen(
        [sys.executable, "-m", "http.server", "--bind", address, str(port)],
        stderr=subprocess.DEVNULL,
        cwd="/",
    ) as server:
        yield
        server.kill()


@pytest.mark.needs("link:dummy", "guest", "bin:bird")
def test_announced_while_they_work(router, debian_bird, tmp_path, capfd):
    options = ["--state-dir", str(tmp_path / "state")]
    assert main(["apply", "--yes", str(EXAMPLE), *options]) == 0, capfd.readouterr().err
    log = tmp_path / "log"

    def announced(*wanted):
        until(lambda: learnt(router) == set(wanted), 20, lambda: f"{learnt(router)} {log.read_text()}")

    line = [sys.executable, "-m", "netconf", "health", *options]
    with log.open("w") as out, subprocess.Popen(line, stdout=out, stderr=out) as health:
        try:
            # The dummy has had carrier until now.
            until(lambda: "web: withdrawn" in log.read_text(), 10, log.read_text)
            announced()
            with serving(WEB, 80):
                announced(WEB)
                with serving(DNS, 53):
                    announced(WEB, DNS)
                    assert main(["plan", "--detailed-exitcode", str(EXAMPLE), *options]) == 0
                    assert main(["drain", "web", *options]) == 0
                    announced(DNS)
                    assert main(["undrain", *options]) == 0
                    announced(WEB, DNS)
                announced(WEB)
            announced()
        finally:
            health.terminate()
            assert health.wait(20) == 0
    assert "dns: withdrawn: Connection refused" in log.read_text()
    captured = written(tmp_path / "captured.yml", capfd)
    assert main(["rollback", "--to", "0", "--yes", *options]) == 0, capfd.readouterr().err
    assert_makes_the_same(captured, tmp_path, capfd)

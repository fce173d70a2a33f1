"""BIRD: 10 000 static routes and 10 000 entries of a prefix set, beside doing the same by hand in the same run.

By hand is `bird -p -c FILE` and `birdc configure` of a file that is there already. Ours renders, checks, has the daemon
check and load it, and looks whether it's as it should be. Medians; needs root: a network namespace of its own.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from birds import Daemon

from netconf.core.change import Change
from netconf.domains.bird import apply, plan, requirements
from netconf.domains.bird.look import look
from netconf.domains.bird.spec import Spec
from netconf.system import linux
from netconf.system.linux.kernel import LinuxKernel

OLD = "router id 10.0.0.1;\nlog stderr all;\nprotocol device { }\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--size", type=int, default=10_000)
    options = parser.parse_args()
    _require_namespace()
    spent: dict[str, list[float]] = defaultdict(list)
    for _ in range(options.runs):
        with tempfile.TemporaryDirectory() as home:
            _run(Path(home), options.size, lambda name, seconds: spent[name].append(seconds))
    found = {name: median(values) * 1000 for name, values in spent.items()}
    for name, length in found.items():
        print(f"{name:45} {length:8.1f} ms")
    ours = sum(found[name] for name in ("render", "check", "configure"))
    hand = found["by hand: bird -p"] + found["by hand: birdc configure"]
    print(f"render, check, configure, to by hand: {ours / hand:.2f} (goal 1.5)")
    print(f"and the look whether it's so: {(ours + found['look']) / hand:.2f}")


def _require_namespace() -> None:
    """Daemons never start in the first namespace."""
    if LinuxKernel().initial_namespace():
        sys.exit("run it as: unshare -n .venv/bin/python tests/bench/bird.py")


def _run(home: Path, size: int, note: Callable[[str, float], None]) -> None:
    def timed(name: str, work: Callable[[], Any]) -> Any:
        began = perf_counter()
        found = work()
        note(name, perf_counter() - began)
        return found

    daemon = Daemon(home, OLD).start()
    document = _document(daemon, size)
    system, place = linux.system(), (str(daemon.config), str(daemon.socket))
    spec = timed("validate the document", lambda: Spec.model_validate(document))
    (want,) = timed("render", lambda: plan.expand(spec)).resources.values()
    assert not timed("check", lambda: list(requirements.unsupported(want, system)))
    (operation,) = plan.lower(Change(want.id, None, want))
    timed("configure", lambda: apply.configure(operation, system))
    assert timed("look", lambda: look(system, *place)).waiting == ""
    timed("conclude", lambda: apply.conclude(operation, system))
    assert timed("look, nothing to change", lambda: look(system, *place)) == want
    text = daemon.config.read_text()
    daemon.stop()
    daemon = Daemon(home, OLD).start()
    daemon.config.write_text(text)
    words = (["bird", "-p", "-c", place[0]], ["birdc", "-s", place[1], "configure"])
    timed("by hand: bird -p", lambda: subprocess.run(words[0], check=True))
    timed("by hand: birdc configure", lambda: subprocess.run(words[1], check=True, capture_output=True))
    daemon.stop()


def _document(daemon: Daemon, size: int) -> dict:
    numbers = [f"{n >> 8}.{n & 255}.0/24" for n in range(size)]
    return {
        "bird": {
            "router_id": "10.0.0.1",
            "log": "stderr",
            "daemon": {"config": str(daemon.config), "socket": str(daemon.socket)},
            "prefix_sets": {"big": [f"10.{number}+" for number in numbers]},
            "filters": {"f": {"rules": [{"match": {"prefix_set": "big"}, "action": "accept"}]}},
            "protocols": {
                "static": {
                    "s": {"routes": [{"to": f"11.{number}", "kind": "blackhole"} for number in numbers]}
                }
            },
        }
    }


if __name__ == "__main__":
    main()

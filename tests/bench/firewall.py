"""A firewall of 10 000 rules and a set of 50 000 networks, beside doing the same by hand in the same run.

By hand is `nft -f FILE` of text that is there already, and `nft list table`. Ours validates, compiles, has the
kernel make the canonical form in a throw-away namespace, loads it and reads it back; then changes one rule, and
then nothing. For chains of xtables it's `iptables-legacy-restore` of the same rules, with fewer of them. CPU time
of ours and of what it starts, the least of several runs, as the machine may have other work; the program runs
without the collector, so it's off here. Needs root: a network namespace of its own.
"""

from __future__ import annotations

import argparse
import copy
import gc
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from measure import run

from netconf.core.change import Change
from netconf.domains.firewall import driver as firewall
from netconf.domains.firewall.resource import FAMILY, TABLE, Table
from netconf.domains.firewall.spec import Spec
from netconf.system import linux
from netconf.system.linux.kernel import LinuxKernel
from netconf.system.linux.memory import FileMemory
from netconf.system.ports import System

FIRST = ("compile", "canonical form", "look", "plan", "load", "read back", "keep")
AGAIN = tuple(f"one rule: {name}" for name in FIRST)
PROGRAM = (sys.executable, "-m", "netconf")


class Spent(NamedTuple):
    cpu: float
    wall: float


class Watch:
    """The least that each step took."""

    def __init__(self) -> None:
        self.found: dict[str, Spent] = {}

    def timed(self, name: str, work: Callable[[], Any]) -> Any:
        began, wall = _cpu(), perf_counter()
        found = work()
        self.note(name, Spent(_cpu() - began, perf_counter() - wall))
        return found

    def note(self, name: str, spent: Spent) -> None:
        self.found[name] = min(self.found.get(name, spent), spent)

    def ratio(self, ours: tuple[str, ...], other: str) -> str:
        sums = [sum(self.found[name][kind] for name in ours) / self.found[other][kind] for kind in (0, 1)]
        return f"{sums[0]:.2f} (wall {sums[1]:.2f})"


def _cpu() -> float:
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--members", type=int, default=50_000)
    parser.add_argument("--xtables-rules", type=int, default=1000)
    options = parser.parse_args()
    if LinuxKernel().initial_namespace():
        sys.exit("run it as: unshare -n .venv/bin/python tests/bench/firewall.py")
    gc.disable()
    watch = Watch()
    document = _document(options.rules, options.members)
    for _ in range(options.runs):
        with tempfile.TemporaryDirectory() as folder:
            _nftables(document, watch, Path(folder))
        gc.collect()
    with tempfile.TemporaryDirectory() as folder:
        _no_change(document, watch, Path(folder), options.runs)
    small = _document(options.xtables_rules, 1000)
    for _ in range(min(options.runs, 2)):
        _xtables(small, watch)
    for name, spent in watch.found.items():
        print(f"{name:45} {spent.cpu * 1000:8.1f} ms CPU {spent.wall * 1000:8.1f} ms wall")
    _tell(watch)


def _tell(watch: Watch) -> None:
    print(f"from scratch, to nft -f: {watch.ratio(FIRST, 'by hand: nft -f')}")
    print(f"the same with validation: {watch.ratio(('validate', *FIRST), 'by hand: nft -f')}")
    changing = tuple(f"one rule: {name}" for name in ("look", "plan", "load"))
    print(f"looking and changing one rule, to listing: {watch.ratio(changing, 'by hand: nft list table')}")
    print(f"all of one rule, to listing: {watch.ratio(AGAIN, 'by hand: nft list table')}")
    print(f"no change, to one of a small firewall: {watch.ratio(('no change',), 'no change: small')}")
    chains = tuple(name for name in watch.found if name.startswith("chains: "))
    if chains:
        print(
            f"chains, to iptables-legacy-restore: {watch.ratio(chains, 'by hand: iptables-legacy-restore')}"
        )


def _document(rules: int, members: int) -> dict[str, Any]:
    entries = [f"11.{n >> 15}.{n >> 7 & 255}.{(n & 127) * 2}" for n in range(members)]
    own = [
        {"name": f"r{n}", "proto": "tcp", "port": 1 + n % 60000, "from": f"10.{n // 250}.{n % 250}.0/24"}
        for n in range(rules)
    ]
    return {
        "firewall": {
            "sets": {"bad": {"entries": entries}},
            "rules": [
                {"name": "bad", "from": "@bad", "action": "drop"},
                *({**rule, "action": "accept"} for rule in own),
            ],
        }
    }


def _nftables(document: dict[str, Any], watch: Watch, folder: Path) -> None:
    system = replace(linux.system(), memory=FileMemory(folder, "bench"))
    want = _applied(document, system, watch, "", None)
    other = copy.deepcopy(document)
    other["firewall"]["rules"][len(other["firewall"]["rules"]) // 2]["port"] = 61000
    # Another run of the program remembers what it kept, not what it noted.
    system = replace(system, memory=FileMemory(folder, "bench"))
    _applied(other, system, watch, "one rule: ", want)
    _by_hand(watch, want.source)


def _applied(
    document: dict[str, Any], system: System, watch: Watch, prefix: str, before: Table | None
) -> Table:
    """The steps of the program, without what all domains share (YAML, journal)."""

    def timed(name: str, work: Callable[[], Any]) -> Any:
        return watch.timed(f"{prefix}{name}", work)

    spec = timed("validate", lambda: Spec.model_validate(document))
    desired = timed("compile", lambda: firewall.expand(spec)).resources
    driver: Any = firewall
    (want,) = timed("canonical form", lambda: driver.canonicalise(desired, system)).values()
    have = timed("look", lambda: _look(system))
    assert have == before
    change = Change(want.id, have, want)
    operations = timed("plan", lambda: firewall.lower(change))
    timed("load", lambda: firewall.apply(operations, system))
    assert timed("read back", lambda: _look(system)) == want
    timed("keep", lambda: driver.conclude({want.id: change}, system))
    found: Table = want
    return found


def _look(system: System) -> Table | None:
    from netconf.domains.firewall.driver import look

    return look(system, FAMILY, TABLE)


def _by_hand(watch: Watch, text: str) -> None:
    def nft(*words: str, script: str = "") -> None:
        subprocess.run(["nft", *words], input=script, text=True, check=True, stdout=subprocess.DEVNULL)

    watch.timed("by hand: nft list table", lambda: nft("list", "table", FAMILY, TABLE))
    nft("delete", "table", FAMILY, TABLE)
    watch.timed("by hand: nft -f", lambda: nft("-f", "-", script=text))
    nft("delete", "table", FAMILY, TABLE)


def _no_change(document: dict[str, Any], watch: Watch, folder: Path, runs: int) -> None:
    """Whole runs of the program, on documents that were applied."""
    for name, found in (("no change: small", _document(1, 1)), ("no change", document)):
        file = folder / "document.yaml"
        file.write_text(json.dumps({"netconf": 1, **found}))
        where = ("--state-dir", str(folder / "state"), str(file))
        whole = run([*PROGRAM, "apply", "--yes", *where])
        watch.note(f"whole program: apply{name.removeprefix('no change')}", Spent(whole.cpu, whole.wall))
        for _ in range(runs):
            sample = run([*PROGRAM, "plan", *where])
            watch.note(name, Spent(sample.cpu, sample.wall))
    subprocess.run(["nft", "delete", "table", FAMILY, TABLE], check=True)


def _xtables(document: dict[str, Any], watch: Watch) -> None:
    system = linux.system()
    if not system.xtables.can_write():
        return
    text = {"firewall": {**document["firewall"], "backend": "iptables"}}
    spec = Spec.model_validate(text)
    driver: Any = firewall
    desired = watch.timed("chains: compile", lambda: firewall.expand(spec)).resources
    (want,) = watch.timed("chains: canonical form", lambda: driver.canonicalise(desired, system)).values()
    operations = watch.timed("chains: plan", lambda: firewall.lower(Change(want.id, None, want)))
    watch.timed("chains: write", lambda: firewall.apply(operations, system))
    (have,) = watch.timed("chains: read back", lambda: list(firewall.observe(system, _scope(want))))
    assert have == want
    saved = subprocess.run(["iptables-legacy-save"], capture_output=True, text=True, check=True).stdout
    restore = ["iptables-legacy-restore"]
    watch.timed(
        "by hand: iptables-legacy-restore",
        lambda: subprocess.run(restore, input=saved, text=True, check=True),
    )
    watch.timed(
        "by hand: iptables-legacy-save",
        lambda: subprocess.run(["iptables-legacy-save"], capture_output=True, check=True),
    )
    firewall.apply(firewall.lower(Change(want.id, have, None)), system)


def _scope(want: Any) -> Any:
    from netconf.core.driver import Scope

    return Scope(frozenset({want.id}))


if __name__ == "__main__":
    main()

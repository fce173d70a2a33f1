"""A firewall of 10 000 rules and a set of 50 000 networks, beside doing the same by hand in the same run.

By hand is `nft -f FILE` of text that is there already, and `nft list table`. Ours validates, compiles, has the kernel
write it in a throw-away namespace, loads it and looks whether it's as it should be; then changes one rule, for which by
hand the whole file is loaded again. Medians; needs root: a network namespace of its own.
"""

from __future__ import annotations

import argparse
import copy
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

from netconf.core.change import Change
from netconf.domains.firewall import driver as firewall
from netconf.domains.firewall.driver import look
from netconf.domains.firewall.resource import FAMILY, TABLE
from netconf.domains.firewall.spec import Spec
from netconf.system import linux
from netconf.system.linux.kernel import LinuxKernel


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--members", type=int, default=50_000)
    options = parser.parse_args()
    if LinuxKernel().initial_namespace():
        sys.exit("run it as: unshare -n .venv/bin/python tests/bench/firewall.py")
    spent: dict[str, list[float]] = defaultdict(list)
    for _ in range(options.runs):
        _run(_document(options.rules, options.members), lambda name, seconds: spent[name].append(seconds))
    found = {name: median(values) * 1000 for name, values in spent.items()}
    for name, length in found.items():
        print(f"{name:45} {length:8.1f} ms")
    ours = sum(found[name] for name in ("compile", "canonical form", "look", "plan", "load"))
    print(f"all of it, to by hand nft -f: {ours / found['by hand: nft -f']:.2f}")
    ours = sum(found[name] for name in ("look", "plan one change", "load one change"))
    print(f"looking and changing one rule, to by hand: {ours / found['by hand: nft -f, loaded']:.2f}")


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


def _run(document: dict[str, Any], note: Callable[[str, float], None]) -> None:
    def timed(name: str, work: Callable[[], Any]) -> Any:
        began = perf_counter()
        found = work()
        note(name, perf_counter() - began)
        return found

    system = linux.system()

    def wanted(data: dict[str, Any], prefix: str) -> Any:
        spec = timed(f"{prefix}validate the document", lambda: Spec.model_validate(data))
        desired = timed(f"{prefix}compile", lambda: firewall.expand(spec)).resources
        (table,) = timed(
            f"{prefix}canonical form",
            lambda: firewall.canonicalise(desired, system),  # type: ignore[attr-defined]
        ).values()
        return table

    want = wanted(document, "")
    change = Change(want.id, None, want)
    operations = timed("plan", lambda: firewall.lower(change))
    timed("load", lambda: firewall.apply(operations, system))
    have = timed("look", lambda: look(system, FAMILY, TABLE))
    assert have == want
    other = copy.deepcopy(document)
    other["firewall"]["rules"][len(other["firewall"]["rules"]) // 2]["port"] = 61000
    then = wanted(other, "again: ")
    operations = timed("plan one change", lambda: firewall.lower(Change(want.id, have, then)))
    timed("load one change", lambda: firewall.apply(operations, system))
    assert look(system, FAMILY, TABLE) == then
    _by_hand(timed, want.source)


def _by_hand(timed: Callable[[str, Callable[[], Any]], Any], text: str) -> None:
    def nft(*words: str, script: str = "") -> None:
        subprocess.run(["nft", *words], input=script, text=True, check=True, stdout=subprocess.DEVNULL)

    anew = f"delete table {FAMILY} {TABLE}\n{text}"
    timed("by hand: nft -f, loaded", lambda: nft("-f", "-", script=anew))
    timed("by hand: nft list table", lambda: nft("list", "table", FAMILY, TABLE))
    nft("delete", "table", FAMILY, TABLE)
    timed("by hand: nft -f", lambda: nft("-f", "-", script=text))
    nft("delete", "table", FAMILY, TABLE)


if __name__ == "__main__":
    main()

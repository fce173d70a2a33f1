"""Benchmarks: ratios to iproute2 in the same run, medians of five, as a table and as JSON.

make bench; or tests/bench/run.py --runs 3 --sizes 10,1000. Needs root: every run has a network
namespace of its own. Nothing here fails for being slow.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from measure import Sample, Summary, namespace, run, summary
from workload import workload

NETCONF = str(Path(sys.executable).with_name("netconf"))
RESULTS = Path(__file__).parent / "results" / "latest.json"
FOREIGN = 100_000
LOOK = "ip -j addr; ip -j route; ip -j link"

Row = dict[str, Any]


def main() -> None:
    options = _options()
    rows: list[Row] = [_start_up(options.runs)]
    for size in options.sizes:
        rows += _size(size, options.runs)
    rows.append(_foreign(max(options.sizes), options.runs))
    print(table(rows))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(
        json.dumps({"kernel": platform.release(), "runs": options.runs, "rows": rows}, indent=1)
    )
    print(f"\nkept as {RESULTS}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--sizes", type=lambda text: [int(n) for n in text.split(",")], default=[10, 1000, 10000]
    )
    return parser.parse_args()


def _start_up(runs: int) -> Row:
    ours, theirs = [], []
    for _ in range(runs):
        theirs.append(run([sys.executable, "-c", "pass"]))
        ours.append(run([NETCONF, "--help"]))
    return _row("netconf --help", "python3 -c pass", summary(ours), summary(theirs), "<= 4")


def _size(size: int, runs: int) -> list[Row]:
    """Apply from scratch, and the plan with nothing to change, for one size."""
    _say(f"{size} addresses and routes")
    samples: dict[str, list[Sample]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        files = _Files(Path(folder), size)
        for number in range(runs):
            with namespace() as name:
                samples["batch"].append(run(["ip", "-n", name, "-batch", str(files.batch)]))
            with namespace() as name:
                base = ["--netns", name, "--state-dir", str(files.state(number))]
                plan = [NETCONF, "plan", *base, str(files.document)]
                samples["empty"].append(run([NETCONF, "apply", "-q", *base, str(files.empty)]))
                samples["apply"].append(run([NETCONF, "apply", "-q", *base, str(files.document)]))
                samples["look"].append(run(["ip", "netns", "exec", name, "sh", "-c", LOOK]))
                samples["plan"].append(run(plan))
                files.forget(number, name)
                samples["cold"].append(run(plan))
    found = {name: summary(values) for name, values in samples.items()}
    beyond = found["apply"].less(found["empty"])
    return [
        _row(f"apply {size}, whole command", "ip -batch", found["apply"], found["batch"], ""),
        _row(f"apply {size}, beyond start-up", "ip -batch", beyond, found["batch"], "<= 2"),
        _row(f"plan {size}, nothing to change", LOOK, found["plan"], found["look"], "<= 6"),
        _row(f"plan {size}, the same, document parsed anew", LOOK, found["cold"], found["look"], "<= 6"),
    ]


class _Files:
    """The documents and batch files of one size."""

    def __init__(self, folder: Path, size: int) -> None:
        found = workload(size)
        self._folder = folder
        self.document = folder / "host.yml"
        self.document.write_text(found.document)
        self.batch = folder / "batch"
        self.batch.write_text(found.batch)
        self.empty = folder / "empty.yml"
        self.empty.write_text("netconf: 1\n")

    def state(self, number: int) -> Path:
        return self._folder / f"state{number}"

    def forget(self, number: int, namespace: str) -> None:
        """Remove what netconf keeps of documents that it applied: the next plan parses anew and looks at all."""
        place = Path("netns", f"netns-{namespace}")
        shutil.rmtree(self.state(number) / place / "cache")
        shutil.rmtree(self.state(number) / "run" / place / "memory")


def _foreign(size: int, runs: int) -> Row:
    """The plan with nothing to change, without and with routes of another protocol and table."""
    _say(f"{FOREIGN} foreign routes")
    without, beside = [], []
    with tempfile.TemporaryDirectory() as folder, namespace() as name:
        files = _Files(Path(folder), size)
        base = ["--netns", name, "--state-dir", str(files.state(0))]
        run([NETCONF, "apply", "-q", *base, str(files.document)])
        plan = [NETCONF, "plan", *base, str(files.document)]
        run(plan)
        without += [run(plan) for _ in range(runs)]
        lines = [
            f"route add 30.{i >> 16}.{i >> 8 & 255}.{i & 255}/32 dev v0 table 777 proto static"
            for i in range(FOREIGN)
        ]
        subprocess.run(["ip", "-n", name, "-batch", "-"], input="\n".join(lines).encode(), check=True)
        beside += [run(plan) for _ in range(runs)]
    return _row(
        f"plan {size} beside {FOREIGN} foreign routes",
        "without them",
        summary(beside),
        summary(without),
        "<= 1.1",
    )


def _row(what: str, than: str, ours: Summary, theirs: Summary, goal: str) -> Row:
    return {
        "what": what,
        "than": than,
        "wall_s": round(ours.wall, 4),
        "cpu_s": round(ours.cpu, 4),
        "memory_mib": round(ours.memory, 1),
        "than_wall_s": round(theirs.wall, 4),
        "than_cpu_s": round(theirs.cpu, 4),
        "than_memory_mib": round(theirs.memory, 1),
        "ratio_wall": round(ours.wall / theirs.wall, 2),
        "ratio_cpu": round(ours.cpu / theirs.cpu, 2),
        "goal": goal,
    }


def table(rows: list[Row]) -> str:
    """The rows as Markdown."""
    head = ("what", "wall s", "cpu s", "MiB", "compared with", "wall s", "wall ratio", "cpu ratio", "goal")
    keys = ("what", "wall_s", "cpu_s", "memory_mib", "than", "than_wall_s", "ratio_wall", "ratio_cpu", "goal")
    lines = [head, ("---",) * len(head), *(tuple(str(row[key]) for key in keys) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _say(text: str) -> None:
    print(f"... {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

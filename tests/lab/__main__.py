"""Run one shell command in a fresh machine, for people: `PYTHONPATH=tests python -m lab 'ip -d link'`."""

import argparse
import shlex
import sys
import tempfile
from pathlib import Path

from lab.guest_run import MACHINES
from lab.machine import End


def main() -> int:
    parser = argparse.ArgumentParser(prog="lab", description=__doc__)
    parser.add_argument("command")
    parser.add_argument("--tier", choices=MACHINES, default="uml")
    parser.add_argument("--memory", default="512M")
    parser.add_argument("--timeout", type=float, default=600, help="seconds")
    args = parser.parse_args()
    command = f"cd {shlex.quote(str(Path.cwd()))}\n{args.command}"
    with (
        tempfile.TemporaryDirectory(prefix="lab-") as job,
        MACHINES[args.tier](Path(job), command, args.memory) as machine,
    ):
        outcome = machine.wait(args.timeout)
    print(outcome.output, end="")
    if outcome.status is None:
        print(outcome, file=sys.stderr)
    return outcome.status if outcome.end is End.DONE and outcome.status is not None else 99


if __name__ == "__main__":
    sys.exit(main())

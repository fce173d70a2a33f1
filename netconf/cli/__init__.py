"""The command line: parse, call app, print, exit status.

Everything but argparse is imported by the command that needs it, so `--help` is fast.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. Never raises."""
    from netconf.cli.run import run

    if argv is not None:
        return run(list(argv))
    # The process ends with the command; looking for cycles among ten thousands of live objects
    # costs a fifth of the time of a plan, and giving them back one by one a tenth. Everything was
    # flushed when it was printed.
    gc.disable()
    os._exit(run(sys.argv[1:]))

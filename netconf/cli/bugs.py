"""A bug of ours: a report that can be sent, without the values of variables."""

from __future__ import annotations

import os
import platform
import tempfile
import traceback

from netconf import __version__
from netconf.cli.output import Output
from netconf.report.style import safe


def tell(err: Exception, command: str, output: Output) -> None:
    """Write the report, and say where it lies."""
    fd, name = tempfile.mkstemp(prefix="netconf-bug-", suffix=".txt")
    with os.fdopen(fd, "w") as out:
        out.write(f"netconf {__version__}, Python {platform.python_version()}, Linux {platform.release()}\n")
        out.write(f"command: {command}\n")
        out.write("".join(traceback.format_exception(err)))
    output.complain(f"error: netconf failed with {type(err).__name__}: {safe(str(err))}")
    output.complain(f"  this is a bug; report: {name}")

"""netconf undrain."""

from __future__ import annotations

from argparse import Namespace

from netconf.app.health import undrain
from netconf.cli.host import host as host_of
from netconf.cli.output import Output
from netconf.core.outcome import ExitStatus
from netconf.report.style import safe


def run(options: Namespace, output: Output) -> int:
    names = undrain(host_of(options), options.service)
    if output.json:
        output.object({"format": "netconf.drain/1", "undrained": names})
    else:
        words = f"Left to their checks again: {', '.join(names)}." if names else "None of them was drained."
        output.talk(safe(words))
    return ExitStatus.OK

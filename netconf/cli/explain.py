"""netconf explain KIND."""

from __future__ import annotations

from argparse import Namespace

from netconf.app.explain import explain
from netconf.cli.output import Output
from netconf.core.outcome import ExitStatus


def run(options: Namespace, output: Output) -> int:
    page = explain(options.word)
    if options.json:
        output.object({"format": "netconf.result/1", "command": "explain", "exit": 0, "page": page})
    else:
        output.data(page)
    return ExitStatus.OK

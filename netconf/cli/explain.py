"""netconf explain KIND."""

from __future__ import annotations

from argparse import Namespace

from netconf.app.explain import explain
from netconf.cli.output import Output
from netconf.core.outcome import ExitStatus


def run(options: Namespace, output: Output) -> int:
    output.data(explain(options.word))
    return ExitStatus.OK

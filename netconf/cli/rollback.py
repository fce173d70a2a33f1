"""netconf rollback [--to GENERATION]."""

from __future__ import annotations

from argparse import Namespace

from netconf.app.rollback import rollback
from netconf.cli.apply import Approver, finish
from netconf.cli.events import progress
from netconf.cli.host import host as host_of
from netconf.cli.output import Output


def run(options: Namespace, output: Output) -> int:
    host = host_of(options, progress(options, output))
    applied = rollback(host, options.to, Approver(host, options, output))
    return finish(applied, host, options, output)

"""netconf rollback [ID | --to GENERATION]."""

from __future__ import annotations

from argparse import Namespace

from netconf.app import trial
from netconf.app.rollback import rollback
from netconf.cli.apply import Approver, finish
from netconf.cli.events import progress
from netconf.cli.host import host as host_of
from netconf.cli.output import Output
from netconf.cli.trial import finish as finish_trial
from netconf.core.outcome import Outcome


def run(options: Namespace, output: Output) -> int:
    host = host_of(options, progress(options, output))
    undone = None if options.to is not None else trial.undo(host, options.id)
    if undone is not None:
        return finish_trial(undone, options, output, wanted=Outcome.ROLLED_BACK)
    applied = rollback(host, options.to, Approver(host, options, output))
    return finish(applied, host, options, output)

"""netconf confirm [ID] [--extend TIME]."""

from __future__ import annotations

from argparse import Namespace

from netconf.app import trial
from netconf.app.guard import OnTrial
from netconf.cli.host import host as host_of
from netconf.cli.output import Output
from netconf.cli.trial import finish
from netconf.core.outcome import ExitStatus, Outcome
from netconf.report import results
from netconf.report.results import RESULT_FORMAT


def run(options: Namespace, output: Output) -> int:
    host = host_of(options)
    if options.extend is None:
        return finish(trial.confirm(host, options.id), options, output, wanted=Outcome.COMMITTED)
    found = trial.extend(host, options.id, options.extend)
    if not isinstance(found, OnTrial):
        return finish(found, options, output, wanted=Outcome.ON_TRIAL)
    if output.json:
        output.object(
            {
                "format": RESULT_FORMAT,
                "command": "confirm",
                "exit": 0,
                "tx": found.tx,
                "status": Outcome.ON_TRIAL.value,
                "confirm": results.confirmation(found.tx, found.left),
            }
        )
    else:
        output.talk(f"Transaction {found.tx} is on trial for {found.left:.0f} s more.")
    return ExitStatus.OK

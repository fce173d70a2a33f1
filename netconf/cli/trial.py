"""What's told of a change on trial, and how it ended."""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import replace

from netconf.app import trial
from netconf.app.apply import Applied
from netconf.app.cache import encode
from netconf.app.trial import Ended
from netconf.app.wiring import Host
from netconf.cli.apply import ending_words, exit_status, tell_rollback
from netconf.cli.output import Output
from netconf.core.outcome import ExitStatus, Outcome
from netconf.report import results
from netconf.report.results import RESULT_FORMAT


def wait(applied: Applied, host: Host, options: Namespace, output: Output) -> Applied:
    """Tell that it has begun, and unless --no-wait be there until it ends."""
    tx, seconds = applied.tx, options.confirm
    if options.events:
        output.object({"event": "trial", "tx": tx, "seconds": seconds})
    output.complain(
        f"Applied and verified, on trial: rolled back in {seconds:g} s unless netconf confirm {tx} is run."
    )
    state = host.open_state()
    found = None if options.no_wait else trial.waited_for(state, tx)
    if found is None and options.no_wait:
        return applied
    ended = trial.ended(state, tx) if found is None else trial.wait(host, state, found)
    host.phases.done("trial")
    if ended.ending.outcome is not Outcome.COMMITTED:
        return replace(applied, ending=ended.ending)
    host.cache.store(applied.planned.wish.digest, encode(applied.planned.wish.desired))
    return replace(applied, ending=ended.ending, generation_to=ended.generation)


def finish(ended: Ended, options: Namespace, output: Output, *, wanted: Outcome) -> int:
    """For confirm and rollback, by how it was wanted to end."""
    ending = ended.ending
    good = ending.outcome is wanted
    status = ExitStatus.OK if good else exit_status(ending)
    words = ending_words(ending)
    if wanted is Outcome.ROLLED_BACK and ending.outcome is Outcome.COMMITTED:
        status = ExitStatus.REFUSED
    if output.json:
        output.object(
            {
                "format": RESULT_FORMAT,
                "command": options.command,
                "exit": int(status),
                "tx": ended.tx,
                "status": words.status,
                "reason": words.reason or None,
                "generation": ended.generation if ending.outcome is Outcome.COMMITTED else None,
                "rollback": {"exactness": words.exactness, "differences": list(words.differences)},
            }
        )
    elif ending.outcome is Outcome.COMMITTED:
        style = output.style(sys.stderr)
        tell = output.talk if good else output.complain
        tell(f"{style.paint('Confirmed', 'green', 'bold')}: generation {ended.generation}.")
        if not good:
            output.complain(f"  hint: netconf rollback --to {ended.generation - 1}")
    else:
        _tell_undone(words, output, good=good)
    return status


def _tell_undone(words: results.Ending, output: Output, *, good: bool) -> None:
    if good:
        exact = "exactly" if words.exactness == "exact" else "in all its values"
        output.talk(f"Rolled back; the old state was compared and is restored {exact}.")
    else:
        tell_rollback(words, output)

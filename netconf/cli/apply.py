"""netconf apply SOURCE | PLANFILE."""

from __future__ import annotations

import sys
from argparse import Namespace

from netconf.app.apply import Applied, apply
from netconf.app.plan import Planned
from netconf.app.wiring import Host
from netconf.cli.bugs import tell as tell_bug
from netconf.cli.events import progress
from netconf.cli.host import host as host_of
from netconf.cli.output import Output, ask, interactive
from netconf.cli.plan import tell, view
from netconf.core.errors import NetconfError, UsageError
from netconf.core.outcome import ExitStatus, Outcome
from netconf.engine.transaction import Ending
from netconf.report import plans, results
from netconf.report.style import safe


def run(options: Namespace, output: Output) -> int:
    if options.no_wait and not options.confirm:
        raise UsageError("--no-wait without --confirm", hint="apply waits for nobody then")
    host = host_of(options, progress(options, output))
    approver = Approver(host, options, output)
    applied = apply(host, options.source, approver, options.confirm)
    if applied.ending.outcome is Outcome.ON_TRIAL:
        from netconf.cli import trial

        applied = trial.wait(applied, host, options, output)
    return finish(applied, host, options, output)


class Approver:
    """Shows the plan, and asks if a person is there to answer."""

    def __init__(self, host: Host, options: Namespace, output: Output) -> None:
        self._host, self._options, self._output = host, options, output

    def __call__(self, planned: Planned) -> bool:
        tell(planned, self._output)
        if not self._options.json and not self._options.quiet:
            self._output.data(plans.text(view(planned, self._host), self._output.style(sys.stdout)))
        if self._options.yes or self._options.json or not interactive():
            return True
        return ask("\nApply these changes? [y/N] ")


def finish(applied: Applied, host: Host, options: Namespace, output: Output) -> int:
    """Tell how it ended; returns the exit status."""
    ending = applied.ending
    status = exit_status(ending)
    if ending.cause is not None and not isinstance(ending.cause, NetconfError):
        tell_bug(ending.cause, options.command, output)
    changed = ending.outcome in (Outcome.COMMITTED, Outcome.NOT_DURABLE) and bool(applied.planned.found.plan)
    if changed and status is ExitStatus.OK and options.detailed_exitcode:
        status = ExitStatus.CHANGES
    if options.json:
        done = results.Transaction(
            options.command,
            applied.tx,
            applied.generation_from,
            applied.generation_to,
            status,
            changed,
            ending_words(ending),
        )
        place = results.Place(host.name, host.namespace_key, host.phases.milliseconds())
        diagnostics = applied.planned.diagnostics
        out = results.applied(done, view(applied.planned, host), place, diagnostics)
        if ending.outcome is Outcome.ON_TRIAL:
            out["confirm"] = results.confirmation(applied.tx, options.confirm)
        output.object(out)
    else:
        _tell_ending(applied, output)
    return status


def exit_status(ending: Ending) -> ExitStatus:
    """A bug of ours counts more than that it was rolled back, less than that it couldn't be."""
    bug = ending.cause is not None and not isinstance(ending.cause, NetconfError)
    if bug and ending.outcome is Outcome.ROLLED_BACK:
        return ExitStatus.BUG
    return ending.outcome.exit_status


def ending_words(ending: Ending) -> results.Ending:
    restored = ending.restored
    return results.Ending(
        ending.outcome.value,
        "" if ending.cause is None else str(ending.cause),
        getattr(ending.cause, "hint", ""),
        "" if restored is None else restored.exactness.value,
        () if restored is None else restored.differences,
    )


def _tell_ending(applied: Applied, output: Output) -> None:
    style = output.style(sys.stderr)
    match applied.ending.outcome:
        case Outcome.UNCHANGED:
            output.talk(UNCHANGED if applied.approved else "Nothing was changed.")
        case Outcome.COMMITTED if applied.planned.found.plan:
            good = style.paint("Applied and verified", "green", "bold")
            output.talk(f"{good}: generation {applied.generation_to}.")
        case Outcome.COMMITTED:
            output.talk(f"No changes were needed; the document is now generation {applied.generation_to}.")
        case Outcome.ON_TRIAL:
            pass  # it was told when it began
        case Outcome.NOT_DURABLE:
            output.complain(NOT_DURABLE)
        case _:
            tell_rollback(ending_words(applied.ending), output)


UNCHANGED = "No changes. The host is as the document says."
NOT_DURABLE = "Applied and verified, but the commit may not survive a power cut: the disk refused to sync."


def tell_rollback(words: results.Ending, output: Output) -> None:
    style = output.style(sys.stderr)
    output.complain(f"{style.paint('Not applied', 'red', 'bold')}: {safe(words.reason)}")
    if words.hint:
        output.complain(f"  hint: {safe(words.hint)}")
    if not words.differences:
        exact = "exactly" if words.exactness == "exact" else "in all its values"
        output.complain(f"Rolled back; the old state was compared and is restored {exact}.")
        return
    output.complain(style.paint("The rollback is incomplete:", "red", "bold"))
    for difference in words.differences:
        output.complain(f"  differs: {safe(difference)}")
    output.complain("A person is needed: correct the differences, then run netconf plan.")

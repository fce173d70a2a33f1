"""netconf plan SOURCE."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from netconf.app import planfile
from netconf.app.plan import Planned, commands_by_id, operation_rows, plan
from netconf.app.wiring import Host
from netconf.cli.host import host as host_of
from netconf.cli.output import Output
from netconf.core.outcome import ExitStatus
from netconf.report import findings, plans, results
from netconf.report.style import safe


def run(options: Namespace, output: Output) -> int:
    host = host_of(options)
    planned = plan(host, options.source)
    tell(planned, output)
    if options.out:
        planfile.save(planned, host, Path(options.out))
        output.talk(f"saved: {options.out}; apply it with netconf apply {options.out}")
    pending = bool(planned.found.plan)
    status = ExitStatus.CHANGES if pending and options.detailed_exitcode else ExitStatus.OK
    if options.json:
        place = results.Place(host.name, host.namespace_key, host.phases.milliseconds())
        output.object(results.plan(view(planned, host), place, planned.diagnostics, status))
    elif options.commands:
        for row in operation_rows(planned.found, host.drivers):
            for line in row[1:]:
                output.data(line)
    elif not options.quiet:
        output.data(plans.text(view(planned, host), output.style(sys.stdout)))
    return status


def view(planned: Planned, host: Host) -> plans.PlanView:
    """The plan with the places of its objects and its commands."""
    return plans.PlanView(planned.found.plan, planned.wish.where, commands_by_id(planned.found, host.drivers))


def tell(planned: Planned, output: Output) -> None:
    """What was recovered, and the warnings."""
    for note in planned.notes:
        output.talk(f"note: {safe(note)}")
    if not output.json and (warnings := planned.diagnostics):
        output.talk(findings.text(warnings, output.style(sys.stderr)))

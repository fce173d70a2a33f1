"""netconf status."""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import asdict

from netconf.app.status import status
from netconf.cli.host import host as host_of
from netconf.cli.output import Output
from netconf.core.outcome import ExitStatus
from netconf.journal import Meta
from netconf.report import states
from netconf.report.style import safe


def run(options: Namespace, output: Output) -> int:
    host = host_of(options)
    found = status(host)
    for note in found.notes:
        output.talk(f"note: {safe(note)}")
    current = None if found.meta is None else row(found.meta)
    holder = str(found.holder or "")
    view = states.StatusView(host.name, host.namespace_key, current, holder, found.drift, found.problem)
    if options.json:
        output.object(states.status_json(view))
    else:
        output.data(states.status_text(view, output.style(sys.stdout)))
    return ExitStatus.OK


def row(meta: Meta) -> states.Row:
    """A line of the history, as the report wants it."""
    return states.Row(meta.number, meta.created, meta.tx, meta.source, asdict(meta.counts), meta.comment)

"""netconf history [show N | diff N M]."""

from __future__ import annotations

import sys
from argparse import Namespace

from netconf.app.status import diff, history, show
from netconf.cli.host import host as host_of
from netconf.cli.output import Output
from netconf.cli.status import row, tell
from netconf.core.errors import UsageError
from netconf.core.outcome import ExitStatus
from netconf.report import states


def run(options: Namespace, output: Output) -> int:
    host = host_of(options)
    match options.what:
        case []:
            metas, current, recovered = history(host)
            tell(recovered, output)
            rows = [row(meta) for meta in metas]
            if options.json:
                output.object(states.history_json(rows, current, recovered.warnings))
            else:
                output.data(states.history_text(rows, current, output.style(sys.stdout)))
        case ["show", number]:
            meta, text = show(host, _number(number))
            if options.json:
                output.object(states.generation_json(row(meta), text))
            else:
                output.data(text.rstrip())
        case ["diff", old, new]:
            lines = diff(host, _number(old), _number(new))
            if options.json:
                output.object(states.diff_json(int(old), int(new), lines))
            else:
                output.data("\n".join(lines) if lines else "The documents are the same.")
        case _:
            raise UsageError("history takes nothing, show N, or diff N M")
    return ExitStatus.OK


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise UsageError(f"{text!r} is not the number of a generation", hint="see netconf history")
    return int(text)

"""Running one command, and the one place where errors are handled."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from importlib import import_module

from netconf.cli.arguments import parser
from netconf.cli.output import Output
from netconf.core.errors import DiagnosedError, NetconfError
from netconf.core.outcome import ExitStatus


def run(argv: Sequence[str]) -> int:
    """Parse and run; whatever goes wrong becomes a message and an exit status."""
    try:
        options = parser().parse_args(argv)
    except SystemExit as end:
        return int(end.code or 0)
    # Events end with the object of --json: whoever reads them reads no text.
    options.json = options.json or getattr(options, "events", False)
    output = Output(options)
    try:
        status: int = import_module(f"netconf.cli.{options.command}").run(options, output)
    except NetconfError as err:
        return _told(err, options, output)
    except KeyboardInterrupt:
        output.complain("interrupted; nothing was changed")
        return ExitStatus.ROLLED_BACK
    except Exception as err:  # noqa: BLE001 - the last resort
        return _bug(err, options, output)
    return status


_STATUS_WORDS = {ExitStatus.REFUSED: "refused", ExitStatus.ROLLBACK_INCOMPLETE: "rollback-incomplete"}


def _told(err: NetconfError, options: Namespace, output: Output) -> int:
    if output.json:
        output.object(_result(err, options))
    elif isinstance(err, DiagnosedError):
        from netconf.report import findings

        output.complain(findings.text(err.diagnostics, output.style(sys.stderr)))
    else:
        from netconf.report.style import safe

        style = output.style(sys.stderr)
        output.complain(f"{style.paint('error:', 'red', 'bold')} {safe(str(err))}")
        for difference in getattr(err, "differences", ()):
            output.complain(f"  differs: {safe(difference)}")
        if err.hint:
            output.complain(f"  hint: {safe(err.hint)}")
    return err.status


def _result(err: NetconfError, options: Namespace) -> dict[str, object]:
    from netconf.report import findings, results

    rows = findings.json_rows(err.diagnostics) if isinstance(err, DiagnosedError) else []
    return results.failure(options.command, err, _STATUS_WORDS.get(err.status, "failed"), rows)


def _bug(err: Exception, options: Namespace, output: Output) -> int:
    """Our fault."""
    from netconf.cli.bugs import tell

    tell(err, options.command, output)
    if output.json:
        output.object(
            {"format": "netconf.result/1", "command": options.command, "status": "failed", "exit": 1}
        )
    return ExitStatus.BUG

"""netconf validate SOURCE."""

from __future__ import annotations

from argparse import Namespace

from netconf.app.validate import validate
from netconf.cli.output import Output
from netconf.core.outcome import ExitStatus


def run(options: Namespace, output: Output) -> int:
    wish = validate(options.source)
    number = len(wish.desired.resources)
    if output.json:
        output.object(
            {
                "format": "netconf.result/1",
                "command": "validate",
                "status": "valid",
                "exit": 0,
                "objects": number,
                "diagnostics": [],
            }
        )
    else:
        output.talk(f"{wish.source} is valid: it describes {number} objects.")
    return ExitStatus.OK

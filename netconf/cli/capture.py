"""netconf capture."""

from __future__ import annotations

import sys
from argparse import Namespace

from netconf.app.capture import capture
from netconf.app.recovery import recover_if_possible
from netconf.cli.host import host as host_of
from netconf.cli.output import Output
from netconf.core.outcome import ExitStatus
from netconf.inventory.writer import to_yaml
from netconf.report import findings
from netconf.report.style import safe


def run(options: Namespace, output: Output) -> int:
    host = host_of(options)
    recovered = recover_if_possible(host, "capture")
    for note in recovered.notes:
        output.talk(f"note: {safe(note)}")
    document, left_out = capture(host, options.section, options.with_netns)
    if warnings := [*recovered.warnings, *left_out]:
        output.talk(findings.text(warnings, output.style(sys.stderr)))
    if options.json:
        output.object(document)
    else:
        output.data(to_yaml(document).rstrip())
    return ExitStatus.OK

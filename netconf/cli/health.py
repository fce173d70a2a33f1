"""netconf health."""

from __future__ import annotations

import signal
import sys
from argparse import Namespace
from pathlib import Path

from netconf.app.health import check_once, look_after, withdraw_all
from netconf.cli.host import host as host_of
from netconf.cli.output import Output
from netconf.core.health import Checked
from netconf.core.outcome import ExitStatus
from netconf.health.runner import Runner
from netconf.report import services
from netconf.report.style import safe

UNIT = """\
[Unit]
Description=Announce the services of this host while they work
After=network.target bird.service

[Service]
Type=notify
ExecStart={program} health
# Whatever way it ends, nothing stays announced that nobody looks after.
ExecStopPost={program} health --withdraw
Restart=always
RestartSec=1
WatchdogSec=30

[Install]
WantedBy=multi-user.target"""
"""For the service manager: see systemd.service(5). A loop that hangs is ended by the watchdog."""


def run(options: Namespace, output: Output) -> int:
    if options.unit:
        output.data(UNIT.format(program=Path(sys.argv[0]).absolute()))
        return ExitStatus.OK
    host = host_of(options)
    if options.once:
        return _tell_checks(check_once(host), output)
    if options.withdraw:
        withdraw_all(host)
        return ExitStatus.OK
    look_after(host, lambda line: output.talk(safe(line)), _stopped_by_signals, keep=options.keep)
    return ExitStatus.OK


def _stopped_by_signals(runner: Runner) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: runner.stop())
    # Nobody has to watch it; and a new document is seen without being told of it.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _tell_checks(checked: list[Checked], output: Output) -> int:
    good = all(not found.complaint for found in checked)
    if output.json:
        output.object(services.checks_json(checked))
    else:
        output.data(services.checks_text(checked, output.style(sys.stdout)))
    return ExitStatus.OK if good else ExitStatus.UNSUPPORTED

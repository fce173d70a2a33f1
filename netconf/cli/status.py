"""netconf status."""

from __future__ import annotations

import sys
from argparse import Namespace
from contextlib import suppress
from dataclasses import asdict

from netconf.app.recovery import Recovered
from netconf.app.status import Status, status
from netconf.app.wiring import Host
from netconf.cli.host import host as host_of
from netconf.cli.output import Output
from netconf.core.filtering import FilterState
from netconf.core.health import ServiceStanding
from netconf.core.outcome import ExitStatus
from netconf.core.routing import RoutingDaemon
from netconf.journal import Meta
from netconf.report import filtering, findings, routing, states
from netconf.report import services as health
from netconf.report.style import safe


def run(options: Namespace, output: Output) -> int:
    host = host_of(options)
    if not options.watch:
        _show(host, status(host), options, output)
        return ExitStatus.OK
    from netconf.app.watch import watch

    with suppress(KeyboardInterrupt):
        for found in watch(host):
            _show(host, found, options, output)
            if not output.json:
                output.data("")
            sys.stdout.flush()
    return ExitStatus.OK


def _show(host: Host, found: Status, options: Namespace, output: Output) -> None:
    tell(found.recovered, output)
    current = None if found.meta is None else row(found.meta)
    holder = str(found.holder or "")
    trial = None if found.trial is None else (found.trial.tx, found.trial.left)
    view = states.StatusView(
        host.name, host.namespace_key, current, holder, found.drift, found.problem, trial
    )
    daemons = _routing(host) if options.bird else None
    services = _services(host) if options.bird else None
    state = _filter(host) if options.firewall else None
    style = output.style(sys.stdout)
    if options.json:
        more: dict[str, object] = {} if daemons is None else {"routing": routing.json_rows(daemons)}
        if services is not None and services[0]:
            more["health"] = health.json_object(services[0], runs=services[1])
        more |= {} if state is None else {"firewall": filtering.json_object(state)}
        output.object({**states.status_json(view, found.recovered.warnings), **more})
    else:
        output.data(states.status_text(view, style))
        if daemons is not None:
            output.data(f"\n{routing.text(daemons, style)}")
        if services is not None and services[0]:
            output.data(f"\n{health.text(services[0], style, runs=services[1])}")
        if state is not None:
            output.data(f"\n{filtering.text(state, style)}")


def tell(recovered: Recovered, output: Output) -> None:
    """What was found left open, as far as no JSON will tell it."""
    for note in recovered.notes:
        output.talk(f"note: {safe(note)}")
    if recovered.warnings and not output.json:
        output.talk(findings.text(recovered.warnings, output.style(sys.stderr)))


def _routing(host: Host) -> list[RoutingDaemon]:
    from netconf.app.routing import routing as ask

    return ask(host)


def _services(host: Host) -> tuple[list[ServiceStanding], bool]:
    from netconf.app.health import standings

    return standings(host.peek_state())


def _filter(host: Host) -> FilterState:
    from netconf.app.filtering import filtering as ask

    return ask(host)


def row(meta: Meta) -> states.Row:
    """A line of the history, as the report wants it."""
    return states.Row(meta.number, meta.created, meta.tx, meta.source, asdict(meta.counts), meta.comment)

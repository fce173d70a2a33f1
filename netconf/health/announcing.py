"""Making the kernel's state say which services are announced.

A prefix is announced by a blackhole route in a table that nobody routes by; the routing daemon
learns it from there. An interface is announced by its carrier. Both outlive whatever becomes of the
daemon and its configuration.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from netconf.core import ip
from netconf.core.health import Service
from netconf.system.ports import LinkRequest, RouteFilter, RouteRequest, RouteRow, System

PROTOCOL = 0x6F
"""Behind the 0x6e of netconf's own routes: these come and go without a document."""

BLACKHOLE, UNIVERSE, NOWHERE = 6, 0, 255
"""RTN_BLACKHOLE, RT_SCOPE_UNIVERSE, RT_SCOPE_NOWHERE of linux/rtnetlink.h."""

Route = tuple[int, str]
"""Table and prefix."""


def announced(services: Iterable[Service], system: System) -> set[str]:
    """The names of the services that are announced in full."""
    routes = set(_present(system))
    carriers = {link.name: link.carrier for link in system.rtnl.links()}
    return {
        service.name
        for service in services
        if (carriers.get(service.interface) if service.interface else routes.issuperset(_routes(service)))
    }


def enforce(services: Sequence[Service], wanted: Iterable[str], system: System) -> Mapping[str, str]:
    """Announce these services and no others, not even what was announced for services that are no
    more. Returns what couldn't be done, by service. ObserveError.
    """
    names = set(wanted)
    return {**_enforce_routes(services, names, system), **_enforce_carriers(services, names, system)}


def give_back(interfaces: Iterable[str], system: System) -> None:
    """Carrier for interfaces that are no service's any more."""
    there = {link.name for link in system.rtnl.links()}
    system.rtnl.send([_carrier(name, on=True) for name in interfaces if name in there])


def _enforce_routes(services: Sequence[Service], wanted: set[str], system: System) -> dict[str, str]:
    owners = {route: s.name for s in services if s.name in wanted for route in _routes(s)}
    there = set(_present(system))
    if there == owners.keys():
        return {}
    requests = [RouteRequest("delete", _row(route)) for route in sorted(there - owners.keys())]
    new = sorted(owners.keys() - there)
    answers = system.rtnl.send([*requests, *(RouteRequest("create", _row(route)) for route in new)])
    return {
        owners[route]: f"{route[1]}: {answer.text}"
        for route, answer in zip(new, answers[len(requests) :], strict=True)
        if answer is not None
    }


def _enforce_carriers(services: Sequence[Service], wanted: set[str], system: System) -> dict[str, str]:
    by_interface = [service for service in services if service.interface]
    if not by_interface:
        return {}
    carriers = {link.name: link.carrier for link in system.rtnl.links()}
    problems = {s.name: f"there is no {s.interface}" for s in by_interface if s.interface not in carriers}
    changed = [
        s for s in by_interface if s.interface in carriers and carriers[s.interface] != (s.name in wanted)
    ]
    answers = system.rtnl.send([_carrier(s.interface, on=s.name in wanted) for s in changed])
    for service, answer in zip(changed, answers, strict=True):
        if answer is not None:
            problems[service.name] = f"the carrier of {service.interface}: {answer.text}"
    return problems


def _present(system: System) -> Iterable[Route]:
    return ((row.table, row.to) for row in system.rtnl.routes(RouteFilter(protocol=PROTOCOL)))


def _routes(service: Service) -> list[Route]:
    return [(service.table, prefix) for prefix in service.prefixes]


def _row(route: Route) -> RouteRow:
    table, prefix = route
    is_v6 = ":" in prefix
    family = ip.INET6 if is_v6 else ip.INET
    return RouteRow(family, prefix, table, PROTOCOL, BLACKHOLE, UNIVERSE, metric=1024 if is_v6 else 0)


def _carrier(name: str, *, on: bool) -> LinkRequest:
    return LinkRequest("set", name, attributes=(("IFLA_CARRIER", int(on)),))

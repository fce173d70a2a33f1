"""The firewall on the live system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.desired import Desired
from netconf.core.diagnostics import Diagnostic
from netconf.core.driver import Scope
from netconf.core.errors import ApplyError, ObserveError, UnsupportedError
from netconf.core.ids import ResourceId
from netconf.core.kind import Kind, Release
from netconf.core.resource import Resource, State, Target
from netconf.domains.firewall import change as changes_of_tables
from netconf.domains.firewall import lapse, plan, purge, reading, requirements, seal
from netconf.domains.firewall.iptables import change as changes_of_chains
from netconf.domains.firewall.iptables import live
from netconf.domains.firewall.iptables import reading as reading_chains
from netconf.domains.firewall.iptables import requirements as xtables
from netconf.domains.firewall.iptables.operation import LoadSets, WriteTable
from netconf.domains.firewall.iptables.resource import OwnChains
from netconf.domains.firewall.operation import HookInterface, LoadScript, complaint, rule_at
from netconf.domains.firewall.resource import FAMILY, TABLE, Offload, Table
from netconf.domains.firewall.walk import Ruleset
from netconf.domains.firewall.wire import hooking, parse, unhooked
from netconf.system.ports import System

if TYPE_CHECKING:
    from netconf.domains.firewall.spec import Spec


Write = LoadScript | HookInterface | LoadSets | WriteTable


class FirewallDriver:
    """See the room's README; every function says what it does by its name in core.driver."""

    kinds: Mapping[str, Kind] = {
        ids.FIREWALL: Kind(Table, Release.UNDO),
        ids.IPTABLES: Kind(OwnChains, Release.UNDO),
        ids.OFFLOAD: Kind(Offload, Release.REMOVE),
    }

    def expand(self, spec: Spec) -> Desired:
        return plan.expand(spec)

    def canonicalise(self, wanted: State, system: System) -> Target:
        found: dict[ResourceId, Resource | None] = {}
        for key, resource in wanted.items():
            if isinstance(resource, Table) and resource.origins:
                found |= _chosen(resource, system)
            elif isinstance(resource, OwnChains) and not resource.tables:
                found[key] = _canonical(resource, system)
        return found

    def lower(self, change: Change) -> Sequence[Write]:
        if change.id.kind == ids.IPTABLES:
            return changes_of_chains.lower(change)
        if change.id.kind == ids.OFFLOAD:
            return changes_of_tables.lower_offload(change)
        return changes_of_tables.lower(change)

    def unsupported(self, changes: Mapping[ResourceId, Change], system: System) -> Iterator[Diagnostic]:
        yield from requirements.unsupported(changes, system)

    def observe(self, system: System, scope: Scope) -> Iterator[Resource]:
        hooked: Sequence[str] | None = None
        for key in scope.of(ids.FIREWALL):
            table = _table(system, *key.name)
            hooked = () if table is None else table.between
            if table is not None:
                yield table
        if hooked is None and scope.of(ids.OFFLOAD):
            hooked = _hooked(system)
        yield from map(Offload, hooked or ())
        if scope.of(ids.IPTABLES):
            chains = live.look(system)
            if chains is not None:
                yield chains

    def glance(self, wanted: State, system: System) -> str | None:
        """None of xtables, which number no generations."""
        own = [one for one in wanted.values() if isinstance(one, Table | OwnChains)]
        tables = [one for one in own if isinstance(one, Table)]
        return seal.glance(tables, system) if tables and tables == own else None

    def holds(self, glance: str, system: System) -> bool:
        return seal.holds(glance, system)

    def apply(self, operations: Sequence[Write], system: System) -> None:
        for operation in operations:
            if isinstance(operation, HookInterface):
                _hook(operation, system)
                continue
            if not isinstance(operation, LoadScript):
                live.apply([operation], system)
                continue
            if operation.primes:
                system.conntrack.track(system.conntrack.sockets())
            refused = system.nft.load(_on_trial(operation, system))
            if refused is not None:
                name, path = rule_at(operation.script, refused.line, operation.places)
                raise ApplyError(f"{operation.describe()}: {complaint(name, path, refused.text)}")

    def conclude(self, changes: Mapping[ResourceId, Change], system: System) -> None:
        for change in changes.values():
            before, after = change.before, change.after
            if isinstance(after, Table) and not system.trial:
                found = seal.just_seen(after.family, after.name, system)
                seal.keep(after, found or _seen(system, after.family, after.name), system)
            if isinstance(after, Table) and after.purge:
                was = before if isinstance(before, Table) else None
                _forget(reading.ruleset(was), reading.ruleset(after), system)
            elif isinstance(after, OwnChains) and after.purge:
                had = before if isinstance(before, OwnChains) else None
                _forget(reading_chains.ruleset(had), reading_chains.ruleset(after), system)

    def tidy(self, ids: Iterable[ResourceId], system: System) -> None:
        self.keep(ids, system)

    def prolong(self, found: Iterable[ResourceId], seconds: float, system: System) -> None:
        if any(key.kind == ids.FIREWALL for key in found):
            lapse.prolong(seconds, system)

    def keep(self, found: Iterable[ResourceId], system: System) -> None:
        if any(key.kind == ids.FIREWALL for key in found):
            lapse.keep(system)


def _hook(operation: HookInterface, system: System) -> None:
    """What the kernel has taken out already is done."""
    refused = system.nft.load(operation.script)
    gone = not operation.takes and operation.name not in _hooked(system)
    if refused is not None and not gone:
        raise ApplyError(f"{operation.describe()}: {refused.text}")


def _hooked(system: System) -> tuple[str, ...]:
    """The interfaces that our flowtable takes packets of."""
    return unhooked(system.nft.table(FAMILY, TABLE))[1]


def _forget(before: Ruleset, after: Ruleset, system: System) -> None:
    """Connections that the new rules would have treated in another way."""
    local = frozenset(row.local for row in system.rtnl.addresses())
    flows, session = system.conntrack.flows(), system.sessions.current()
    system.conntrack.forget(purge.affected(before, after, flows, local, session))


def _on_trial(operation: LoadScript, system: System) -> str:
    """Its script; on trial with what makes the kernel go back by itself."""
    script = operation.script
    if operation.hooks and (hooked := _hooked(system)):
        script += hooking(f"{FAMILY} {TABLE}", hooked)
    if not system.trial:
        return script
    return script + lapse.additions(operation.before, operation.chains, system.trial + lapse.SLACK)


def _chosen(table: Table, system: System) -> Target:
    """The table, or with backend auto and no nftables on this host the chains of xtables instead."""
    try:
        return {table.id: requirements.canonical(table, system)}
    except (ObserveError, UnsupportedError) as err:
        because = _missing(system) if table.instead else ""
        if not because:
            raise
        instead = replace(OwnChains.unpacked(table.instead), because=because)
        try:
            return {table.id: None, instead.id: _canonical(instead, system)}
        except UnsupportedError as other:
            raise xtables.neither(instead, because, other.diagnostics) from err


def _missing(system: System) -> str:
    """What nftables lacks here to hold any table of ours; "" for nothing."""
    try:
        if isinstance(system.nft.canonical(_EMPTY, FAMILY, TABLE), str):
            return ""
    except ObserveError as err:
        return str(err)
    if _has_nftables(system):
        return f"its nftables has no family {FAMILY}"
    return "its kernel has no nftables"


def _canonical(chains: OwnChains, system: System) -> OwnChains | None:
    """None if there's nothing to do for them: then nothing is there."""
    found = xtables.canonical(chains, system)
    return found if found.tables or found.sets else None


_EMPTY = f"table {FAMILY} {TABLE} {{\n}}\n"


def _has_nftables(system: System) -> bool:
    try:
        return isinstance(system.nft.canonical("table ip netconf {\n}\n", "ip", "netconf"), str)
    except ObserveError:
        return False


def _table(system: System, family: str, name: str) -> Table | None:
    """Where there's no nftables there's no table of it."""
    try:
        return seal.seen(family, name, system) or look(system, family, name)
    except ObserveError:
        if _has_nftables(system):
            raise
        return None


def look(system: System, family: str, name: str) -> Table | None:
    """The table as it is, with its state."""
    return _seen(system, family, name).table


def _seen(system: System, family: str, name: str) -> seal.Seen:
    generation = system.nft.generation()
    table, image = seal.recognised(family, name, system)
    found = seal.Seen(table or _listed(system, family, name), image, generation)
    seal.note_seen(family, name, found, system)
    return found


def _listed(system: System, family: str, name: str) -> Table | None:
    text, hooked = unhooked(system.nft.table(family, name))
    if not text:
        return None
    found = lapse.without(parse(text)) if system.trial else parse(text)
    table = Table(family, name, found.objects, found.elements, found.rules, text)
    return replace(table, handles=found.handles, between=hooked)

"""Our chains and sets as they are on this host, and writing to them."""

from __future__ import annotations

from collections.abc import Sequence

from netconf.core.errors import ApplyError
from netconf.domains.firewall.iptables import names, sets
from netconf.domains.firewall.iptables.operation import LoadSets, WriteTable
from netconf.domains.firewall.iptables.resource import OwnChains, TableRules
from netconf.domains.firewall.operation import complaint
from netconf.system.ports import System
from netconf.system.xtables import listing


def look(system: System) -> OwnChains | None:
    """What's ours, with its state; None if there's nothing. Raises ObserveError."""
    tables, counters = [], []
    for table in names.ORDER:
        for family in (4, 6):
            text = system.xtables.save(family, table)
            found = listing(text, names.PREFIX)
            if found.chains or found.jumps:
                tables.append(TableRules(family, table, found.chains, found.jumps, found.rules))
                counters.append(found.counters)
    own = [name for name in system.ipsets.names() if names.is_our_set(name)]
    parsed = [sets.parse(system.ipsets.save(name)) for name in sorted(own)]
    if not tables and not parsed:
        return None
    return OwnChains(
        sets=tuple(found for found, _ in parsed),
        tables=tuple(tables),
        counters=tuple(counters),
        members=tuple(members for found, members in parsed if sets.fills_itself(found.name)),
    )


def apply(operations: Sequence[LoadSets | WriteTable], system: System) -> None:
    """In order; raises ApplyError at the first that fails."""
    for operation in operations:
        if isinstance(operation, LoadSets):
            refused = system.ipsets.restore(operation.script)
            if refused is not None:
                raise ApplyError(f"{operation.describe()}: {refused.text}")
            continue
        if operation.primes:
            system.conntrack.track(system.conntrack.sockets())
        try:
            system.xtables.commit(operation.commit)
        except ApplyError as err:
            named = [(name, path) for name, path in operation.places if f"--comment {name} " in str(err)]
            name, path = named[0] if named else ("", ())
            text = complaint(name, path, str(err))
            raise ApplyError(f"{operation.describe()}: {text}", hint=err.hint) from err

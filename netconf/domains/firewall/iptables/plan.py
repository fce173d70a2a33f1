"""From the model to the chains as they're compiled. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from netconf.core.diagnostics import DocumentPath
from netconf.domains.firewall import model
from netconf.domains.firewall import statements as st
from netconf.domains.firewall.iptables import names
from netconf.domains.firewall.iptables.compile import MOST_CREDIT, Compiled, compile_tables, credit
from netconf.domains.firewall.iptables.conditions import OwnSet, halved
from netconf.domains.firewall.iptables.resource import AddressSet, OwnChains, Source
from netconf.domains.firewall.model import IPV4, IPV6
from netconf.domains.firewall.resource import FileSet, Need

ROOM = 65536
"""Members a set has room for, if there aren't more to begin with."""

_FAMILIES = {IPV4: "inet", IPV6: "inet6"}


def chains(
    firewall: model.Firewall, places: tuple[tuple[str, DocumentPath], ...], needs: tuple[Need, ...]
) -> OwnChains:
    """The chains of a firewall, as nobody has shown them to the kernel yet."""
    tables, own = compile_tables(firewall)
    return OwnChains(
        sets=tuple(sorted([*_sets(firewall), *map(_own_set, own)])),
        source=tuple(map(_source, tables)),
        files=tuple(FileSet(s.name, s.type, s.file, s.networks) for s in firewall.sets if s.file),
        places=places,
        needs=needs,
        purge=firewall.purge,
        unsaid=tuple(_unsaid(firewall)),
    )


def _source(found: Compiled) -> Source:
    """The table as iptables-restore takes it: its chains, the jumps to them, its rules."""
    rows: list[tuple[str, DocumentPath]] = [(f"*{found.table}", ())]
    rows += [(f":{chain} - [0:0]", ()) for chain, _ in found.chains]
    for chain, _ in found.chains:
        builtin = names.builtin_of(chain, found.table)
        if builtin:
            rows.append((f"-A {builtin} {names.jump(builtin)}", ("firewall",)))
    rows += [(f"-A {chain} {line.text}", line.path) for chain, lines in found.chains for line in lines]
    rows.append(("COMMIT", ()))
    text = "\n".join(text for text, _ in rows) + "\n"
    return Source(found.family, found.table, text, tuple(path for _, path in rows))


def _sets(firewall: model.Firewall) -> Iterator[AddressSet]:
    for found in firewall.sets:
        for family in (IPV4, IPV6):
            name = names.set_of(found.name, family, dynamic=found.dynamic)
            if found.dynamic:
                yield AddressSet(name, "hash:ip", _FAMILIES[family], found.size, found.timeout)
            else:
                yield networks(name, family, found.of(family))


def _own_set(found: OwnSet) -> AddressSet:
    return networks(found.name, found.family, found.networks)


def networks(name: str, family: int, members: tuple[str, ...]) -> AddressSet:
    """A set of networks; addresses are some, too."""
    parts = tuple(sorted(map(st.short, halved(members))))
    room = max(ROOM, 1 << (len(parts) - 1).bit_length() if parts else 0)
    return AddressSet(name, "hash:net", _FAMILIES[family], room, 0, parts)


def _unsaid(firewall: model.Firewall) -> Iterator[tuple[str, DocumentPath]]:
    if firewall.flow_offload is not None:
        yield "flow_offload", firewall.flow_offload.path
    for rule in firewall.rules:
        if rule.limit is not None and credit(rule.limit) > MOST_CREDIT:
            yield f"a burst of {rule.limit.burst} at {rule.limit.rate}", (*rule.path, "rate")

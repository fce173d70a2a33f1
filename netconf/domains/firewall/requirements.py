"""What this host makes of a table: whether its kernel takes it, and what else stands in its way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from netconf.core.change import Change
from netconf.core.diagnostics import Diagnostic, error, warning
from netconf.core.errors import PlanError, UnsupportedError
from netconf.core.ids import ResourceId, iptables, link, sysctl
from netconf.core.image import told
from netconf.domains.firewall import lapse, lockout, rivals, seal
from netconf.domains.firewall.iptables import requirements as xtables
from netconf.domains.firewall.iptables.names import PREFIX
from netconf.domains.firewall.iptables.resource import NAME, OwnChains
from netconf.domains.firewall.resource import FAMILY, Offload, Table
from netconf.domains.firewall.script import origin_of
from netconf.domains.firewall.wire import parse
from netconf.system.ports import NftComplaint, System
from netconf.system.xtables import listing

KERNEL_SAYS = "Could not process rule: "
"""nft's words in front of the kernel's error; without them it's nft that doesn't take a line."""


def canonical(table: Table, system: System) -> Table:
    """The table in the kernel's words; raises PlanError where a file or a line isn't right."""
    whole = _filled(table, system) if table.files else table
    known = seal.wanted(whole, system)
    if known is not None:
        return known
    foreseen = None if whole.between else _foreseen(whole, system)
    if foreseen is not None:
        return foreseen
    text = system.nft.canonical(whole.source, table.family, table.name)
    if isinstance(text, NftComplaint):
        raise _refused(whole, text)
    found = parse(text)
    return replace(whole, objects=found.objects, elements=found.elements, rules=found.rules, origins=())


def _foreseen(table: Table, system: System) -> Table | None:
    """A big table by what the kernel makes of a small one like it. None if that can't be told, or nft
    doesn't take it: then all of it is shown to nft, which says which line is wrong.
    """
    from netconf.domains.firewall import shapes

    drawn = shapes.sketch(table.source)
    if drawn is None:
        return None
    trial = system.nft.trial(drawn.script, table.family, table.name)
    if isinstance(trial, NftComplaint):
        return None
    found = shapes.forecast(drawn, trial)
    return None if found is None else seal.foresee(table, found, system)


def _filled(table: Table, system: System) -> Table:
    from netconf.domains.firewall import files  # brings pydantic, which not every plan needs

    whole, findings = files.filled(table, system.files.read)
    if findings:
        raise PlanError(findings)
    return whole


def _refused(table: Table, complaint: NftComplaint) -> PlanError:
    lines = table.source.split("\n")
    written = lines[complaint.line - 1].strip() if 0 < complaint.line <= len(lines) else ""
    path = origin_of(table.origins, complaint.line) or ("firewall",)
    if complaint.text.startswith(KERNEL_SAYS):
        finding = error(
            "NC6401",
            f"this kernel doesn't take it: {complaint.text.removeprefix(KERNEL_SAYS)}",
            f"what is written for it: {written}",
            "load the kernel module it needs, or leave it out",
            path=path,
            resource=str(table.id),
        )
        return UnsupportedError([finding])
    raw = "raw" in path
    return PlanError(
        [
            error(
                "NC2970",
                f"nft doesn't take it: {complaint.text}",
                f"what is written for it: {written}",
                "correct it" if raw else "write it in another way, or leave it out",
                path=path,
                resource=str(table.id),
            )
        ]
    )


def unsupported(changes: Mapping[ResourceId, Change], system: System) -> Iterator[Diagnostic]:
    """Findings about a firewall to come."""
    for change in changes.values():
        after = change.after
        if isinstance(after, Table):
            yield from _sysctls(after, changes, system)
            yield from _others(after, changes, system)
            yield from rivals.findings(str(after.id), system)
            yield from lockout.findings(lockout.of_table(after, system), system)
        elif isinstance(after, OwnChains):
            yield from _sysctls(after, changes, system)
            yield from xtables.others(after, changes, system)
            yield from xtables.picked(after)
            yield from rivals.findings(str(after.id), system)
            yield from lockout.findings(xtables.trial(after, system), system)
        elif isinstance(after, Offload):
            yield from _interface(after, changes, system)


def _sysctls(
    table: Table | OwnChains, changes: Mapping[ResourceId, Change], system: System
) -> Iterator[Diagnostic]:
    for need in table.needs:
        planned = changes.get(sysctl(need.path))
        if planned is not None and planned.after is not None:
            value = told(planned.after).get("value")
        else:
            value = system.tree.read(need.path)
        if value != need.value:
            name = ".".join(need.path)
            yield error(
                "NC6402",
                f"{need.why} needs {name} to be {need.value}, and it's {value}",
                "the handshakes it makes would fail",
                f"add {name}: {need.value} to sysctl",
                path=("firewall", "syn_protect"),
                resource=str(table.id),
            )


def _interface(
    offload: Offload, changes: Mapping[ResourceId, Change], system: System
) -> Iterator[Diagnostic]:
    name, path = offload.name, ("firewall", "flow_offload", "interfaces", offload.number)
    planned = changes.get(link(name))
    if not name[0].isalpha():
        yield error(
            "NC6408",
            f"flow_offload: nft can't take the interface {name}",
            "names of a flowtable's interfaces begin with a letter there, and can't be quoted",
            "give it another name",
            path=path,
            resource=str(offload.id),
        )
    elif not system.rtnl.ifindex(name) if planned is None else planned.after is None:
        yield error(
            "NC6407",
            f"flow_offload: there is no interface {name}",
            "a flowtable takes packets of interfaces that are there",
            "correct the name, or make the interface in the same document",
            path=path,
            resource=str(offload.id),
        )


def _others(table: Table, changes: Mapping[ResourceId, Change], system: System) -> Iterator[Diagnostic]:
    """Verdicts don't cross tables: what's accepted here can still be dropped there."""
    hooks = {text.rpartition(" hook ")[2].split()[0] for text in table.objects if " hook " in text}
    for chain in system.nft.base_chains():
        if (chain.family, chain.table) in ((table.family, table.name), (FAMILY, lapse.BEFORE)):
            continue
        if chain.hook not in hooks:
            continue
        if chain.policy == "drop":
            yield warning(
                "NC2980",
                f"chain {chain.name} of table {chain.family} {chain.table} drops by default",
                "a packet must be accepted by every table: what this firewall accepts, that one may drop",
                "accept it there too, or remove that table",
                path=("firewall",),
                resource=str(table.id),
            )
    ours = changes.get(iptables(NAME))
    going = ours is not None and ours.after is None
    for family, program in ((4, "iptables"), (6, "ip6tables")):
        for name in system.xtables.tables(family):
            found = listing(system.xtables.save(family, name), PREFIX)
            own = found.rules and not going
            if own or any(line.startswith("-A ") or line.endswith(" DROP") for line in found.foreign):
                yield warning(
                    "NC2981",
                    f"there are rules of {program} {name}",
                    "a packet must be accepted by them, too",
                    "move them here, or remove them",
                    path=("firewall",),
                    resource=str(table.id),
                )

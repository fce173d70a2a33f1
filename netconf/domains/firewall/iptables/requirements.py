"""What this host makes of our chains: whether it takes them, can write them, and what's in their way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from netconf.core.change import Change
from netconf.core.diagnostics import Diagnostic, DocumentPath, error, warning
from netconf.core.errors import ObserveError, PlanError, UnsupportedError
from netconf.core.ids import ResourceId, firewall
from netconf.domains.firewall.iptables import names, sets
from netconf.domains.firewall.iptables.change import commit
from netconf.domains.firewall.iptables.plan import networks
from netconf.domains.firewall.iptables.resource import OwnChains, Source, TableRules
from netconf.domains.firewall.lockout import Trial
from netconf.domains.firewall.model import IPV4, IPV6, family_of
from netconf.domains.firewall.networks import collapse
from netconf.domains.firewall.resource import FAMILY, TABLE
from netconf.system.ports import System
from netconf.system.xtables import Complaint, Listing, listing

_PROGRAMS = {4: "iptables", 6: "ip6tables"}
_ROOT: DocumentPath = ("firewall",)


def canonical(wanted: OwnChains, system: System) -> OwnChains:
    """The chains in the kernel's words; raises PlanError where a file or a line isn't right, or can't be
    written. Both are tried where nobody is.
    """
    _refuse_unsaid(wanted)
    if not system.xtables.can_write():
        raise UnsupportedError([_no_library(wanted)])
    whole = _filled(wanted, system) if wanted.files else wanted
    found = system.xtables.canonical(sets.script(whole.sets), [part.given for part in whole.source])
    if isinstance(found, Complaint):
        raise _refused(whole, found)
    listings = [listing(text, names.PREFIX) for text in found]
    _rehearse(whole, listings, system)
    tables = tuple(
        TableRules(part.family, part.table, here.chains, here.jumps, here.rules)
        for part, here in zip(whole.source, listings, strict=True)
    )
    return replace(whole, tables=tables)


def _refuse_unsaid(wanted: OwnChains) -> None:
    findings = [
        error(
            "NC6404",
            f"{what} with the backend iptables",
            "netconf has it for nftables only",
            "write backend: nftables, or leave it out",
            path=path,
            resource=str(wanted.id),
        )
        for what, path in wanted.unsaid
    ]
    if findings:
        raise UnsupportedError(findings)


def _no_library(wanted: OwnChains) -> Diagnostic:
    return error(
        "NC6405",
        "python-iptables is not installed",
        "the backend iptables writes tables with it",
        "install it: pip install 'netconf-host[iptables]', which needs gcc and the headers of Python",
        path=(*_ROOT, "backend"),
        resource=str(wanted.id),
    )


def _filled(wanted: OwnChains, system: System) -> OwnChains:
    from netconf.domains.firewall import files  # brings pydantic, which not every plan needs

    findings: list[Diagnostic] = []
    found = {part.name: part for part in wanted.sets}
    for part in wanted.files:
        members = list(files.members(str(wanted.id), part, system.files.read, findings))
        everything = collapse([*part.networks, *members])
        for family in (IPV4, IPV6):
            name = names.set_of(part.name, family, dynamic=False)
            found[name] = networks(name, family, tuple(m for m in everything if family_of(m) == family))
    if findings:
        raise PlanError(findings)
    return replace(wanted, sets=tuple(found[part.name] for part in wanted.sets), files=())


def _rehearse(wanted: OwnChains, listings: list[Listing], system: System) -> None:
    """Let the library write the tables as they're to be, and see what becomes of them."""
    commits = [
        commit(part.family, part.table, Listing(), here)
        for part, here in zip(wanted.source, listings, strict=True)
    ]
    complaint = system.xtables.rehearse(sets.script(wanted.sets, empty=True), commits)
    if complaint is None:
        return
    part, here = wanted.source[max(complaint.part, 0)], listings[max(complaint.part, 0)]
    rule = here.rules[complaint.line - 1] if 0 < complaint.line <= len(here.rules) else None
    raise UnsupportedError(
        [
            error(
                "NC6406",
                f"python-iptables can't write this for {_PROGRAMS[part.family]}: {complaint.text}",
                f"what is written for it: -A {' '.join(rule)}" if rule else f"table {part.table}",
                "write it in another way, or leave it out",
                path=_path_of_rule(part, here, complaint.line),
                resource=str(wanted.id),
            )
        ]
    )


def _path_of_rule(part: Source, here: Listing, number: int) -> DocumentPath:
    """Where the rule of a listing comes from, by its place among those of the text: a listing has the
    same rules, by chains. Where a line has become several, it's the one that they follow.
    """
    rows = [
        (line.split(" ", 2)[1], path)
        for line, path in zip(part.text.splitlines(), part.paths, strict=True)
        if line.startswith(f"-A {names.PREFIX}")
    ]
    rows.sort(key=lambda row: row[0])
    if len(rows) != len(here.rules) or not 0 < number <= len(rows):
        return _ROOT
    return rows[number - 1][1] or _ROOT


def _refused(wanted: OwnChains, complaint: Complaint) -> PlanError:
    if complaint.part < 0:
        return _refused_sets(wanted, complaint)
    part = wanted.source[complaint.part]
    lines = part.text.splitlines()
    known = 0 < complaint.line <= len(lines)
    written = lines[complaint.line - 1] if known else f"table {part.table}"
    path = (part.paths[complaint.line - 1] if known else ()) or _ROOT
    program = _PROGRAMS[part.family]
    if "raw" in path:
        finding = error(
            "NC2970",
            f"{program} doesn't take it: {complaint.text}",
            f"what is written for it: {written}",
            "correct it",
            path=path,
            resource=str(wanted.id),
        )
        return PlanError([finding])
    finding = error(
        "NC6401",
        f"{program} or this kernel doesn't take it: {complaint.text}",
        f"what is written for it: {written}",
        "load the kernel module it needs, or leave it out",
        path=path,
        resource=str(wanted.id),
    )
    return UnsupportedError([finding])


def _refused_sets(wanted: OwnChains, complaint: Complaint) -> PlanError:
    lines = sets.script(wanted.sets).splitlines()
    written = lines[complaint.line - 1] if 0 < complaint.line <= len(lines) else "its sets"
    finding = error(
        "NC6401",
        f"ipset or this kernel doesn't take it: {complaint.text}",
        f"what is written for it: {written}",
        "load the kernel module it needs, or leave it out",
        path=_ROOT,
        resource=str(wanted.id),
    )
    return UnsupportedError([finding])


def others(wanted: OwnChains, changes: Mapping[ResourceId, Change], system: System) -> Iterator[Diagnostic]:
    """Verdicts don't cross from one to the other: what's accepted here can still be dropped by nftables."""
    ours = changes.get(firewall(FAMILY, TABLE))
    going = ours is not None and ours.after is None
    hooks = {builtin.lower() for table in wanted.tables for builtin, _ in table.jumps}
    try:
        chains = system.nft.base_chains()
    except ObserveError:
        return  # no nft, or none in the kernel: nobody has such rules
    for chain in chains:
        if chain.hook not in hooks or (going and (chain.family, chain.table) == (FAMILY, TABLE)):
            continue
        drops = ", and drops by default" if chain.policy == "drop" else ""
        yield warning(
            "NC2982",
            f"nftables has rules too: chain {chain.name} of table {chain.family} {chain.table}{drops}",
            f"a packet at {chain.hook} must be accepted by both, this firewall and that table",
            "write backend: nftables, or remove that table",
            path=(*_ROOT, "backend"),
            resource=str(wanted.id),
        )


def picked(wanted: OwnChains) -> Iterator[Diagnostic]:
    """With backend auto it's said that it's this one, and why."""
    if wanted.because:
        yield warning(
            "NC2986",
            f"backend auto takes iptables on this host: {wanted.because}",
            "the rules go into chains NC-* of legacy xtables, where what's accepted isn't asked of others' chains",
            "write backend: iptables to say so, or nftables to have it refused",
            path=_ROOT,
            resource=str(wanted.id),
        )


def neither(wanted: OwnChains, because: str, findings: Sequence[Diagnostic]) -> UnsupportedError:
    """With backend auto: this one can't be had, nor the other."""
    first = error(
        "NC6409",
        f"backend auto finds none for this host; nftables: {because}",
        "and so it would be iptables, with which there's what follows",
        "see to one of them",
        path=_ROOT,
        resource=str(wanted.id),
    )
    return UnsupportedError([first, *findings])


def trial(wanted: OwnChains, system: System) -> Trial:
    """Whether it lets people in, tried with the sets and the tables as they're to be."""
    rules = [rule for table in wanted.tables for rule in table.rules]
    texts = [part.given for part in wanted.source]
    script = sets.script(wanted.sets)
    return Trial(
        str(wanted.id),
        any(chain == names.default_chain("INPUT") for chain, _ in rules),
        any('--comment "netconf: management"' in text for _, text in rules),
        lambda session, link: system.xtables.admits(script, texts, session, link),
    )

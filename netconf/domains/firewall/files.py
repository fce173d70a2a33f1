"""Members of sets that stand in files: one a line, read when a plan is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from pydantic_core import PydanticCustomError

from netconf.core.diagnostics import Diagnostic, error
from netconf.domains.firewall import statements as st
from netconf.domains.firewall.model import IPV4, IPV6, family_of
from netconf.domains.firewall.networks import collapse
from netconf.domains.firewall.resource import FileSet, Table
from netconf.domains.firewall.script import elements
from netconf.domains.firewall.words import networks

MOST_ERRORS = 5

Read = Callable[[str], bytes | None]


def filled(table: Table, read: Read) -> tuple[Table, list[Diagnostic]]:
    """The table with the members of its files in its source, and what's wrong with them."""
    findings: list[Diagnostic] = []
    lines = table.source.split("\n")
    origins = list(table.origins)
    for found in table.files:
        found_there = list(members(str(table.id), found, read, findings))
        for family in (IPV4, IPV6):
            own = [m for m in collapse([*found.networks, *found_there]) if family_of(m) == family]
            head = f"\tset {st.set_of(found.name, family)} {{"
            place = lines.index("\t}", lines.index(head))
            new = [f"\t\t{line}" for line in elements([st.short(member) for member in own])]
            lines[place:place] = new
            origins = [o._replace(line=o.line + len(new)) if o.line > place else o for o in origins]
    return replace(table, source="\n".join(lines), origins=tuple(origins), files=()), findings


def members(resource: str, found: FileSet, read: Read, findings: list[Diagnostic]) -> Iterator[str]:
    """What a file holds; `findings` gets what's wrong with it."""
    path = ("firewall", "sets", found.name, "file")
    try:
        raw = read(found.file)
        text = None if raw is None else raw.decode()
    except (OSError, UnicodeDecodeError) as err:
        why = str(err.strerror) if isinstance(err, OSError) else "it isn't UTF-8"
        findings.append(
            error("NC2971", f"{found.file} can't be read", why, "correct it", path=path, resource=resource)
        )
        return
    if text is None:
        findings.append(
            error(
                "NC2971",
                f"there is no file {found.file}",
                f"it's to hold members of the set {found.name}",
                "make it; an empty one will do",
                path=path,
                resource=resource,
            )
        )
        return
    yield from _parsed(resource, found, text, findings)


def _parsed(resource: str, found: FileSet, text: str, findings: list[Diagnostic]) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        word = line.partition("#")[0].strip()
        if not word:
            continue
        try:
            parts = networks(word)
        except PydanticCustomError as err:
            context = err.context or {}
            what, why, fix = (str(context[key]) for key in ("what", "why", "fix"))
        else:
            if found.type != "address" or _are_hosts(parts):
                yield from parts
                continue
            what, why, fix = f"{word} in a set of addresses", "it's a network", "write type: network"
        if len(findings) < MOST_ERRORS:
            findings.append(
                error(
                    "NC2972",
                    f"{found.file}:{number}: {what}",
                    why,
                    fix,
                    path=("firewall", "sets", found.name, "file"),
                    resource=resource,
                )
            )


def _are_hosts(parts: Sequence[str]) -> bool:
    return all(part.endswith("/128" if ":" in part else "/32") for part in parts)

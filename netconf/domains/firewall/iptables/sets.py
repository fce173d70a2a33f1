"""Sets as `ipset restore` reads them and `ipset save` writes them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from netconf.domains.firewall.iptables.names import NEW_SET
from netconf.domains.firewall.iptables.resource import AddressSet, Members


def parse(text: str) -> tuple[AddressSet, Members]:
    """Of one set; its members are the state, too: with the time they have left."""
    head, *lines = text.splitlines()
    _, name, kind, *options = head.split()
    values = dict(zip(options[::2], options[1::2], strict=False))
    added = tuple(sorted(line.split(" ", 2)[2] for line in lines if line.startswith("add ")))
    found = AddressSet(
        name,
        kind,
        values.get("family", "inet"),
        int(values.get("maxelem", 65536)),
        int(values.get("timeout", 0)),
        () if fills_itself(name) else added,
    )
    return found, Members(name, added)


def fills_itself(name: str) -> bool:
    """Whether packets fill the set of that name."""
    return name.startswith(("nc4d-", "nc6d-"))


def create(found: AddressSet, members: Sequence[str] = (), name: str = "") -> Iterator[str]:
    """Commands that make a set, with members of the state instead of its own."""
    name = name or found.name
    timeout = f" timeout {found.timeout}" if found.timeout else ""
    yield f"create {name} {found.type} family {found.family} maxelem {found.size}{timeout}"
    yield from (f"add {name} {member} -exist" for member in members or found.members)


def replace(found: AddressSet, members: Sequence[str] = ()) -> Iterator[str]:
    """Commands that put a set with the same name and type in the place of another, at once."""
    yield from create(found, members, NEW_SET)
    yield f"swap {NEW_SET} {found.name}"
    yield f"destroy {NEW_SET}"


def script(sets: Iterable[AddressSet], *, empty: bool = False) -> str:
    """All of them, from nothing."""
    lines = [line for found in sets for line in create(found._replace(members=()) if empty else found)]
    return "".join(f"{line}\n" for line in lines)

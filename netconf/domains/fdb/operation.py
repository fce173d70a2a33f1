"""Writes to forwarding databases and the `bridge fdb` lines that equal them."""

from __future__ import annotations

from dataclasses import dataclass

from netconf.core.overlay import given
from netconf.domains.fdb.resource import Entry, way


@dataclass(frozen=True, slots=True)
class WriteEntry:
    """In place of what may be known of this address; of one with several destinations one more."""

    entry: Entry

    def describe(self) -> str:
        return f"write {_name(self.entry)}"

    def commands(self) -> tuple[str, ...]:
        one = self.entry
        words = ["bridge fdb", "append" if one.many else "replace", one.lladdr, "dev", one.link, _table(one)]
        words.append("permanent" if is_permanent(one) else "static")
        words += ["sticky"] if one.sticky else []
        words += ["router"] if given(one.router, default=False) else []
        return (" ".join([*words, *_rest(one)]),)


@dataclass(frozen=True, slots=True)
class DeleteEntry:
    entry: Entry

    def describe(self) -> str:
        return f"delete {_name(self.entry)}"

    def commands(self) -> tuple[str, ...]:
        one = self.entry
        return (" ".join(["bridge fdb del", one.lladdr, "dev", one.link, _table(one), *_rest(one)]),)


FdbOperation = WriteEntry | DeleteEntry


def is_permanent(one: Entry) -> bool:
    """A bridge's own entries have to be, and so are those of vxlans if nothing else is said."""
    return given(one.permanent, default=one.tunnel or one.bridge == one.link)


def _name(one: Entry) -> str:
    return f"fdb entry {' '.join([one.lladdr, *_rest(one)])} of {one.link}"


def _table(one: Entry) -> str:
    return "self" if one.tunnel or one.bridge == one.link else "master"


def _rest(one: Entry) -> list[str]:
    words = ["vlan", str(one.vlan)] if one.vlan else []
    words += way(one) if one.tunnel else ()
    return words + (["src_vni", str(one.src_vni)] if one.src_vni else [])

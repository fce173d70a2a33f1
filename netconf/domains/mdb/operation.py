"""Writes to multicast databases and the `bridge mdb` lines that equal them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from netconf.core.overlay import given
from netconf.domains.mdb.resource import STATIC, Membership, words


@dataclass(frozen=True, slots=True)
class AddMembership:
    """In place of what may be known of this group at the port; `replace` is in one step."""

    membership: Membership
    verb: Literal["add", "replace"] = "add"

    def describe(self) -> str:
        return f"{self.verb} {_name(self.membership)}"

    def commands(self) -> tuple[str, ...]:
        one = self.membership
        extra = []
        if one.include or one.sources:
            extra = ["filter_mode", "include" if one.include else "exclude"]
            extra += ["source_list", ",".join(one.sources)] if one.sources else []
        if given(one.protocol, STATIC) != STATIC:
            extra += ["proto", str(one.protocol)]
        return (" ".join([f"bridge mdb {self.verb} {_place(one)} permanent", *words(one), *extra]),)


@dataclass(frozen=True, slots=True)
class DeleteMembership:
    membership: Membership

    def describe(self) -> str:
        return f"delete {_name(self.membership)}"

    def commands(self) -> tuple[str, ...]:
        one = self.membership
        return (" ".join([f"bridge mdb del {_place(one)}", *words(one)]),)


MdbOperation = AddMembership | DeleteMembership


def _place(one: Membership) -> str:
    return f"dev {one.bridge} port {one.link} grp {one.group}"


def _name(one: Membership) -> str:
    return f"group {' '.join([one.group, *words(one)])} of {one.link}"

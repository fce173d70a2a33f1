"""The field cases of tests/domains/NAME/fields.yaml: two documents that differ in one value.

    bases: {NAME: document}
    cases:
      - at: [interfaces, i0, mtu]       where the value stands in the document
        base: NAME                      the rest of it
        values: [1400, 1300]            first and second; null = left out
        changes: {"link[i0]": update}   what the second one changes, all of it
        show: link show dev i0          what `ip -d -j` is asked; `bridge -d -j` if it begins with bridge
        find: [linkinfo, info_data, x]  where its answer has the value; the first object is looked at
        shown: [1400, 1300]             what is there; left out = the values as written
        needs: [link:vlan]              what the host may lack; with `guest` in the machine's first namespace

`elsewhere: {FIELD: FILE}` names the tests of fields that need what a namespace of a test lacks.
`common` has what the cases of a file share; a case's own `at` follows that of it.

`read: net/ipv4/ip_forward` instead of `show` is a file under /proc/sys. `words: [a, b]` instead of `find` are words
of `ip -d` without JSON, which lacks some things; each must be there in its turn only. `lines: [[a], [b]]` alone: what
stands in the program's configuration file with the one value and not with the other (tests/domains/NAME checks those).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from netconf import domains
from netconf.inventory.strictyaml import load
from netconf.inventory.text import Text

DOMAINS = Path(__file__).parents[1] / "domains"


@dataclass(frozen=True)
class Case:
    at: list[str | int]
    values: list[Any]
    changes: dict[str, str] = field(default_factory=dict)
    base: dict[str, Any] = field(default_factory=dict)
    show: str = ""
    find: list[str | int] = field(default_factory=list)
    shown: list[Any] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    lines: list[list[str]] = field(default_factory=list)
    read: str = ""
    needs: list[str] = field(default_factory=list)
    about: str = ""

    @property
    def id(self):
        values = "->".join("" if value is None else str(value).replace(" ", "") for value in self.values)
        return ".".join(map(str, [*self.at, values])) + (f" {self.about}" if self.about else "")

    def document(self, turn):
        """The first (0) or second (1) document."""
        document = {"netconf": 1, **copy.deepcopy(self.base)}
        value = self.values[turn]
        place = document
        for key, following in zip(self.at, self.at[1:], strict=False):
            if isinstance(key, str):
                place = place.setdefault(key, [{}] if isinstance(following, int) else {})
            else:
                place = place[key]
        if value is None:
            place.pop(self.at[-1], None)
        else:
            place[self.at[-1]] = value
        return document

    def expected(self, turn):
        return (self.shown or self.values)[turn]


def load_yaml(path):
    """As documents are read: `on` is text."""
    return load(Text(str(path), path.read_text()))


def elsewhere(domain):
    """The fields that no case can try, by the file of the test that does."""
    file = DOMAINS / domain / "fields.yaml"
    return load_yaml(file).get("elsewhere", {}) if file.exists() else {}


def field_cases(domain):
    """All cases of a domain, of fields.yaml and fields/*.yaml; none if it has no file."""
    folder = DOMAINS / domain
    files = [folder / "fields.yaml", *sorted((folder / "fields").glob("*.yaml"))]
    return [case for file in files if file.exists() for case in _cases(load_yaml(file))]


def _cases(data):
    bases = {"": {}, **data["bases"]}
    common = data.get("common", {})
    for row in data["cases"]:
        case = {**common, **row, "base": bases[row.get("base", common.get("base", ""))]}
        case["at"] = common.get("at", []) + row["at"]
        case["find"] = row.get("find", [])
        yield Case(**case)


SAMPLE = 20
"""Of so many cases one is in the fast tests."""


def parameters():
    """Every case of every registered domain, for parametrize; all but a sample are slow."""
    found = [(domain, case) for domain in domains.REGISTRY for case in field_cases(domain) if not case.lines]
    return [
        pytest.param(case, id=f"{domain}:{case.id}", marks=_marks(case, number))
        for number, (domain, case) in enumerate(found)
    ]


def _marks(case, number):
    marks = [pytest.mark.needs(*(case.needs or ["netns"]))]
    return marks if number % SAMPLE == 0 else [*marks, pytest.mark.slow]

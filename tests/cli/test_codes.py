"""A code says one thing: who looks one up must find one room that tells of it."""

import re
from collections import defaultdict
from pathlib import Path

import netconf

ROOT = Path(netconf.__file__).parent


def test_no_two_rooms_have_a_code_in_common():
    found = defaultdict(set)
    for path in ROOT.rglob("*.py"):
        inside = path.relative_to(ROOT).parts
        room = inside[:2] if inside[0] == "domains" else inside[:1]
        for code in re.findall(r'"(NC\d{4})"', path.read_text()):
            found[code].add("/".join(room))
    assert {code: rooms for code, rooms in found.items() if len(rooms) > 1} == {}

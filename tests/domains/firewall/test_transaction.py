"""A firewall changed, killed or failed anywhere: the old one with its counters and bans, or the new one."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace

import pytest
from contract.snapshot import quiet
from contract.subject import Subject

from netconf.app import documents
from netconf.app.apply import apply_wish
from netconf.app.status import status
from netconf.app.wiring import Host
from netconf.core.errors import ApplyError
from netconf.core.outcome import Outcome
from netconf.domains.firewall.wire import parse
from netconf.system.linux.nft import LinuxNft

pytestmark = pytest.mark.needs("nft:inet")

FIRST = {
    "sets": {
        "bad": {"entries": ["10.0.0.0/8"]},
        "banned": {"type": "address", "dynamic": True, "timeout": "10min"},
    },
    "rules": [
        {"name": "one", "proto": "tcp", "port": 1, "from": "@bad", "action": "drop"},
        {"name": "two", "proto": "tcp", "port": 2, "ban": "banned", "action": "drop"},
        {"name": "three", "proto": "tcp", "port": 3, "action": "accept"},
    ],
}
CHANGES = {
    "rules": {**FIRST, "rules": [*FIRST["rules"][1:], {"name": "four", "action": "accept"}]},
    "members": {**FIRST, "sets": {**FIRST["sets"], "bad": {"entries": ["192.0.2.0/24"]}}},
    "chains": {**FIRST, "defaults": {"input": "drop"}, "management": [{"port": 22}]},
    "nothing": None,
}


class KilledError(BaseException):
    """As no handler expects it."""


def document(firewall):
    return {"netconf": 1} if firewall is None else {"netconf": 1, "firewall": firewall}


def text():
    """The table with its counters and bans, without the time these have left."""
    return re.sub(r" expires \w+", "", LinuxNft().table("inet", "netconf"))


def rules(text):
    found = parse(text)
    return found.objects, found.elements, found.rules


@pytest.fixture
def subject(netns, tmp_path):
    """The first firewall, which has counted and banned."""
    quiet()
    found = Subject(tmp_path)
    found.apply(document(FIRST))
    script = re.sub(
        r"counter packets 0 bytes 0", "counter packets 7 bytes 70", LinuxNft().table("inet", "netconf")
    )
    script = re.sub(r" # handle \d+", "", script)
    ban = "add element inet netconf s_banned4 { 192.0.2.66 timeout 10m expires 9m }\n"
    assert LinuxNft().load(f"delete table inet netconf\n{script}\n{ban}") is None
    assert text().count("packets 7") == 4
    assert "192.0.2.66" in text()
    return found


def ending(subject, wanted, checkpoint):
    host = Host(replace(subject._settings, checkpoint=checkpoint))
    return apply_wish(host, documents.from_plain(wanted, "document"), lambda _: True).ending


def raise_at(number, error):
    """At the number-th place that isn't the journal's: what becomes of that is proven for all domains."""

    def between(place):
        if place.startswith("journal"):
            return
        between.places.append(place)
        if len(between.places) == number:
            raise error

    between.places = []
    return between


@pytest.mark.parametrize("name", CHANGES)
def test_killed_at_every_place(name, subject):
    wanted = document(CHANGES[name])
    before = text()
    number = 0
    while True:
        number += 1
        between = raise_at(number, KilledError())
        try:
            ending(subject, wanted, between)
        except KilledError:
            pass
        else:
            assert len(between.places) < number
            break
        status(subject.host)
        if rules(text()) != rules(before):
            assert subject.plan(wanted) == {}, between.places[-1]
            subject.rollback()
            assert rules(text()) == rules(before)
        if name != "nothing":
            assert "192.0.2.66" in text(), between.places[-1]
            assert '"two"' in text()
    assert number > 4


@pytest.mark.parametrize("name", CHANGES)
def test_a_failure_anywhere_brings_back_counters_and_bans(name, subject):
    wanted = document(CHANGES[name])
    before = text()
    handles = re.compile(r" # handle \d+")
    number = 0
    while True:
        number += 1
        between = raise_at(number, ApplyError("on purpose"))
        try:
            found = ending(subject, wanted, between)
        except ApplyError:
            continue
        if found.outcome is Outcome.COMMITTED:
            break
        if found.outcome is not Outcome.UNCHANGED:
            assert found.outcome is Outcome.ROLLED_BACK
        assert sorted(handles.sub("", text()).splitlines()) == sorted(handles.sub("", before).splitlines())
        assert rules(text()) == rules(before)
    assert number > 4


def test_a_line_the_kernel_refuses_is_told_by_its_rule(subject):
    """What it took in a throw-away namespace it may still refuse here."""
    subprocess.run(["nft", "add", "chain", "inet", "netconf", "x"], check=True)
    between = raise_at(-1, KilledError())

    def interferes(place):
        between(place)
        if place.startswith("apply"):
            subprocess.run(["nft", "delete", "table", "inet", "netconf"], check=False, capture_output=True)

    found = ending(subject, document(CHANGES["members"]), interferes)
    assert found.outcome is Outcome.ROLLED_BACK
    assert '"one"' in text()

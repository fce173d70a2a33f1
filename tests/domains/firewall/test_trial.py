"""A firewall on trial: the kernel goes back by itself, with every process of netconf dead."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace

import pytest
from contract.snapshot import quiet
from contract.subject import Subject
from domains.firewall.hosts import OPEN, RESET, TIMEOUT, accepted, three_hosts
from engine.site import killed
from engine.test_trial import guard, kill_guard, until

from netconf.app import documents, trial
from netconf.app.apply import apply_wish
from netconf.app.recovery import recover_if_possible
from netconf.app.wiring import Host
from netconf.core.errors import ApplyError
from netconf.core.outcome import Outcome
from netconf.domains.firewall import lapse
from netconf.domains.firewall.lapse import BEFORE
from netconf.system.linux.nft import LinuxNft

pytestmark = [pytest.mark.needs("nft:inet"), pytest.mark.slow]

HOST, SERVER = "198.51.100.1", "192.168.1.100"
SECONDS = 3.0
OLD = {
    "management": [{"port": 22}],
    "defaults": {"input": "drop"},
    "sets": {
        "bad": {"entries": ["198.51.100.66"]},
        "banned": {"type": "address", "dynamic": True, "timeout": "10min"},
    },
    "rules": [
        {"name": "bad", "from": "@bad", "action": "drop"},
        {"name": "eighty", "proto": "tcp", "port": 80, "action": "accept"},
    ],
    "nat": [{"name": "to-server", "type": "dnat", "proto": "tcp", "port": 8080, "to": f"{SERVER}:8080"}],
}
NEW = {
    **OLD,
    "rules": [{"name": "ninety", "proto": "tcp", "port": 90, "action": "accept"}],
    "nat": [{"name": "elsewhere", "type": "dnat", "proto": "tcp", "port": 8080, "to": f"{SERVER}:8081"}],
}
ANEW = {**NEW, "defaults": {"input": "drop", "output": "drop", "invalid": "accept"}}


class OnTrial:
    """A site of tests/engine, as far as its functions ask."""

    def __init__(self, root):
        self.root, self.subject = root, Subject(root)

    def host(self):
        from contextlib import nullcontext

        return nullcontext(self.subject.host)

    def apply(self, firewall, seconds=SECONDS):
        wish = documents.from_plain(document(firewall), "document")
        found = apply_wish(self.subject.host, wish, lambda _: True, trial=seconds)
        assert found.ending.outcome is Outcome.ON_TRIAL, found.ending
        return found


def document(firewall):
    found = {"netconf": 1, "sysctl": {"net.ipv4.ip_forward": 1}}
    return found if firewall is None else {**found, "firewall": firewall}


@pytest.fixture
def site(netns, tmp_path):
    quiet()
    found = OnTrial(tmp_path)
    yield found
    if (pid := guard(found)) is not None:
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def hosts(netns):
    with three_hosts() as found:
        yield found


class Ways:
    """What a client finds open, and where translation takes it."""

    def __init__(self, hosts):
        self.client, self.host, self.server = hosts
        self.listeners = {port: self.host.listen(port) for port in (22, 80, 90)}
        self.behind = {port: self.server.listen(port) for port in (8080, 8081)}

    def __call__(self):
        found = {port: self.client.tcp(HOST, port) for port in self.listeners}
        found["66"] = self.client.tcp(HOST, 80, source="198.51.100.66")
        found["nat"] = self.translated()
        return found

    def translated(self):
        how, near = self.client.connect(HOST, 8080)
        near.close()
        if how != OPEN:
            return how
        for port, listener in self.behind.items():
            try:
                accepted(listener)[0].close()
            except TimeoutError:
                continue
            return port
        return None


OLD_WAYS = {22: OPEN, 80: OPEN, 90: TIMEOUT, "66": TIMEOUT, "nat": 8080}
NEW_WAYS = {22: OPEN, 80: TIMEOUT, 90: OPEN, "66": TIMEOUT, "nat": 8081}
NO_WAYS = {22: OPEN, 80: OPEN, 90: OPEN, "66": OPEN, "nat": RESET}
FROM_TO = {
    "rules": (OLD, NEW, OLD_WAYS, NEW_WAYS),
    "anew": (OLD, ANEW, OLD_WAYS, NEW_WAYS),
    "first": (None, NEW, NO_WAYS, NEW_WAYS),
    "gone": (OLD, None, OLD_WAYS, NO_WAYS),
}


@pytest.mark.parametrize("name", FROM_TO)
def test_the_kernel_goes_back_by_itself(name, site, hosts):
    old, new, before, after = FROM_TO[name]
    ways = Ways(hosts)
    site.subject.apply(document(old))
    assert ways() == before
    site.apply(new)
    begun = time.monotonic()
    kill_guard(site)
    text = LinuxNft().table("inet", "netconf")
    found = ways.client.tcp(HOST, 22), {port: ways.client.tcp(HOST, port) for port in (80, 90)}
    assert found == (OPEN, {port: after[port] for port in (80, 90)})
    # Nobody is there any more; the new rules last a second longer than the old ones are asleep.
    time.sleep(max(0.0, begun + SECONDS + 1.2 - time.monotonic()))
    assert guard(site) is None
    assert LinuxNft().table("inet", "netconf").count("\n") == text.count("\n") - bool(new), (
        "nobody changed it"
    )
    assert ways() == before
    notes = recover_if_possible(site.subject.host, "status").notes
    assert ["was interrupted: rolled back" in note for note in notes] == [True]
    assert ways() == before
    assert site.subject.plan(document(old)) == {}
    assert_no_trace()


@pytest.mark.parametrize("name", FROM_TO)
def test_confirmed_it_stays(name, site, hosts):
    old, new, _, after = FROM_TO[name]
    ways = Ways(hosts)
    site.subject.apply(document(old))
    applied = site.apply(new)
    ended = trial.confirm(site.subject.host, applied.tx)
    assert ended.ending.outcome is Outcome.COMMITTED
    assert_no_trace()
    time.sleep(SECONDS + 1.2)
    assert ways() == after
    assert site.subject.plan(document(new)) == {}
    site.subject.rollback()
    assert site.subject.plan(document(old)) == {}


def test_confirmed_after_the_guard_was_killed(site, hosts):
    site.subject.apply(document(OLD))
    applied = site.apply(NEW)
    kill_guard(site)
    assert trial.confirm(site.subject.host, applied.tx).ending.outcome is Outcome.COMMITTED
    assert_no_trace()
    assert site.subject.plan(document(NEW)) == {}


def test_extended_the_kernel_waits_too(site, hosts):
    ways = Ways(hosts)
    site.subject.apply(document(OLD))
    applied = site.apply(NEW, 2.0)
    trial.extend(site.subject.host, applied.tx, 5.0)
    kill_guard(site)
    time.sleep(3.2)
    assert ways() == NEW_WAYS
    time.sleep(2.5)
    assert ways() == OLD_WAYS


def test_the_guard_goes_back_before_that(site, hosts):
    """With counters and bans as they were."""
    ways = Ways(hosts)
    site.subject.apply(document(OLD))
    ban = "add element inet netconf s_banned4 { 192.0.2.66 timeout 10m expires 9m }\n"
    assert LinuxNft().load(ban) is None
    assert ways() == OLD_WAYS
    site.apply(NEW, 1.0)
    until(lambda: guard(site) is None)
    text = LinuxNft().table("inet", "netconf")
    assert "192.0.2.66" in text
    assert "tcp dport 80 counter packets 1 " in text
    assert_no_trace()
    assert site.subject.plan(document(OLD)) == {}
    assert ways() == OLD_WAYS


@pytest.mark.parametrize("place", ["apply.done", "verify.look", "conclude", "trial"])
def test_a_failure_before_the_trial_leaves_no_trace(place, site, hosts):
    ways = Ways(hosts)
    site.subject.apply(document(OLD))

    def fails(here):
        if here == place:
            raise ApplyError("on purpose")

    host = Host(replace(site.subject._settings, checkpoint=fails))
    wish = documents.from_plain(document(ANEW), "document")
    ending = apply_wish(host, wish, lambda _: True, trial=60.0).ending
    assert (ending.outcome, str(ending.cause)) == (Outcome.ROLLED_BACK, "on purpose")
    assert_no_trace()
    assert guard(site) is None
    assert ways() == OLD_WAYS
    assert site.subject.plan(document(OLD)) == {}


def test_all_die_before_the_trial(site, hosts, monkeypatch):
    """Right after the rules are loaded the kernel has the clock already."""
    monkeypatch.setattr(lapse, "SLACK", 1.0)
    ways = Ways(hosts)
    site.subject.apply(document(OLD))

    def dies(here):
        if here == "verify.look":
            os.kill(guard(site), signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)

    def work():
        host = Host(replace(site.subject._settings, checkpoint=dies))
        apply_wish(host, documents.from_plain(document(NEW), "document"), lambda _: True, trial=1.0)

    begun = time.monotonic()
    assert killed(work)
    until(lambda: guard(site) is None)
    assert ways.client.tcp(HOST, 80) == TIMEOUT, "the new rules"
    time.sleep(max(0.0, begun + 1.0 + 1.0 + 1.0 + 1.5 - time.monotonic()))
    assert ways() == OLD_WAYS
    notes = recover_if_possible(site.subject.host, "status").notes
    assert ["was interrupted: rolled back" in note for note in notes] == [True]
    assert_no_trace()
    assert ways() == OLD_WAYS


@pytest.mark.needs("xtables:4", "xtables:6")
@pytest.mark.parametrize("kept", [True, False])
def test_chains_of_xtables_have_the_guard_alone(kept, site, hosts):
    old, new = ({**firewall, "backend": "iptables"} for firewall in (OLD, NEW))
    ways = Ways(hosts)
    site.subject.apply(document(old))
    assert ways() == OLD_WAYS
    applied = site.apply(new, 60.0 if kept else 1.0)
    if kept:
        assert trial.confirm(site.subject.host, applied.tx).ending.outcome is Outcome.COMMITTED
    until(lambda: guard(site) is None)
    assert ways() == (NEW_WAYS if kept else OLD_WAYS)
    assert site.subject.plan(document(new if kept else old)) == {}


def test_the_gate_is_no_secret(site, hosts):
    """What a trial has left in the kernel is a difference, which the next apply takes away."""
    site.subject.apply(document(OLD))
    gate = "add set inet netconf trial { typeof meta nfproto; flags timeout; }\n"
    gate += 'insert rule inet netconf c_input meta nfproto != @trial accept comment "netconf: trial"\n'
    assert LinuxNft().load(gate) is None
    assert site.subject.plan(document(OLD)) == {"firewall[inet netconf]": "update"}
    site.subject.apply(document(OLD))
    assert_no_trace()


def test_in_another_namespace(site):
    inside = {"netconf": 1, "netns": {"fwtrial0": {"firewall": OLD}}}
    changed = {"netconf": 1, "netns": {"fwtrial0": {"firewall": NEW}}}
    site.subject.apply(inside)
    try:
        wish = documents.from_plain(changed, "document")
        found = apply_wish(site.subject.host, wish, lambda _: True, trial=SECONDS)
        assert found.ending.outcome is Outcome.ON_TRIAL
        nft = site.subject.host.system.inside("fwtrial0").nft
        assert "elements = { ipv4 timeout 4s" in nft.table("inet", "netconf")
        assert "elements = { ipv4 timeout 3s" in nft.table("inet", BEFORE)
        until(lambda: guard(site) is None)
        assert "trial" not in nft.table("inet", "netconf") + nft.table("inet", BEFORE)
        assert site.subject.plan(inside) == {}
    finally:
        site.subject.apply({"netconf": 1})


def assert_no_trace():
    nft = LinuxNft()
    assert "trial" not in nft.table("inet", "netconf")
    assert nft.table("inet", BEFORE) == ""

"""Anything may happen, in any order: documents, failures, kills, other people's hands, rollbacks.

A Hypothesis state machine on one network namespace. After success a second plan is empty; after a
failure everything is as before; nothing but a NetconfError ever comes out of the app layer.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from engine.faults import BreakingRtnl, Count, DyingRtnl, RefusingRtnl, with_rtnl
from engine.site import Site, Strike, die, ip, killed, sysctl
from engine.snapshot import assert_same, resting, snapshot
from hypothesis import HealthCheck, Phase, event, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from lab import netns

from netconf.core.errors import (
    ApplyError,
    DiagnosedError,
    NetconfError,
    StateDirError,
    UsageError,
    VerifyError,
)
from netconf.core.outcome import Outcome

EXAMPLES = int(os.environ.get("NETCONF_MACHINE_EXAMPLES", "30"))

PHASES = tuple(Phase) if "NETCONF_MACHINE_SHRINK" in os.environ else (Phase.generate,)
"""Shrinking takes minutes: it's for who looks into a failure."""

IPV4 = [f"10.0.{net}.{host}/{length}" for net in (0, 1) for host in (1, 2, 3) for length in (24, 25)] + [
    "10.2.0.1/32"
]
IPV6 = ["2001:db8::1/64", "2001:db8::2/64", "2001:db8:1::1/64"]
MTUS = [1200, 1400, 1500]


def maybe(strategy):
    return st.none() | strategy


def named(**parts):
    """A dictionary of those parts that aren't None."""
    return st.fixed_dictionaries(parts).map(lambda d: {k: v for k, v in d.items() if v is not None})


def six(text):
    return {"address": text, "flags": ["nodad"]}


ADDRESSES = st.tuples(
    st.lists(st.sampled_from(IPV4), max_size=5, unique=True),
    st.lists(st.sampled_from(IPV6), max_size=2, unique=True).map(lambda found: [six(text) for text in found]),
).map(lambda both: [*both[0], *both[1]])
SYSCTLS = named(
    **{
        "ipv4.rp_filter": maybe(st.integers(0, 2)),
        "ipv4.promote_secondaries": maybe(st.integers(0, 1)),
        "ipv6.accept_ra": maybe(st.integers(0, 1)),
    }
)


def link(**own):
    common = {
        "state": maybe(st.sampled_from(["up", "down"])),
        "mtu": maybe(st.sampled_from(MTUS)),
        "addresses": maybe(ADDRESSES),
        "sysctl": maybe(SYSCTLS),
    }
    return named(**{**common, **own})


def veth(*peers):
    return link(
        kind=st.just("veth"),
        veth=st.sampled_from([{"peer": peer} for peer in peers]),
        master=maybe(st.sampled_from(["br0", "br1", "none"])),
    )


MACVLAN = st.fixed_dictionaries(
    {"parent": st.sampled_from(["c0", "a0"]), "mode": st.sampled_from(["bridge", "private"])}
)
VXLAN = st.fixed_dictionaries({"id": st.integers(10, 11), "port": st.just(4789)})
INTERFACES = named(
    a0=maybe(veth("b0", "b9")),
    b0=maybe(link(address=maybe(st.just("02:00:00:00:00:b0")))),
    c0=maybe(veth("d0", "a9")),
    br0=maybe(link(kind=st.just("bridge"), address=maybe(st.just("02:00:00:00:00:01")))),
    br1=maybe(link(kind=st.just("bridge"))),
    m0=maybe(link(kind=st.just("macvlan"), macvlan=MACVLAN)),
    vx0=maybe(link(kind=st.just("vxlan"), vxlan=VXLAN)),
    own0=maybe(link()),
)
DEVICES = ["a0", "br0", "c0", "m0", "own0"]
ROUTE = named(
    to=st.sampled_from(["default", "10.9.0.0/16", "10.8.0.0/16", "2001:db8:9::/48"]),
    via=maybe(st.sampled_from(["10.0.0.9", "10.0.1.9", "2001:db8::9"])),
    dev=maybe(st.sampled_from(DEVICES)),
    src=maybe(st.sampled_from(["10.0.0.1", "10.0.1.2"])),
    metric=maybe(st.sampled_from([5, 6])),
    mtu=maybe(st.sampled_from([1300, 1400])),
)
DOCUMENTS = named(
    netconf=st.just(1),
    interfaces=INTERFACES,
    routes=maybe(st.lists(ROUTE, max_size=3)),
    sysctl=maybe(
        named(
            **{
                "net.ipv4.ip_forward": maybe(st.integers(0, 1)),
                "net.ipv4.conf.default.rp_filter": maybe(st.integers(0, 1)),
                "net.ipv6.conf.all.forwarding": maybe(st.integers(0, 1)),
            }
        )
    ),
)


def sensible(document):
    """Without most of what would only be refused."""
    links = document["interfaces"]
    for name, entry in links.items():
        if entry.get("mtu") == 1200 or (name == "m0" and "mtu" in entry):
            entry["addresses"] = [a for a in entry.get("addresses", []) if isinstance(a, str)]
        if name == "m0":
            entry.pop("mtu", None)
    for name in ("br0", "br1"):
        if any(entry.get("master") == name for entry in links.values()):
            links.setdefault(name, {"kind": "bridge"})
    if "m0" in links:
        parent = links["m0"]["macvlan"]["parent"]
        links.setdefault(parent, {"kind": "veth", "veth": {"peer": {"a0": "b0", "c0": "d0"}[parent]}})
    keys = set()
    for route in list(document.get("routes", [])):
        six = ":" in route["to"] or ":" in route.get("via", "")
        if "dev" not in route and "via" not in route:
            route["dev"] = "own0"
        if six:
            route.pop("src", None)
        if six and not (":" in route["to"] and ":" in route.get("via", ":")):
            route.pop("via", None)
            route.setdefault("dev", "own0")
        key = (route["to"], route.get("metric"))
        if key in keys:
            document["routes"].remove(route)
        keys.add(key)
    return document


HANDS = st.sampled_from(
    [
        f"address {verb} {address} dev {dev}"
        for verb in ("add", "del")
        for address in (IPV4[0], IPV4[2], IPV4[5], IPV4[7], "10.5.0.1/24", IPV6[0])
        for dev in ("a0", "br0", "own0")
    ]
    + [f"link set {dev} {word}" for dev in ("a0", "br0", "own0", "c0") for word in ("up", "down", "mtu 1400")]
    + [f"link set {dev} {word}" for dev in ("c0", "own1") for word in ("master br0", "nomaster")]
    + [f"route add 10.7.0.0/16 {how} proto zebra" for how in ("dev own0", "via 10.0.0.9", "dev a0", "dev m0")]
    + [f"route add 10.6.0.0/16 {how} metric 9" for how in ("dev own0", "via 10.0.1.9", "dev vx0", "dev br0")]
    + ["link del a0", "link del br0", "link del m0", "route flush proto zebra", "route del default"]
    + ["link add name x0 link own0 type macvlan", "link set x0 up", "link del x0"]
)
FAULTS = st.tuples(
    st.sampled_from(["none", "none", "raise", "kill", "refuse", "break", "die"]), st.integers(0, 30)
)


def restful(rows, zero=frozenset()):
    """Without what follows carriers, which the kernel tells late, and what it makes of it; without
    the addresses of the bridges `zero`. Sorted: connected routes of a network that two links are in
    come in the order in which the links got their addresses.
    """
    out = []
    for row in rows:
        head, found, body = row.partition(": {")
        if not found:
            out.append(row)
        elif '"dst": "ff00::/8"' not in row:
            value = resting(json.loads("{" + body))
            if value.get("qdisc") == "noop":
                value["qdisc"] = "noqueue"  # noop is that of a link that was never up
            if value.get("ifname") in zero:
                value.pop("address")
                value.pop("tso_max_size")
                value.pop("linkinfo")
            out.append(f"{head}: {json.dumps(value)}")
    return tuple(sorted(out))


def emptied(rows):
    """Bridges that have lost their last port have an address of zeros, those that never had one an
    id of zeros: neither can be set again.
    """
    links = (json.loads(row.partition(": ")[2]) for row in rows if row.startswith("ip link"))
    return frozenset(row["ifname"] for row in links if ":0:0:0:0:0" in json.dumps(row.get("linkinfo", "")))


class Machine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(netns.fresh())
        self.site = Site(Path(self.stack.enter_context(tempfile.TemporaryDirectory())))
        # No duplicate address detection, no link-local addresses: they come when carriers do.
        for name in ("default", "all"):
            sysctl(**{f"ipv6__conf__{name}__accept_dad": 0, f"ipv6__conf__{name}__addr_gen_mode": 1})
        ip("link add name own0 type veth peer name own1", "link set own1 up", "link set own0 up")

    def teardown(self):
        self.stack.close()

    @rule(document=DOCUMENTS.map(sensible), fault=FAULTS, singly=st.booleans())
    def apply(self, document, fault, singly):
        path = self.site.root / "document.yml"
        path.write_text(json.dumps(document))
        self.attempt(lambda **more: self.site.apply(str(path), singly=singly, **more), *fault, str(path))

    @rule(back=st.integers(1, 3), fault=FAULTS)
    def rollback(self, back, fault):
        goal = max(0, self.site.generation() - back)
        self.attempt(lambda **more: self.site.rollback(goal, **more), *fault, "")

    def attempt(self, work, how, at, path):
        rows = snapshot()
        zero = emptied(rows)
        before = restful(rows, zero)
        try:
            outcome = self.run(work, how, at)
        except (DiagnosedError, UsageError, StateDirError) as err:
            note(str(err))
            outcome = "refused"
        note(f"{how} {at}: {outcome}")
        event(f"{'apply' if path else 'rollback'} {how}: {outcome}")
        if outcome in ("refused", Outcome.ROLLED_BACK, Outcome.UNCHANGED):
            assert_same(before, outcome, lambda rows: restful(rows, zero))
        elif path:
            assert self.site.changes(path) == [], outcome

    def run(self, work, how, at):
        if how == "raise":
            strike = Strike(at, lambda: raising(strike.name))
            ending = work(checkpoint=strike).ending
        elif how in ("refuse", "break"):
            port = RefusingRtnl if how == "refuse" else BreakingRtnl
            ending = work(wrap=with_rtnl(port, Count(at))).ending
        elif how in ("kill", "die"):
            return self.killed(work, how, at)
        else:
            ending = work().ending
            # What the kernel refuses is one thing, what it takes and doesn't do is our fault.
            assert not isinstance(ending.cause, VerifyError), ending
        note(str(ending))
        assert ending.outcome is not Outcome.ROLLBACK_INCOMPLETE, ending
        return ending.outcome

    def killed(self, work, how, at):
        """Killed, maybe again while recovering; the generation tells which state is right."""
        more = (
            {"checkpoint": Strike(at, die)}
            if how == "kill"
            else {"wrap": with_rtnl(DyingRtnl, Count(at, die))}
        )
        old = self.site.generation()

        def child():
            try:
                work(**more)
            except NetconfError:
                return 0

        if killed(child) and at % 3 == 0:
            killed(lambda: self.site.status(checkpoint=Strike(at // 3, die)))
        self.site.status()
        return Outcome.COMMITTED if self.site.generation() != old else Outcome.ROLLED_BACK

    @rule(command=HANDS)
    def hand(self, command):
        done = subprocess.run(["ip", *command.split()], capture_output=True, text=True, check=False)
        note(f"ip {command}: {done.returncode}")

    @rule()
    def look(self):
        self.site.status()


def raising(name):
    if name.startswith("journal."):
        raise OSError(5, "Input/output error")
    raise ApplyError("refused by the test")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_anything(netns):
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=12,
            deadline=None,
            database=None,
            derandomize="NETCONF_RANDOM" not in os.environ,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
        ),
    )

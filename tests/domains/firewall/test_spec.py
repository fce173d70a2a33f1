"""What a firewall may say, and what it means apart from any backend."""

from __future__ import annotations

from pathlib import Path

import pytest
from contract.cases import load_yaml
from pydantic import ValidationError

from netconf.domains.firewall.model import Addresses, Interfaces
from netconf.domains.firewall.resolve import resolve
from netconf.domains.firewall.spec import Spec
from netconf.inventory.faults import faults

REFUSED = load_yaml(Path(__file__).with_name("refused.yaml"))


def model(**firewall):
    return resolve(Spec.model_validate({"firewall": firewall}).firewall)


def rule(**words):
    return model(rules=[{"name": "r", "action": "accept", **words}]).rules[0]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case['code']}-{case['at'][-1]}")
def test_contradictions_are_told_at_their_place(case):
    with pytest.raises(ValidationError) as caught:
        Spec.model_validate({"firewall": case["firewall"]})
    found = [fault for fault in faults(caught.value, Spec) if fault.type == case["code"]]
    at = [part for part in ("firewall", *case["at"]) if part != "[key]"]
    assert [list(fault.path) for fault in found] == [at]
    assert found[0].context["why"]
    assert found[0].context["fix"]


def test_all_contradictions_are_told_at_once():
    rules = [{"name": "a", "port": 1, "action": "drop"}, {"name": "a", "from": "@x", "action": "drop"}]
    with pytest.raises(ValidationError) as caught:
        Spec.model_validate({"firewall": {"rules": rules}})
    assert [error["type"] for error in caught.value.errors()] == ["NC2930", "NC2940", "NC2938"]


def test_addresses_are_collapsed():
    found = rule(**{"from": ["10.0.0.0/9", "10.128.0.0/9", "192.0.2.1", "2001:db8::1-2001:db8::2"]})
    expected = ("10.0.0.0/8", "192.0.2.1/32", "2001:db8::1/128", "2001:db8::2/128")
    assert found.match.source == Addresses(expected)


def test_sets_and_negation():
    assert rule(to="!10.0.0.0/8").match.destination == Addresses(("10.0.0.0/8",), "", negated=True)
    found = model(sets={"a": {}}, rules=[{"name": "r", "from": "!@a", "action": "drop"}])
    assert found.rules[0].match.source == Addresses((), "a", negated=True)


def test_zones_are_interfaces():
    zones = {"lan": ["eth1", "wg*"], "dmz": ["eth2"]}
    found = model(zones=zones, rules=[{"name": "r", "in": ["@lan", "@dmz", "eth1"], "action": "drop"}])
    assert found.rules[0].match.into == Interfaces(("eth1", "wg*", "eth2"))


@pytest.mark.parametrize(
    ("words", "families"),
    [
        ({}, (4, 6)),
        ({"family": "ipv6"}, (6,)),
        ({"from": "10.0.0.0/8"}, (4,)),
        ({"from": "!10.0.0.0/8"}, (4, 6)),
        ({"from": ["10.0.0.0/8", "2001:db8::/32"]}, (4, 6)),
        ({"from": ["10.0.0.0/8", "2001:db8::/32"], "to": "2001:db8::1"}, (6,)),
        ({"proto": "icmp"}, (4,)),
        ({"proto": ["icmp", "tcp"]}, (4, 6)),
        ({"proto": ["icmp", "icmpv6"]}, (4, 6)),
        ({"icmp": "echo-request"}, (4, 6)),
        ({"icmp": "nd-redirect"}, (6,)),
        ({"icmp": "echo-request", "proto": "icmpv6"}, (6,)),
        ({"icmp": "echo-request", "family": "ipv4"}, (4,)),
    ],
)
def test_families_of_a_rule(words, families):
    assert rule(**words).match.families == families


def test_defaults_open():
    hooks = {hook.name: hook for hook in model().hooks}
    assert not any(hook.established or hook.drop_invalid for hook in hooks.values())
    assert {hook.icmp for hook in hooks.values()} == {"none"}


def test_defaults_closed():
    found = model(defaults={"input": "drop", "invalid": "accept", "log": {"rate": "1/minute"}})
    hook = found.hooks[0]
    assert (hook.established, hook.drop_invalid, hook.icmp) == (True, False, "essential")
    assert hook.log is not None
    assert hook.log.prefix == "input default: "
    assert not found.hooks[1].established


@pytest.mark.parametrize(
    ("to", "address", "ports"),
    [
        ("192.0.2.1", "192.0.2.1", ""),
        ("192.0.2.1:80-90", "192.0.2.1", "80-90"),
        ("2001:db8::1", "2001:db8::1", ""),
        ("[2001:db8::1]:80", "2001:db8::1", "80"),
    ],
)
def test_targets(to, address, ports):
    nat = model(nat=[{"name": "n", "type": "dnat", "proto": "tcp", "port": 80, "to": to}]).nat[0]
    assert (nat.address, nat.ports) == (address, ports)
    assert nat.families == ((6,) if ":" in address else (4,))


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("10.0.0.256", "NC2908"),
        ("10.0.0.01", "NC2908"),
        ("10.0.0.1\n10.0.0.2", "NC2908"),
        ("", "NC2908"),
        ("10.0.0.1/8", "NC2907"),
        ("example.org", "NC2908"),
        ("!10.0.0.1", "NC2935"),
        (7, "NC2905"),
    ],
)
def test_one_wrong_entry_among_many_is_told_at_its_place(entry, code):
    entries = [f"10.1.{n // 250}.{n % 250}" for n in range(1000)]
    assert Spec.model_validate(with_entries(entries)).firewall.sets["s"].entries == [
        (f"{e}/32",) for e in entries
    ]
    entries[500] = entry
    with pytest.raises(ValidationError) as caught:
        Spec.model_validate(with_entries(entries))
    (found,) = caught.value.errors()
    assert (found["type"], found["loc"][:5]) == (code, ("firewall", "sets", "s", "entries", 500))


def with_entries(entries):
    return {"firewall": {"sets": {"s": {"entries": entries}}}}

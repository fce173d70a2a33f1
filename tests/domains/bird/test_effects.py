"""What a change is predicted to do to the protocols that run, and what it really does to a session between two BIRDs."""

from __future__ import annotations

import copy
import re
import subprocess
from datetime import datetime, timedelta

import pytest
from birds import Daemon, until
from domains.bird.test_neighbours import bgp, bird

from netconf.domains.bird.effects import effects
from netconf.domains.bird.render import render
from netconf.domains.bird.spec import Spec

pytestmark = pytest.mark.slow

PEER = """router id 10.99.0.2;
log stderr all;
protocol device { }
protocol bfd { interface "eth0" { min rx interval 100 ms; min tx interval 100 ms; multiplier 3; }; }
protocol bgp b1 { local 10.99.0.2 as 64501; neighbor 10.99.0.1 as 64500; bfd; connect delay time 1; password "k3y";
  error wait time 1, 1; ipv4 { import all; export all; }; ipv6 { import all; export all; }; }
"""

UP = ("protocols", "bgp", "up")
CHANNEL = (*UP, "channels", "ipv4")
EDITS = {
    "nothing": ((), None),
    "description": ((*UP, "description"), "the rack switch"),
    "import limit": ((*CHANNEL, "import_limit"), {"max": 1000}),
    "import policy": ((*CHANNEL, "import"), "none"),
    "export policy": ((*CHANNEL, "export"), "all"),
    "next hop self": ((*CHANNEL, "next_hop_self"), False),
    "preference": ((*CHANNEL, "preference"), 120),
    "a filter": (("filters", "services", "default"), "accept"),
    "a prefix set of a filter": (("prefix_sets", "s"), ["10.0.0.0/9+"]),
    "hold time": ((*UP, "hold_time"), "30s"),
    "default local preference": ((*UP, "default_local_pref"), 200),
    "graceful restart": ((*UP, "graceful_restart"), True),
    "connect retry time": ((*UP, "connect_retry_time"), "9s"),
    "multihop": ((*UP, "multihop"), 3),
    "another channel": ((*UP, "channels", "ipv6"), {}),
    "import table": ((*CHANNEL, "import_table"), True),
    "export table": ((*CHANNEL, "export_table"), True),
    "keep filtered": ((*CHANNEL, "keep_filtered"), True),
    "gateway": ((*CHANNEL, "gateway"), "recursive"),
    "next hop address": ((*CHANNEL, "next_hop_address"), "10.99.0.1"),
    "extended next hop": ((*CHANNEL, "extended_next_hop"), True),
    "check link": ((*UP, "check_link"), True),
    "ospf tick": (("protocols", "ospf", "o", "tick"), "2s"),
    "ospf hello": (("protocols", "ospf", "o", "areas", 0, "interfaces", 0, "hello"), "5s"),
    "add paths": ((*CHANNEL, "add_paths"), "rx"),
    "router id": (("router_id",), "10.0.0.9"),
    "an expectation": ((*UP, "within"), "20s"),
    "bfd interval": (("protocols", "bfd", "links", "interfaces", 0, "min_rx"), "200ms"),
    "device": (("device", "scan_time"), "30s"),
    "an unrelated protocol": (
        ("protocols", "static", "new"),
        {"routes": [{"to": "10.9.0.0/16", "kind": "blackhole"}]},
    ),
    "an unrelated table": (("tables", "t9"), {"family": "ipv4"}),
    "a static route": (("protocols", "static", "a", "routes", 0, "to"), "10.2.0.0/16"),
    "kernel metric": (("protocols", "kernel", "main4", "metric"), 77),
    "merge paths": (("protocols", "kernel", "main4", "merge_paths"), True),
    "kernel export": (("protocols", "kernel", "main4", "channel", "export"), "all"),
    "direct interfaces": (("protocols", "direct", "services", "interfaces"), ["service_*", "eth9"]),
    "rip metric": (("protocols", "rip", "r", "interfaces", 0, "metric"), 3),
    "rip infinity": (("protocols", "rip", "r", "infinity"), 20),
    "ospf cost": (("protocols", "ospf", "o", "areas", 0, "interfaces", 0, "cost"), 55),
    "ospf stub router": (("protocols", "ospf", "o", "stub_router"), True),
    "a name": ((*UP, "bird_name"), "another"),
    "disabled": (("protocols", "rip", "r", "disabled"), True),
}


UNHURRIED = {"links": {"interfaces": [{"pattern": "eth0", "min_rx": "1s", "min_tx": "1s", "multiplier": 10}]}}
"""A busy machine must not end the session by itself."""


def edited(document, path, value):
    found = copy.deepcopy(document)
    place = found["bird"]
    for step in path[:-1]:
        place = place.setdefault(step, {}) if isinstance(place, dict) else place[step]
    if path:
        place[path[-1]] = value
    return found


@pytest.mark.slow
@pytest.mark.needs("bin:bird", "netns")
def test_what_restarts_is_what_was_predicted(pair):
    """One daemon for all edits, since a session takes its time: each edit is made, looked at and taken back."""
    pair.peer = Daemon(pair.home / "peer", PEER, pair.other.inside).start()
    base = _base(pair)
    pair.apply(base)
    wrong = {}
    for name, (path, value) in EDITS.items():
        document = edited(base, path, value)
        predicted = {
            told.partition(":")[0]
            for told in effects(_text(base), _text(document))
            if ": restart" in told or told.endswith((": starts", ": stops")) or _restarts_here(told)
        }
        # A session that was just made may be lost once more by itself.
        found = [_really(pair, base, document, predicted)]
        if found[0] != predicted:
            found.append(_really(pair, base, document, predicted))
        if found[-1] != predicted:
            wrong[name] = {"predicted": sorted(predicted), "really": [sorted(names) for names in found]}
    assert wrong == {}


def _restarts_here(told):
    """Whether a later version is spoken of, and this is one."""
    match = re.search(r"restart from BIRD (\d+)\.(\d+) on", told)
    said = subprocess.run(["bird", "--version"], capture_output=True, text=True, check=True)
    here = re.findall(r"\d+", said.stdout + said.stderr)
    return match is not None and tuple(map(int, match.groups())) <= tuple(map(int, here[:2]))


def _really(pair, base, document, predicted):
    """What restarts with an edit; the prediction if that speaks of all, and any does."""
    before = pair.bird.protocols()
    pair.apply(document)
    until(lambda: "Established" in str(pair.bird.protocols()), 20)
    found = _restarted(before, pair.bird.protocols())
    pair.apply(base)
    until(lambda: pair.bird.protocols()["nc_bgp_up"][2] == "Established", 20)
    if any("all protocols" in words for words in predicted):
        return predicted if found & (set(before) - {"device1"}) else set()
    return found


def _base(pair):
    found = bird(
        {
            "bfd": UNHURRIED,
            "bgp": {"up": bgp(pair, announces=[], connect_retry_time="5s")},
            "static": {"a": {"routes": [{"to": "10.1.0.0/16", "kind": "blackhole"}]}},
            "rip": {"r": {"interfaces": [{"pattern": "eth0"}]}},
            "ospf": {"o": {"areas": [{"id": 0, "interfaces": [{"pattern": "eth0", "type": "ptp"}]}]}},
        },
        prefix_sets={"s": ["10.0.0.0/8+"]},
    )
    found["filters"] = copy.deepcopy(found["filters"])
    found["filters"]["services"]["rules"].append({"match": {"prefix_set": "s"}, "action": "reject"})
    return pair.document(copy.deepcopy(found), start=True)


def _text(document):
    document = copy.deepcopy(document)
    return render(Spec.model_validate({"bird": document["bird"]}).bird).text


def _restarted(before, after):
    """Those that came, went, or are up since another time."""
    return {
        name
        for name in before.keys() | after.keys()
        if name not in before or name not in after or not _is_same(before[name], after[name])
    }


def _is_same(one, other):
    """By state and time. What is shown comes from two clocks, and may differ by a millisecond."""
    times = [datetime.fromisoformat(found[1]) for found in (one, other)]
    return one[0] == other[0] and abs(times[0] - times[1]) < timedelta(milliseconds=5)


def test_of_a_file_by_hand_nothing_is_known():
    assert effects("protocol device { }\n", "x")[0].endswith("anything may restart")

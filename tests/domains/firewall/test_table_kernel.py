"""Tables as values, from one to another, on a real kernel: what stays keeps its state."""

from __future__ import annotations

import re
import subprocess

import pytest

from netconf.core.change import Change
from netconf.domains.firewall.change import lower
from netconf.domains.firewall.resource import Table
from netconf.domains.firewall.wire import parse
from netconf.system.linux.nft import LinuxNft
from netconf.system.ports import NftChain, NftComplaint

pytestmark = pytest.mark.needs("nft:inet")

SETS = """\
	set s_bad4 {
		type ipv4_addr
		flags interval
		elements = { 10.0.0.0/8, 203.0.113.0/24 }
	}
	set b_banned4 {
		type ipv4_addr
		size 65535
		flags dynamic,timeout
		timeout 10m
	}
"""


def text(*rules, policy="accept", sets=SETS):
    lines = "".join(f"\t\t{rule}\n" for rule in rules)
    hook = f"\t\ttype filter hook input priority filter; policy {policy};\n"
    return f"table inet netconf {{\n{sets}\tchain input {{\n{hook}{lines}\t}}\n}}\n"


def port(number, counter="counter"):
    return f'tcp dport {number} {counter} accept comment "p{number}"'


def as_read(listing, source=None):
    found = parse(listing)
    handles = () if source else found.handles
    return Table(
        "inet", "netconf", found.objects, found.elements, found.rules, source or listing, handles=handles
    )


def wanted(source):
    listing = LinuxNft().canonical(source, "inet", "netconf")
    assert isinstance(listing, str), listing
    return as_read(listing, source)


def there():
    return as_read(LinuxNft().table("inet", "netconf"))


def change(before, after):
    [operation] = lower(Change(after.id if after else before.id, before, after))
    assert LinuxNft().load(operation.script) is None, operation.script
    return operation.script


def ruleset():
    """Without what runs by itself: the time that bans have left."""
    return re.sub(r" expires \w+", "", nft("-a", "list", "ruleset"))


def nft(*words):
    done = subprocess.run(["nft", *words], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def loaded(netns):
    change(None, wanted(text(port(1, "counter packets 7 bytes 70"), port(2, "counter packets 8 bytes 80"))))
    nft("add", "element", "inet", "netconf", "b_banned4", "{ 192.0.2.66 }")
    return there()


def counters():
    return [line.split("packets ")[1].split()[0] for line in parse(there().source).loadable]


def banned():
    return dict(parse(there().source).dynamic).get("b_banned4", ())


@pytest.mark.parametrize(
    ("ports", "kept"),
    [
        ((1, 2, 3), ["7", "8", "0"]),
        ((3, 1, 2), ["0", "7", "8"]),
        ((1, 3, 4, 2), ["7", "0", "0", "8"]),
        ((2,), ["8"]),
        ((3, 2), ["0", "8"]),
        ((), []),
    ],
)
def test_rules_that_stay_keep_their_counters(loaded, ports, kept):
    want = wanted(text(*map(port, ports)))
    assert "delete table" not in change(loaded, want)
    assert there() == want
    assert counters() == kept
    assert len(banned()) == 1


def test_moved_rules_are_in_the_new_order(loaded):
    want = wanted(text(port(2), port(1)))
    change(loaded, want)
    assert there() == want


def test_elements_change_without_the_rules(loaded):
    want = wanted(text(port(1), port(2), sets=SETS.replace("10.0.0.0/8", "10.0.0.0/9, 10.128.0.0/16")))
    change(loaded, want)
    assert there() == want
    assert dict(want.elements)["s_bad4"] == ("10.0.0.0/9", "10.128.0.0/16", "203.0.113.0/24")
    assert counters() == ["7", "8"]


def test_the_last_element_goes(loaded):
    want = wanted(text(port(1), sets=SETS.replace("\t\telements = { 10.0.0.0/8, 203.0.113.0/24 }\n", "")))
    change(loaded, want)
    assert there() == want


def test_made_anew_with_counters_and_bans(loaded):
    want = wanted(text(port(3), port(2), policy="drop"))
    assert "delete table" in change(loaded, want)
    assert there() == want
    assert counters() == ["0", "8"]
    assert [element.split()[0] for element in banned()] == ["192.0.2.66"]


def test_back_to_what_was_read(loaded):
    want = wanted(text(port(3), policy="drop", sets=""))
    change(loaded, want)
    assert banned() == ()
    change(there(), loaded)
    assert there() == loaded
    assert counters() == ["7", "8"]
    assert [element.split()[0] for element in banned()] == ["192.0.2.66"]


def test_deleted_and_made_again_from_its_image(loaded):
    change(loaded, None)
    assert LinuxNft().table("inet", "netconf") == ""
    change(None, loaded)
    assert there() == loaded
    assert counters() == ["7", "8"]


def test_packets_are_no_difference(loaded):
    nft("reset", "counters")
    nft("add", "element", "inet", "netconf", "b_banned4", "{ 192.0.2.67 }")
    assert there() == loaded


@pytest.mark.parametrize(
    "command",
    [
        ("add", "rule", "inet", "netconf", "input", "tcp dport 1 counter accept"),
        ("delete", "element", "inet", "netconf", "s_bad4", "{ 10.0.0.0/8 }"),
        ("chain", "inet", "netconf", "input", "{ policy drop; }"),
        ("add", "table", "inet", "netconf", "{ flags dormant; }"),
        ("add", "set", "inet", "netconf", "x1", "{ type ipv4_addr; }"),
    ],
    ids=["rule", "element", "policy", "dormant", "set"],
)
def test_hands_of_others_are_a_difference(loaded, command):
    nft(*command)
    assert there() != loaded


def test_quoted_text_is_no_state(netns):
    odd = 'tcp dport 1 log prefix "counter packets 1 bytes 2, }" counter accept comment "odd"'
    want = wanted(text(odd))
    change(None, want)
    assert there() == want
    assert '"counter packets 1 bytes 2, }"' in want.rules[0][1]


def test_a_script_that_fails_changes_nothing(loaded):
    first = ruleset()
    script = "delete table inet netconf\n" + text(port(5), "jump nowhere")
    assert LinuxNft().load(script) == NftComplaint(
        script.splitlines().index("\t\tjump nowhere") + 1, _NO_SUCH
    )
    assert ruleset() == first


_NO_SUCH = "Could not process rule: No such file or directory"


def test_trying_out_touches_nothing(loaded):
    first = ruleset()
    complaint = LinuxNft().canonical(text("tcp dport 1 bogus"), "inet", "netconf")
    assert isinstance(complaint, NftComplaint)
    assert wanted(text(port(9))) != loaded
    assert ruleset() == first


def test_base_chains_of_all_tables(loaded):
    nft("add", "table", "ip", "other")
    nft("add", "chain", "ip", "other", "f", "{ type filter hook forward priority 0; policy drop; }")
    nft("add", "chain", "ip", "other", "plain")
    assert set(LinuxNft().base_chains()) == {
        NftChain("inet", "netconf", "input", "input", "accept"),
        NftChain("ip", "other", "f", "forward", "drop"),
    }

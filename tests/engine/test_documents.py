"""Laws on pairs of random documents, among other people's things: what is applied is there, what fails or dies leaves
nothing, every way back leads to what there was.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import time

import pytest
from contract.snapshot import differences, quiet, snapshot
from engine.documents import Documents
from engine.site import Strike, Trace, die, killed
from engine.snapshot import resting

from netconf.core.errors import ApplyError, DiagnosedError, NetconfError, StateDirError, VerifyError
from netconf.core.outcome import Outcome

CASES = int(os.environ.get("NETCONF_DOCUMENTS", "100" if "NETCONF_RANDOM" in os.environ else "6"))
FIRST = random.randrange(1 << 32) if "NETCONF_RANDOM" in os.environ else 1

SECONDS = 4.0
"""How late the kernel tells of carriers, and does what follows from them, at most."""

OF_THE_PAST = {"qdisc", "promiscuity", "tso_max_size", "tso_max_segs"}
"""A link that was never up has no qdisc; one that was down when the last macvlan went from it stays promiscuous; what a
macvlan can send at once follows its parent, and that what it had for ports.
"""

SORTED = ("route show table all", "neigh show nud permanent", "neigh show proxy")
"""Connected routes to the same network stand in the order in which their links got the addresses."""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(FIRST, FIRST + CASES))
def test_laws_hold_for_documents(seed, site):
    chance = random.Random(seed)
    documents = Documents(chance)
    begin(documents.foreign())
    none = look()
    first = documents.document()
    if not commit(site, first):
        return
    base, old = site.generation(), settled()
    second = documents.near(first) if chance.random() < 0.7 else documents.document()
    trace = Trace()
    if commit(site, second, checkpoint=trace) and site.generation() > base:
        back(site, base, old)
        fail(site, second, old, chance.randrange(len(trace)))
        kill(site, second, old, chance.randrange(len(trace)))
    back(site, 0, none)
    repair(site, first, documents.drift(first))


def begin(commands):
    quiet()
    lines = ["link add name own0 type veth peer name own1", "link set own1 up", "link set own0 up", *commands]
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)
    last, end = look(), time.monotonic() + SECONDS
    while (now := look()) != last and time.monotonic() < end:
        last = now


def settled():
    """How it looks when duplicate address detection is over wherever it goes on: only then there are local routes."""
    end = time.monotonic() + SECONDS
    while _detecting() and time.monotonic() < end:
        time.sleep(0.1)
    return look()


def _detecting():
    shown = subprocess.run(["ip", "-j", "-6", "address", "show"], check=True, capture_output=True, text=True)
    return any(
        address.get("tentative") and not address.get("dadfailed")
        for link in json.loads(shown.stdout or "[]")
        if "LOWER_UP" in link.get("flags", ())
        for address in link.get("addr_info", ())
    )


def commit(site, document, **more):
    """Whether it was applied; what is refused, by us or the kernel, has changed nothing."""
    path, before = written(site, document), look()
    try:
        ending = site.apply(path, **more).ending
    except DiagnosedError as err:
        assert all(finding.code != "NC3001" for finding in err.diagnostics), err
        assert_looks(before, err)
        return False
    assert not isinstance(ending.cause, VerifyError), ending
    if ending.outcome is Outcome.ROLLED_BACK:
        assert_looks(before, ending)
        return False
    assert ending.outcome in (Outcome.COMMITTED, Outcome.UNCHANGED), ending
    assert site.changes(path) == []
    return True


def back(site, generation, wanted):
    if site.generation() == generation:
        return
    ending = site.rollback(generation).ending
    assert ending.outcome in (Outcome.COMMITTED, Outcome.UNCHANGED), ending
    assert_looks(wanted, f"back to {generation}")


def fail(site, document, old, at):
    base = site.generation()
    strike = Strike(at, lambda: broken(strike.name))
    try:
        ending = site.apply(written(site, document), checkpoint=strike).ending
    except StateDirError as err:
        assert_looks(old, err)
        return
    if ending.outcome is Outcome.ROLLED_BACK:
        assert_looks(old, strike)
    else:
        assert ending.outcome in (Outcome.COMMITTED, Outcome.NOT_DURABLE), ending
        back(site, base, old)


def broken(name):
    if name.startswith("journal."):
        raise OSError(5, "Input/output error")
    raise ApplyError("refused by the test")


def kill(site, document, old, at):
    base = site.generation()

    def child():
        try:
            site.apply(written(site, document), checkpoint=Strike(at, die))
        except NetconfError:
            return 0

    killed(child)
    site.status()
    if site.generation() == base:
        assert_looks(old, f"killed at {at}")
    else:
        back(site, base, old)


def repair(site, document, command):
    """What still can be, is repaired; a link of others that is gone or down isn't ours to bring back."""
    if commit(site, document):
        subprocess.run(["ip", *command.split()], check=False, capture_output=True)
        commit(site, document)


def written(site, document):
    path = site.root / "document.yml"
    path.write_text(json.dumps(document))
    return str(path)


def look():
    found = resting(snapshot())
    for what in ("link show", "addr show"):
        found[what] = [_in_itself(row) for row in found[what]]
    for what in SORTED:
        found[what] = sorted(found[what], key=json.dumps)
    return found


def _in_itself(row):
    """A link without what comes from others, or from its past. Ports of a bridge are numbered as they come; IPv6
    addresses that stay aren't moved for the order of those that come back.
    """
    port = row.get("linkinfo", {}).get("info_slave_data", {})
    for name in ("id", "no"):
        port.pop(name, None)
    addresses = row.get("addr_info", [])
    addresses.sort(key=lambda one: one["local"] if one["family"] == "inet6" else "")
    return {key: value for key, value in row.items() if key not in OF_THE_PAST}


def assert_looks(wanted, what):
    end = time.monotonic() + SECONDS
    while differs := differences(wanted, look()):
        assert time.monotonic() < end, f"{what}\n" + "\n".join(differs[:20])
        time.sleep(0.1)

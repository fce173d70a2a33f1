"""Work beside a block: done when it ends, wherever it failed."""

from __future__ import annotations

import sys
import threading

import pytest
from engine.site import Trace

from netconf.app import apply
from netconf.core.errors import ApplyError
from netconf.core.outcome import Outcome
from netconf.engine import execute
from netconf.engine.meanwhile import Meanwhile
from netconf.engine.rollback import Exactness


def test_it_is_done_beside_the_block():
    begun, seen = threading.Event(), threading.Event()

    def work():
        begun.set()
        assert seen.wait(10)
        return 7

    usual, beside = sys.getswitchinterval(), Meanwhile(work)
    with beside:
        assert begun.wait(10)
        seen.set()
    assert beside.result() == 7
    assert sys.getswitchinterval() == usual
    assert threading.active_count() == 1


def test_what_it_raises_is_raised_where_it_is_asked_for():
    def work():
        raise ValueError("no")

    beside = Meanwhile(work)
    with beside:
        pass
    with pytest.raises(ValueError, match="no"):
        beside.result()


def test_what_the_block_raises_ends_it_too():
    ended = threading.Event()
    with pytest.raises(KeyError), Meanwhile(ended.set):
        raise KeyError
    assert ended.is_set()
    assert threading.active_count() == 1


def test_without_a_block_it_is_done_when_it_is_asked_for():
    assert Meanwhile(threading.current_thread).result() is threading.main_thread()


def test_a_plan_whose_later_waves_are_worked_out_ahead(site, monkeypatch):
    """It's done, and undone wherever it fails, as one whose waves are worked out in turn."""
    monkeypatch.setattr(execute, "FEW", 0)
    monkeypatch.setattr(apply, "FEW", 0)
    links = "a: {kind: veth, veth: {peer: b}, addresses: [192.0.2.1/24]}, b: {state: up}, br: {kind: bridge}"
    routes = "[{to: 198.51.100.0/24, via: 192.0.2.9, dev: a}]"
    document, empty, trace = (
        site.document(f"interfaces: {{{links}}}\nroutes: {routes}"),
        site.document(""),
        Trace(),
    )
    assert site.apply(document, checkpoint=trace).ending.outcome is Outcome.COMMITTED
    assert site.changes(document) == []
    assert site.apply(empty).ending.cause is None
    waves = [name for name in trace if name.startswith("apply.")]
    assert len({*waves}) > 3
    for name in waves:
        ending = site.apply(document, checkpoint=failing(name)).ending
        assert isinstance(ending.cause, ApplyError)
        assert ending.restored.exactness is Exactness.EXACT, (name, ending)
        assert site.changes(empty) == []
    assert threading.active_count() == 1


def failing(wanted):
    def checkpoint(name):
        if name == wanted:
            raise ApplyError("refused by the test")

    return checkpoint

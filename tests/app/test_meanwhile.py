"""Work beside a block: done when it ends, wherever it failed."""

from __future__ import annotations

import sys
import threading

import pytest

from netconf.app.meanwhile import Meanwhile


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

"""What is captured is what is there: applied in an empty namespace it comes to the same, and here it plans nothing."""

from __future__ import annotations

import pytest
from contract import random_states
from contract.snapshot import differences, quiet
from contract.subject import Subject
from lab import netns as namespaces

from netconf.app import documents
from netconf.inventory.files import FileContent
from netconf.inventory.writer import to_yaml

FAST = 15
SIMPLE = [pytest.param(seed, marks=[] if seed < FAST else pytest.mark.slow) for seed in range(140)]
RICH = range(1000, 1060)


@pytest.mark.parametrize("seed", SIMPLE)
def test_captured_state_is_a_fixpoint(seed, netns, tmp_path):
    assert_fixpoint(seed, random_states.SIMPLE, tmp_path)


@pytest.mark.needs(*(f"link:{kind}" for kind in random_states.MORE))
@pytest.mark.parametrize("seed", RICH)
def test_captured_state_with_all_kinds(seed, netns, tmp_path):
    assert_fixpoint(seed, (*random_states.MORE, *random_states.SIMPLE[:3]), tmp_path)


def assert_fixpoint(seed, kinds, tmp_path):
    with namespaces.fresh():
        quiet()
        story = "\n".join(random_states.build(seed, kinds))
        here = Subject(tmp_path / "here")
        captured = here.capture()
        assert here.plan(captured) == {}, story
    with namespaces.fresh():
        quiet()
        elsewhere = Subject(tmp_path / "elsewhere")
        elsewhere.apply(captured)
        told = differences(captured, elsewhere.capture())
        assert not told, "\n".join([*told, story])


def test_the_text_of_a_capture_is_read_as_the_same_document(netns, tmp_path):
    quiet()
    random_states.build(7)
    captured = Subject(tmp_path).capture()
    content = FileContent("captured", to_yaml(captured).encode(), "")
    assert documents.from_content(content).data == captured

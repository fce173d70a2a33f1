"""Objects that are made quickly are like any other frozen dataclass."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from typing import ClassVar

import pytest

from netconf.core.overlay import UNSET, Unset, matches
from netconf.core.quick import quick


class Thing:
    __slots__ = ("_kept",)


@quick
@dataclass(frozen=True, slots=True)
class Quick(Thing):
    made: ClassVar[Callable[..., Quick]]

    name: str
    size: int = 3
    colour: str | Unset = UNSET
    place: int = field(default=0, compare=False)


def test_like_any_other():
    one = Quick("a", colour="red")
    assert (one.name, one.size, one.colour, one.place, one._kept) == ("a", 3, "red", 0, None)
    assert type(one) is Quick
    assert one == Quick("a", 3, "red", 7) != replace(one, size=4)
    assert hash(one) == hash(Quick("a", 3, "red", 7))
    with pytest.raises(FrozenInstanceError):
        one.size = 4
    with pytest.raises(TypeError, match="name"):
        Quick()


def test_made():
    one, other = Quick.made("a", 4, colour="red"), Quick("a", 4, "red")
    assert [field.name for field in fields(Quick)] == ["name", "size", "colour", "place"]
    assert (type(one), one, one.place, one._kept) == (Quick, other, 0, None)
    with pytest.raises(FrozenInstanceError):
        one.size = 5
    with pytest.raises(TypeError, match="name"):
        Quick.made()


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_copies_are_whole(again):
    found = again(Quick("a", colour="red", place=2))
    assert found == Quick("a", colour="red")
    assert (found.place, found._kept) == (2, None)


def test_what_has_to_be_made_field_by_field():
    @dataclass(frozen=True, slots=True)
    class Listed:
        names: list[str] = field(default_factory=list)

    with pytest.raises(TypeError, match="Listed"):
        quick(Listed)


@pytest.mark.parametrize(("name", "value"), [("name", "b"), ("size", 4), ("colour", "blue")])
def test_every_compared_field_counts(name, value):
    one = Quick("a", colour="red")
    assert matches(one, one)
    assert not matches(one, replace(one, **{name: value}))
    assert matches(Quick("a"), one)
    assert matches(one, replace(one, place=9))

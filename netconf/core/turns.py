"""Whose turn new objects take that need the same: they go by their places, else by their ids. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter

from netconf.core.change import Change
from netconf.core.resource import Resource

_place = attrgetter("place")


def turns(numbers: Sequence[int], changes: Sequence[Change]) -> Mapping[int, int]:
    """Of changes of one kind, by their numbers, in the order of their ids: which one takes the turn of which. Empty =
    each its own.
    """
    objects = [changes[number].after for number in numbers]
    if type(objects[0] or Resource()).place is Resource.place:
        return {}  # none of its class has a place
    places = [_place(one) for one in objects]
    if places == sorted(places):
        return {}
    found = [number for _, number in sorted(zip(places, numbers, strict=True))]
    return dict(zip(numbers, found, strict=True))

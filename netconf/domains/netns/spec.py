"""What a user may write about network namespaces, besides what is in them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from netconf.grammar import Strict, reject, shown

_LONGEST = 255
"""Octets of a file name."""


def _name(value: str) -> str:
    bad = value in {"", ".", ".."} or "/" in value or len(value.encode()) > _LONGEST
    if bad or value.startswith("-") or not value.isprintable() or any(c.isspace() for c in value):
        reject(
            "NC2601",
            f"{shown(value)} is not a name for a network namespace",
            "it's a file name under /run/netns and a word on command lines",
            "use letters, digits, _ . -",
        )
    return value


NetnsName = Annotated[str, AfterValidator(_name)]


class Namespace(Strict):
    """A network namespace. The other keys are the sections of a document, for what is in it."""

    state: Literal["present", "absent"] = Field(
        "present", description="absent: there shall be no such namespace"
    )


class Spec(Strict):
    """The part of a document that describes network namespaces."""

    netns: dict[NetnsName, Namespace] = Field(
        default_factory=dict, description="network namespaces by name, and what is in them"
    )

"""What a user may write about network namespaces, besides what is in them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from netconf.grammar import Strict
from netconf.grammar.names import NetnsName


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

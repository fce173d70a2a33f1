"""The configuration of one BIRD daemon, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from netconf.core import ids
from netconf.core.ids import ResourceId
from netconf.core.image import PRIVATE, TOLD, TRANSIENT
from netconf.core.resource import Resource
from netconf.domains.bird.text import Origin

NOT_RUNNING = ""
FOREIGN = "unknown"
"""What a daemon runs that wasn't given a revision by us."""


@dataclass(frozen=True, slots=True)
class BirdConfig(Resource):
    """The file and what the daemon runs.

    `text` is the file's, passwords blanked (secrets.py), None = there is none. `running` is the
    revision that the daemon says it runs. While a candidate is tried, `text` is the candidate's.
    `waiting` is what it hasn't come to yet, for at most `patience` seconds.
    """

    config: str
    socket: str
    text: str | None = field(metadata=PRIVATE)
    running: str
    binary: str = field(default="bird", compare=False)
    user: str = field(default="", compare=False)
    group: str = field(default="", compare=False)
    start: tuple[str, ...] = field(default=(), compare=False)
    effects: tuple[str, ...] = field(default=(), compare=False, metadata=TOLD)
    origins: tuple[Origin, ...] = field(default=(), compare=False, metadata=TRANSIENT)
    waiting: str = field(default="", compare=False, metadata=TRANSIENT)
    patience: float = field(default=0.0, compare=False, metadata=TRANSIENT)

    nested: ClassVar[Mapping[str, type]] = {"origins": Origin}

    @property
    def id(self) -> ResourceId:
        return ids.bird(self.config, self.socket)

"""Kinds of resources: the class, and what becomes of an object that is no longer named."""

from __future__ import annotations

import enum
from typing import NamedTuple

from netconf.core.resource import Resource


class Release(enum.Enum):
    """What happens to an object of a kind when the document no longer names it."""

    REMOVE = "removed if netconf made it, else left"
    RESTORE = "put back to its value before netconf managed it, left if it had none"
    LEAVE = "left as it is"
    UNDO = "removed if netconf made it, else put back as it was before"


class Kind(NamedTuple):
    """A kind of resource: its class and what becomes of it when it's no longer named. `durable`
    ones are files, which outlive a reboot where the kernel's state doesn't.
    """

    resource: type[Resource]
    release: Release
    durable: bool = False

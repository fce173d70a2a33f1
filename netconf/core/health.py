"""Services that are announced while they work, and what is known of them."""

from __future__ import annotations

import enum
from typing import NamedTuple


class When(enum.StrEnum):
    """When a service is announced."""

    CHECK = "check"
    ALWAYS = "always"
    NEVER = "never"


class Check(NamedTuple):
    """How it's found out whether a service works: `kind` is tcp (address and port), http (URL and
    expected status, 0 = any from 200 to 399) or exec (words of a command). Times in seconds. A
    service works after `rise` good answers on end, and no more after `fall` bad ones.
    """

    kind: str
    target: tuple[str, ...]
    interval: float
    timeout: float
    rise: int
    fall: int
    status: int = 0


class Service(NamedTuple):
    """A service: its prefixes stand in a table of the kernel while it's announced, or else its
    interface has carrier.
    """

    name: str
    when: When
    prefixes: tuple[str, ...] = ()
    interface: str = ""
    table: int = 0
    check: Check | None = None


class ServiceStanding(NamedTuple):
    """What is known of a service. `state` is announced, withdrawn, drained or failed (it can't be
    announced: `reason`); `since` in seconds since the epoch.
    """

    name: str
    state: str
    since: float
    reason: str


class Checked(NamedTuple):
    """What one check of a service said, "" = it works; None = it has none."""

    service: Service
    complaint: str | None

"""What a protocol must come to, written as comments into bird.conf: so the file that a daemon runs
says by itself what is to be verified, whoever looks, and the revision covers it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from netconf.core.duration import milliseconds

ANY = "any"
DEFAULT = ("up", "10s")

BY_KIND = {
    "bgp": ("established", "30s"),
    "ospf": ("up", "60s"),
    "rip": ("up", "15s"),
    "babel": ("up", "15s"),
    "rpki": (ANY, "10s"),
}
"""State and time. RIP holds back an update for up to 5 s (RFC 2453 section 3.10.1); an OSPF network
with broadcast elects for 40 s first (RFC 2328 section 9.1).
"""

_HEAD = re.compile(r"[a-z0-9 ]+ (\S+) \{\n *# expect (\w+) within (\w+)\n((?: *# announces \S+\n)*)")
_ANNOUNCES = re.compile(r"# announces (\S+)")


def default_of(kind: str) -> tuple[str, str]:
    return BY_KIND.get(kind, DEFAULT)


@dataclass(frozen=True, slots=True)
class Expectation:
    """A protocol by its name in the file, its state, the time for it, prefixes it announces."""

    protocol: str
    state: str
    within: str
    announces: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        return milliseconds(self.within) / 1000

    def lines(self) -> Iterator[str]:
        """As comments."""
        yield f"# expect {self.state} within {self.within}"
        for prefix in self.announces:
            yield f"# announces {prefix}"


def expectations(text: str) -> list[Expectation]:
    """What a file written by us expects; nothing of any other."""
    blocks = f"\n{text}".split("\nprotocol ")[1:]
    return [found for found in map(_expectation, blocks) if found is not None]


def _expectation(block: str) -> Expectation | None:
    """By the comments a block begins with. It may have ten thousands of lines, which aren't looked at."""
    head = _HEAD.match(block)
    if head is None:
        return None
    announces = tuple(_ANNOUNCES.findall(head[4]))
    return Expectation(head[1], head[2], head[3], announces)

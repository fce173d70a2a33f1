"""Associations and receive channels of MACsec links: their keys by what may be told of them, never the keys.

The kernel takes keys and gives none back. A key is known by its ID in the kernel, 32 hexadecimal digits: what the
document says, or a digest of the key. Its source is named as that of a WireGuard key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from netconf.system.ports.rtnetlink import Refusal


class MacsecAssociation(NamedTuple):
    """A secure association. `sci` is that of its receive channel, 16 hexadecimal digits, "" = it's for sending. `ssci`
    is the short one that a cipher with extended packet numbers counts with, 0 = it's of another cipher. The key
    of such a one has its salt behind it.
    """

    sci: str
    an: int
    key_id: str
    pn: int = 1
    active: bool = True
    ssci: int = 0


class MacsecChannel(NamedTuple):
    """A receive channel: another system's port."""

    sci: str
    active: bool = True


class MacsecRow(NamedTuple):
    """What a link has, sorted."""

    channels: tuple[MacsecChannel, ...] = ()
    associations: tuple[MacsecAssociation, ...] = ()


class MacsecWrite(NamedTuple):
    """One write. change leaves the key as it is. `source` is where the key of what is added is, "" = only among
    those kept.
    """

    verb: str
    """add, change or delete."""
    what: MacsecChannel | MacsecAssociation
    source: str = ""


class KeyFacts(NamedTuple):
    """What may be known of a key in a file: its ID, where none is given, and how many octets it has, the
    salt among them.
    """

    key_id: str
    octets: int


class Macsec(Protocol):
    def rows(self) -> Mapping[int, MacsecRow]:
        """By the ifindex of the link; none on a kernel without MACsec."""
        ...

    def write(self, ifindex: int, wanted: MacsecWrite) -> Refusal | None:
        """What is added is kept until the next boot, to give it back. Raises ApplyError without the key."""
        ...

    def key(self, source: str) -> KeyFacts:
        """Raises NoKeyError."""
        ...

    def has(self, key_id: str) -> bool:
        """Whether the key with this ID is kept."""
        ...

    def is_another(self, key_id: str, source: str) -> bool:
        """Whether the key that is kept under this ID isn't the one there."""
        ...

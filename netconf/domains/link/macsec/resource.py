"""The channels and associations of a MACsec link, as a value. No key is ever in it: see system/ports/macsec.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, NamedTuple

from netconf.core import ids
from netconf.core.ids import ResourceId
from netconf.core.overlay import UNSET, Unset, fill, given
from netconf.core.resource import Resource
from netconf.system.ports import MacsecAssociation, MacsecChannel

KIND = "macsec"
UNKNOWN = "?"
"""In place of the ID of a key that can't be read."""


class KeyFile(NamedTuple):
    """Where the key of an association is, and the ID that the document gives it, "" = none."""

    sci: str
    an: int
    source: str
    key_id: str = ""


@dataclass(frozen=True, slots=True)
class Macsec(Resource):
    """The channels, what is sent with (tx) and what is received with (rx), sorted; `files` is where the document has
    keys.
    """

    nested: ClassVar[Mapping[str, type]] = {
        "channels": MacsecChannel,
        "tx": MacsecAssociation,
        "rx": MacsecAssociation,
        "files": KeyFile,
    }

    name: str
    channels: tuple[MacsecChannel, ...] | Unset = UNSET
    tx: tuple[MacsecAssociation, ...] | Unset = UNSET
    rx: tuple[MacsecAssociation, ...] | Unset = UNSET
    files: tuple[KeyFile, ...] | Unset = field(default=UNSET, compare=False)

    @property
    def id(self) -> ResourceId:
        return ids.macsec(self.name)

    @property
    def requires(self) -> frozenset[ResourceId]:
        return frozenset({ids.link(self.name), ids.macsec_link(self.name)})

    @property
    def associations(self) -> tuple[MacsecAssociation, ...]:
        return (*given(self.tx, ()), *given(self.rx, ()))

    def overlay(self, observed: Macsec) -> Macsec:
        """With the same key no number is used twice: one that's further on stays."""
        return fill(replace(self, tx=_grown(self.tx, observed.tx), rx=_grown(self.rx, observed.rx)), observed)

    def source(self, sci: str, an: int) -> str:
        """Where the key is, "" = not said."""
        return next((one.source for one in given(self.files, ()) if (one.sci, one.an) == (sci, an)), "")

    def differences(self, before: Macsec | None) -> tuple[str, ...]:
        """One by one: a list of all would say little."""
        old = () if before is None else tuple(_words(before))
        new = tuple(_words(self))
        return (
            *(f"- {line}" for line in old if line not in new),
            *(f"+ {line}" for line in new if line not in old),
        )


def _grown(
    wanted: tuple[MacsecAssociation, ...] | Unset, observed: tuple[MacsecAssociation, ...] | Unset
) -> tuple[MacsecAssociation, ...] | Unset:
    if isinstance(wanted, Unset):
        return wanted
    now = {one[:3]: one.pn for one in given(observed, ())}
    return tuple(one._replace(pn=max(one.pn, now.get(one[:3], 0))) for one in wanted)


def _words(one: Macsec) -> Iterator[str]:
    for channel in given(one.channels, ()):
        yield f"rx {channel.sci} {_state(active=channel.active)}"
    for found in one.associations:
        where = f"rx {found.sci}" if found.sci else "tx"
        ssci = f" ssci {found.ssci:#x}" if found.ssci else ""
        yield f"{where} sa {found.an} key {found.key_id}{ssci} pn {found.pn} {_state(active=found.active)}"


def _state(*, active: bool) -> str:
    return "on" if active else "off"

"""From the document to the channels and associations of MACsec links, and from their changes to operations. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from netconf.core.change import Change
from netconf.core.overlay import UNSET, given
from netconf.domains.link.macsec.operation import SetMacsec
from netconf.domains.link.macsec.resource import UNKNOWN, KeyFile, Macsec
from netconf.system.ports import MacsecAssociation, MacsecChannel, MacsecWrite

if TYPE_CHECKING:
    from netconf.domains.link.spec.macsec import Macsec as Section
    from netconf.domains.link.spec.macsec import MacsecAssociation as Entry

CREDENTIALS = "$CREDENTIALS_DIRECTORY/"


def expand(name: str, section: Section) -> Macsec | None:
    """None if it says nothing of them. What is known of the keys is filled in when they are looked at."""
    if section.tx is None and section.rx is None:
        return None
    channels, received, files = [], [], []
    for entry in section.rx or ():
        sci = f"{entry.system.replace(':', '')}{entry.port:04x}"
        channels.append(MacsecChannel(sci, entry.active != "off"))
        received += [_association(sci, one) for one in entry.sa]
        files += [_file(sci, one) for one in entry.sa]
    files += [_file("", one) for one in section.tx or ()]
    return Macsec(
        name,
        UNSET if section.rx is None else tuple(sorted(channels)),
        UNSET if section.tx is None else tuple(sorted(_association("", one) for one in section.tx)),
        UNSET if section.rx is None else tuple(sorted(received)),
        tuple(files),
    )


def _association(sci: str, entry: Entry) -> MacsecAssociation:
    known_as, active = entry.key_id or UNKNOWN, entry.active != "off"
    return MacsecAssociation(sci, entry.an, known_as, entry.pn or 1, active, entry.ssci or 0)


def _file(sci: str, entry: Entry) -> KeyFile:
    source = f"{CREDENTIALS}{entry.key_credential}" if entry.key_credential else entry.key_file or ""
    return KeyFile(sci, entry.an, source, entry.key_id or "")


def lower(change: Change) -> list[SetMacsec]:
    """It goes only with its link; a new one has nothing."""
    before, after = change.before, change.after
    if not isinstance(after, Macsec):
        return []
    old = before if isinstance(before, Macsec) else Macsec(after.name, (), (), ())
    writes = tuple(_writes(old, after))
    return [SetMacsec(after.name, writes)] if writes else []


def _writes(old: Macsec, new: Macsec) -> Iterator[MacsecWrite]:
    """What goes, then what differs, then what comes."""
    channels = {one.sci: one for one in given(old.channels, ())}
    wanted = {one.sci for one in given(new.channels, ())}
    had = {(one.sci, one.an): one for one in old.associations}
    want = {(one.sci, one.an): one for one in new.associations}
    for key, one in had.items():
        if (key not in want or _is_anew(one, want[key])) and (not one.sci or one.sci in wanted):
            yield from _remove(one)
    yield from (MacsecWrite("delete", MacsecChannel(sci)) for sci in channels if sci not in wanted)
    for channel in given(new.channels, ()):
        if channels.get(channel.sci) != channel:
            yield MacsecWrite(
                "change" if channel.sci in channels else "add", MacsecChannel(channel.sci, channel.active)
            )
    for key, one in want.items():
        have = had.get(key)
        if have is None or _is_anew(have, one):
            yield MacsecWrite("add", one, new.source(*key))
        elif have != one:
            yield MacsecWrite("change", one)


def _is_anew(have: MacsecAssociation, want: MacsecAssociation) -> bool:
    """Neither the key nor the SSCI is changed (macsec_upd_txsa)."""
    return (have.key_id, have.ssci) != (want.key_id, want.ssci)


def _remove(one: MacsecAssociation) -> Sequence[MacsecWrite]:
    """The kernel removes none that is on (macsec_del_txsa of drivers/net/macsec.c)."""
    off = [MacsecWrite("change", one._replace(active=False))] if one.active else []
    return [*off, MacsecWrite("delete", one)]

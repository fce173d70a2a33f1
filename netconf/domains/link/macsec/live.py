"""The channels and associations of MACsec links on the live system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from netconf.core import ids
from netconf.core.change import Change
from netconf.core.diagnostics import Diagnostic, error
from netconf.core.errors import ApplyError
from netconf.core.ids import ResourceId
from netconf.core.overlay import Unset, given
from netconf.core.resource import Resource, State
from netconf.domains.link.macsec.operation import SetMacsec
from netconf.domains.link.macsec.resource import KIND, UNKNOWN, KeyFile, Macsec
from netconf.domains.link.resource import Link
from netconf.system.ports import KeyFacts, LinkRow, MacsecAssociation, MacsecWrite, NoKeyError, System

ENODEV = 19
GAP = 1 << 20
"""Packets. A key that the kernel had before goes on here: how many it was used for since anybody looked is not known,
and no number may be used twice (IEEE 802.1AE section 14.5).
"""
LAST_PN, LAST_XPN = (1 << 32) - 1, (1 << 64) - 1
_OCTETS = {"gcm-aes-128": 16, "gcm-aes-256": 32, "gcm-aes-xpn-128": 28, "gcm-aes-xpn-256": 44}
"""Of a key, and of the salt behind it."""


def observe(rows: Sequence[LinkRow], system: System) -> Iterator[Macsec]:
    links = {row.ifindex: row.name for row in rows if row.kind == KIND}
    found = system.macsec.rows() if links else {}
    for ifindex, row in found.items():
        if ifindex in links:
            yield Macsec(
                links[ifindex],
                row.channels,
                tuple(one for one in row.associations if not one.sci),
                tuple(one for one in row.associations if one.sci),
            )


def unkept(found: Macsec, system: System) -> bool:
    """Whether it has keys of other programs, which couldn't be given back."""
    return any(not system.macsec.has(one.key_id) for one in found.associations)


def canonicalise(wanted: State, system: System) -> dict[ResourceId, Resource | None]:
    """With the IDs of the keys; of one that can't be read UNKNOWN, which `unsupported` tells of."""
    found: dict[ResourceId, Resource | None] = {}
    for key, one in wanted.items():
        if isinstance(one, Macsec) and one.files:
            files = {(file.sci, file.an): file for file in given(one.files, ())}
            found[key] = replace(one, tx=_known(one.tx, files, system), rx=_known(one.rx, files, system))
    return found


def _known(
    associations: tuple[MacsecAssociation, ...] | Unset,
    files: Mapping[tuple[str, int], KeyFile],
    system: System,
) -> tuple[MacsecAssociation, ...] | Unset:
    if isinstance(associations, Unset):
        return associations
    return tuple(one._replace(key_id=_key_id(files[one.sci, one.an], system)) for one in associations)


def _key_id(file: KeyFile, system: System) -> str:
    if file.key_id:
        return file.key_id
    try:
        return system.macsec.key(file.source).key_id
    except NoKeyError:
        return UNKNOWN


def unsupported(changes: Mapping[ResourceId, Change], system: System) -> Iterator[Diagnostic]:
    """Keys that aren't where they should be, that others may read, or that don't fit."""
    for change in changes.values():
        if isinstance(change.after, Macsec):
            cipher = _cipher(change.after.name, changes, system)
            yield from _faults(change.after, change.before, cipher, system)


def _cipher(name: str, changes: Mapping[ResourceId, Change], system: System) -> str:
    """The one it will have."""
    change = changes.get(ids.link(name))
    if change is not None and isinstance(change.after, Link):
        return str(dict(change.after.options).get("cipher", "gcm-aes-128"))
    from netconf.domains.link import wire

    for row in system.rtnl.links():
        if row.name == name:
            links = [one for one in wire.resources(row, {}, lambda *_: ("", "")) if isinstance(one, Link)]
            return str(dict(links[0].options).get("cipher", "gcm-aes-128"))
    return "gcm-aes-128"


def _faults(one: Macsec, before: Resource | None, cipher: str, system: System) -> Iterator[Diagnostic]:
    old = before if isinstance(before, Macsec) else Macsec(one.name, (), (), ())
    had = {(found.sci, found.an): found.key_id for found in old.associations}
    files = {(file.sci, file.an): file for file in given(one.files, ())}
    for found in one.associations:
        place = (found.sci, found.an)
        if place in files and bool(found.ssci) != ("xpn" in cipher):
            yield error(
                "NC2079",
                f"{one.name}: association {found.an} with{'' if found.ssci else 'out'} ssci, and it has {cipher}",
                "ciphers with extended packet numbers count with it, and they alone",
                "remove ssci, or write another cipher" if found.ssci else "add ssci",
                path=("interfaces", one.name, "macsec"),
                resource=str(one.id),
            )
        elif place in files:
            yield from _file_faults(one, files[place], cipher, system)
        elif had.get(place) != found.key_id and not system.macsec.has(found.key_id):
            yield error(
                "NC2145",
                f"{one.name}: the key {found.key_id} is lost",
                "the kernel gives no keys back, and netconf keeps those that it gave the kernel until the next boot",
                "describe the association with its key",
                resource=str(one.id),
            )


def _file_faults(one: Macsec, file: KeyFile, cipher: str, system: System) -> Iterator[Diagnostic]:
    path = ("interfaces", one.name, "macsec", "rx" if file.sci else "tx")
    facts = KeyFacts("", 0)
    try:
        facts = system.macsec.key(file.source)
    except NoKeyError as fault:
        yield error(
            "NC2143",
            f"{one.name}: no key in {file.source}",
            str(fault),
            fault.fix,
            path=path,
            resource=str(one.id),
        )
        return
    if facts.octets != _OCTETS.get(cipher, facts.octets):
        salted = ", the salt of 12 behind the key" if "xpn" in cipher else ""
        yield error(
            "NC2144",
            f"{one.name}: the key in {file.source} has {facts.octets} octets",
            f"those of {cipher} have {_OCTETS[cipher]}{salted}",
            "put another key there, or write another cipher",
            path=path,
            resource=str(one.id),
        )
    if file.key_id and system.macsec.is_another(file.key_id, file.source):
        yield error(
            "NC2146",
            f"{one.name}: the key in {file.source} is another one than the kernel has as {file.key_id}",
            "a key is known by its key_id, as the kernel gives none back",
            "write another key_id with another key, or leave key_id out: then it's a digest of the key",
            path=path,
            resource=str(one.id),
        )


def apply(operation: SetMacsec, system: System) -> None:
    ifindex = system.rtnl.ifindex(operation.name)
    if not ifindex:
        raise ApplyError(f"{operation.describe()}: there is no such link", errno=ENODEV)
    for write in operation.writes:
        try:
            refusal = system.macsec.write(ifindex, _beyond(write, system))
        except ApplyError as err:
            raise ApplyError(f"{operation.describe()}: {err}", errno=err.errno) from err
        if refusal is not None:
            raise ApplyError(f"{operation.describe()}: {refusal.text}", errno=refusal.errno)


def _beyond(write: MacsecWrite, system: System) -> MacsecWrite:
    what = write.what
    if write.verb != "add" or not isinstance(what, MacsecAssociation) or what.sci:
        return write
    if not system.macsec.has(what.key_id):
        return write
    return write._replace(what=what._replace(pn=min(what.pn + GAP, LAST_XPN if what.ssci else LAST_PN)))

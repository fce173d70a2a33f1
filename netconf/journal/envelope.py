"""begin.json and commit.slot: records that tell by themselves whether they are whole.

begin.json is one JSON object, `{"format":N,"sha256":HEX,"body":{...}}`. The checksum is over the
format and the very bytes of the body, so reading doesn't depend on how a JSON writer orders or
spells things. This envelope stays as it is in all formats; what the body means depends on N.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from netconf.journal.durable import dump
from netconf.journal.records import Begin

FORMAT = 1
SLOT_SIZE = 4096
"""Bytes of commit.slot: one block, so writing it needs no new one."""

_HEAD = re.compile(rb'\{"format":([1-9][0-9]{0,8}),"sha256":"([0-9a-f]{64})","body":')
_TAIL = b"}\n"


class CorruptError(Exception):
    """The record isn't what was written."""


class NewerFormatError(Exception):
    """The record is whole, but its format isn't known here."""


def seal(begin: Begin, before: bytes, form: int = FORMAT) -> bytes:
    """The content of begin.json; `before` is the JSON of its before-images, which are the bulk of it
    and are encoded once only.
    """
    rest = dump({name: getattr(begin, name) for name in Begin.__slots__ if name != "before"})
    body = rest[:-1] + b',"before":' + before + b"}"
    return b'{"format":%d,"sha256":"%s","body":' % (form, _checksum(form, body)) + body + _TAIL


def unseal(data: bytes) -> Begin:
    """Raises CorruptError or NewerFormatError."""
    head = _HEAD.match(data)
    if head is None or not data.endswith(_TAIL):
        raise CorruptError("begin.json isn't a journal record, or is cut short")
    form, body = int(head[1]), data[head.end() : -len(_TAIL)]
    if _checksum(form, body) != head[2]:
        raise CorruptError("the checksum of begin.json is wrong")
    if form > FORMAT:
        raise NewerFormatError(f"journal format {form}, this version knows {FORMAT}")
    return _begin(body)


def _begin(body: bytes) -> Begin:
    try:
        values: dict[str, Any] = json.loads(body)
        known = {name: values[name] for name in Begin.__slots__}
        return Begin(**{**known, "argv": tuple(known["argv"]), "operations": tuple(known["operations"])})
    except (ValueError, KeyError, TypeError) as failure:
        raise CorruptError(f"begin.json lacks something: {failure!r}") from failure


def _checksum(form: int, body: bytes) -> bytes:
    digest = hashlib.sha256(b"%d\n" % form)
    digest.update(body)
    return digest.hexdigest().encode()


def slot(state: str, **more: Any) -> bytes:
    """The content of commit.slot once the transaction has ended: one line, padded with zeros."""
    return (dump({"state": state, **more}) + b"\n").ljust(SLOT_SIZE, b"\0")


def slot_state(data: bytes) -> str:
    """The word that was recorded, "" as long as there's none."""
    try:
        return str(json.loads(data.rstrip(b"\0"))["state"])
    except (ValueError, KeyError, TypeError):
        return ""

"""Bytes -> text, refusing what people can't see: other encodings, control and invisible characters.

Source of facts: what a YAML stream may hold is YAML 1.2.2 §5.1 (c-printable); that much is refused
here too, so the YAML parser never meets a character that it would refuse without a position.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from netconf.core.diagnostics import Diagnostic, Severity, Where
from netconf.core.errors import DocumentError
from netconf.inventory.cap import MAX_FINDINGS, stopped
from netconf.inventory.codes import Code
from netconf.inventory.text import Text

_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff"
_INVISIBLE = (
    "\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f"
    "\u3000\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f"
)
_REFUSED = re.compile(f"[{_CONTROL}{_INVISIBLE}]")
_IS_CONTROL = re.compile(f"[{_CONTROL}]")

# Deleting these from ASCII bytes leaves nothing if there is nothing to refuse: much faster than a regex.
_PLAIN_ASCII = bytes([9, 10, 13, *range(0x20, 0x7F)])

# The longer marks first: UTF-32's begins with UTF-16's.
_FOREIGN_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def decode(name: str, raw: bytes) -> Text:
    """The text of a source: UTF-8, a byte order mark allowed at the start only.

    Raises DocumentError for other encodings and for characters that don't show.
    """
    for mark, encoding in _FOREIGN_MARKS:
        if raw.startswith(mark):
            raise _other_encoding(name, encoding)
    body = raw.removeprefix(codecs.BOM_UTF8)
    try:
        text = Text(name, body.decode())
    except UnicodeDecodeError as e:
        raise _not_utf8(name, raw, e.start + len(raw) - len(body)) from None
    if not raw.isascii() or raw.translate(None, _PLAIN_ASCII):
        refuse_unseen(text)
    return text


def is_refused(text: str) -> bool:
    """Whether a document can't hold this text as it is."""
    return _REFUSED.search(text) is not None


def escaped(yaml: str) -> str:
    """The same with escapes for what can't stand in a document. It may only be in double quotes."""
    return _REFUSED.sub(lambda match: f"\\{_escape(ord(match[0]))}", yaml)


def refuse_unseen(text: Text) -> None:
    """Raise DocumentError if the text holds control or invisible characters."""
    found = []
    for match in _REFUSED.finditer(text.content):
        found.append(_unseen(match[0], text.where_at(match.start())))
        if len(found) == MAX_FINDINGS:
            break
    if found:
        raise DocumentError(stopped(found))


def _unseen(character: str, where: Where) -> Diagnostic:
    point = ord(character)
    if _IS_CONTROL.match(character):
        summary = f"control character 0x{point:02X}"
        why = "a text file has none"
        return Diagnostic(Severity.ERROR, Code.CONTROL_CHARACTER, summary, why, "delete the character", where)
    name = unicodedata.name(character, "unnamed")
    return Diagnostic(
        Severity.ERROR,
        Code.INVISIBLE_CHARACTER,
        f"invisible character U+{point:04X}",
        f"{name} can't be seen or told from a space, so the text isn't what it looks like",
        f'delete it or write a space; if it is meant, write "\\{_escape(point)}" in double quotes',
        where,
    )


def _escape(point: int) -> str:
    return f"u{point:04X}" if point <= 0xFFFF else f"U{point:08X}"


def _other_encoding(name: str, encoding: str) -> DocumentError:
    return DocumentError(
        [
            Diagnostic(
                Severity.ERROR,
                Code.ENCODING,
                f"the file is {encoding}, not UTF-8",
                hint=f"convert it: iconv -f {encoding} -t UTF-8",
                where=Where(name, 1, 1),
            )
        ]
    )


def _not_utf8(name: str, raw: bytes, offset: int) -> DocumentError:
    before = raw[:offset].decode(errors="replace")
    line = raw[:offset].count(b"\n")
    column = len(before) - (before.rfind("\n") + 1)
    return DocumentError(
        [
            Diagnostic(
                Severity.ERROR,
                Code.ENCODING,
                f"byte 0x{raw[offset]:02X} at offset {offset} is not UTF-8",
                "documents are UTF-8 text; this looks like another encoding or no text at all",
                "convert it, for example: iconv -f ISO-8859-1 -t UTF-8",
                Where(name, line + 1, column + 1),
            )
        ]
    )

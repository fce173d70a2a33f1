"""Passwords: in the file that BIRD reads, and nowhere else.

A configuration that netconf holds (in plans, journals, generations) has empty passwords, each under
a comment that names the file with the real one. They are filled in when it's written for BIRD, and
blanked when it's read back; one that isn't what the file says any more reads as GONE, so that
it differs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

LONGEST = 80
"""Bytes; what TCP MD5 takes (TCP_MD5SIG_MAXKEYLEN of linux/tcp.h)."""

_MARK = "# password from "
_BLANK = re.compile(r'^( *# password from (\S+)\n *password )""', re.MULTILINE)
_FILLED = re.compile(r'^( *# password from (\S+)\n *password )"([^"\n]*)"', re.MULTILINE)

GONE = "another"
"""What a password reads as that its file doesn't hold any more."""

Read = Callable[[str], bytes | None]
"""The content of a file, None if there is none; OSError."""


def files(text: str) -> Iterator[tuple[int, str]]:
    """The password files a text asks for, with the number of the line."""
    for match in _BLANK.finditer(text) if _MARK in text else ():
        yield text.count("\n", 0, match.start()) + 1, match[2]


def password(path: str, read: Read) -> str:
    """ValueError with the reason if there is none, or one that BIRD couldn't read."""
    try:
        raw = read(path)
    except OSError as err:
        raise ValueError(f"it can't be read: {err.strerror}") from err
    if raw is None:
        raise ValueError("there is no such file")
    try:
        found = raw.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as err:
        raise ValueError("it isn't text") from err
    if not found or len(found.encode()) > LONGEST:
        raise ValueError(f"a password has 1 to {LONGEST} bytes")
    if any(ord(c) < 32 or ord(c) == 127 or c == '"' for c in found):
        raise ValueError("BIRD takes no quotes and no control characters in a password")
    return found


def filled(text: str, read: Read) -> bytes:
    """The text with the passwords, as it's written. ValueError as of `password`."""
    if _MARK not in text:
        return text.encode(errors="surrogateescape")
    if any(match[3] == GONE for match in _FILLED.finditer(text)):
        raise ValueError("the one it had before has been overwritten since")
    whole = _BLANK.sub(lambda match: f'{match[1]}"{password(match[2], read)}"', text)
    return whole.encode(errors="surrogateescape")


def blanked(raw: bytes, read: Read) -> str:
    """The text without the passwords, as it's compared and stored."""
    text = raw.decode(errors="surrogateescape")
    if _MARK not in text:
        return text
    return _FILLED.sub(lambda match: f'{match[1]}"{_left(match[2], match[3], read)}"', text)


def _left(path: str, found: str, read: Read) -> str:
    try:
        return "" if found == password(path, read) else GONE
    except ValueError:
        return GONE

"""Keys of WireGuard and MACsec: read from files and credentials, and kept where only root may look.

What's kept is what a device had before a change took it away, so that a rollback can give it back: a file
for each key in a folder of mode 0700 under /run, by a name that tells what may be known of the key. It's gone
with the next boot, as is the state it belongs to. Keys stand nowhere else: not in plans, journals, generations
or messages.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path

from netconf.system.linux.curve25519 import public_key
from netconf.system.ports.macsec import KeyFacts
from netconf.system.ports.wireguard import Key, NoKeyError

LENGTH = 32
CREDENTIALS = "$CREDENTIALS_DIRECTORY/"
_DIGESTED = b"netconf: preshared key of WireGuard\0"
_DIGESTED_MACSEC = b"netconf: key of MACsec\0"
SALT = 12
"""Octets; MACSEC_SALT_LEN of linux/if_macsec.h."""
_MACSEC_LENGTHS = (16, 32, 16 + SALT, 32 + SALT)
_LONGEST = 256
"""Octets read of a file; a key is 44 characters and a line end."""


class Keys:
    """In `folder` is what is kept; None = nothing is."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def find(self, key: Key, *, private: bool) -> bytes | None:
        """The key, from its source or kept; None if it's in neither (any more)."""
        known_as = public if private else digest
        if key.source:
            with suppress(NoKeyError):
                found = read(key.source)
                if known_as(found) == key.known_as:
                    return found
        return self._kept(key.known_as, private=private)

    def keep(self, value: bytes, *, private: bool) -> None:
        """Raises OSError."""
        if self._folder is None or not any(value):
            return
        path = self._folder / _name((public if private else digest)(value), private=private)
        if not path.exists():
            _put(path, base64.b64encode(value) + b"\n")

    @property
    def of_macsec(self) -> MacsecKeys:
        """Those of MACsec, in the same folder."""
        return MacsecKeys(self._folder)

    def _kept(self, known_as: str, *, private: bool) -> bytes | None:
        if self._folder is None or not known_as:
            return None
        with suppress(NoKeyError):
            found = read(str(self._folder / _name(known_as, private=private)))
            if (public if private else digest)(found) == known_as:
                return found
        return None


class MacsecKeys:
    """The same for MACsec, whose keys are 16 or 32 octets in hexadecimal digits, perhaps with a salt behind them, and
    known by their ID.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def facts(self, source: str) -> KeyFacts:
        """What may be known of the key there. Raises NoKeyError."""
        value = _read_hex(source)
        return KeyFacts(hashlib.sha256(_DIGESTED_MACSEC + value).hexdigest()[:32], len(value))

    def find(self, key_id: str, source: str) -> bytes | None:
        """The key, from its source or kept; None if it's in neither (any more)."""
        for place in filter(None, (source, self._path(key_id))):
            with suppress(NoKeyError):
                return _read_hex(place)
        return None

    def keep(self, key_id: str, value: bytes) -> None:
        """Raises OSError."""
        path = self._path(key_id)
        if path:
            _put(Path(path), value.hex().encode() + b"\n")

    def is_another(self, key_id: str, source: str) -> bool:
        path = self._path(key_id)
        if path and Path(path).exists():
            with suppress(NoKeyError):
                return _read_hex(path) != _read_hex(source)
        return False

    def _path(self, key_id: str) -> str:
        return "" if self._folder is None else str(self._folder / f"macsec-{key_id}")


def _put(path: Path, content: bytes) -> None:
    """For root alone from the first moment, and whole. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.tmp")
    draft.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    with os.fdopen(os.open(draft, flags, 0o600), "wb") as out:
        out.write(content)
    draft.rename(path)


def _name(known_as: str, *, private: bool) -> str:
    return f"private-{base64.b64decode(known_as).hex()}" if private else f"preshared-{known_as}"


def public(private: bytes) -> str:
    return base64.b64encode(public_key(private)).decode()


def digest(preshared: bytes) -> str:
    """Of 32 random octets a digest tells nothing."""
    return hashlib.sha256(_DIGESTED + preshared).hexdigest()[:32]


def read(source: str) -> bytes:
    """The key of WireGuard in a file or credential; NoKeyError if there is none, or others may read it."""
    path, raw = _raw(source, "wg genkey")
    try:
        found = base64.b64decode(raw, validate=True)
    except binascii.Error:
        found = b""
    if len(found) != LENGTH:
        raise NoKeyError(f"what is in {path} is no key", "a key is 44 characters in base64, as of wg genkey")
    return found


def _read_hex(source: str) -> bytes:
    """The same of MACsec."""
    path, raw = _raw(source, "openssl rand -hex 16")
    try:
        found = bytes.fromhex(raw.decode())
    except ValueError:
        found = b""
    if len(found) not in _MACSEC_LENGTHS:
        raise NoKeyError(
            f"what is in {path} is no key",
            "a key is 32 or 64 hexadecimal digits, as of openssl rand -hex 16, with 24 more behind them for a salt",
        )
    return found


def _raw(source: str, maker: str) -> tuple[str, bytes]:
    """Where it is, and what is there. Raises NoKeyError."""
    path = _path(source)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            _require_private(os.fstat(descriptor), path)
            raw = file.read(_LONGEST)
    except OSError as err:
        there = f"{path}: {err.strerror}"
        raise NoKeyError(there, f"put the key there: (umask 077; {maker} > {path})") from err
    return path, raw.strip()


def _path(source: str) -> str:
    if not source.startswith(CREDENTIALS):
        return source
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        why = "no credentials were passed to netconf (CREDENTIALS_DIRECTORY isn't set)"
        raise NoKeyError(why, "run it as a service with LoadCredential=, or write the form with _file")
    return str(Path(folder, source.removeprefix(CREDENTIALS)))


def _require_private(found: os.stat_result, path: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise NoKeyError(f"{path} is no file", "name a file with the key")
    if found.st_uid not in (0, os.geteuid()):
        raise NoKeyError(f"{path} belongs to user {found.st_uid}, who can read it", f"chown root {path}")
    if found.st_mode & 0o077:
        mode = stat.S_IMODE(found.st_mode)
        raise NoKeyError(f"others than root can read {path} (mode {mode:04o})", f"chmod 600 {path}")

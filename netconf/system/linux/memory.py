"""Files under /run that are about one network namespace and one boot: `ports.Memory`."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

FOLDER = "memory"
_DIGEST_BYTES = 32
_NOFOLLOW = os.O_CLOEXEC | os.O_NOFOLLOW


class NoMemory:
    """Where nothing is kept."""

    def recall(self, name: str) -> bytes | None:
        return None

    def keep(self, name: str, data: bytes) -> None:
        """It's forgotten."""

    def trust(self, name: str) -> None:
        """There's nothing to trust."""

    def trusted(self, name: str) -> bool:
        return False

    def note(self, name: str, found: object) -> None:
        """It's forgotten."""

    def noted(self, name: str) -> object:
        return None


class FileMemory:
    """In a folder that only its owner may write to. `about` says which boot and namespace it is: what
    is about another isn't recalled, nor is what isn't whole or belongs to somebody else.
    """

    def __init__(self, folder: Path, about: str) -> None:
        self._folder, self._about = folder / FOLDER, about.encode()
        self._trusted: set[str] = set()
        self._notes: dict[str, object] = {}

    def recall(self, name: str) -> bytes | None:
        try:
            with os.fdopen(os.open(self._folder / name, os.O_RDONLY | _NOFOLLOW), "rb") as file:
                if os.fstat(file.fileno()).st_uid not in (0, os.geteuid()):
                    return None
                raw = file.read()
        except OSError:
            return None
        body = raw[_DIGEST_BYTES:]
        return body if self._digest(body) == raw[:_DIGEST_BYTES] else None

    def keep(self, name: str, data: bytes) -> None:
        self._trusted.discard(name)
        path = self._folder / name
        draft = path.with_name(f"{name}.tmp")
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            draft.unlink(missing_ok=True)
            fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOFOLLOW, 0o600)
            with os.fdopen(fd, "wb") as file:
                file.write(self._digest(data) + data)
            draft.rename(path)

    def trust(self, name: str) -> None:
        self._trusted.add(name)

    def trusted(self, name: str) -> bool:
        return name in self._trusted

    def note(self, name: str, found: object) -> None:
        self._notes[name] = found

    def noted(self, name: str) -> object:
        return self._notes.get(name)

    def _digest(self, data: bytes) -> bytes:
        return hashlib.sha256(self._about + b"\0" + data).digest()

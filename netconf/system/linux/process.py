"""Other programs: `ports.Process`."""

from __future__ import annotations

import errno
import os
import pwd
import signal
from collections.abc import Sequence
from typing import Any, BinaryIO

from netconf.system.ports import Finished


class LinuxProcess:
    def run(self, words: Sequence[str], data: bytes = b"", seconds: float = 30.0, user: str = "") -> Finished:
        """In the C locale, since the output is read by us."""
        import subprocess  # brings threads, and few runs need it

        identity: dict[str, Any] = {}
        if user:
            entry = _account(user)
            identity = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        # A file and not a pipe: it's there at once, and another user may open it by its name in /proc.
        with (
            os.fdopen(os.memfd_create("input"), "w+b") as given,
            subprocess.Popen(
                words,
                stdin=_filled(given, data),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, "LC_ALL": "C"},
                process_group=0,
                **identity,
            ) as program,
        ):
            try:
                output, errors = program.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                # With its children: they'd keep the pipes open.
                os.killpg(program.pid, signal.SIGKILL)
                output, errors = program.communicate()
                return Finished(None, _text(output), _text(errors))
            except BaseException:
                os.killpg(program.pid, signal.SIGKILL)
                raise
        return Finished(program.returncode, _text(output), _text(errors))


def _account(name: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(name)
    except KeyError as err:
        raise FileNotFoundError(errno.ENOENT, f"there is no user {name}") from err


def _filled(file: BinaryIO, data: bytes) -> BinaryIO:
    file.write(data)
    file.flush()
    file.seek(0)
    return file


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode(errors="replace")

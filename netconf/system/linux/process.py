"""Other programs: `ports.Process`."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

from netconf.system.ports import Finished


class LinuxProcess:
    def run(self, words: Sequence[str], data: bytes = b"", seconds: float = 30.0) -> Finished:
        """In the C locale, since the output is read by us."""
        import subprocess  # brings threads, and few runs need it

        pipe = subprocess.PIPE
        with subprocess.Popen(
            words,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            env={**os.environ, "LC_ALL": "C"},
            process_group=0,
        ) as program:
            try:
                output, errors = program.communicate(data, seconds)
            except subprocess.TimeoutExpired:
                # With its children: they'd keep the pipes open.
                os.killpg(program.pid, signal.SIGKILL)
                output, errors = program.communicate()
                return Finished(None, _text(output), _text(errors))
            except BaseException:
                os.killpg(program.pid, signal.SIGKILL)
                raise
        return Finished(program.returncode, _text(output), _text(errors))


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode(errors="replace")

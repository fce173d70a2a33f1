"""Other programs: `ports.Process`."""

from __future__ import annotations

import os
from collections.abc import Sequence

from netconf.system.ports import Finished


class LinuxProcess:
    def run(self, words: Sequence[str], data: bytes = b"", seconds: float = 30.0) -> Finished:
        """In the C locale, since the output is read by us."""
        import subprocess  # brings threads, and few runs need it

        environment = {**os.environ, "LC_ALL": "C"}
        try:
            done = subprocess.run(
                words, input=data, capture_output=True, timeout=seconds, check=False, env=environment
            )
        except subprocess.TimeoutExpired as err:
            return Finished(None, _text(err.stdout), _text(err.stderr))
        return Finished(done.returncode, _text(done.stdout), _text(done.stderr))


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode(errors="replace")

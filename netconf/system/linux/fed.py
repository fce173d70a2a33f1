"""Programs that get a script as their standard input: nft, ipset."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from netconf.core.errors import ObserveError

if TYPE_CHECKING:
    import subprocess

_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


def program(places: Sequence[str]) -> str | None:
    """The first of these that can be run."""
    return next((place for place in places if os.access(place, os.X_OK)), None)


def fed(argv: Sequence[str], script: str, seconds: float) -> subprocess.CompletedProcess[str]:
    """Run a program. Raises ObserveError if it takes longer. The script is in a file, not in a pipe:
    subprocess feeds a pipe 512 bytes at a time.
    """
    import subprocess  # brings threads, and few runs need it

    name = os.path.basename(argv[0])  # noqa: PTH119 - no path is looked at
    with os.fdopen(os.memfd_create(name), "w+b") as given:
        given.write(script.encode(errors="surrogateescape"))
        given.seek(0)
        try:
            return subprocess.run(
                argv,
                stdin=given,
                capture_output=True,
                text=True,
                env=_ENVIRONMENT,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as err:
            raise ObserveError(f"{name} {' '.join(argv[1:])} took longer than {seconds:g} s") from err


def output(name: str, done: subprocess.CompletedProcess[str]) -> str:
    """What it printed; raises ObserveError if it failed."""
    if done.returncode:
        raise ObserveError(f"{name}: {' '.join(done.stderr.split())}")
    return done.stdout

"""All tests of one tier, in one boot of one machine: started at once, its ledger followed while it runs."""

import os
import shlex
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import pytest

from lab.emulated import Emulated
from lab.inside import LEDGER, TESTS
from lab.ledger import Reader, Row, What
from lab.machine import Machine, NotInstalledError

SOURCES = Path(__file__).parents[1]  # what PYTHONPATH needs for `import lab`
MACHINES = {"uml": Machine, "qemu": Emulated}
BOOT_SECONDS = {
    "uml": 60,
    "qemu": 240,
}  # until pytest's first word, on a busy machine; 2 and 30 s on an idle one
POLL_SECONDS = 0.02


class GuestError(Exception):
    """Why a test that was sent to the guest has no result."""


class GuestRun:
    """Use as a context manager: leaving kills the machine. The job folder is kept if the machine went wrong."""

    def __init__(self, config: pytest.Config, items: Sequence[pytest.Item], tier: str) -> None:
        self.tier = tier
        self._silence = BOOT_SECONDS[tier] + _longest(config, items)
        self._job = Path(tempfile.mkdtemp(prefix="lab-"))
        (self._job / TESTS).write_text("".join(f"{item.nodeid}\n" for item in items))
        self._machine = MACHINES[tier](self._job, _command(config, items, tier, self._job))
        self._ledger = Reader(self._job / LEDGER)
        self._rows: dict[str, list[Row]] = defaultdict(list)
        self._heard = time.monotonic()
        self._missing = ""  # why there is no machine
        self._told = ""  # the test that got the story of the machine's end

    def is_over(self) -> bool:
        """Reads on, without waiting; true when nothing more will come."""
        return not self._advance(wait=False)

    def unmet(self, test: str) -> list[str] | None:
        """What this tier lacks for the test, as far as the ledger goes; None if it's not known to lack anything."""
        return next((row.body["words"] for row in self._rows[test] if row.what is What.UNMET), None)

    def rows(self, test: str) -> list[Row]:
        """What the ledger has on this test, once it has finished; GuestError if it never will."""
        while not any(row.what in (What.FINISHED, What.UNMET) for row in self._rows[test]):
            if not self._advance():
                raise GuestError(self._why(test))
        return self._rows[test]

    def __enter__(self) -> Self:
        try:
            self._machine.start()
        except NotInstalledError as error:
            self._missing = str(error)
        return self

    def __exit__(self, *exc: object) -> None:
        self._machine.kill()
        if not self._told:
            shutil.rmtree(self._job)

    def _advance(self, *, wait: bool = True) -> bool:
        """Read on; false when nothing will ever come."""
        ended = self._machine.ended()
        rows = self._ledger.rows()
        for row in rows:
            self._rows[row.test].append(row)
        if rows:
            self._heard = time.monotonic()
        elif not ended and time.monotonic() - self._heard > self._silence:
            self._machine.wait(0)
        elif not ended and wait:
            time.sleep(POLL_SECONDS)
        return bool(rows) or not ended

    def _why(self, test: str) -> str:
        """The whole story for the first test without a result, which is the one that ran; a line for the others."""
        if self._missing:
            return self._missing
        if self._told:
            return f"not run: the {self.tier} guest ended at {self._told}"
        self._told = test
        return f"the {self.tier} guest ended before this test did: {self._machine.stop()}\nits files: {self._job}"


def _longest(config: pytest.Config, items: Sequence[pytest.Item]) -> float:
    """The longest time one of these tests may take, which is how long the guest may be silent. In seconds.

    pytest-timeout watches each test inside the guest; on the host nothing but this does.
    """
    if not config.pluginmanager.hasplugin("timeout"):
        return 300.0
    marks = [mark for item in items for mark in item.iter_markers("timeout")]
    given = [mark.args[0] if mark.args else mark.kwargs.get("timeout", 0) for mark in marks]
    return max(float(seconds) for seconds in [_timeout(config), *given])


def _timeout(config: pytest.Config) -> float:
    option = config.getoption("timeout")
    return float(option if option is not None else config.getini("timeout") or 300)


def _command(config: pytest.Config, items: Sequence[pytest.Item], tier: str, job: Path) -> str:
    files = list(dict.fromkeys(str(item.path) for item in items))
    path = os.pathsep.join(filter(None, [str(SOURCES), os.environ.get("PYTHONPATH")]))
    words = [
        *("env", f"PYTHONPATH={path}", sys.executable, "-m", "pytest", "-p", "lab.plugin"),
        *(f"--rootdir={config.rootpath}", f"--lab-tier={tier}", f"--lab-job={job}"),
        *_options(config),
        *files,
    ]
    return f"cd {shlex.quote(str(config.invocation_params.dir))} && exec {shlex.join(words)}"


def _options(config: pytest.Config) -> list[str]:
    """What the guest's pytest must share with the host's: how it reports, its settings, the seed of random tests."""
    option = config.option
    words = ["--continue-on-collection-errors", f"--tb={option.tbstyle}", f"--verbosity={option.verbose}"]
    words += [word for name in option.plugins for word in ("-p", name)]
    if option.showlocals:
        words.append("--showlocals")
    if config.inipath:
        words.append(f"--config-file={config.inipath}")
    if config.pluginmanager.hasplugin("randomly"):
        words += [f"--randomly-seed={option.randomly_seed}", "--randomly-dont-reorganize"]
    if config.pluginmanager.hasplugin("timeout"):
        words.append(f"--timeout={_timeout(config)}")
    return words

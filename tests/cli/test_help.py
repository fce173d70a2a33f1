"""--help of every command, and that it's there at once: nothing heavy is imported for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cli import harness

from netconf import __version__

FOLDER = Path(__file__).with_name("help")
COMMANDS = (
    *("validate", "plan", "apply", "confirm", "rollback", "status", "health", "drain", "undrain"),
    *("history", "capture", "schema", "explain"),
)
HEAVY = ("pyroute2", "pydantic", "pydantic_core", "yaml", "jinja2")


@pytest.mark.parametrize("command", ["", *COMMANDS], ids=lambda command: command or "netconf")
def test_help(command, golden, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    done = harness.netconf(*([command] if command else []), "--help")
    assert (done.status, done.err) == (0, "")
    golden(FOLDER / f"{command or 'netconf'}.txt", done.out)


def test_every_command_has_its_help():
    assert {path.stem for path in FOLDER.iterdir()} == {"netconf", *COMMANDS}
    root = (FOLDER / "netconf.txt").read_text()
    assert all(f"\n    {command} " in root for command in COMMANDS)


def test_every_exit_status_is_told():
    root = (FOLDER / "netconf.txt").read_text().partition("exit status:")[2]
    for number in (0, 1, 2, 3, 4, 5, 6, 8, 10, 64, 65, 66, 69, 74, 75, 77, 78):
        assert f" {number} " in root


def test_version():
    done = harness.netconf("--version")
    assert (done.status, done.out) == (0, f"netconf {__version__}\n")


@pytest.mark.parametrize(
    "argv", [["--help"], ["--version"], ["plan", "--help"], [], ["plan", "--no"]], ids=" ".join
)
def test_what_is_not_imported(argv):
    program = (
        f"import sys; from netconf.cli import main; status = main({argv!r}); "
        f"print(*[name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr, sep=',', end='|')"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=harness.SOURCES,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stderr.endswith("|")
    assert run.stderr[:-1].rpartition("\n")[2] == ""

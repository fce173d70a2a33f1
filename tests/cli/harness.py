"""Runs netconf as a shell would, in this process or in one of its own, and takes pictures of what it must not change."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import procsys

from netconf.cli import main

PYTHON = [sys.executable, "-W", "error", "-m", "netconf"]
SOURCES = Path(__file__).parents[2]

# Nothing of the kernel's own shall appear in a namespace while a test looks at it.
QUIET = {
    "ipv6/conf/default/addr_gen_mode": "1",
    "ipv6/conf/default/accept_dad": "0",
    "ipv6/conf/default/router_solicitations": "0",
}


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def object(self) -> dict[str, Any]:
        """The one JSON object that was printed."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


def netconf(*argv: str) -> Done:
    """One command in this process, without a terminal."""
    out, err = io.StringIO(), io.StringIO()
    with (
        Path(os.devnull).open() as nothing,
        _stdin(nothing),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        status = main(argv)
    return Done(int(status), out.getvalue(), err.getvalue())


def process(*argv: str, before: Sequence[str] = (), **more: Any) -> Done:
    """One command in a process of its own, started by the words `before`; `more` is subprocess.run's."""
    environ = {**os.environ, "PYTHONPATH": str(SOURCES), **more.pop("env", {})}
    settings = {"stdin": subprocess.DEVNULL, **more}
    if "input" in settings:
        del settings["stdin"]
    run = subprocess.run(
        [*before, *PYTHON, *argv], env=environ, capture_output=True, text=True, check=False, **settings
    )
    return Done(run.returncode, run.stdout, run.stderr)


def in_mounts(script: str) -> list[str]:
    """Words that start a command in a mount namespace of its own, after a script has mounted there."""
    return ["unshare", "--mount", "--propagation", "private", "sh", "-ec", f'{script}\nexec "$@"', "sh"]


def shell(script: str) -> None:
    """What others do to the namespace."""
    subprocess.run(["sh", "-ec", script], check=True, capture_output=True)


def quieten() -> None:
    for name, value in QUIET.items():
        (procsys.NET / name).write_text(value)


def namespace() -> dict[str, Any]:
    """Everything netconf could change in this network namespace."""
    addresses, links, routes = _ip("addr", "link", "route show table all")
    shown = {"links": links, "addresses": addresses, "routes": routes}
    return {**{what: _lasting(found) for what, found in shown.items()}, "sysctls": dict(_sysctls())}


def _ip(*what: str) -> list[Any]:
    """What each of these commands shows, by one process."""
    words = ["ip", "-d", "-j", "-batch", "-"]
    done = subprocess.run(words, input="\n".join(what), capture_output=True, check=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]


def _lasting(value: Any) -> Any:
    """Without the timers of bridges, which run."""
    if isinstance(value, dict):
        return {key: _lasting(inner) for key, inner in value.items() if not key.endswith("_timer")}
    return [_lasting(inner) for inner in value] if isinstance(value, list) else value


def _sysctls() -> Iterator[tuple[str, str]]:
    for path in procsys.walk():
        if path.rpartition("/")[2] not in _COUNTERS:
            with contextlib.suppress(OSError):
                yield path, procsys.read(path)


_COUNTERS = {"nf_conntrack_count"}


def tree(root: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and content of every file below a directory."""
    return {
        str(path.relative_to(root)): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted(root.rglob("*"))
    }


@contextlib.contextmanager
def _stdin(stream: Any) -> Iterator[None]:
    before, sys.stdin = sys.stdin, stream
    try:
        yield
    finally:
        sys.stdin = before

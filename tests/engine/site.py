"""netconf at work in this namespace, in process: a state directory, commands, children that are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import textwrap
import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from netconf.app import apply as app_apply
from netconf.app import plan as app_plan
from netconf.app import rollback as app_rollback
from netconf.app import status as app_status
from netconf.app.wiring import Host, Settings
from netconf.cli import main


def ip(*commands: str) -> None:
    """Run commands of iproute2 in one batch."""
    subprocess.run(["ip", "-batch", "-"], input="\n".join(commands), text=True, check=True)


def sysctl(**values: object) -> None:
    """Write sysctls below net; a double underscore stands for a slash."""
    for name, value in values.items():
        Path("/proc/sys/net", *name.split("__")).write_text(str(value))


def nothing(name: str) -> None:
    """The checkpoint that does nothing."""


def yes(planned) -> bool:
    return True


class Trace(list):
    """A checkpoint that notes the names."""

    def __call__(self, name: str) -> None:
        self.append(name)


@dataclass
class Strike:
    """A checkpoint that does something at its nth call (from 0), and notes the name there."""

    at: int
    action: object
    calls: int = 0
    name: str = ""

    def __call__(self, name: str) -> None:
        self.calls += 1
        if self.calls - 1 == self.at:
            self.name = name
            self.action()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Site:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.documents = 0

    @contextmanager
    def host(self, *, checkpoint=nothing, singly=False, wrap=None, **more):
        """A host for one command; `wrap` may put something between netconf and the system."""
        host = Host(
            Settings(
                state_dir=self.root / "state",
                run_dir=self.root / "state/run",
                checkpoint=checkpoint,
                singly=singly,
                **more,
            )
        )
        rtnl = host.system.rtnl
        if wrap:
            host.system = wrap(host.system)
        try:
            yield host
        finally:
            rtnl.close()

    def document(self, text: str) -> str:
        """A file with this document; its first line, the version, may be left out."""
        self.documents += 1
        path = self.root / f"{self.documents}.yml"
        text = textwrap.dedent(text)
        path.write_text(text if text.startswith("netconf:") else f"netconf: 1\n{text}")
        return str(path)

    def apply(self, path: str, approve=yes, **more):
        with self.host(**more) as host:
            return app_apply.apply(host, path, approve)

    def plan(self, path: str, **more):
        """A short look that finds nothing to do is followed by a whole one, which mustn't either."""
        with self.host(**more) as host:
            planned = app_plan.plan(host, path)
            if not planned.found.plan:
                assert not app_plan.reconciled(host, planned.wish, host.peek_state()).plan
            return planned

    def rollback(self, to=None, **more):
        with self.host(**more) as host:
            return app_rollback.rollback(host, to, yes)

    def status(self, **more):
        with self.host(**more) as host:
            return app_status.status(host)

    def cli_with(self, checkpoint, *words: str) -> int:
        """The same with a checkpoint; only in a child, for it bends the command line's wiring."""
        from netconf.cli import apply as command

        state = self.root / "state"
        command.host_of = lambda *_: Host(
            Settings(state_dir=state, run_dir=state / "run", checkpoint=checkpoint)
        )
        return self.cli(*words)

    def cli(self, *words: str) -> int:
        return main([words[0], "--state-dir", str(self.root / "state"), *words[1:]])

    def generation(self) -> int:
        with self.host() as host:
            return host.peek_state().current()

    def changes(self, path: str) -> list[str]:
        """What a plan toward the document would change."""
        return [str(key) for key in self.plan(path).found.plan.changes]


def forked(work) -> int:
    """The exit status of `work` in a child; negative: the signal that ended it."""
    pid = os.fork()
    if pid == 0:
        try:
            result = work()
            os._exit(result if isinstance(result, int) else 0)
        except BaseException:  # noqa: BLE001 - nothing may get out of the child
            traceback.print_exc()
        finally:
            os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def killed(work) -> bool:
    """Whether the child was killed; False if it came to its end."""
    status = forked(work)
    assert status in (0, -signal.SIGKILL), f"the child ended with {status}, its traceback is above"
    return bool(status)

"""One machine, here of user-mode-linux (see emulated.py for the other sort): boot it, run one shell command in it,
learn how it ended.

A machine is a job folder and a process tree. In the job folder are `command` and `start` (read by the guest),
`output` and `status` (written by it, through to the host at once, so that a panic loses nothing), `console` (the
kernel's own words) and whatever the command leaves there.

The tree lives in a pid namespace of its own, under a small shell that holds the read end of a pipe, the leash: when
we write to it, or die by whatever cause, the shell exits, and all in the namespace are killed at one blow. In that
order: a guest process whose kernel is killed before it would run on as a process of the host (see ptrace.c, which
keeps that from happening after a crash as well). The kernel itself must not be pid 1 there: its panic ends in
abort(), which pid 1 ignores.
"""

import contextlib
import enum
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

from lab import initrd
from lab.wire import Plug

PACKAGES = ("user-mode-linux", "busybox-static", "kmod", "util-linux", "gcc", "libc6-dev")
PRELOAD = Path(__file__).with_name("ptrace.c")
MODULES = Path("/usr/lib/uml/modules")

# Only pid 1 may run this: it switches the power off, and must not end before it is.
START = """
[ $$ -eq 1 ] || exit 1
cd "$LAB_JOB"
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb NO_COLOR=1
export PYTHONDONTWRITEBYTECODE=1
[ -z "$LAB_PATH" ] || PATH=$LAB_PATH:$PATH
[ -z "$LAB_DRIVERS" ] || modprobe -a $(echo "$LAB_DRIVERS" | tr , ' ')
sh ./command > output 2>&1 < /dev/null
echo $? > status
echo o > /proc/sysrq-trigger
while :; do :; done
"""

# hostfs keeps a descriptor of the host open for each file the guest has seen: hence the limit.
# Should guest code ever run on the host in spite of all, it must not find the switch for the power there.
SUPERVISOR = """
[ ! -e /proc/sysrq-trigger ] || mount --bind /dev/null /proc/sysrq-trigger || exit 1
exec 3<&0
ulimit -S -n $(ulimit -H -n)
trap 'exit 1' TERM
"$@" 3<&- < /dev/null & kernel=$!
(read _ <&3; kill -TERM 1) &
wait $kernel
"""


class NotInstalledError(Exception):
    """This host lacks a program that machines are made of."""


class End(enum.Enum):
    DONE = "done"  # the command returned
    PANIC = "panic"
    TIMEOUT = "timeout"
    DIED = "died"  # the kernel ended otherwise, before the command returned


@dataclass(frozen=True, slots=True)
class Outcome:
    end: End
    status: int | None  # what the command returned, with DONE
    output: str
    console: str
    seconds: float

    def __str__(self) -> str:
        """What someone needs who must find out why a machine went wrong."""
        how = f"{self.end.value}, status {self.status}, after {self.seconds:.1f} s"
        return f"{how}\n--- console:\n{self.console[-3000:]}\n--- output:\n{self.output[-3000:]}"


@dataclass(frozen=True, slots=True)
class Kernel:
    program: Path
    modules: Path  # the folder of this release


@cache
def kernel() -> Kernel:
    """The installed user-mode-linux kernel, or NotInstalledError with what to install."""
    program = shutil.which("linux.uml")
    others = (shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") for name in ("modprobe", "cc"))
    if program is None or not all(others) or not initrd.BUSYBOX.exists():
        raise NotInstalledError(f"no user-mode-linux here: apt-get install {' '.join(PACKAGES)}")
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return Kernel(Path(program), MODULES / done.stdout.strip())


class Machine:
    """Runs `command` (shell text, as root, in `job`) in a fresh machine. Use as a context manager: leaving kills it.

    `job` must be a folder of this machine alone, with a short path: a Unix socket is made below it. `plugs` are its
    NICs, vec0 and so on.
    """

    def __init__(self, job: Path, command: str, memory: str = "512M", plugs: Sequence[Plug] = ()) -> None:
        self.job = job
        self._memory = memory
        self._plugs = plugs
        self._process: subprocess.Popen[bytes] | None = None
        self._leash = -1
        self._timed_out = False
        self._began = 0.0
        job.mkdir(parents=True, exist_ok=True)
        (job / "command").write_text(command + "\n")
        (job / "start").write_text(START)

    def start(self) -> Self:
        """NotInstalledError if this host lacks what the machine is made of."""
        line = self._line()
        self._began = time.monotonic()
        read, self._leash = os.pipe()
        argv = [*_first(), *_namespace(), "sh", "-c", SUPERVISOR, "lab", *line]
        with (self.job / "console").open("ab") as out:
            self._process = subprocess.Popen(
                argv,
                stdin=read,
                stdout=out,
                stderr=out,
                start_new_session=True,
                pass_fds=[plug.fd for plug in self._plugs],
            )
        os.close(read)
        return self

    def ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def wait(self, timeout: float) -> Outcome:
        """Until the machine has ended by itself, or was killed because `timeout` seconds were not enough."""
        assert self._process is not None, "not started"
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._timed_out = True
        return self.stop()

    def stop(self) -> Outcome:
        """Kill the machine if it still runs; how it ended."""
        self.kill()
        status, console = self._read("status").strip(), self._read("console")
        if status:
            end = End.DONE
        elif "Kernel panic" in console:
            end = End.PANIC
        else:
            end = End.TIMEOUT if self._timed_out else End.DIED
        seconds = time.monotonic() - self._began
        return Outcome(end, int(status) if status else None, self._read("output"), console, seconds)

    def kill(self) -> None:
        """Pull the plug. When this returns, no process of the machine is left."""
        if self._process is None:
            return
        with contextlib.suppress(BrokenPipeError):
            os.write(self._leash, b"\n")
        os.close(self._leash)
        self._process.wait()
        self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.kill()

    def _line(self) -> list[str]:
        """What runs the kernel. With `con=null` it doesn't look for a terminal; without ptys it boots 0.3 s sooner."""
        found = kernel()
        (self.job / "initrd").write_bytes(initrd.build(found.modules, ["overlay"]))
        subprocess.run(["cc", "-shared", "-fPIC", "-o", self.job / "ptrace.so", PRELOAD, "-ldl"], check=True)
        return [
            *("env", f"LD_PRELOAD={self.job / 'ptrace.so'}"),
            str(found.program),
            f"mem={self._memory}",
            f"initrd={self.job / 'initrd'}",
            f"uml_dir={self.job / 'uml'}",
            "umid=m",
            *("con=null", "con0=null,fd:1", "pty.legacy_count=0", "selinux=0"),
            *("quiet", "panic=-1", "noreboot"),
            *(f"vec{n}:transport=fd,fd={plug.fd},mac={plug.mac}" for n, plug in enumerate(self._plugs)),
            *("LAB_SHARE=hostfs", f"LAB_JOB={self.job}", f"LAB_MODULES={found.modules.parent}"),
        ]

    def _read(self, name: str) -> str:
        path = self.job / name
        return path.read_text(errors="replace") if path.exists() else ""


def _first() -> Iterator[str]:
    """Where we may, the machine goes before other processes: each call of a guest's process is a change between two
    of the host, and waits for whatever else would run.
    """
    if os.geteuid() == 0:
        yield from ("nice", "-n", "-5")


def _namespace() -> Iterator[str]:
    yield "unshare"
    if os.geteuid() != 0:
        yield "--map-root-user"
    yield from ("--pid", "--net", "--mount", "--fork")

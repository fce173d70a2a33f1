"""Legacy xtables: `ports.Xtables`. Read with iptables-legacy-save, written with python-iptables in a process
of its own (xtables_worker.py), under the lock that iptables takes; the library doesn't take it.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from netconf.core.errors import ApplyError, ObserveError, PrivilegeError
from netconf.system.linux import netns
from netconf.system.linux.ipset import LinuxIpsets
from netconf.system.ports import Session, XtText
from netconf.system.xtables import Commit, Complaint, Edit, Listing, encode, listing

if TYPE_CHECKING:
    import subprocess

LOCK = Path("/run/xtables.lock")
LOCK_SECONDS = 10.0
WORKER_SECONDS = 120
"""10 000 rules take the library six seconds."""

_DIRECTORIES = ("/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin")
T = TypeVar("T")
_PREFIXES = {4: "iptables", 6: "ip6tables"}
_NAMES = {4: "ip_tables_names", 6: "ip6_tables_names"}
_ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
_WRITER = {"PYTHONDONTWRITEBYTECODE": "1", "SETUPTOOLS_USE_DISTUTILS": "stdlib"}
"""It's a short process that mustn't leave files, nor take a quarter of a second to bring setuptools."""

_LINE = re.compile(r"line:? (\d+)")
_HELP = re.compile(r"^(Try `|Perhaps |Error occurred|ip6?tables-restore: line \d+ failed).*$", re.MULTILINE)
_SECONDS = 60


class LinuxXtables:
    def can_write(self) -> bool:
        import importlib.util

        return importlib.util.find_spec("iptc") is not None

    def save(self, family: int, table: str) -> str:
        if table not in self.tables(family):
            return ""
        done = _run(family, "save", "-c", "-t", table)
        if done.returncode:
            raise ObserveError(f"{_PREFIXES[family]}-save: {' '.join(done.stderr.split())}")
        return done.stdout

    def tables(self, family: int) -> Sequence[str]:
        try:
            return (Path("/proc/thread-self/net") / _NAMES[family]).read_text().split()
        except OSError:
            return ()

    def canonical(self, sets: str, texts: Sequence[XtText]) -> Sequence[str] | Complaint:
        def try_out() -> Sequence[str] | Complaint:
            netns.unshare()
            refused = LinuxIpsets().restore(sets)
            if refused is not None:
                return Complaint(-1, refused.line, refused.text)
            return self._restored(texts)

        return _aside(try_out)

    def _restored(self, texts: Sequence[XtText]) -> Sequence[str] | Complaint:
        saved = []
        for index, text in enumerate(texts):
            complaint = _restore(text)
            if complaint is not None:
                line, words = complaint
                return Complaint(index, line or _culprit(text), words)
            saved.append(self.save(text.family, text.table))
        return saved

    def rehearse(self, sets: str, commits: Sequence[Commit]) -> Complaint | None:
        for part, commit in enumerate(commits):
            try:
                found = self._rehearsed(sets, commit)
            except ApplyError as err:
                found = Complaint(0, self._crasher(sets, commit), str(err))
            if found is not None:
                return found._replace(part=part)
        return None

    def _rehearsed(self, sets: str, commit: Commit) -> Complaint | None:
        """Raises ApplyError if the writing process doesn't end well."""

        def try_out() -> Complaint | str:
            netns.unshare()
            refused = LinuxIpsets().restore(sets)
            if refused is not None:
                return Complaint(-1, refused.line, refused.text)
            complaint = _write(commit)
            if complaint is not None:
                return complaint._replace(line=_rule_number(commit, complaint.line))
            return self.save(commit.family, commit.table)

        found = _aside(try_out)
        if isinstance(found, Complaint):
            return found
        return _otherwise(commit, listing(found, commit.prefix))

    def _crasher(self, sets: str, commit: Commit) -> int:
        """The number of the first rule that the writing process dies of, by itself; 0 = of none."""
        before = [edit for edit in commit.edits if edit.what == "create"]
        for number, rule in enumerate(commit.after.rules, 1):
            alone = commit._replace(edits=(*before, Edit("insert", rule[0], 0, rule[1])))
            try:
                self._rehearsed(sets, alone)
            except ApplyError:
                return number
        return 0

    def commit(self, commit: Commit) -> None:
        with _locked():
            before = self._looked_at(commit)
            if before.ours != commit.before.ours:
                raise ApplyError(
                    f"{_where(commit)} was changed by somebody else meanwhile", hint="plan again"
                )
            complaint = _write(commit)
            if complaint is not None:
                rule = commit.edits[complaint.line - 1].rule if complaint.line else ""
                raise ApplyError(f"{_where(commit)}: {complaint.text}{f' ({rule})' if rule else ''}")
            after = self._looked_at(commit)
        if after.ours != commit.after.ours:
            raise ApplyError(f"{_where(commit)} isn't what was written: {_first_difference(commit, after)}")
        if _of_others(after) != _of_others(before):
            raise ApplyError(f"{_where(commit)}: rules of others changed while ours were written")

    def _looked_at(self, commit: Commit) -> Listing:
        return listing(self.save(commit.family, commit.table), commit.prefix)

    def admits(self, sets: str, texts: Sequence[XtText], session: Session, link: str) -> bool | None:
        from netconf.system.linux import trial

        def load() -> bool:
            return LinuxIpsets().restore(sets) is None and all(_restore(text) is None for text in texts)

        def try_out() -> bool | None:
            netns.unshare()
            return trial.answered(session, link, load)

        try:
            return netns.in_thread(try_out)
        except (OSError, ObserveError):
            return None


def _of_others(found: Listing) -> list[str]:
    """What they have: builtin chains are there by themselves, when the table is first looked at."""
    return [line for line in found.foreign if not (line.startswith(":") and line.endswith(" ACCEPT"))]


def _where(commit: Commit) -> str:
    return f"table {commit.table} of {_PREFIXES[commit.family]}"


def _rule_number(commit: Commit, edit: int) -> int:
    """Which of the rules to be an edit of a new table writes."""
    own = [
        step for step in commit.edits[:edit] if step.what == "insert" and step.chain.startswith(commit.prefix)
    ]
    return len(own)


def _otherwise(commit: Commit, found: Listing) -> Complaint | None:
    """What has become something else."""
    if found.ours == commit.after.ours:
        return None
    for number, rule in enumerate(commit.after.rules):
        if rule not in found.rules[number : number + 1]:
            have = found.rules[number][1] if number < len(found.rules) else "nothing"
            return Complaint(0, number + 1, f"it becomes {have}")
    return Complaint(0, 0, "its chains become others")


def _first_difference(commit: Commit, found: Listing) -> str:
    for want, have in zip(commit.after.rules, found.rules, strict=False):
        if want != have:
            return f"{' '.join(have)} instead of {' '.join(want)}"
    return f"{len(found.rules)} rules instead of {len(commit.after.rules)}"


def _aside(work: Callable[[], T]) -> T:
    """In a thread that may move to another network namespace; processes it starts are there, too."""
    try:
        return netns.in_thread(work)
    except PermissionError as err:
        raise PrivilegeError(
            "a firewall is planned in a throw-away network namespace, which needs CAP_SYS_ADMIN",
            hint="run it as root, e.g. with sudo",
        ) from err


def _restore(text: XtText) -> tuple[int, str] | None:
    """Load a text beside what's there; (the line, or 0; what's wrong) if it's refused."""
    done = _run(text.family, "restore", "-w", "--noflush", given=text.text)
    if not done.returncode:
        return None
    number = _LINE.search(done.stderr)
    line = int(number[1]) if number else 0
    words = " ".join(_HELP.sub("", done.stderr).split())
    words = re.sub(r"^ip6?tables-restore v\S+( \(\w+\))?: ", "", words)
    at_commit = text.text.splitlines()[line - 1 : line] == ["COMMIT"]
    if at_commit or not words:
        words = words or "the kernel doesn't take it"
    return (0 if at_commit else line), words or "iptables-restore doesn't take it"


def _culprit(text: XtText) -> int:
    """The line that the kernel doesn't take by itself: it refuses tables, and says nothing of rules."""
    lines = text.text.splitlines()
    rules = [number for number, line in enumerate(lines) if line.startswith("-A ")]
    for number in rules:
        alone = [line for at, line in enumerate(lines) if at == number or at not in rules]
        trial = text._replace(text="\n".join(alone) + "\n", table=text.table)
        if _restore(trial) is not None:
            return number + 1
    return 0


def _write(commit: Commit) -> Complaint | None:
    """Have the edits written; the complaint's line is the number of the edit. Raises ApplyError if the
    writing process doesn't end well.
    """
    import subprocess

    words = [sys.executable, "-P", "-W", "ignore", "-m", "netconf.system.linux.xtables_worker"]
    try:
        request = encode(commit)
    except ValueError as err:
        raise ApplyError(f"{_where(commit)}: {err}") from err
    paths = os.pathsep.join(path for path in sys.path if path)
    try:
        done = subprocess.run(
            words,
            input=request,
            capture_output=True,
            timeout=WORKER_SECONDS,
            check=False,
            env={**_ENVIRONMENT, **_WRITER, "PYTHONPATH": paths},
        )
    except subprocess.TimeoutExpired as err:
        raise ApplyError(f"{_where(commit)}: writing took longer than {WORKER_SECONDS} s") from err
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        raise ApplyError(f"{_where(commit)}: python-iptables crashed ({name})")
    talk = " ".join(done.stderr.decode(errors="replace").split())
    if done.returncode or not done.stdout:
        raise ApplyError(f"{_where(commit)}: python-iptables ended with {done.returncode}: {talk}")
    answer = json.loads(done.stdout)
    if not answer:
        return None
    number, text = answer
    return Complaint(
        0, number + 1 if number < len(commit.edits) else 0, f"{text}{f' ({talk})' if talk else ''}"
    )


@contextmanager
def _locked() -> Iterator[None]:
    """The lock of iptables-legacy(8), which is one for all network namespaces."""
    with os.fdopen(os.open(LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)) as file:
        end = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as err:
                if time.monotonic() > end:
                    raise ApplyError(f"somebody holds {LOCK} for more than {LOCK_SECONDS:g} s") from err
                time.sleep(0.05)
        yield


def _run(family: int, what: str, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Without the lock of the real tables: what's restored by it is in a namespace of ours. What's given
    is a file, not a pipe: subprocess feeds a pipe 512 bytes at a time.
    """
    import subprocess

    with (
        os.fdopen(os.memfd_create("xtables"), "w+b") as data,
        os.fdopen(os.memfd_create("lock"), "w+b") as lock,
    ):
        data.write(given.encode(errors="surrogateescape"))
        data.seek(0)
        try:
            return subprocess.run(
                [_program(f"{_PREFIXES[family]}-legacy-{what}", f"{_PREFIXES[family]}-{what}"), *arguments],
                stdin=data,
                capture_output=True,
                text=True,
                errors="replace",
                env={**_ENVIRONMENT, "XTABLES_LOCKFILE": f"/proc/self/fd/{lock.fileno()}"},
                pass_fds=(lock.fileno(),),
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as err:
            raise ObserveError(f"{_PREFIXES[family]}-{what} took longer than {_SECONDS} s") from err


@cache
def _program(legacy: str, plain: str) -> str:
    """The legacy variant; where there's one only (before 1.8) it's that."""
    import subprocess

    for directory in _DIRECTORIES:
        if os.access(f"{directory}/{legacy}", os.X_OK):
            return f"{directory}/{legacy}"
    for directory in _DIRECTORIES:
        path = f"{directory}/{plain}"
        if os.access(path, os.X_OK):
            version = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
            if "nf_tables" not in version:
                return path
    raise ObserveError(f"{legacy} is not installed", hint="install the package iptables")

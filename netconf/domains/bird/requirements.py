"""What must be so before anything is done: BIRD takes the text, the passwords are there, nobody
else's change is pending.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from netconf.core.diagnostics import Diagnostic, error, warning
from netconf.domains.bird import control, secrets
from netconf.domains.bird.look import is_tried, text_of
from netconf.domains.bird.operation import CANDIDATE
from netconf.domains.bird.orphans import orphans
from netconf.domains.bird.resource import BirdConfig
from netconf.domains.bird.text import origin_of
from netconf.system.ports import System

OLDEST = (2, 0, 12)
"""The oldest version this was proven with."""


MOST_TOLD = 5

ASSUMES_MD5 = "Missing authentication option, assuming MD5"
"""Said of every password of a BGP neighbour since 2.17. The option that would say MD5 isn't known to
2.0, and MD5 is what password_file means.
"""

STDIN = "/proc/self/fd/0"
"""/dev/stdin is a link that small systems lack."""

_COMPLAINT = re.compile(r"(?:bird: )?/proc/self/fd/0:(\d+):(\d+) (.*)", re.DOTALL)


def unsupported(want: BirdConfig, system: System) -> Iterator[Diagnostic]:
    """Findings about a configuration to come."""
    missing = list(_passwords(want, system))
    if missing:
        yield from missing
        return
    yield from _check(want, system)
    with control.session(system, want.socket) as session:
        if session is None:
            if not want.start:
                yield _not_running(want)
            return
        yield from _orphaned(want, system)
        if _version(session.version) < OLDEST:
            yield error(
                "NC6830",
                f"BIRD {session.version} is too old",
                f"netconf writes for {'.'.join(map(str, OLDEST))} and later",
                "update it",
                resource=str(want.id),
            )
        tried = text_of(system, want.config + CANDIDATE)
        if control.is_pending(session) and not (
            tried and is_tried(session, tried, control.revision(session))
        ):
            yield error(
                "NC5830",
                "somebody else's change of BIRD's configuration is pending",
                "it's undone by a timer, and ours would stop that timer",
                "wait, or end it with birdc configure confirm or birdc configure undo",
                resource=str(want.id),
            )


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def _orphaned(want: BirdConfig, system: System) -> Iterator[Diagnostic]:
    """What the daemon has now it takes away itself."""
    found = orphans(system, want.text, text_of(system, want.config))
    if found:
        more = f" and {len(found) - MOST_TOLD} more" if len(found) > MOST_TOLD else ""
        yield warning(
            "NC2833",
            f"routes of BIRD's that no protocol looks after: {', '.join(found[:MOST_TOLD])}{more}",
            "a daemon that was killed has left them, or they are another daemon's",
            f"if they are nobody's: ip route del {found[0]} proto bird",
            path=("bird", "protocols", "kernel"),
            resource=str(want.id),
        )


def _not_running(want: BirdConfig) -> Diagnostic:
    return error(
        "NC6831",
        f"BIRD isn't running at {want.socket}",
        "nothing can be configured there, and there's no command to start it",
        "start it, or write bird.daemon.start: [systemctl, start, bird]",
        resource=str(want.id),
    )


def _passwords(want: BirdConfig, system: System) -> Iterator[Diagnostic]:
    for line, path in secrets.files(want.text or ""):
        try:
            secrets.password(path, system.files.read)
        except ValueError as err:
            yield error(
                "NC2830",
                f"there is no password in {path}",
                str(err),
                "put it there, in one line",
                path=origin_of(want.origins, line).path,
                resource=str(want.id),
            )


def _check(want: BirdConfig, system: System) -> Iterator[Diagnostic]:
    """BIRD's own opinion, at the place of the document that the line comes from."""
    raw = secrets.filled(want.text or "", system.files.read)
    try:
        done = system.process.run([want.binary, "-p", "-c", STDIN], raw, user=want.user)
    except OSError as err:
        yield error(
            "NC6832",
            f"{want.binary} can't be run",
            f"{err.strerror}: the configuration can't be checked without it",
            "install BIRD 2, or write bird.daemon.binary",
            resource=str(want.id),
        )
        return
    if done.status == 0:
        told = [line for line in done.errors.splitlines() if line.strip() and not line.endswith(ASSUMES_MD5)]
        for said in told[:MOST_TOLD]:
            yield warning("NC2832", f"BIRD says: {said}", path=("bird",), resource=str(want.id))
        return
    match = _COMPLAINT.search(done.errors.strip())
    if match is None:
        yield error(
            "NC2831",
            "BIRD doesn't take this configuration",
            done.errors.strip()[-300:] or "it doesn't say why",
            "correct what it names",
            path=("bird",),
            resource=str(want.id),
        )
        return
    yield _placed(want, int(match[1]), match[3].strip())


def _placed(want: BirdConfig, line: int, words: str) -> Diagnostic:
    origin = origin_of(want.origins, line)
    text = (want.text or "").split("\n")[line - 1].strip()
    raw = bool(origin.path) and origin.path[-1] in ("raw", "before", "after")
    where = f"line {line - origin.line + 1} of it, " if raw else "what is written for it, "
    return error(
        "NC2831",
        f"BIRD doesn't take this: {words}",
        f"{where}{text}" if text and "password" not in text else "see what is written for it",
        "correct it" if raw else "correct the value, or leave it out",
        path=origin.path,
        resource=str(want.id),
    )

"""Making a daemon run a configuration, so that everything falls back if we don't finish.

A new configuration is a candidate beside the file: the daemon checks it, takes it with a timer that
undoes it, and is told to keep it only when it's verified; then it takes the file's place. Until
then the file is the old one, and whatever happens (a crash of ours or of the daemon, a reboot,
somebody's reload) leads back to that.
"""

from __future__ import annotations

from netconf.core.errors import ApplyError, NetconfError, VerifyError
from netconf.domains.bird import control, secrets
from netconf.domains.bird.control import Code
from netconf.domains.bird.leaving import LEAVING, leave
from netconf.domains.bird.look import is_tried, text_of
from netconf.domains.bird.operation import Configure
from netconf.domains.bird.render import revision_of
from netconf.domains.bird.resource import FOREIGN, NOT_RUNNING
from netconf.system.ports import BirdFault, BirdSession, BirdUnavailable, System

START_SECONDS = 15.0

_NEUTRAL = "# Written by netconf for the moment in which BIRD starts.\n{}protocol device {{\n}}\n"
"""No routes and no neighbours: what the file held before could announce what nobody wants now."""


def configure(operation: Configure, system: System) -> None:
    """Raises ApplyError, ObserveError, OSError."""
    if operation.running == NOT_RUNNING or operation.text is None:
        _stop(operation, system)
        return
    with control.session(system, operation.socket) as session:
        if session is not None:
            _load(operation, session, system)
            return
    _start(operation, system)
    with control.session(system, operation.socket) as session:
        if session is None:
            raise ApplyError(f"BIRD isn't there any more at {operation.socket}")
        _load(operation, session, system)


def _load(operation: Configure, session: BirdSession, system: System) -> None:
    if text_of(system, operation.config) == operation.text:
        _load_file(operation, session, system)
    elif text_of(system, operation.former) == operation.text:
        system.files.rename(operation.former, operation.config)
        _load_file(operation, session, system)
    else:
        _try(operation, session, system)


def _load_file(operation: Configure, session: BirdSession, system: System) -> None:
    """By the file's name, or by the daemon's own undo if it's our candidate that it would undo: undo
    takes back the last change, whoever made it, and twice is once again.
    """
    running = control.revision(session)
    tried = text_of(system, operation.candidate)
    if running != operation.running or running == FOREIGN:
        ours = tried is not None and is_tried(session, tried, running)
        if ours and control.undo_is_scheduled(session):
            control.command(session, "configure undo", Code.RECONFIGURED, Code.IN_PROGRESS, Code.UNDOING)
        else:
            _configure(session, f'configure "{operation.config}"')
        control.settle(session, system)
    _require_revision(operation, session)
    if revision_of(operation.text or ""):
        # It's to be verified, which goes by the candidate.
        system.files.keep(operation.config, operation.candidate)


def _try(operation: Configure, session: BirdSession, system: System) -> None:
    if control.is_pending(session):
        raise ApplyError(
            "somebody else's change of BIRD's configuration is pending",
            hint="wait for it, or end it with birdc configure confirm or undo",
        )
    try:
        raw = secrets.filled(operation.text or "", system.files.read)
    except ValueError as err:
        raise ApplyError(f"a password can't be written: {err}") from err
    system.files.remove(operation.former)
    system.files.create(operation.candidate, raw, operation.config, operation.group)
    # No configure check before it: the daemon reads the whole file first in any case, and goes on as it
    # was if it doesn't take it. What a failure spoils is a pending undo, and there's none.
    _configure(session, f'configure "{operation.candidate}" timeout {operation.timeout}')
    control.settle(session, system)
    _require_revision(operation, session)


def _configure(session: BirdSession, words: str) -> None:
    control.command(session, words, Code.RECONFIGURED, Code.IN_PROGRESS, Code.QUEUED)


def _require_revision(operation: Configure, session: BirdSession) -> None:
    running = control.revision(session)
    if running != operation.running:
        raise ApplyError(f"BIRD runs {running}, not {operation.running}: somebody else has configured it")


def _start(operation: Configure, system: System) -> None:
    """With the configuration if the file has it already, else with a neutral one."""
    if text_of(system, operation.config) != operation.text:
        _make_room(operation, system)
    if not operation.start:
        raise ApplyError(
            f"BIRD isn't running at {operation.socket}", hint=f"start it: it will read {operation.config}"
        )
    words = " ".join(operation.start)
    try:
        done = system.process.run(operation.start)
    except OSError as err:
        raise ApplyError(f"{words}: {err.strerror}") from err
    if done.status != 0:
        raise ApplyError(f"{words} failed: {(done.errors or done.output).strip()[-300:]}")
    end = system.clock.monotonic() + START_SECONDS
    monitor = system.open_monitor()
    try:
        while not _answers(operation, system):
            if system.clock.monotonic() > end:
                raise ApplyError(f"{words}: nobody answers at {operation.socket} after {START_SECONDS:.0f} s")
            monitor.wait(0.05)
    finally:
        monitor.close()


def _make_room(operation: Configure, system: System) -> None:
    """What there was is kept. Without a command to start, it's a way back: then the old file it is."""
    if not operation.start:
        if text_of(system, operation.former) == operation.text:
            system.files.rename(operation.former, operation.config)
        elif operation.text is not None:
            _write(operation, operation.text, system)
        return
    if text_of(system, operation.config) is not None:
        system.files.keep(operation.config, operation.former)
    text = operation.text or ""
    lines = [line for line in text.split("\n") if line.startswith(("router id ", "log "))]
    _write(operation, _NEUTRAL.format("".join(f"{line}\n" for line in lines[:2])), system)


def _write(operation: Configure, text: str, system: System) -> None:
    """Into the file itself."""
    try:
        raw = secrets.filled(text, system.files.read)
    except ValueError as err:
        raise ApplyError(f"a password can't be written: {err}") from err
    system.files.create(operation.candidate, raw, operation.config, operation.group)
    system.files.rename(operation.candidate, operation.config)


def _answers(operation: Configure, system: System) -> bool:
    try:
        system.bird.connect(operation.socket).close()
    except (BirdUnavailable, BirdFault):
        return False
    return True


def _is_gone(operation: Configure, system: System) -> bool:
    try:
        system.bird.connect(operation.socket).close()
    except BirdUnavailable:
        return True
    except BirdFault:
        return False
    return False


def _stop(operation: Configure, system: System) -> None:
    """The daemon, and the file as it was."""
    with control.session(system, operation.socket) as session:
        if session is not None:
            leave(session, operation.config, system)
    if operation.text is None:
        system.files.remove(operation.config)
        system.files.remove(operation.former)
    elif text_of(system, operation.config) != operation.text:
        if text_of(system, operation.former) == operation.text:
            system.files.rename(operation.former, operation.config)
        else:
            _write(operation, operation.text, system)
    _await_end(operation, system)


def _await_end(operation: Configure, system: System) -> None:
    end = system.clock.monotonic() + START_SECONDS
    monitor = system.open_monitor()
    try:
        while not _is_gone(operation, system):
            if system.clock.monotonic() > end:
                raise ApplyError(f"BIRD is still there {START_SECONDS:.0f} s after it was told to end")
            monitor.wait(0.05)
    finally:
        monitor.close()


def conclude(operation: Configure, system: System) -> None:
    """Tell the daemon to keep what it runs, and put the candidate in the file's place. VerifyError if
    it isn't ours to keep any more: somebody has configured the daemon meanwhile, or it has undone.
    """
    tried = text_of(system, operation.candidate)
    with control.session(system, operation.socket) as session:
        if operation.running == NOT_RUNNING:
            return
        running = NOT_RUNNING if session is None else control.revision(session)
        if session is None or running != operation.running:
            raise VerifyError(f"BIRD runs {running or 'no more'}: somebody else has changed that meanwhile")
        if tried is None or tried == text_of(system, operation.config):
            system.files.remove(operation.candidate)
            return
        reply = session.ask("configure confirm")
        if reply.code != Code.CONFIRMED:
            raise VerifyError(
                f"BIRD had nothing to confirm ({reply.text}): somebody else has configured it meanwhile"
            )
    _take_its_place(operation, system)


def _take_its_place(operation: Configure, system: System) -> None:
    if text_of(system, operation.config) is not None:
        system.files.keep(operation.config, operation.former)
    system.files.rename(operation.candidate, operation.config)


def tidy(config: str, socket: str, system: System) -> None:
    """No candidate stays. Should the daemon run it in the end, it's what the file shall hold."""
    operation = Configure(config, socket, None, NOT_RUNNING)
    system.files.remove(config + LEAVING)
    tried = text_of(system, operation.candidate)
    if tried is None:
        return
    try:
        with control.session(system, socket) as session:
            is_other = tried != text_of(system, config)
            if session is not None and is_other and is_tried(session, tried, control.revision(session)):
                session.ask("configure confirm")
                _take_its_place(operation, system)
                return
    except NetconfError:
        return
    system.files.remove(operation.candidate)

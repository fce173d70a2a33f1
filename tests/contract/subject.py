"""netconf under test, in this process and this network namespace: what the commands call, without the command line."""

from __future__ import annotations

from pathlib import Path

from netconf.app import capture, documents
from netconf.app.apply import Applied, apply_wish
from netconf.app.plan import operation_rows, plan_wish
from netconf.app.rollback import rollback
from netconf.app.wiring import Host, Settings
from netconf.core.outcome import Outcome


class Subject:
    """A host with a state directory of its own, in the namespace the test is in."""

    def __init__(self, state: Path) -> None:
        self._settings = Settings(state_dir=state, run_dir=state / "run")

    @property
    def host(self) -> Host:
        """A new one for each command, as each command is a process of its own."""
        return Host(self._settings)

    def plan(self, document):
        """The changes as {id: action}."""
        return {str(key): change.action.value for key, change in self._planned(document).plan.changes.items()}

    def commands(self, document):
        """What `netconf plan --commands` prints."""
        rows = operation_rows(self._planned(document), self.host.drivers)
        return [line for row in rows for line in row[1:]]

    def apply(self, document):
        """Apply; anything but a commit fails the test with the reason, a refusal is DiagnosedError."""
        _require_commit(apply_wish(self.host, documents.from_plain(document, "document"), _yes))

    def rollback(self, to=None):
        _require_commit(rollback(self.host, to, _yes))

    def capture(self):
        document, left_out = capture.capture(self.host)
        assert not left_out
        return document

    def _planned(self, document):
        host = self.host
        return plan_wish(host, documents.from_plain(document, "document"), host.peek_state()).found


def _yes(_planned):
    return True


def _require_commit(applied: Applied) -> None:
    ending = applied.ending
    if ending.outcome not in (Outcome.COMMITTED, Outcome.UNCHANGED):
        differences = ending.restored.differences if ending.restored else ()
        raise AssertionError(f"{ending.outcome.value}: {ending.cause} {differences}")

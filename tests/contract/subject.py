"""netconf under test, in this process and this network namespace: what the commands call, without the command line."""

from __future__ import annotations

from pathlib import Path

from netconf.app import capture, documents, unchanged
from netconf.app.apply import Applied, apply_wish
from netconf.app.plan import operation_rows, plan_wish, reconciled
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

    def look(self, document):
        """How the host looked when this document was applied, in short; None if that can't be told."""
        host = self.host
        wish = documents.from_plain(document, "document")
        return unchanged.recall(host, wish.digest, host.peek_state().current())

    def looks(self, look):
        """Whether it looks so now."""
        return look is not None and unchanged.holds(self.host, look)

    def _planned(self, document):
        """By the short look, if there's one, which mustn't see less than the whole one."""
        host = self.host
        wish, state = documents.from_plain(document, "document"), host.peek_state()
        whole = reconciled(host, wish, state)
        assert plan_wish(self.host, wish, state).found.plan == whole.plan
        return whole


def _yes(_planned):
    return True


def _require_commit(applied: Applied) -> None:
    ending = applied.ending
    if ending.outcome not in (Outcome.COMMITTED, Outcome.UNCHANGED):
        differences = ending.restored.differences if ending.restored else ()
        raise AssertionError(f"{ending.outcome.value}: {ending.cause} {differences}")

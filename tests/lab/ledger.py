"""What a guest's pytest did, as JSON lines in the job folder: written and flushed line by line, read while it grows.

After a panic the ledger still tells which test was running. A report travels as pytest's own plain data, so that the
host shows the guest's failure as if it were its own.
"""

import enum
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest


class What(enum.StrEnum):
    STARTED = "started"
    REPORT = "report"  # body: the report
    FINISHED = "finished"
    UNMET = "unmet"  # this tier lacks what the test needs; body: the words


@dataclass(frozen=True, slots=True)
class Row:
    what: What
    test: str  # node id
    body: dict[str, Any] = field(default_factory=dict)


class Writer:
    def __init__(self, path: Path) -> None:
        self._file = path.open("a")

    def note(self, row: Row) -> None:
        line = json.dumps({"what": row.what, "test": row.test, "body": row.body}, default=str)
        self._file.write(line + "\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()


class Reader:
    """Reads what has been added since the last time; a line without its end waits for it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0

    def rows(self) -> list[Row]:
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._at)
            whole, end, _ = file.read().rpartition(b"\n")
        self._at += len(whole) + len(end)
        plain = [json.loads(line) for line in whole.splitlines()]
        return [Row(What(row["what"]), row["test"], row["body"]) for row in plain]


def plain(config: pytest.Config, report: pytest.TestReport) -> dict[str, Any]:
    data = config.hook.pytest_report_to_serializable(config=config, report=report)
    assert data is not None
    return dict(data)


def report(config: pytest.Config, data: dict[str, Any]) -> pytest.TestReport:
    """JSON has no tuples: where pytest has them, they are made again."""
    for name in ("location", "longrepr"):
        if isinstance(data.get(name), list):
            data[name] = tuple(data[name])
    for name in ("sections", "user_properties"):
        data[name] = [tuple(pair) for pair in data[name]]
    made = config.hook.pytest_report_from_serializable(config=config, data=data)
    assert isinstance(made, pytest.TestReport)
    return made

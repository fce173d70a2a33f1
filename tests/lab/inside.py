"""The guest's side of a run: pytest in the machine, which runs the tests it was sent and tells the ledger.

Without a job folder (pytest started by hand in a machine) it runs all that this tier can and tells nobody.
"""

from pathlib import Path

import pytest

from lab import needs
from lab.ledger import Row, What, Writer, plain

TESTS, LEDGER = "tests", "ledger"  # files in the job folder


class Inside:
    def __init__(self, config: pytest.Config, tier: str, job: Path | None) -> None:
        self._config = config
        self._tier = tier
        self._order = (job / TESTS).read_text().splitlines() if job else None
        self._ledger = Writer(job / LEDGER) if job else None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        if self._order is not None:
            place = {test: n for n, test in enumerate(self._order)}
            items[:] = sorted((i for i in items if i.nodeid in place), key=lambda i: place[i.nodeid])
        wanted = {item: needs.of(item) for item in items}
        met = needs.met(frozenset().union(*wanted.values()), self._tier)
        unmet = {item: sorted(words - met) for item, words in wanted.items() if words - met}
        for item, words in unmet.items():
            self._note(What.UNMET, item.nodeid, words=words)
        items[:] = [item for item in items if item not in unmet]
        config.hook.pytest_deselected(items=list(unmet))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._note(What.STARTED, nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(What.REPORT, report.nodeid, **plain(self._config, report))

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._note(What.FINISHED, nodeid)

    def pytest_unconfigure(self) -> None:
        if self._ledger:
            self._ledger.close()

    def _note(self, what: What, test: str, **body: object) -> None:
        if self._ledger:
            self._ledger.note(Row(what, test, body))

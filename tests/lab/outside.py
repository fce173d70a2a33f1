"""The host's side of a run: places each test in the first tier that has what it needs, and reports for all of them.

What the host lacks goes to a guest, which boots while the host's own tests run; what that one lacks too goes to the
next, when the one before has ended: one core is left to the host. Their results are replayed after the host's.
What a test needs and no tier has is an error: a test that never runs anywhere must not look like one that passes.
"""

from collections.abc import Iterator, Sequence

import pytest

from lab import ledger, needs
from lab.guest_run import GuestError
from lab.ledger import Row, What
from lab.relay import Relay

TIERS = (needs.HOST, "uml", "qemu")
TIER = "lab_tier"  # the name a replayed report carries its tier under


class Outside:
    def __init__(self, config: pytest.Config, tiers: Sequence[str]) -> None:
        self._config = config
        self._tiers = tiers
        self._lacking: dict[pytest.Item, list[str]] = {}  # what the host lacks for the tests it can't run
        self._left_out = 0
        self._relay: Relay | None = None
        self._ran: dict[str, set[str]] = {tier: set() for tier in tiers}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        wanted = {item: needs.of(item) for item in items}
        if needs.HOST in self._tiers:
            met = needs.met(frozenset().union(*wanted.values()), needs.HOST)
            lacking = {item: sorted(words - met) for item, words in wanted.items() if words - met}
        else:
            lacking = {item: [needs.HOST] for item in items}
        left_out = [item for item in lacking if not self._may_go_on(wanted[item])]
        self._lacking = {item: words for item, words in lacking.items() if item not in left_out}
        self._left_out = len(left_out)
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Iterator[None]:
        option = session.config.option
        broken = session.testsfailed and not option.continue_on_collection_errors
        if not self._lacking or broken or option.collectonly:
            return (yield)
        guests = [item for item in session.items if item in self._lacking]
        session.items[:] = [item for item in session.items if item not in self._lacking]
        with Relay(session.config, guests, self._tiers) as self._relay:
            result = yield
            for tier in self._relay.tiers:
                self._replay_all(session, tier)
        return result

    def pytest_runtest_logfinish(self) -> None:
        if self._relay is not None:
            self._relay.advance()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        tier = getattr(report, TIER, needs.HOST)
        if tier in self._ran:
            self._ran[tier].add(report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        counts = ", ".join(f"{tier} {len(tests)}" for tier, tests in self._ran.items())
        more = f" ({self._left_out} left out: they need another tier)" if self._left_out else ""
        terminalreporter.write_line(f"tiers: {counts}{more}")

    def _may_go_on(self, words: frozenset[str]) -> bool:
        """Whether a test that won't run on the host is sent to a guest, and not left out.

        One that boots machines can't run there: sent, it becomes an error, which it is where the host was asked too.
        """
        boots = any(word.startswith("machine:") for word in words)
        return self._tiers[-1] != needs.HOST and (needs.HOST in self._tiers or not boots)

    def _replay_all(self, session: pytest.Session, tier: str) -> None:
        """The results of one tier; a test that the next one may have room for stays for it."""
        assert self._relay is not None
        for item in self._relay.tests(tier):
            reports = list(self._reports(item, tier))
            if not reports:
                continue
            item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
            for report in reports:
                item.ihook.pytest_runtest_logreport(report=report)
            item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
            _stop_if_told(session)

    def _reports(self, item: pytest.Item, tier: str) -> Iterator[pytest.TestReport]:
        """None if the test went on to the next tier."""
        assert self._relay is not None
        lacks = {needs.HOST: self._lacking[item], **self._relay.unmet(item.nodeid)}
        try:
            rows = self._relay.rows(item.nodeid, tier)
        except GuestError as trouble:
            yield _error(item, f"{_sentence(lacks)}\n{tier}: {trouble}")
            return
        for row in rows:
            if row.what is What.UNMET and tier == self._tiers[-1]:
                yield _error(item, f"no tier has all it needs: {_sentence({**lacks, tier: _words(row)})}")
            elif row.what is What.REPORT:
                report = ledger.report(self._config, row.body)
                setattr(report, TIER, tier)
                yield report


def _words(row: Row) -> list[str]:
    return list(row.body["words"])


def _sentence(lacks: dict[str, list[str]]) -> str:
    return "; ".join(f"{tier} lacks {', '.join(words)}" for tier, words in lacks.items())


def _error(item: pytest.Item, text: str) -> pytest.TestReport:
    """A failure before the test's own code, which pytest shows and counts as an error; it ran in no tier."""
    report = pytest.TestReport(item.nodeid, item.location, {}, "failed", text, "setup")
    setattr(report, TIER, None)
    return report


def _stop_if_told(session: pytest.Session) -> None:
    """--exitfirst and its like, which pytest's own loop looks at after each test."""
    if session.shouldfail:
        raise session.Failed(session.shouldfail)
    if session.shouldstop:
        raise session.Interrupted(session.shouldstop)

"""Every field of the spec: what `ip` and the shell are told where it changes, there and back."""

from __future__ import annotations

import pytest
from contract.cases import field_cases
from domains.sriov.nic import Nic

from netconf.app import documents
from netconf.app.plan import operation_rows, plan_wish
from netconf.core.outcome import Outcome

CASES = field_cases("sriov")


def commands(site, nic, document):
    with site.host(wrap=nic.wrap) as host:
        found = plan_wish(host, documents.from_plain(document, "document"), host.peek_state()).found
        return [line for row in operation_rows(found, host.drivers) for line in row[1:]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_it_says(case, site, tmp_path):
    nic = Nic(tmp_path / "sys")
    for turn in (0, 1):
        apply(site, nic, case.document(turn))
    for turn in (0, 1):
        told = "\n".join(commands(site, nic, case.document(turn)) + [""]).replace("\n", " \n")
        for line in case.lines[turn]:
            assert line in told, told
        apply(site, nic, case.document(turn))
        assert commands(site, nic, case.document(turn)) == []


def apply(site, nic, document):
    from netconf.inventory.writer import to_yaml

    ending = site.apply(site.document(to_yaml(document)), wrap=nic.wrap).ending
    assert ending.outcome in (Outcome.COMMITTED, Outcome.UNCHANGED), ending

"""The bad-input catalogue: one file per mistake, and what is said about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from inventory.fake_parts import read, rendered

from netconf.core.diagnostics import Severity
from netconf.core.errors import DocumentError

CASES = sorted(Path(__file__).with_name("bad").glob("*.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_what_is_said(case, golden):
    with pytest.raises(DocumentError) as caught:
        read(case.read_bytes(), case.name)
    golden(case.with_suffix(".txt"), "".join(map(rendered, caught.value.diagnostics)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_every_finding_has_a_place(case):
    with pytest.raises(DocumentError) as caught:
        read(case.read_bytes(), case.name)
    for found in caught.value.diagnostics:
        if found.severity is Severity.ERROR:
            assert found.code.startswith("NC")
            assert found.where.file == case.name
            assert found.where.line >= 1
            assert found.where.column >= 1


def test_no_expected_text_without_its_case():
    texts = Path(__file__).with_name("bad").glob("*.txt")
    assert {text.stem for text in texts} <= {case.stem for case in CASES}

"""What this kernel would accept and not do is refused, with a code that says which."""

from __future__ import annotations

from pathlib import Path

import pytest
from contract.cases import load_yaml
from contract.snapshot import differences, quiet, snapshot
from contract.subject import Subject

from netconf.core.errors import DiagnosedError

REFUSED = load_yaml(Path(__file__).with_name("refused.yaml"))


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["about"])
def test_refused_before_anything_is_done(case, netns, tmp_path):
    quiet()
    before = snapshot()
    with pytest.raises(DiagnosedError) as caught:
        Subject(tmp_path).apply({"netconf": 1, **case["document"]})
    assert [finding.code for finding in caught.value.diagnostics] == [case["code"]]
    assert differences(before, snapshot()) == []

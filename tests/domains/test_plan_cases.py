"""Every plan case; `--update-goldens` writes what they come to now, to be reviewed as a diff."""

from __future__ import annotations

import pytest
from domains.plan_case import HERE, PlanCase, plan_cases


@pytest.mark.parametrize("path", plan_cases(), ids=lambda path: str(path.relative_to(HERE).with_suffix("")))
def test_plan_case(path, request):
    case = PlanCase(path)
    if request.config.getoption("--update-goldens"):
        case.rewrite()
    else:
        assert case.outcome() == case.expected

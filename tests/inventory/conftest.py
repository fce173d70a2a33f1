from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def golden(request):
    """Compare a text with a file; with --update-goldens, write it."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update-goldens"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare

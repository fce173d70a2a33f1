"""The reference page names every field."""

from __future__ import annotations

import re
from pathlib import Path

from contract import models

PAGE = Path(__file__).parents[3] / "netconf/domains/link/README.md"


def test_every_field_is_on_the_page():
    words = set(re.findall(r"\w+", PAGE.read_text()))
    assert [path for path in models.fields("link") if path.rpartition(".")[2] not in words] == []

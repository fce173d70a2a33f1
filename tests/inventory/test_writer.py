"""What is written is read back as the same, whatever characters it has."""

from __future__ import annotations

import pytest

from netconf.inventory.files import FileContent
from netconf.inventory.source import YamlSource
from netconf.inventory.writer import to_yaml

TEXTS = {
    "bidirectional": "a\u202eb",
    "separator": "a\u2028b",
    "no-break": " \u00a0x",
    "escape": "\x1b[31m",
    "byte-order-mark": "\ufeff",
    "null": "\x00",
    "beyond-16-bits": "\U000e0001",
    "backslash": "\\u202e \u202e",
    "long": "long " * 60 + "\u200b" + " tail" * 60,
    "accents": "\u00e9\u00df",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_read_back(text):
    data = {"key": text, f"x{text}": [text, {"inner": text}]}
    raw = to_yaml(data).encode()
    assert YamlSource(FileContent("x", raw, "")).load() == data


def test_what_can_be_seen_is_not_escaped():
    assert to_yaml({"key": "\u00e9\u00df"}) == "key: \u00e9\u00df\n"

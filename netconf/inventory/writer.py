"""Plain data as YAML that this room reads back as the same data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def to_yaml(data: Mapping[str, Any]) -> str:
    """YAML text in the order of the data; words such as `on` are quoted, which is text here too."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return text

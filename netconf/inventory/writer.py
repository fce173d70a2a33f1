"""Plain data as YAML that this room reads back as the same data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from netconf.inventory.characters import escaped, is_refused

_SafeDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_SafeDumper):  # type: ignore[misc]
    """Text with characters that the reader refuses as they are stands in double quotes, where they
    can be escaped.
    """


def _text(dumper: Any, value: str) -> Any:
    style = '"' if is_refused(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(data: Mapping[str, Any]) -> str:
    """YAML text in the order of the data; words such as `on` are quoted, which is text here too."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return escaped(text)

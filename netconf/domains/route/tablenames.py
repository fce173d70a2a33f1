"""The names a document gives to routing tables."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from netconf.grammar import reject, shown, tables


def _table_name(name: str) -> str:
    if not tables.is_name(name):
        reject(
            "NC2331",
            f"{shown(name)} can't be the name of a routing table",
            "it would be taken for something else"
            if name in tables.OTHER_WORDS
            else "names are letters, digits, _ . and -, up to 32, and don't begin with a digit",
            "write another name",
        )
    if name in tables.ALWAYS:
        reject(
            "NC2332",
            f"table {name} has its number, {tables.ALWAYS[name]}",
            "every host calls it so",
            "write another name",
        )
    return name


def _table_number(value: int) -> int:
    if not 0 < value <= tables.LAST:
        reject(
            "NC2333",
            f"{value} is not the number of a routing table",
            "tables are numbered 1 to 4294967295",
            "write one of these",
        )
    return value


TableName = Annotated[str, AfterValidator(_table_name)]
TableNumber = Annotated[int, AfterValidator(_table_number)]

"""Tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netconf.report.style import Style, safe


def table(rows: Sequence[tuple[str, ...]], style: Style) -> Iterator[str]:
    """Columns as wide as they must be, under bold heads."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield safe(line.rstrip()) if number else style.paint(line.rstrip(), "bold")

"""Tables of text on a terminal, in columns that fit Chinese names."""

from __future__ import annotations

from collections.abc import Sequence

from terminal.rules.receipt_text import width_columns


def table(rows: Sequence[Sequence[str]], numbers: int) -> list[str]:
    """Return a line for each row of cells, columns lined up; the last `numbers` columns are flush right."""
    widest = [max(width_columns(cell) for cell in column) for column in zip(*rows, strict=True)]
    first_number = len(widest) - numbers
    lines = []
    for row in rows:
        cells = []
        for place, (cell, most) in enumerate(zip(row, widest, strict=True)):
            spare = " " * (most - width_columns(cell))
            cells.append(spare + cell if place >= first_number else cell + spare)
        lines.append("  ".join(cells).rstrip() + "\n")
    return lines

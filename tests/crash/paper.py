"""Reading what came out of the printer: which bills are on paper, and whether each later copy says so."""

from __future__ import annotations

from tests.hw_sim.printer import Printer

MARK = "重印"
HEAD = "兰亭美业"
END = "谢谢"
CUT = "--- cut ---"


def lines(printer: Printer) -> list[str]:
    """Return all text that came off the printer, in order, with a line for each cut."""
    found = []
    for slip in printer.slips:
        found += [*slip.text.splitlines(), CUT]
    return found


def copies(on_paper: list[str], key: str) -> int:
    """Return how many whole copies of a slip there are: its `key`, and the slip's end before another slip begins."""
    whole, begun = 0, False
    for line in on_paper:
        if HEAD in line or MARK in line:
            begun = False
        elif key in line:
            begun = True
        elif END in line:
            whole += begun
            begun = False
    return whole


def unmarked_copies(on_paper: list[str], key: str) -> int:
    """Return how many copies after the first, whole or begun, have no mark above them on the same slip."""
    unmarked, seen, marked = 0, False, False
    for line in on_paper:
        if line == CUT:
            marked = False
        elif MARK in line:
            marked = True
        elif key in line:
            unmarked += seen and not marked
            seen, marked = True, False
    return unmarked

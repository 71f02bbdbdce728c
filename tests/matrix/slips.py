"""Which slips a customer was handed, made out of the pieces of paper that left a printer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

HEAD = "兰亭美业"  # the first line of every slip of the demonstration shop; only the mark of a copy stands above it


def whole_slips(pieces: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the text of every slip that came out to its cut, in one piece or in several.

    Who changes the roll tears off what hangs out of the printer; a slip that was under way then goes on on the new
    roll, and its number may stand on the torn piece. A slip that did not go on is none.
    """
    whole: list[str] = []
    begun = ""
    for piece in pieces:
        text = str(piece["text"])
        if HEAD in begun.splitlines() and HEAD in text.splitlines():
            # Another slip begins, so the one that was torn off never went on.
            begun = ""
        begun = "\n".join(part for part in (begun, text) if part)
        if piece["ended"] == "cut":
            whole.append(begun)
            begun = ""
    return whole

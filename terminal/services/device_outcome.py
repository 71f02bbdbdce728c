"""What trying a device showed, and how a scanned test code is judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

AIM_ID_CHARS = 3  # ISO/IEC 15424: `]`, a letter for the symbology, a digit

Values = Mapping[str, str | int]


class Verdict(Protocol):
    """What a scanned test code showed, by a stable code and the values of its sentence."""

    @property
    def code(self) -> str:
        """Return the code."""
        ...

    @property
    def values(self) -> Values:
        """Return the values."""
        ...


@dataclass(frozen=True, slots=True)
class ScanCheck:
    """The printed test code, and what judges (what a scanner made of it, the keyboard layout set here)."""

    code: str
    judge: Callable[[str, str], Verdict]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What trying a device showed: a code of `device_words.OUTCOMES` and the values of its sentence."""

    code: str
    values: Values = field(default_factory=dict)


def scanned(check: ScanCheck, arrived: str, layout: str) -> Outcome:
    """Return what a scanner showed by what it made of the test code; `layout` is empty for one that sends no keys."""
    if arrived.startswith("]") and arrived[AIM_ID_CHARS:] == check.code:
        return Outcome("scan_aim_prefix", {"prefix": arrived[:AIM_ID_CHARS]})
    verdict = check.judge(arrived, layout or "us")
    if layout or verdict.code == "layout_cut":
        return Outcome(verdict.code, verdict.values)
    # A serial scanner sends characters, not keys: it has no layout that could differ.
    return Outcome("scan_fits" if arrived == check.code else "layout_not_test_code")

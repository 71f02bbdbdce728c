"""A name typed in full pinyin, `wangxiaofang`, read as the surname and initials members are found by.

Only surname and initials are kept of a member's reading, so `wangxiaofang` also finds 王晓峰, as the initials WXF do,
but not 吴小芳.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from terminal.rules import surnames

TEXT_CHARS_MAX = 40
READINGS_MAX = 16
_SYLLABLE_CHARS_MAX = 6  # zhuang, chuang, shuang
# One syllable of standard Chinese without its tone; ü is typed v, as input methods take it, or yu behind l.
_SYLLABLE = re.compile(
    "(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])"
    "(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|ei|ao|ou|an|en|in|un|ia|ie|iu|ua|uo|ui|ue|a|o|e|i|u)"
    "|[nl]ve?|ang|ai|an|ao|a|ei|en|er|e|ou|o"
)
_INITIAL = re.compile("zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw]")  # what there is of a syllable that is still being typed


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read what was typed: the surnames it may be, and the initials of the whole name in capitals."""

    surnames: tuple[str, ...]
    initials: str


def readings(text: str) -> tuple[Reading, ...]:
    """Return the ways to read a text as a Chinese name in pinyin, with or without blanks; none for any other text."""
    typed = "".join(text.lower().split()).replace("ü", "v")
    if not (typed.isascii() and typed.isalpha()) or len(typed) > TEXT_CHARS_MAX:
        return ()
    found = []
    for latin, same in surnames.by_latin().items():
        for spelling in {latin, latin.replace("lyu", "lv")}:
            if typed.startswith(spelling):
                family = sorted(_initials(latin.replace("lyu", "lv")), key=len)
                found += [Reading(same, family[0] + given) for given in sorted(_initials(typed[len(spelling) :]))]
    return tuple(dict.fromkeys(found))[:READINGS_MAX]


def _initials(text: str) -> set[str]:
    """Return the initials of each way to cut a text into syllables; `xian` is X, or X and A."""
    ways: list[set[str]] = [{""}] + [set() for _ in text]
    for end in range(1, len(text) + 1):
        for start in range(max(0, end - _SYLLABLE_CHARS_MAX), end):
            whole = _SYLLABLE.fullmatch(text, start, end)
            if ways[start] and (whole or (end == len(text) and _INITIAL.fullmatch(text, start, end))):
                ways[end] |= {before + text[start].upper() for before in ways[start]}
    return ways[-1]

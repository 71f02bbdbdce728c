"""Lunar birthdays as people write them: `农历1990年八月十五`, `阴历闰四月初三`, `1990-08-15（农历）`, or as stored."""

from __future__ import annotations

import re
from typing import Final

from terminal.base.errors import Refusal
from terminal.rules.member import birthdays
from terminal.rules.member.birthdays import Birthday

_CALENDAR: Final = r"(?:农历|農曆|阴历|陰曆|旧历|舊曆|lunar)"
_WITHIN = re.compile(rf"[（(]\s*{_CALENDAR}\s*[)）]|{_CALENDAR}\s*[:：]?", re.IGNORECASE)
_DATE = re.compile(
    r"(?:(?P<year>[0-9]{4})\s*[-/.年]\s*)?(?P<leap>[闰閏]?)\s*(?P<month>[0-9]{1,2}|[正一二三四五六七八九十冬腊臘]{1,2})"
    r"(?P<mark>R?)\s*[-/.月]\s*(?P<day>[0-9]{1,2}|[初一二三四五六七八九十廿卅]{1,3})[日号號]?",
    re.ASCII,
)
_STORED = re.compile(r"L[0-9R-]+", re.ASCII)
_DIGITS: Final = {sign: number for number, sign in enumerate("一二三四五六七八九", 1)}
_MONTHS: Final = {**_DIGITS, "正": 1, "十": 10, "十一": 11, "冬": 11, "十二": 12, "腊": 12, "臘": 12}
_TENS: Final = {"初": 0, "十": 10, "二十": 20, "廿": 20, "三十": 30, "卅": 30}
_DAYS: Final = {
    **{f"{tens}{sign}": start + number for tens, start in _TENS.items() for sign, number in _DIGITS.items()},
    **{tens: start for tens, start in _TENS.items() if start},
    **_DIGITS,
    "初十": 10,
}


def is_lunar(text: str) -> bool:
    """Tell whether a text says of itself that it is a date of the lunar calendar."""
    return bool(_WITHIN.search(text)) or _STORED.fullmatch(text) is not None


def read_lunar(text: str) -> str:
    """Return the stored form of a lunar birthday; raise `Refusal` `birthday_bad` for what is none."""
    if _STORED.fullmatch(text):
        return birthdays.stored(birthdays.read(text))
    found = _DATE.fullmatch(_WITHIN.sub("", text, count=1).strip())
    month = _number(found["month"], _MONTHS) if found else 0
    day = _number(found["day"], _DAYS) if found else 0
    if found is None or not month or not day or found["year"] == "0000":
        raise Refusal("birthday_bad", first=birthdays.YEARS[0], last=birthdays.YEARS[-1])
    is_leap = bool(found["leap"] or found["mark"])
    return birthdays.stored(Birthday(month, day, int(found["year"] or 0), is_lunar=True, is_leap=is_leap))


def _number(text: str, words: dict[str, int]) -> int:
    return int(text) if text.isdecimal() else words.get(text, 0)

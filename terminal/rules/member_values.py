"""The single cells of a member file: what people and spreadsheets write for a number, an amount, a date."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from terminal.base.errors import Refusal
from terminal.base.money import format_yuan, parse_yuan
from terminal.rules.card_numbers import normalise_number
from terminal.rules.member import birthday_text

AMOUNT_FEN_MAX = 100_000_000  # a million yuan on one card: far above any salon, so a slip of the old system
POINTS_MAX = 1_000_000_000
SESSIONS_MAX = 10_000
TEXT_CHARS_MAX = {"name": 60, "level": 40, "remark": 1000, "old_number": 64}
CARDS_MAX = 20
PASSES_MAX = 50
BIRTH_YEARS = range(1900, 2101)

# Every reason a line can be refused for: the sentence shown to the operator. Codes never change once released.
SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "line_too_long": "The line is longer than 16,384 characters.",
        "quote_open": "A quotation mark is opened and not closed.",
        "undecodable": "Some characters of the line are damaged; save the file as UTF-8 and try again.",
        "totals_row": "This is a totals row, not a member.",
        "too_many_columns": "The line has more cells than the header; a comma inside a cell needs quotation marks.",
        "too_few_columns": "The line ends before its amounts; perhaps it was cut off.",
        "no_identity": "The line has no member number, no phone and no card, so it could not be found again.",
        "text_too_long": "The text is too long.",
        "number_damaged": "A spreadsheet rounded this number and its last digits are lost; "
        "export the column as text from the old system.",
        "phone_several": "There is more than one phone number; keep one and put the others into the remark.",
        "phone_wrong": "This is not a whole phone number.",
        "card_wrong": "A card number has 1 to 32 letters and digits.",
        "cards_too_many": "There are more than 20 card numbers.",
        "amount_wrong": "This is not an amount in yuan with at most two decimals.",
        "amount_negative": "The amount is negative; settle the debt in the old system or enter 0.",
        "amount_absurd": f"The amount is above {format_yuan(AMOUNT_FEN_MAX)} yuan.",
        "balance_sum": "The total balance is not balance plus bonus.",
        "points_wrong": "Points are a whole number.",
        "points_negative": "The points are negative.",
        "points_absurd": "There are more than 1,000,000,000 points.",
        "birthday_wrong": "This is not a date such as 1990-01-02 or 01-02.",
        "birthday_day_number": "A spreadsheet turned this date into a day number; format the column as a date.",
        "sex_wrong": "The sex is 男, 女 or empty.",
        "pass_wrong": "A pass is written as name, sessions left / sessions in all, such as 头皮护理 6/10.",
        "pass_left_above_total": "More sessions are left than the pass had.",
        "passes_too_many": "There are more than 50 passes.",
    }
)

_FULL_WIDTH = str.maketrans({**{0xFF01 + shift: chr(0x21 + shift) for shift in range(0x5E)}, 0x3000: " "})
_EDGE = " \t\r\n\u3000\xa0\ufeff\u200b\u200e\u200f\u202a\u202c\u202d"
_NOTHING = frozenset(
    ("", "-", "--", "—", "——", "/", "无", "無", "暂无", "空", "null", "none", "n/a", "#n/a", "nil", "\\n")
)
_DAMAGED = re.compile(r"\d(?:\.\d+)?[Ee][+]?\d+")
_PLAIN_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_PHONE_NOISE = re.compile(r"[\s()\-.\u2010-\u2015\xa0]")
_PHONE = re.compile(r"(?:\+86|0086|86(?=1[3-9][0-9]{9}$))?(\+?[0-9]{7,15})")
_SEVERAL = re.compile(r"[/、;；,，|]|[0-9]{7,}\s+[0-9]{7,}")
_PLAIN_CARD = re.compile(r"[0-9A-Za-z]{1,32}")
_CARD_SEPARATOR = re.compile(r"[/、;|\r\n]+")  # as it is after `_FULL_WIDTH`
_CARD_APART_CHARS_MIN = 6  # blanks stand between cards only where each part is this long: groups are of four or five
_CARD_SIGN = re.compile(r"[0-9A-Za-z]")
_THREE_AND_FIVE = re.compile(r"[0-9]{3},[0-9]{5}")
_POINTS = re.compile(r"(-?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,15})(?:\.0+)?")
_DATE = re.compile(r"([0-9]{4})(?:-|/|\.|年)([0-9]{1,2})(?:-|/|\.|月)([0-9]{1,2})日?")
_COMPACT_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_MONTH_DAY = re.compile(r"([0-9]{1,2})(?:-|/|\.|月)([0-9]{1,2})日?")
_MIDNIGHT = re.compile(r"[ T]0{1,2}:00(:00(\.0+)?)?$")
_DAY_NUMBER = re.compile(r"[0-9]{5}(\.[0-9]+)?")
_SEXES = {
    **dict.fromkeys(("男", "男士", "男性", "先生", "m", "male", "mr", "mr."), "m"),
    **dict.fromkeys(("女", "女士", "女性", "小姐", "太太", "f", "female", "ms", "ms.", "mrs", "mrs.", "miss"), "f"),
    **dict.fromkeys(("未知", "保密", "不详", "不詳", "unknown", "其他"), ""),
}
_PASS_SEPARATOR = re.compile(r"[;；、\n|]+|[,，]\s*(?=[^0-9\s])")
_PASS = re.compile(
    r"(?P<name>.*[^\s:：xX×*(（])[\s:：xX×*(（]*?(?:剩余?|\s|[:：xX×*(（])\s*(?P<left>[0-9]{1,6})\s*次?\s*"
    r"(?:[/／]\s*(?:共|总)?\s*(?P<total>[0-9]{1,6})\s*次?)?\s*[)）]?"
)


class BadValue(ValueError):  # noqa: N818 - said of the value
    """A cell that cannot be used; `code` is a key of `SENTENCES`."""

    def __init__(self, code: str) -> None:
        """Name the reason."""
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class PassLine:
    """Sessions left of a prepaid pass, as the old system counted them."""

    name: str
    left: int
    total: int


def clean(cell: str) -> str:
    """Return a cell without blanks and spreadsheet habits (`'138...`, `="138..."`); words for nothing become empty."""
    bare = cell.strip(_EDGE)
    if bare and bare[0] in "'=":
        bare = bare[2:-1] if bare.startswith('="') and bare.endswith('"') else bare.removeprefix("'")
        bare = bare.strip(_EDGE)
    return "" if len(bare) <= 4 and bare.lower() in _NOTHING else bare


def text(value: str, chars_max: int) -> str:
    """Return text on one line, blanks made single."""
    if not value.isalnum():
        value = " ".join(value.split())
    if len(value) > chars_max:
        raise BadValue("text_too_long")
    return value


def number_text(value: str, chars_max: int) -> str:
    """Return the old system's member number, refusing one that a spreadsheet rounded."""
    if value.isalnum() and value.isascii() and len(value) <= chars_max:
        return value
    if _DAMAGED.fullmatch(value):
        raise BadValue("number_damaged")
    return text(value.translate(_FULL_WIDTH), chars_max)


def phone(value: str) -> str:
    """Return the digits of a phone number; the mainland's country code falls away, others stay behind a `+`."""
    if _PLAIN_MOBILE.fullmatch(value):
        return value
    plain = value.translate(_FULL_WIDTH).strip()
    if _DAMAGED.fullmatch(plain):
        raise BadValue("number_damaged")
    plain = plain.removesuffix(".0")
    if _SEVERAL.search(plain):
        raise BadValue("phone_several")
    found = _PHONE.fullmatch(_PHONE_NOISE.sub("", plain))
    if found is None:
        raise BadValue("phone_wrong")
    digits = found[1]
    # Mainland mobile numbers alone begin with 1: eleven digits, the second 3 to 9.
    if digits.startswith("1") and not _PLAIN_MOBILE.fullmatch(digits):
        raise BadValue("phone_wrong")
    return digits


def cards(value: str) -> tuple[str, ...]:
    """Return the card numbers of a cell, normalised, each once.

    Between several stand `,` `/` `、` `;` `|` or line breaks. Blanks do so only where every part between them has six
    letters and digits or more: `A0001234 A0001235` are two, `8888 0001 2345` and `04 A1 B2 C3` are one number in
    groups, and so is `118,23054`.
    """
    if _PLAIN_CARD.fullmatch(value):
        return (value.upper(),)
    numbers: dict[str, None] = {}
    for piece in _CARD_SEPARATOR.split(value.translate(_FULL_WIDTH)):
        for part in _apart(piece):
            for single in [part] if _THREE_AND_FIVE.fullmatch(part) else part.split(","):
                for card in _apart(single):
                    numbers[_card(card)] = None
    if not numbers:
        raise BadValue("card_wrong")
    if len(numbers) > CARDS_MAX:
        raise BadValue("cards_too_many")
    return tuple(numbers)


def _apart(piece: str) -> list[str]:
    """Return the parts between blanks where each can be a card by itself, else the piece whole; nothing for blanks."""
    parts = piece.split()
    if all(len(_CARD_SIGN.findall(part)) >= _CARD_APART_CHARS_MIN for part in parts):
        return parts
    return [piece.strip()]


def amount_fen(value: str) -> int:
    """Return an amount in fen, neither negative nor absurd."""
    try:
        fen = parse_yuan(value)
    except ValueError:
        raise BadValue("amount_wrong") from None
    if fen < 0:
        raise BadValue("amount_negative")
    if fen > AMOUNT_FEN_MAX:
        raise BadValue("amount_absurd")
    return fen


def points(value: str) -> int:
    """Return points, a whole number (`1,200`, `1200.00`)."""
    found = _POINTS.fullmatch(value.translate(_FULL_WIDTH))
    if found is None:
        raise BadValue("points_wrong")
    count = int(found[2].replace(",", ""))
    if found[1] and count:
        raise BadValue("points_negative")
    if count > POINTS_MAX:
        raise BadValue("points_absurd")
    return count


def birthday(value: str) -> str:
    """Return `1990-01-02`, or `01-02` where the year is not known, or empty for `0000-00-00`.

    A lunar one comes as `birthdays.stored` has it: `L1990-08-15`, in a leap month `L1995-08R-15`.
    """
    plain = _MIDNIGHT.sub("", value.translate(_FULL_WIDTH).replace(" 年", "年").replace("年 ", "年"))
    if birthday_text.is_lunar(plain):
        try:
            return birthday_text.read_lunar(plain)
        except Refusal:
            raise BadValue("birthday_wrong") from None
    if found := _DATE.fullmatch(plain) or _COMPACT_DATE.fullmatch(plain):
        year, month, day = map(int, found.groups())
        if year == month == day == 0:
            return ""
        return _checked_date(year, month, day).isoformat()
    if found := _MONTH_DAY.fullmatch(plain):
        # 2000 is a leap year, so that 29 February may be a birthday.
        return _checked_date(2000, int(found[1]), int(found[2])).isoformat()[5:]
    raise BadValue("birthday_day_number" if _DAY_NUMBER.fullmatch(plain) else "birthday_wrong")


def sex(value: str) -> str:
    """Return `m`, `f`, or empty where the file says that it is not known."""
    found = _SEXES.get(value.lower())
    if found is None:
        raise BadValue("sex_wrong")
    return found


def passes(value: str) -> tuple[PassLine, ...]:
    """Return the passes of a cell such as `头皮护理 6/10; 水光 2/5`; with one figure only, that is left and all."""
    found = tuple(_pass(piece.strip()) for piece in _PASS_SEPARATOR.split(value) if piece.strip())
    if len(found) > PASSES_MAX:
        raise BadValue("passes_too_many")
    return found


def _card(single: str) -> str:
    try:
        return normalise_number(single)
    except ValueError:
        raise BadValue("number_damaged" if _DAMAGED.fullmatch(single) else "card_wrong") from None


def _checked_date(year: int, month: int, day: int) -> dt.date:
    try:
        date = dt.date(year, month, day)
    except ValueError:
        raise BadValue("birthday_wrong") from None
    if year not in BIRTH_YEARS:
        raise BadValue("birthday_wrong")
    return date


def _pass(piece: str) -> PassLine:
    found = _PASS.fullmatch(piece)
    if found is None:
        raise BadValue("pass_wrong")
    left, total = int(found["left"]), int(found["total"] or found["left"])
    if left > total:
        raise BadValue("pass_left_above_total")
    if not 0 < total <= SESSIONS_MAX:
        raise BadValue("pass_wrong")
    return PassLine(text(found["name"], TEXT_CHARS_MAX["name"]), left, total)

"""What a customer display is sent: two texts in, bytes out, without any I/O.

Three sets of commands: CD5220 and ESC/POS for two lines of 20 cells, LED8 for eight digits and four lights, which some
models number from 30h and others (`led8_binary`) from 00h. A Chinese character takes two cells and two bytes,
everything else one of each, so a line is always as many bytes as cells.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Dialect = Literal["cd5220", "escpos", "led8", "led8_binary"]
Charset = Literal["ascii", "gb18030"]
DIALECTS: tuple[Dialect, ...] = ("cd5220", "escpos", "led8", "led8_binary")
CHARSETS: tuple[Charset, ...] = ("ascii", "gb18030")

CELLS = 20
DIGITS_MAX = 8
CLEAR = b"\x0c"
# A text that was cut off leaves the display inside a line command: CR ends it, and CLR leaves line mode.
RESYNCHRONISE = b"\r" + CLEAR
MISSING = "〓"  # printers' and displays' usual sign for a character outside their set; two cells

NO_LIGHT, UNIT_PRICE, TOTAL, RECEIVED, CHANGE = range(5)
_LIGHT_OF_WORD = (
    (CHANGE, ("CHANGE", "找零", "找贖")),
    (RECEIVED, ("PAID", "RECEIVED", "CASH", "收款", "实收", "實收")),
    (TOTAL, ("TOTAL", "DUE", "合计", "合計", "应收", "應收")),
    (UNIT_PRICE, ("PRICE", "单价", "單價")),
)
_AMOUNT = re.compile(r"-?[0-9][0-9,]*(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class DisplayTexts:
    """What a display shows: `upper` names it, `lower` holds the amount; anything too long is cut at the line's end."""

    upper: str = ""
    lower: str = ""


def fit(text: str, charset: Charset) -> bytes:
    """Return one line of exactly `CELLS` bytes; a character of two cells is whole or absent, controls are dropped."""
    line = b""
    for character in _substituted(text, charset):
        code = _code(character, charset)
        if len(line) + len(code) > CELLS:
            break
        line += code
    return line.ljust(CELLS)


def _substituted(text: str, charset: Charset) -> str:
    """Return the text with signs the display has: the yuan sign exists on Chinese models only, and full-width."""
    if charset == "gb18030":
        return text.replace("\u00a5", "￥").replace("\u00a0", " ")
    plain = unicodedata.normalize("NFKC", text.replace("￥", "Y").replace("\u00a5", "Y"))
    return plain.replace("。", ".").replace("、", ",").replace("–", "-").replace("—", "-")


def _code(character: str, charset: Charset) -> bytes:
    """Return a character's one or two bytes; nothing for a control, or on ASCII models for what they lack."""
    if " " <= character <= "~":
        return character.encode("ascii")
    if charset == "ascii" or unicodedata.category(character)[0] == "C":
        return b""
    try:
        code = character.encode("gbk")
    except UnicodeEncodeError:
        code = b""
    # Four-byte characters of GB18030 are in no display's set.
    return code if len(code) == 2 else MISSING.encode("gbk")


@dataclass(frozen=True, slots=True)
class DisplayLanguage:
    """One set of commands: `begin` brings a display in any state to an empty one, `show` renders two texts."""

    begin: bytes
    show: Callable[[DisplayTexts], bytes]


def language_of(dialect: Dialect, charset: Charset) -> DisplayLanguage:
    """Return the commands of a dialect; raise `ValueError` for settings no display has."""
    if dialect not in DIALECTS or charset not in CHARSETS:
        raise ValueError(f"no such display: {dialect}, {charset}")
    if dialect == "cd5220":
        return DisplayLanguage(
            RESYNCHRONISE + b"\x1b@" + CLEAR + b"\x1b_\x00", lambda texts: cd5220_lines(texts, charset)
        )
    if dialect == "escpos":
        # ESC = 2 first: on a cable through a printer the display listens only once it is selected.
        return DisplayLanguage(
            RESYNCHRONISE + b"\x1b=\x02\x1b@" + CLEAR + b"\x1f\x01", lambda texts: escpos_lines(texts, charset)
        )
    light_base = 0x30 if dialect == "led8" else 0x00
    return DisplayLanguage(RESYNCHRONISE + _light(NO_LIGHT, light_base), lambda texts: led8_number(texts, light_base))


def cd5220_lines(texts: DisplayTexts, charset: Charset) -> bytes:
    """Return both lines as ESC Q A and ESC Q B, each overwriting its line whole, so that nothing flickers."""
    return b"\x1bQA" + fit(texts.upper, charset) + b"\r\x1bQB" + fit(texts.lower, charset) + b"\r"


def escpos_lines(texts: DisplayTexts, charset: Charset) -> bytes:
    """Return both lines, each behind US $ x y (cursor; x 1-20, y 1-2)."""
    upper, lower = fit(texts.upper, charset), fit(texts.lower, charset)
    return b"\x1b=\x02\x1f$\x01\x01" + upper + b"\x1f$\x01\x02" + lower


def led8_number(texts: DisplayTexts, light_base: int) -> bytes:
    """Return the lower text's amount with the light its upper text names; nothing rather than a part of a number."""
    amounts: list[str] = _AMOUNT.findall(unicodedata.normalize("NFKC", texts.lower))
    number = amounts[-1].replace(",", "") if amounts else ""
    cells = len(number.replace(".", ""))  # a point shares its digit's cell
    if not 0 < cells <= DIGITS_MAX:
        return CLEAR + _light(NO_LIGHT, light_base)
    return _light(_named_light(texts.upper), light_base) + b"\x1bQA" + number.encode("ascii") + b"\r"


def _named_light(text: str) -> int:
    capitals = text.upper()
    return next((light for light, words in _LIGHT_OF_WORD if any(word in capitals for word in words)), NO_LIGHT)


def _light(light: int, base: int) -> bytes:
    return b"\x1bs" + bytes((base + light,))

"""Text for a character ROM: which signs it has, how wide they are, and how lines break."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

# What a line is encoded with, and what the bytes must be readable as. GB18030's four-byte characters are missing in
# most ROMs, so GBK's two bytes are the test there too. The older standards' own tables name some signs otherwise
# (the dot between names, the dash, the yen sign): encoding by their successors gives the same bytes for those glyphs.
_CODECS = {
    "gb18030": ("gbk", "gbk"),
    "gbk": ("gbk", "gbk"),
    "gb2312": ("gbk", "gb2312"),
    "big5": ("cp950", "big5"),
}

_SUBSTITUTES: Mapping[int, str] = str.maketrans(
    {
        "\u00a5": "\uffe5",  # the yen sign is in no Chinese ROM; the full-width one is in all
        "\u00a0": " ",
        "\u2009": " ",
        "\u202f": " ",
        "\t": " ",
        "\n": " ",
        "\r": " ",
        "\u2010": "-",
        "\u2011": "-",
        "\u2013": "-",
        "\u2212": "-",
        "\u2022": "\u00b7",
        **dict.fromkeys((*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)), ""),  # variation selectors
    }
)
# Controls, invisible formatting and lone surrogates. Unassigned signs stay: they may be Han newer than our tables.
_NEVER_PRINTED = {"Cc", "Cf", "Cs"}
# Most text: ASCII, the common Han and full-width signs need none of the work.
_USUAL = re.compile(r"[ -~\u3001-\u3017\u4e00-\u9fff\uff01-\uff5e\uffe5]*")
# A closing sign stays with what it closes, an opening one with what it opens: neither begins or ends a line alone.
_WORDS = re.compile("[（【《「『〈]*(?:[!-~]+|.)[）】》」』〉、，。；：！？]*", re.DOTALL)


def substitute(text: str) -> str:
    """Return `text` as it can stand on paper: signs every ROM lacks replaced, nothing left that could be a command."""
    if _USUAL.fullmatch(text):
        return text
    composed = unicodedata.normalize("NFC", text) if any(map(unicodedata.combining, text)) else text
    replaced = composed.translate(_SUBSTITUTES)
    return "".join(sign for sign in replaced if unicodedata.category(sign) not in _NEVER_PRINTED)


def width_columns(text: str) -> int:
    """Return how many columns `text` takes: one for ASCII, two for all else, also for signs Unicode calls ambiguous."""
    return 2 * len(text) - len(text.encode("ascii", "ignore"))


def wrap(text: str, columns: int) -> list[str]:
    """Return `text` in lines of at most `columns`; words of ASCII stay whole unless longer than a line."""
    if width_columns(text) <= columns:
        return [text]
    lines = [""]
    for word in _WORDS.findall(text):
        pieces = [word] if width_columns(word) <= columns else list(word)
        for piece in pieces:
            if width_columns(lines[-1]) + width_columns(piece) > columns:
                lines[-1] = lines[-1].rstrip()
                lines.append("")
            if piece != " " or lines[-1] or len(lines) == 1:
                lines[-1] += piece
    return lines


def balanced(text: str, columns: int) -> list[str]:
    """Return `text` in as few lines of at most `columns` as `wrap`, about equally long: no word stands alone."""
    lines = wrap(text, columns)
    if len(lines) == 1:
        return lines
    widths = [width for word in _WORDS.findall(text) if (width := width_columns(word)) <= columns]
    least = max(-(-width_columns(text) // len(lines)), *widths)
    narrower = (wrap(text, width) for width in range(least, columns))
    return next((found for found in narrower if len(found) == len(lines)), lines)


def encode_line(line: str, charset: str) -> bytes | None:
    """Return the bytes the character ROM prints `line` from, or None where a sign of it is missing."""
    if charset == "none":
        return None
    encoding, rom = _CODECS[charset]
    try:
        data = line.encode(encoding)
        if rom != encoding:
            data.decode(rom)
    except UnicodeError:
        return None
    return data


def fit(left: str, right: str, columns: int) -> list[str]:
    """Return the lines of one text block: one where both sides fit, else the right side alone on the last."""
    if not right:
        return wrap(left, columns)
    spare = columns - width_columns(left) - width_columns(right)
    if spare >= 1:
        return [left + " " * spare + right]
    lines = wrap(left, columns) if left else []
    room = columns - width_columns(lines[-1]) - width_columns(right) if len(lines) > 1 else 0
    if room >= 1:
        return [*lines[:-1], lines[-1] + " " * room + right]
    return lines + [" " * (columns - width_columns(line)) + line for line in wrap(right, columns)]


def row(left: str, cells: Sequence[tuple[str, int]], columns: int, least: int) -> list[str]:
    """Return the lines of a table's row: `left`, and cells (text, columns) that end at the paper's right edge.

    Where less than `least` columns are left for it, or it needs more, `left` stands on lines of its own above the
    cells.
    """
    figures = "".join(" " * max(width - width_columns(text), 1) + text for text, width in cells)
    room = columns - width_columns(figures)
    if room < 0:
        above = balanced(left, columns) if left else []
        return above + [" " * (columns - width_columns(each)) + each for each in wrap(figures.strip(), columns)]
    if width_columns(left) <= room >= least:
        return [left + " " * (room - width_columns(left)) + figures]
    return [*balanced(left, columns), " " * room + figures]

"""What each key of a keyboard types, by country: the tables a keyboard-wedge scanner is decoded with.

Key codes are those of Linux (`linux/input-event-codes.h`), which name a place on the keyboard and not what is printed
on it. The tables follow the keyboard layouts of Windows, because that is what the makers of scanners imitate, dead keys
included: a scanner set to another country than the table types other places and so other characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

# The places of a keyboard row by row, left to right, in the order the tables below are written in.
_ROWS = (
    (41, *range(2, 14)),
    tuple(range(16, 28)),
    (*range(30, 41), 43),
    (86, *range(44, 54)),
)
SPACE = 57
# The key at the left end of the bottom row, which keyboards of the United States do not have.
_EXTRA_KEY = 86

KEYPAD_DIGITS: Mapping[int, str] = MappingProxyType(
    {71: "7", 72: "8", 73: "9", 75: "4", 76: "5", 77: "6", 79: "1", 80: "2", 81: "3", 82: "0"}
)
# The digit row by place: what is typed there with Alt held is a digit of a character code in every country.
ROW_DIGITS: Mapping[int, str] = MappingProxyType({code: str((code - 1) % 10) for code in range(2, 12)})
_KEYPAD_SIGNS = {55: "*", 74: "-", 78: "+", 98: "/", 117: "="}
_KEYPAD_DECIMAL = 83
KEYPAD_KEYS = frozenset({*KEYPAD_DIGITS, *_KEYPAD_SIGNS, _KEYPAD_DECIMAL})

_NOTHING = " "  # in the tables below: nothing is typed there

PLAIN, SHIFTED, ALTGR, ALTGR_SHIFTED = range(4)


@dataclass(frozen=True, slots=True)
class Layout:
    """One country's keyboard: `levels[level][key code]` is the character; `dead` keys wait for the letter under them.

    The levels are plain, with shift, with AltGr, with both; `letters` are the keys that caps lock changes, `keys` all
    that type a character on some level, and `has_altgr` says whether the right Alt key is AltGr.
    """

    name: str
    levels: tuple[Mapping[int, str], Mapping[int, str], Mapping[int, str], Mapping[int, str]]
    dead: frozenset[tuple[int, int]]
    letters: frozenset[int]
    keys: frozenset[int]
    has_altgr: bool


def _level(rows: Sequence[str]) -> dict[int, str]:
    places = (code for row in _ROWS for code in row)
    return {code: typed for code, typed in zip(places, "".join(rows), strict=True) if typed != _NOTHING}


def _layout(
    name: str,
    plain: Sequence[str],
    shifted: Sequence[str],
    altgr: Mapping[int, str],
    altgr_shifted: Mapping[int, str] | None = None,
    *,
    dead: Iterable[tuple[int, int]] = (),
    decimal: str = ".",
) -> Layout:
    keypad = {**KEYPAD_DIGITS, **_KEYPAD_SIGNS, _KEYPAD_DECIMAL: decimal, SPACE: " "}
    lower, upper = _level(plain), _level(shifted)
    letters = frozenset(code for code, typed in lower.items() if typed.isalpha() and upper.get(code) == typed.upper())
    levels = ({**lower, **keypad}, {**upper, **keypad}, dict(altgr), dict(altgr_shifted or {}))
    return Layout(
        name,
        (
            MappingProxyType(levels[PLAIN]),
            MappingProxyType(levels[SHIFTED]),
            MappingProxyType(levels[ALTGR]),
            MappingProxyType(levels[ALTGR_SHIFTED]),
        ),
        frozenset(dead),
        letters,
        frozenset(code for level in levels for code in level) | {_EXTRA_KEY},
        bool(altgr),
    )


_US = _layout(
    "us",
    ("`1234567890-=", "qwertyuiop[]", "asdfghjkl;'\\", " zxcvbnm,./"),
    ("~!@#$%^&*()_+", "QWERTYUIOP{}", 'ASDFGHJKL:"|', " ZXCVBNM<>?"),
    {},
)
_GB = _layout(
    "gb",
    ("`1234567890-=", "qwertyuiop[]", "asdfghjkl;'#", "\\zxcvbnm,./"),
    ('¬!"£$%^&*()_+', "QWERTYUIOP{}", "ASDFGHJKL:@~", "|ZXCVBNM<>?"),
    {41: "¦", 5: "€", 18: "é", 22: "ú", 23: "í", 24: "ó", 30: "á"},
)
_DE = _layout(
    "de",
    ("^1234567890ß´", "qwertzuiopü+", "asdfghjklöä#", "<yxcvbnm,.-"),
    ('°!"§$%&/()=?`', "QWERTZUIOPÜ*", "ASDFGHJKLÖÄ'", ">YXCVBNM;:_"),
    {3: "²", 4: "³", 8: "{", 9: "[", 10: "]", 11: "}", 12: "\\", 16: "@", 18: "€", 27: "~", 50: "µ", 86: "|"},
    dead=((PLAIN, 41), (PLAIN, 13), (SHIFTED, 13)),
    decimal=",",
)
_FR = _layout(
    "fr",
    ("²&é\"'(-è_çà)=", "azertyuiop^$", "qsdfghjklmù*", "<wxcvbn,;:!"),
    (" 1234567890°+", "AZERTYUIOP¨£", "QSDFGHJKLM%µ", ">WXCVBN?./§"),
    {3: "~", 4: "#", 5: "{", 6: "[", 7: "|", 8: "`", 9: "\\", 10: "^", 11: "@", 12: "]", 13: "}", 18: "€", 27: "¤"},
    dead=((PLAIN, 26), (SHIFTED, 26), (ALTGR, 3), (ALTGR, 8)),
)
_ES = _layout(
    "es",
    ("º1234567890'¡", "qwertyuiop`+", "asdfghjklñ´ç", "<zxcvbnm,.-"),
    ('ª!"·$%&/()=?¿', "QWERTYUIOP^*", "ASDFGHJKLÑ¨Ç", ">ZXCVBNM;:_"),
    {41: "\\", 2: "|", 3: "@", 4: "#", 5: "~", 6: "€", 7: "¬", 18: "€", 26: "[", 27: "]", 40: "{", 43: "}"},
    dead=((PLAIN, 26), (SHIFTED, 26), (PLAIN, 40), (SHIFTED, 40), (ALTGR, 5)),
    decimal=",",
)
_IT = _layout(
    "it",
    ("\\1234567890'ì", "qwertyuiopè+", "asdfghjklòàù", "<zxcvbnm,.-"),
    ('|!"£$%&/()=?^', "QWERTYUIOPé*", "ASDFGHJKLç°§", ">ZXCVBNM;:_"),
    {6: "€", 18: "€", 26: "[", 27: "]", 39: "@", 40: "#"},
    {26: "{", 27: "}"},
)

LAYOUTS: Mapping[str, Layout] = MappingProxyType({layout.name: layout for layout in (_US, _GB, _DE, _FR, _ES, _IT)})


def layout_named(name: str) -> Layout:
    """The layout of that name; raises `ValueError` naming those that exist."""
    found = LAYOUTS.get(name)
    if found is None:
        raise ValueError(f"no keyboard layout {name!r}; there are: {', '.join(LAYOUTS)}")
    return found

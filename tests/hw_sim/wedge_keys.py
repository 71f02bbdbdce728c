"""Which keys type a character on the keyboards that scanners pretend to be, and what Linux calls those keys.

Sources: linux/input-event-codes.h (key codes), USB HID usage tables 1.4, section 10 (scan codes), the layouts of
Windows KBDUS, KBDGR and KBDFR: there a dead key followed by a blank types its own sign, and so do scanners.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

ESCAPE, BACKSPACE, TAB, ENTER, SPACE = 1, 14, 15, 28, 57
LEFT_CTRL, LEFT_SHIFT, LEFT_ALT, RIGHT_ALT, CAPS_LOCK = 29, 42, 56, 100, 58
F8, KEYPAD_ENTER = 66, 96
KEYPAD_DIGITS = (82, 79, 80, 81, 75, 76, 77, 71, 72, 73)  # 0 to 9

_TOP, _UPPER, _HOME, _LOWER = range(2, 14), range(16, 28), range(30, 41), range(44, 54)
_GRAVE, _BACKSLASH, _EXTRA = 41, 43, 86


@dataclass(frozen=True, slots=True)
class Stroke:
    """A key with the modifiers held around it, in the order in which they go down."""

    code: int
    held: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout's signs by row: plain, with shift, with AltGr (a blank where there is none), and its dead keys."""

    rows: Mapping[range | int, tuple[str, str, str]]
    dead: str = ""

    def strokes(self) -> Mapping[str, tuple[Stroke, ...]]:
        """Return the strokes for every character this layout types."""
        found = {" ": (Stroke(SPACE),)}
        for code, level, sign in self._signs():
            held = ((), (LEFT_SHIFT,), (RIGHT_ALT,))[level]
            ends = (Stroke(SPACE),) if sign in self.dead else ()
            found.setdefault(sign, (Stroke(code, held), *ends))
        return MappingProxyType(found)

    def _signs(self) -> Iterator[tuple[int, int, str]]:
        # Plain keys first: where a sign is on two keys, the simpler one is typed.
        for level in range(3):
            for codes, signs in self.rows.items():
                each = codes if isinstance(codes, range) else (codes,)
                for code, sign in zip(each, signs[level].ljust(len(each)), strict=True):
                    if sign != " ":
                        yield code, level, sign


US = Layout(
    {
        _GRAVE: ("`", "~", ""),
        _TOP: ("1234567890-=", "!@#$%^&*()_+", ""),
        _UPPER: ("qwertyuiop[]", "QWERTYUIOP{}", ""),
        _HOME: ("asdfghjkl;'", 'ASDFGHJKL:"', ""),
        _BACKSLASH: ("\\", "|", ""),
        _LOWER: ("zxcvbnm,./", "ZXCVBNM<>?", ""),
    }
)
DE = Layout(
    {
        _GRAVE: ("^", "°", ""),
        _TOP: ("1234567890ß´", '!"§$%&/()=?`', " ²³   {[]}\\"),
        _UPPER: ("qwertzuiopü+", "QWERTZUIOPÜ*", "@ €        ~"),
        _HOME: ("asdfghjklöä", "ASDFGHJKLÖÄ", ""),
        _BACKSLASH: ("#", "'", ""),
        _EXTRA: ("<", ">", "|"),
        _LOWER: ("yxcvbnm,.-", "YXCVBNM;:_", "      µ"),
    },
    dead="^´`",
)
FR = Layout(
    {
        _GRAVE: ("²", "", ""),
        _TOP: ("&é\"'(-è_çà)=", "1234567890°+", " ~#{[|`\\^@]}"),
        # The dead ^ and ¨ stand right of P; ^ is typed with AltGr and 9 instead, where it is not dead.
        _UPPER: ("azertyuiop $", "AZERTYUIOP¨£", "  €        ¤"),
        _HOME: ("qsdfghjklmù", "QSDFGHJKLM%", ""),
        _BACKSLASH: ("*", "µ", ""),
        _EXTRA: ("<", ">", ""),
        _LOWER: ("wxcvbn,;:!", "WXCVBN?./§", ""),
    },
    dead="¨~`",
)
LAYOUTS: Mapping[str, Layout] = MappingProxyType({"us": US, "de": DE, "fr": FR})

# Scan codes go by the key's place, whatever is printed on it. Keys in the order of their usages: from 04 (A to Z, 1 to
# 0, Enter, Escape, Backspace, Tab, blank, - = [ ] and the backslash), then from 33 (; ' ` , . / and caps lock).
_FROM_04 = (
    *(30, 48, 46, 32, 18, 33, 34, 35, 23, 36, 37, 38, 50, 49, 24, 25, 16, 19, 31, 20, 22, 47, 17, 45, 21, 44),
    *(2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
    *(ENTER, ESCAPE, BACKSPACE, TAB, SPACE, 12, 13, 26, 27, _BACKSLASH),
)
_FROM_33 = (39, 40, _GRAVE, 51, 52, 53, CAPS_LOCK)
_FROM_58 = (KEYPAD_ENTER, *KEYPAD_DIGITS[1:], KEYPAD_DIGITS[0])
_USAGES: Mapping[int, int] = MappingProxyType(
    dict(zip(_FROM_04, range(0x04, 0x32), strict=True))
    | dict(zip(_FROM_33, range(0x33, 0x3A), strict=True))
    | dict(zip(_FROM_58, range(0x58, 0x63), strict=True))
    | {F8: 0x41, _EXTRA: 0x64, LEFT_CTRL: 0xE0, LEFT_SHIFT: 0xE1, LEFT_ALT: 0xE2, RIGHT_ALT: 0xE6}
)
KEYS = tuple(sorted(_USAGES))


def scan_code(code: int) -> int:
    """Return the value of a key's MSC_SCAN event: HID usage page 7 and the usage."""
    return 0x70000 | _USAGES[code]


def control_stroke(sign: str) -> Stroke:
    """Return the stroke for a control character: ctrl and the key that makes it on a US keyboard."""
    base = chr(ord(sign) | 0x60) if 1 <= ord(sign) <= 26 else chr(ord(sign) | 0x40)
    (stroke,) = US.strokes()[base]
    return Stroke(stroke.code, (LEFT_CTRL, *stroke.held))

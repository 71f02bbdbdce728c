"""Turns keys going down and up into what they type: one keyboard's shift, ctrl, alt and caps lock; no I/O, no time."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from terminal.hw.wedge_layouts import ALTGR, KEYPAD_DIGITS, PLAIN, ROW_DIGITS, SHIFTED, layout_named

# Key codes of linux/input-event-codes.h. From 256 on come mouse buttons and the like.
KEYS_MAX = 256
LEFT_SHIFT, RIGHT_SHIFT = 42, 54
LEFT_CTRL, RIGHT_CTRL = 29, 97
LEFT_ALT, RIGHT_ALT = 56, 100
CAPS_LOCK = 58
F8 = 66
TAB, ENTER, KEYPAD_ENTER = 15, 28, 96

END = "\n"  # the code ends here
UNKNOWN = "\ufffd"  # a key was typed that this layout has no character for
GS = "\x1d"

GS_WAYS = ("ctrl", "f8", "alt029")
ALT_CODES = ("auto", "unicode", "gbk")
# No character code is longer, leading zero included.
ALT_DIGITS_MAX = 8

_ENDS = frozenset({TAB, ENTER, KEYPAD_ENTER})
_END_CHARACTERS = frozenset("\t\n\r")
_ALTS = frozenset({LEFT_ALT, RIGHT_ALT})
_CTRLS = frozenset({LEFT_CTRL, RIGHT_CTRL})
_SHIFTS = frozenset({LEFT_SHIFT, RIGHT_SHIFT})
_CHANGERS = _ALTS | _CTRLS
_MODIFIERS = _CHANGERS | _SHIFTS
_NO_TABLE: Mapping[int, str] = MappingProxyType({})
_SILENT = _MODIFIERS | {CAPS_LOCK}
# The accents of dead keys and the combining characters that put them on a letter.
_COMBINING = {"^": "\u0302", "´": "\u0301", "`": "\u0300", "¨": "\u0308", "~": "\u0303"}

# GBK, two bytes. As decimal numbers its codes begin in the middle of the Chinese characters of Unicode and go on
# beyond their end, where GB 2312 keeps all of its characters and where Unicode has Yi, Hangul and private use.
_GBK_FIRST = 0x8140
_UNICODE_HAN_LAST = 0x9FFF
_UNICODE_LAST = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)

# Ctrl takes the upper bits off `@` to `_`, and off small letters likewise.
_CONTROLS = {chr(code): chr(code & 0x1F) for code in (*range(0x40, 0x60), *range(0x61, 0x7B))}


class KeyTranslator:
    """What the keys of one keyboard type.

    `gs` is how the scanner sends the group separator besides ctrl+`]` and Alt+029, which always work; `alt_codes` says
    what the digits typed with Alt held are: `unicode`, `gbk`, or `auto` (Unicode, but GBK where Unicode has no Chinese
    character and GBK has one).
    """

    def __init__(self, layout: str = "us", gs: str = "ctrl", alt_codes: str = "auto") -> None:
        self._layout = layout_named(layout)
        self._us = layout_named("us")
        if gs not in GS_WAYS or alt_codes not in ALT_CODES:
            raise ValueError(f"gs is one of {GS_WAYS} and alt_codes one of {ALT_CODES}")
        self._f8 = GS if gs == "f8" else ""
        self._alt_codes = alt_codes
        # What is typed where nothing needs a second look: on each level the keys that are not dead.
        self._simple = tuple(
            {
                code: typed
                for code, typed in self._layout.levels[level].items()
                if (level, code) not in self._layout.dead
            }
            for level in (PLAIN, SHIFTED)
        )
        self._table: Mapping[int, str] = self._simple[PLAIN]
        self._held: set[int] = set()
        self._caps = False
        self._dead = ""
        self._digits = ""

    def let_go(self) -> None:
        """Forget which keys are held: no code is typed with a key held down from the code before it."""
        self._held.clear()
        self._digits = ""
        self._choose_table()

    def reset(self) -> None:
        """Forget caps lock and accents too: events were lost, and with them perhaps half of what was typed."""
        self._caps = False
        self._dead = ""
        self.let_go()

    def flush(self) -> str:
        """Return the accent of a dead key that no letter followed, and forget it."""
        dead, self._dead = self._dead, ""
        if dead:
            self._choose_table()
        return dead

    def press(self, code: int) -> str:
        """Return what a key going down types: nothing, characters, `UNKNOWN`, or `END` behind either."""
        held = self._held
        if code in held or code >= KEYS_MAX:
            # The kernel reports a key that is down already from a second node of the device only.
            return ""
        held.add(code)
        typed = self._table.get(code)
        if typed is not None:
            return typed
        if code in _SILENT:
            self._caps ^= code == CAPS_LOCK
            if code in _ALTS:
                self._digits = ""
            self._choose_table()
            return ""
        if code in _ENDS:
            return self.flush() + END
        return self._f8 if code == F8 else self._press_changed(code)

    def release(self, code: int) -> str:
        """Return what a key going up types: a character when it was Alt and digits were typed, else nothing."""
        self._held.discard(code)
        if code not in _MODIFIERS:
            return ""
        self._choose_table()
        if not self._digits or code not in _ALTS:
            return ""
        digits, self._digits = self._digits, ""
        return _ended(self._numbered(digits))

    def _choose_table(self) -> None:
        """Take the quick table where shift is all that is held, and none where more must be looked at."""
        shifted = not self._held.isdisjoint(_SHIFTS)
        is_simple = not self._caps and not self._dead and self._held.isdisjoint(_CHANGERS)
        self._table = self._simple[shifted] if is_simple else _NO_TABLE

    def _press_changed(self, code: int) -> str:
        """Return what a key types that is dead or unknown, or while something is held or an accent waits."""
        held = self._held
        ctrl = not held.isdisjoint(_CTRLS)
        level = PLAIN if held.isdisjoint(_SHIFTS) else SHIFTED
        if not held.isdisjoint(_ALTS):
            digit = KEYPAD_DIGITS.get(code) or (ROW_DIGITS.get(code) if LEFT_ALT in held and not ctrl else None)
            if digit is not None:
                self._digits = (self._digits + digit)[: ALT_DIGITS_MAX + 1]
                return ""
            # Windows takes ctrl and Alt together for AltGr, and some scanners type it so.
            if not (self._layout.has_altgr and (RIGHT_ALT in held or ctrl)):
                return self._unknown(code)
            level += ALTGR
        elif ctrl:
            return self._control(level, code)
        elif self._caps and code in self._layout.letters:
            level ^= SHIFTED
        return self._accent(level, code, self._layout.levels[level].get(code))

    def _unknown(self, code: int) -> str:
        """Return `UNKNOWN` for a key of the typing block; cursor and function keys type nothing anyway."""
        return UNKNOWN if code in self._layout.keys else ""

    def _accent(self, level: int, code: int, typed: str | None) -> str:
        if typed is None:
            return self.flush() + self._unknown(code)
        waiting = self.flush()
        if (level, code) in self._layout.dead:
            if not waiting:
                self._dead = typed
                self._choose_table()
                return ""
            return waiting + typed
        if not waiting:
            return typed
        if typed == " ":
            return waiting
        composed = unicodedata.normalize("NFC", typed + _COMBINING[waiting])
        return composed if len(composed) == 1 else waiting + typed

    def _control(self, level: int, code: int) -> str:
        """Return the control character of a key: by what it types here, or else by what it types in the US."""
        for layout in (self._layout, self._us):
            for character in (layout.levels[level].get(code), layout.levels[level ^ SHIFTED].get(code)):
                if character in _CONTROLS:
                    return _ended(_CONTROLS[character])
        return self._unknown(code)

    def _numbered(self, digits: str) -> str:
        number = int(digits)
        if len(digits) > ALT_DIGITS_MAX or not 0 < number <= _UNICODE_LAST:
            return UNKNOWN
        is_gbk = self._alt_codes == "gbk" or (self._alt_codes == "auto" and number > _UNICODE_HAN_LAST)
        if is_gbk and _GBK_FIRST <= number <= 0xFFFF:
            try:
                return number.to_bytes(2, "big").decode("gbk")
            except UnicodeDecodeError:
                if self._alt_codes == "gbk":
                    return UNKNOWN
        elif self._alt_codes == "gbk" and number > 0x7F:
            return UNKNOWN
        return UNKNOWN if number in _SURROGATES else chr(number)


def _ended(character: str) -> str:
    """Return `END` for a line break or a tab however it was typed: a code never contains one."""
    return END if character in _END_CHARACTERS else character

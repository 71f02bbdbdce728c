"""Cuts what a keyboard-wedge scanner types into codes: key events and their times in, finished lines out; no I/O.

Times are those the kernel wrote into the events, so that a busy machine cannot stretch a code; only silence is
measured by whoever reads (`pause`), and told as a length, so that both may use clocks of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from terminal.hw.scan_framing import CODE_BYTES_MAX, REPEAT_S, SILENCE_S, decode
from terminal.hw.wedge_keys import END, UNKNOWN, KeyTranslator

__all__ = ["CODE_CHARACTERS_MAX", "PAUSE_S", "REPEAT_S", "SILENCE_S", "LineRefused", "LineTyped", "WedgeDecoder"]

CODE_CHARACTERS_MAX = CODE_BYTES_MAX
CODE_CHARACTERS_MIN = 3
# Scanners set to send no suffix leave a pause instead; inside a code even slow ones do not.
PAUSE_S = 0.2
# Scanners need 1 to 20 ms from key to key; people who type are slower than this at nearly every key.
PERSON_S = 0.06

# linux/input-event-codes.h
EV_SYN, EV_KEY = 0, 1
SYN_DROPPED = 3
KEY_UP, KEY_DOWN = 0, 1

SUFFIXES = ("line", "none")


@dataclass(frozen=True, slots=True)
class LineTyped:
    """A whole code. The text may be a payment code: it is never logged."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LineRefused:
    """Something that is no code: `scan_dropped` (events were lost), `scan_too_long` or `scan_undecodable`."""

    code: str


Line = LineTyped | LineRefused


class WedgeDecoder:
    """Collects one device's key events and returns whole codes.

    A code ends at Enter, keypad Enter or Tab, or, with `suffix` "none", also at a pause of `PAUSE_S`. With `suffix`
    "line" a piece without an end is half a code: it is dropped after `SILENCE_S`. Codes under three characters and
    what a person types are dropped without a word. The same code, or the same refusal, counts again only after
    `REPEAT_S` without it. With `keep_unknown` (for set-up) keys that the layout has no character for stay in the code
    as U+FFFD; without, the code is refused. The other settings are those of `KeyTranslator`.
    """

    def __init__(
        self,
        layout: str = "us",
        *,
        suffix: str = "line",
        gs: str = "ctrl",
        alt_codes: str = "auto",
        keep_unknown: bool = False,
    ) -> None:
        if suffix not in SUFFIXES:
            raise ValueError(f"suffix is one of {SUFFIXES}")
        self._keys = KeyTranslator(layout, gs, alt_codes)
        self._ends_by_pause = suffix == "none"
        self._silence_s = PAUSE_S if self._ends_by_pause else SILENCE_S
        self._keep_unknown = keep_unknown
        self._typed: list[str] = []
        self._length = 0
        # The rest of a broken or too long code is on its way and counts for nothing.
        self._skipping = False
        self._unsettled = False
        self._presses = self._slow_presses = 0
        self._last_press_s = float("-inf")
        self._last_code = self._last_refusal = ""
        self._last_code_s = self._last_refusal_s = float("-inf")

    def feed(self, kind: int, code: int, value: int, at_s: float) -> Sequence[Line]:
        """Take one event, by the fields of the kernel's `input_event` (time in seconds); return the lines it ends."""
        if kind != EV_KEY:
            return self._drop(at_s) if kind == EV_SYN and code == SYN_DROPPED else ()
        if value == KEY_UP:
            typed = self._keys.release(code)
            return self._take(typed, at_s) if typed else ()
        if value != KEY_DOWN:
            return ()
        # Without a sign: a clock that steps back by so much tells of another moment, not of the same code.
        gap_s = abs(at_s - self._last_press_s)
        ended_s = self._last_press_s
        self._last_press_s = at_s
        ended: Sequence[Line] = ()
        if gap_s >= PERSON_S:
            if gap_s >= self._silence_s:
                ended = self._end_line(ended_s)
            self._slow_presses += self._presses > 0
        self._presses += 1
        typed = self._keys.press(code)
        if not typed:
            return ended
        taken = self._take(typed, at_s)
        return (*ended, *taken) if ended else taken

    def pause(self, silent_s: float) -> Sequence[Line]:
        """Return the line that ended because nothing came for `silent_s` seconds since the last event was fed."""
        if silent_s >= REPEAT_S:
            self._last_code = ""  # it may be a payment code: not kept longer than it serves
        if silent_s < self._silence_s:
            return ()
        return self._end_line(self._last_press_s)

    def due_s(self) -> float | None:
        """Return after how many seconds of silence `pause` has something to do; None when it has nothing."""
        if self._presses or self._skipping:
            return self._silence_s
        return REPEAT_S if self._last_code else None

    def _take(self, typed: str, at_s: float) -> Sequence[Line]:
        if typed[-1] == END:
            refused = self._take(typed[:-1], at_s) if len(typed) > 1 else ()
            return (*refused, *self._end_line(at_s, whole=True))
        if self._skipping:
            return ()
        self._typed.append(typed)
        self._length += len(typed)
        if self._length <= CODE_CHARACTERS_MAX:
            return ()
        self._clear()
        self._skipping = True
        return self._refuse("scan_too_long", at_s)

    def _drop(self, at_s: float) -> Sequence[Line]:
        self._clear()
        self._skipping = self._unsettled = True
        self._keys.reset()
        # Silence counts from here, also where no key has come yet.
        self._last_press_s = at_s
        return self._refuse("scan_dropped", at_s)

    def _clear(self) -> None:
        self._typed.clear()
        self._length = self._presses = self._slow_presses = 0

    def _end_line(self, at_s: float, *, whole: bool = False) -> Sequence[Line]:
        """End the line, by its last key (`whole`) or by silence; in silence only some scanners end their codes."""
        text = "".join(self._typed) + self._keys.flush()
        by_person = 2 * self._slow_presses > self._presses - 1
        skipped, self._skipping = self._skipping, False
        self._clear()
        # A key that went up unheard spoils one code and not those behind it.
        self._keys.let_go()
        if self._unsettled:
            # What was lost may have been a key going up, and what was skipped half of a caps lock.
            self._unsettled = False
            self._keys.reset()
        if skipped or by_person or len(text) < CODE_CHARACTERS_MIN or not (whole or self._ends_by_pause):
            return ()
        decoded = decode(text.encode())
        if decoded is None or (UNKNOWN in decoded and not self._keep_unknown):
            return self._refuse("scan_undecodable", at_s)
        return self._report(decoded, at_s) if len(decoded) >= CODE_CHARACTERS_MIN else ()

    # Both measured from the last sight, not from the last report: a code left lying under a stand scanner stays one.
    # A refusal in between does not make the code before it a new one. Without a sign, for recorded clocks step back.

    def _report(self, text: str, at_s: float) -> Sequence[Line]:
        repeated = text == self._last_code and abs(at_s - self._last_code_s) < REPEAT_S
        self._last_code, self._last_code_s = text, at_s
        return () if repeated else (LineTyped(text),)

    def _refuse(self, code: str, at_s: float) -> Sequence[Line]:
        repeated = code == self._last_refusal and abs(at_s - self._last_refusal_s) < REPEAT_S
        self._last_refusal, self._last_refusal_s = code, at_s
        return () if repeated else (LineRefused(code),)

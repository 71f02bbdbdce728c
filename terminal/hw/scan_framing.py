"""Cuts what a scanner sends into codes: bytes and times in, events out; no I/O."""

from __future__ import annotations

import re
import unicodedata

from terminal.base.events import CodeScanned, ScanRejected

# Scanners set to send no suffix leave a pause instead; inside a code there is none, even at 9600 baud.
PAUSE_S = 0.12
CODE_BYTES_MAX = 4096
# A scanner on a stand fires again and again while a code lies under it.
REPEAT_S = 1.5
# After this much silence the rest of a broken code cannot be still on its way.
SILENCE_S = 1.0

_LINE_END = re.compile(rb"[\r\n]")
# ISO/IEC 15424: `]`, a letter for the symbology, a modifier.
_AIM_IDENTIFIER = re.compile(r"\][A-Za-z][0-9A-Za-z]")
# Separators inside GS1, ISO/IEC 15434 and similar codes: EOT, tab, FS, GS, RS, US.
_SEPARATORS = frozenset("\x04\t\x1c\x1d\x1e\x1f")
# Cc control, Cn unassigned, Co private use, Cs surrogate: line noise decodes to these, codes do not.
_NO_TEXT = frozenset({"Cc", "Cn", "Co", "Cs"})
# Ends of a code that say nothing: blanks, a byte-order mark, and the zero bytes of a port being plugged in.
_EDGES = " \t\x00\ufeff\u3000"

ScanEvent = CodeScanned | ScanRejected


class ScanFramer:
    """Collects one scanner's bytes and returns whole codes.

    A code ends at CR or LF, or, with `suffix` false, at a pause of `PAUSE_S`. With `suffix` true a piece without an
    end is half a code: it is dropped after `SILENCE_S`. Longer codes than `CODE_BYTES_MAX` are refused once, and so is
    everything up to the next CR or LF (or `SILENCE_S` of silence). The same code, or the same refusal, counts again
    only after `REPEAT_S` without it. `aim_identifiers` says that the scanner is set to put identifiers in front.
    """

    def __init__(self, device: str, *, suffix: bool = False, aim_identifiers: bool = False) -> None:
        self._device = device
        self._suffix = suffix
        self._aim_identifiers = aim_identifiers
        self._piece = bytearray()
        self._overlong = False
        self._last_byte_s = float("-inf")
        self._last_event_key = ""
        self._last_event_s = float("-inf")

    def feed(self, data: bytes, at_s: float) -> list[ScanEvent]:
        """Take bytes that arrived at `at_s` (monotonic seconds) and return the codes they complete."""
        # The time since the last bytes is not looked at here: they may have waited for a busy machine. Only a read
        # that came back empty proves a pause.
        events: list[ScanEvent] = []
        self._last_byte_s = at_s
        *ended, rest = _LINE_END.split(data)
        for part in ended:
            events += self._add(part, at_s)
            events += self._end_line(at_s)
        events += self._add(rest, at_s)
        return events

    def pause(self, at_s: float) -> list[ScanEvent]:
        """Return the code that ended because nothing came until `at_s`; call it when a read comes back empty."""
        if at_s - self._last_event_s >= REPEAT_S:
            self._last_event_key = ""  # it may be a payment code: not kept longer than it serves
        silent_s = at_s - self._last_byte_s
        if self._overlong or self._suffix:
            if silent_s >= SILENCE_S:
                self._overlong = False
                self._piece.clear()
            return []
        if silent_s >= PAUSE_S and self._piece:
            return self._end_line(at_s)
        return []

    def _add(self, part: bytes, at_s: float) -> list[ScanEvent]:
        if self._overlong:
            return []
        if len(self._piece) + len(part) <= CODE_BYTES_MAX:
            self._piece += part
            return []
        self._overlong = True
        self._piece.clear()
        return self._once(ScanRejected(self._device, "scan_too_long"), "scan_too_long", at_s)

    def _end_line(self, at_s: float) -> list[ScanEvent]:
        piece = bytes(self._piece)
        self._piece.clear()
        if self._overlong:
            self._overlong = False
            return []
        text = decode(piece)
        if text is None:
            return self._once(ScanRejected(self._device, "scan_undecodable"), "scan_undecodable", at_s)
        if self._aim_identifiers:
            text = _AIM_IDENTIFIER.sub("", text, count=1) if _AIM_IDENTIFIER.match(text) else text
        if not text:
            return []
        return self._once(CodeScanned(self._device, at_s, text), "=" + text, at_s)

    def _once(self, event: ScanEvent, key: str, at_s: float) -> list[ScanEvent]:
        # Measured from the last sight, not from the last report: a code left lying under a stand scanner stays one.
        repeated = key == self._last_event_key and at_s - self._last_event_s < REPEAT_S
        self._last_event_key, self._last_event_s = key, at_s
        return [] if repeated else [event]


def decode(piece: bytes) -> str | None:
    """Return a scanned piece as text without blanks at its ends (perhaps empty), or None when it is no text.

    UTF-8 first, then GB18030, which many scanners sold in China send; digits stay as wide as they are.
    """
    for encoding in ("utf-8", "gb18030"):
        try:
            text = piece.decode(encoding)
        except UnicodeDecodeError:
            continue
        text = text.strip(_EDGES)
        return text if all(_is_text(character) for character in text) else None
    return None


def _is_text(character: str) -> bool:
    return character in _SEPARATORS or unicodedata.category(character) not in _NO_TEXT

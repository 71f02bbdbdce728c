"""Driver of what types like a keyboard: code scanners in keyboard mode and 125 kHz card readers.

The input devices named by `ports` are grabbed, so that nothing they type reaches the browser, and no others: give paths
that survive replugging (`/dev/input/by-id/...-event-kbd`), and never those of the staff's keyboard. Nothing is ever
sent to the device; its lights are not touched.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable, Sequence

from terminal.base.errors import DeviceFault
from terminal.base.events import CardRefused, CardRemoved, CardTapped, CodeScanned, DeviceEvent, ScanRejected
from terminal.hw.wedge_decoder import Line, LineTyped, WedgeDecoder
from terminal.hw.wedge_source import Nodes, Waker, WedgeSource, open_evdev, translated

__all__ = ["KINDS", "WedgeDriver"]

KINDS = ("scanner", "reader")
LOOK_S = 5.0  # how seldom an idle driver shows that it still runs
# The keys 1 and keypad 1 (linux/input-event-codes.h): whatever types codes has one of them.
DIGIT_KEYS = frozenset({2, 79})

Emit = Callable[[DeviceEvent], None]


class WedgeDriver:
    """A scanner, or a card reader (`kind` "reader"), at one or several input devices that are one thing to hold.

    A scanner's codes become `CodeScanned`, and what is no code `ScanRejected`; a reader's become `CardTapped` with the
    number as it was typed, `CardRemoved` right behind it, and what is no number `CardRefused`. The settings from
    `layout` on are those of `WedgeDecoder`. `open_source` opens one path.
    """

    def __init__(  # noqa: PLR0913 - what the scanner was set to, and the two ends that tests hold
        self,
        name: str,
        ports: Sequence[str],
        *,
        kind: str = "scanner",
        layout: str = "us",
        suffix: str = "line",
        gs: str = "ctrl",
        alt_codes: str = "auto",
        keep_unknown: bool = False,
        open_source: Callable[[str], WedgeSource] = open_evdev,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        if kind not in KINDS or not ports:
            raise ValueError(f"a wedge has at least one port, and its kind is one of {KINDS}")
        self.name = name
        self._ports = tuple(ports)
        self._is_reader = kind == "reader"
        self._decoder_settings = (layout, suffix, gs, alt_codes, keep_unknown)
        self._new_decoder()  # mistakes in the settings show here and not in the driver's thread
        self._open_source = open_source
        self._monotonic_s = monotonic_s
        self._sources: list[WedgeSource] = []
        self._waker: Waker | None = None
        self._waker_lock = threading.Lock()

    def open(self) -> None:
        """Open and grab all ports; raise `DeviceFault` (`device_missing`, `_no_rights`, `_busy`) if one cannot be."""
        with self._waker_lock:
            self._waker = self._waker or Waker()
        # Two names of one device are one device, which could not be grabbed twice.
        for port in {os.path.realpath(port): port for port in self._ports}.values():
            try:
                self._sources.append(self._open_source(port))
            except OSError as error:
                raise translated(error) from error
        if all(DIGIT_KEYS.isdisjoint(source.keys) for source in self._sources):
            raise DeviceFault("device_no_keyboard", ", ".join(self.source_names()))

    def source_names(self) -> list[str]:
        """What the open devices call themselves, for a person who sets them up."""
        return [source.name for source in self._sources]

    def serve(self, stop: threading.Event, emit: Emit) -> None:
        """Emit codes until `stop`; raise `DeviceFault("device_missing")` when the device is unplugged."""
        waker = self._waker
        assert waker is not None, "serve comes after open"
        poller = select.poll()
        for descriptor in (waker.fileno(), *(source.fileno() for source in self._sources)):
            poller.register(descriptor, select.POLLIN)
        # New ones each time: half a code from before an unplugging is no part of the next code.
        decoder, nodes = self._new_decoder(), Nodes(self._sources)
        read_s = self._monotonic_s()
        while not stop.is_set():
            silent_s, due_s = self._monotonic_s() - read_s, decoder.due_s()
            poller.poll(min(LOOK_S, LOOK_S if due_s is None else max(0.0, due_s - silent_s)) * 1000)
            waker.clear()
            events = nodes.read()
            for event in events:
                self._report(decoder.feed(event.kind, event.code, event.value, event.at_s), emit)
            if events:
                read_s = self._monotonic_s()
            else:
                # Only a read that finds nothing proves silence: events may have waited for a busy machine.
                self._report(decoder.pause(self._monotonic_s() - read_s), emit)

    def close(self) -> None:
        """Give the devices back."""
        sources, self._sources = self._sources, []
        for source in sources:
            source.close()
        with self._waker_lock:
            waker, self._waker = self._waker, None
            if waker is not None:
                waker.close()

    def wake(self) -> None:
        """End the wait for the next event at once."""
        with self._waker_lock:
            if self._waker is not None:
                self._waker.wake()

    def _new_decoder(self) -> WedgeDecoder:
        layout, suffix, gs, alt_codes, keep_unknown = self._decoder_settings
        return WedgeDecoder(layout, suffix=suffix, gs=gs, alt_codes=alt_codes, keep_unknown=keep_unknown)

    def _report(self, lines: Sequence[Line], emit: Emit) -> None:
        for line in lines:
            at_s = self._monotonic_s()
            if self._is_reader:
                if isinstance(line, LineTyped):
                    emit(CardTapped(self.name, self.name, "em4100", at_s, number=line.text))
                else:
                    emit(CardRefused(self.name, self.name, "card_unreadable"))
                emit(CardRemoved(self.name, self.name))
            elif isinstance(line, LineTyped):
                emit(CodeScanned(self.name, at_s, line.text))
            else:
                # Whatever the kernel lost of a code, it cannot be read: `scan_dropped` is the decoder's own word.
                code = "scan_undecodable" if line.code == "scan_dropped" else line.code
                emit(ScanRejected(self.name, code))

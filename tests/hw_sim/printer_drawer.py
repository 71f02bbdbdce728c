"""The drawer socket and the beeper of a receipt printer: pulses open the drawer, its pin tells whether it is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tests.hw_sim.escpos_parser import Op, Operation
from tests.hw_sim.printer_state import Settings, Switches

PULSE_PINS = {0: 2, 1: 5, 48: 2, 49: 5}
PULSE_UNIT_MS, PULSE_NOW_UNIT_MS = 2, 100
DISABLE_PULSE, ENABLE_PULSE = b"\x14\x01\x00", b"\x14\x01\x01"


class NoteEvent(Protocol):
    """Takes an event's kind and details."""

    def __call__(self, kind: str, **details: object) -> None:
        """Note one event."""


class Drawer:
    """Carries out pulses and beeps; `handlers` maps its operations, `pin_high` is what connector pin 3 reads."""

    def __init__(
        self, settings: Settings, switches: Switches, event: NoteEvent, complain: Callable[[str], None]
    ) -> None:
        """Open the drawer of `switches`; tell `event` what happened and `complain` what makes no sense."""
        self._settings = settings
        self._switches = switches
        self._event = event
        self._complain = complain
        self._pulse_now_enabled = True
        self.handlers: dict[Op, Callable[[Operation], None]] = {
            Op.PULSE: self._pulse,
            Op.PULSE_NOW: self._pulse_now,
            Op.REAL_TIME_ENABLE: self._real_time_enable,
            Op.BEEP: self._beep,
            Op.BEEP_EPSON: self._beep_epson,
        }

    @property
    def pin_high(self) -> bool:
        """Whether pin 3 is high: polarity is the drawer's own; without a drawer it reads constantly low."""
        return self._settings.drawer_attached and self._switches.drawer is self._settings.drawer_open_is_high

    def reset(self) -> None:
        """Enable the real-time pulse again, as ESC @ and power-up do."""
        self._pulse_now_enabled = True

    def _pulse(self, operation: Operation) -> None:
        m, on, off = operation.numbers
        if m not in PULSE_PINS:
            self._complain(f"there is no drawer connector {m}")
            return
        self._kick(PULSE_PINS[m], on_ms=on * PULSE_UNIT_MS, off_ms=off * PULSE_UNIT_MS, real_time=False)

    def _pulse_now(self, operation: Operation) -> None:
        m, t = operation.numbers
        if not self._pulse_now_enabled or self._switches.cutter_error:
            self._event("pulse_ignored", pin=PULSE_PINS[m])
            return
        self._kick(PULSE_PINS[m], on_ms=t * PULSE_NOW_UNIT_MS, off_ms=t * PULSE_NOW_UNIT_MS, real_time=True)

    def _kick(self, pin: int, *, on_ms: int, off_ms: int, real_time: bool) -> None:
        self._event("pulse", pin=pin, on_ms=on_ms, off_ms=off_ms, real_time=real_time)
        if self._settings.drawer_attached:
            self._switches.drawer = True

    def _real_time_enable(self, operation: Operation) -> None:
        if operation.data not in (DISABLE_PULSE, ENABLE_PULSE):
            self._complain(f"unknown real-time setting {operation.data.hex(' ')}")
            return
        self._pulse_now_enabled = operation.data == ENABLE_PULSE

    def _beep(self, operation: Operation) -> None:
        times, units = operation.numbers
        if 1 <= times <= 9 and 1 <= units <= 9:
            self._event("beep", times=times, units=units)
        else:
            self._complain(f"no beep of {times} times {units}")

    def _beep_epson(self, operation: Operation) -> None:
        if len(operation.data) == 4 and operation.data[0] == 0x30:
            _, pattern, times, units = operation.data
            self._event("beep", times=times, units=units, pattern=pattern)
        else:
            self._complain(f"unknown beep {operation.data.hex(' ')}")

"""The cash drawer on a printer's socket: its pulses, and how long one may be held back.

A pulse is money. It is a job of its own, sent once, never again, and never late: what cannot be done now fails now,
so that no drawer opens by itself once somebody closes the printer's lid.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from terminal.base.events import DeviceEvent, DrawerFailed, DrawerKicked
from terminal.base.printing import DrawerKick

Emit = Callable[[DeviceEvent], None]

UNAVAILABLE = "drawer_unavailable"
IN_DOUBT = "drawer_in_doubt"

# Behind a receipt that is just being printed, which takes a second or two; the cashier stands before the drawer.
PATIENCE_S = 3.0
LOOK_INTERVAL_S = 0.2
PULSE_UNIT_MS = 2
_SOCKET_OF_PIN = {2: 0, 5: 1}

_log = logging.getLogger(__name__)


@runtime_checkable
class KickSource(Protocol):
    """What a job source offers as well where there is a drawer; its `wait` returns for a pulse as for a job."""

    def take_kick(self, device: str) -> DrawerKick | None:
        """Return the next pulse, already stored as begun, or None; it is answered exactly once."""
        ...


def pulse_bytes(kick: DrawerKick) -> bytes:
    """Return ESC p m t1 t2 (Epson ESC/POS command reference): the pulse is given when the parser gets there."""
    return bytes((0x1B, 0x70, _SOCKET_OF_PIN[kick.pin], kick.on_ms // PULSE_UNIT_MS, kick.off_ms // PULSE_UNIT_MS))


class Kicks:
    """One printer's pulses: at most one is held, for a moment; a source without drawer has none."""

    def __init__(self, device: str, source: object, monotonic_s: Callable[[], float]) -> None:
        """Take pulses for `device` from `source`, if it is a `KickSource`."""
        self._device = device
        self._source = source if isinstance(source, KickSource) else None
        self._now_s = monotonic_s
        self._held: DrawerKick | None = None
        self._held_since_s = 0.0
        self._looked_s = float("-inf")

    def take(self) -> DrawerKick | None:
        """Return the pulse to be given now; the caller answers it with `tell`."""
        kick, self._held = self._held, None
        return kick or self._next()

    def look(self, emit: Emit, *, able: bool) -> None:
        """While the printer is at work: hold a pulse for a moment if it goes on soon, else refuse what there is."""
        if self._source is None:
            return
        if not able:
            self.refuse(emit)
            return
        now_s = self._now_s()
        if self._held is not None:
            if now_s - self._held_since_s >= PATIENCE_S:
                self.refuse(emit)
        elif now_s - self._looked_s >= LOOK_INTERVAL_S:
            self._looked_s = self._held_since_s = now_s
            self._held = self._next()

    def refuse(self, emit: Emit) -> None:
        """Answer every waiting pulse: the printer cannot give it now."""
        while (kick := self.take()) is not None:
            self.tell(emit, kick, UNAVAILABLE)

    def tell(self, emit: Emit, kick: DrawerKick, failure: str = "") -> None:
        """Report what became of one pulse."""
        if failure:
            _log.warning("%s: drawer job %d: %s", self._device, kick.job, failure)
            emit(DrawerFailed(self._device, kick.job, failure))
        else:
            _log.info("%s: drawer job %d: done", self._device, kick.job)
            emit(DrawerKicked(self._device, kick.job))

    def _next(self) -> DrawerKick | None:
        return self._source.take_kick(self._device) if self._source is not None else None

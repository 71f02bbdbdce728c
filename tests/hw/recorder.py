"""Collects a driver's events, with the moment each arrived, and waits for them with a deadline."""

from __future__ import annotations

import threading
import time
from typing import TypeVar

from terminal.base.events import DeviceEvent

DEADLINE_S = 40.0

Kind = TypeVar("Kind")


class Recorder:
    """An `emit` that remembers."""

    def __init__(self) -> None:
        """Begin empty."""
        self._events: list[tuple[float, DeviceEvent]] = []
        self._changed = threading.Condition(threading.RLock())

    def __call__(self, event: DeviceEvent) -> None:
        """Take one event."""
        with self._changed:
            self._events.append((time.monotonic(), event))
            self._changed.notify_all()

    @property
    def events(self) -> list[DeviceEvent]:
        """All events so far."""
        with self._changed:
            return [event for _, event in self._events]

    def of(self, kind: type[Kind], device: str | None = None) -> list[Kind]:
        """All events of one kind so far, of one device if named."""
        return [
            event
            for event in self.events
            if isinstance(event, kind) and device in {None, getattr(event, "device", None)}
        ]

    def wait(self, kind: type[Kind], count: int = 1, device: str | None = None) -> Kind:
        """Return the `count`-th event of a kind, waiting for it; fail at the deadline."""
        deadline_s = time.monotonic() + DEADLINE_S
        with self._changed:
            while len(found := self.of(kind, device)) < count:
                left_s = deadline_s - time.monotonic()
                assert left_s > 0, f"waited for {kind.__name__} number {count} of {device}; came: {self.events}"
                self._changed.wait(left_s)
        return found[count - 1]

    def arrived_s(self, event: object) -> float:
        """The monotonic time at which an event arrived."""
        with self._changed:
            return next(at_s for at_s, seen in self._events if seen is event)

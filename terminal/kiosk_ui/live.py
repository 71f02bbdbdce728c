"""Live streams: the newest state of a topic as server-sent events, a bounded number of them at once.

Format: WHATWG HTML, "Server-sent events". The first message after connecting is the whole current state, so a reload
or a dropped link repairs itself; a slow page skips to the newest version.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from terminal.base.clock import Clock
from terminal.kiosk_ui.desk import LiveBoard

# The browser tries again this soon after a dropped link.
RETRY_MS = 1000
# What a browser beyond the limit is told to wait before it asks again.
RETRY_AFTER_S = 2


class StreamSlots:
    """A limit on open streams; each holds one server thread for as long as its page is open."""

    def __init__(self, slots_max: int) -> None:
        """Allow `slots_max` streams at once."""
        self._free = slots_max
        self._lock = threading.Lock()
        self.slots_max = slots_max

    def take(self) -> Callable[[], None] | None:
        """Return the call that gives the slot back (harmless when repeated), or None when all are taken."""
        with self._lock:
            if self._free == 0:
                return None
            self._free -= 1
        held = [True]

        def give_back() -> None:
            with self._lock:
                if held:
                    held.clear()
                    self._free += 1

        return give_back

    @property
    def open(self) -> int:
        """Return how many streams are open now."""
        with self._lock:
            return self.slots_max - self._free


@dataclass(frozen=True, slots=True)
class Stream:
    """One open stream: what it follows, how it renders a state, and how it learns that nobody listens any more.

    `render` turns a version and state into the JSON text of a message; `alive` is asked at each heartbeat and
    answers with the name of a last event to send before the stream ends, or None to go on; `gone` tells whether
    the other side hung up; `closing` is set when the till stops. `slice_s` bounds each wait.
    """

    board: LiveBoard
    topic: str
    clock: Clock
    render: Callable[[int, object], str]
    alive: Callable[[], str | None]
    gone: Callable[[], bool]
    closing: threading.Event
    heartbeat_s: float
    slice_s: float

    def messages(self) -> Iterator[bytes]:
        """Yield the current state, then each newer one, with a heartbeat event in every silence."""
        version, state = self.board.newest(self.topic)
        yield b"retry: %d\n" % RETRY_MS + message(self.render(version, state), event_id=version)
        quiet_since_s = self.clock.monotonic_s()
        while not (self.closing.is_set() or self.gone()):
            newer, state = self.board.wait(self.topic, version, self.slice_s)
            now_s = self.clock.monotonic_s()
            if newer > version:
                version, quiet_since_s = newer, now_s
                yield message(self.render(version, state), event_id=version)
            elif now_s - quiet_since_s >= self.heartbeat_s:
                quiet_since_s = now_s
                last_event = self.alive()
                if last_event is not None:
                    yield message("{}", event=last_event)
                    return
                # An event, not a comment: the page counts heartbeats to notice a link that died silently.
                yield message(json.dumps({"local_time": local_time(self.clock)}), event="beat")


def message(data: str, *, event: str = "", event_id: int | None = None) -> bytes:
    """Return one event; `data` is JSON text, which holds no line breaks."""
    lines = [f"event: {event}\n"] if event else []
    if event_id is not None:
        lines.append(f"id: {event_id}\n")
    return "".join([*lines, f"data: {data}\n\n"]).encode()


def local_time(clock: Clock) -> str:
    """Return the shop's time of day, `HH:MM:SS`, which the page's clock is set by."""
    return clock.local(clock.now_ms()).strftime("%H:%M:%S")

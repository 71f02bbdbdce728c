"""What is known of each device, and the way of device events to the inbox."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from terminal.base.errors import Overloaded
from terminal.base.events import DeviceDown, DeviceEvent, DeviceUp

logger = logging.getLogger(__name__)

Emit = Callable[[DeviceEvent], None]

_MISSING_CODES = frozenset({"starting", "device_missing", "device_unreachable"})


@dataclass(frozen=True, slots=True)
class DeviceState:
    """One device as the health page shows it.

    `code` is empty when `ready`, else the fault's code (the newest one); `since_s` is the monotonic time of the last
    change between ready and not ready.
    """

    state: Literal["ready", "missing", "fault"]
    code: str
    since_s: float


class Outlet:
    """The way of events to the inbox: notes device states on their way and survives a full inbox.

    An event the full inbox refuses is dropped and counted, except that a device's newest up or down is kept and told
    before the next event: a dropped one would leave a wrong sign on the screens until the device's next loss.
    """

    def __init__(self, emit: Emit, monotonic_s: Callable[[], float]) -> None:
        self._emit = emit
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._states: dict[str, DeviceState] = {}
        self._owed: dict[str, DeviceUp | DeviceDown] = {}
        self._dropped = 0
        self._overloaded = False

    def states(self) -> dict[str, DeviceState]:
        """Return the newest state of each device by name."""
        with self._lock:
            return dict(self._states)

    def dropped(self) -> int:
        """Return how many events were lost to a full inbox."""
        with self._lock:
            return self._dropped

    def starting(self, device: str) -> None:
        """Note a device that nobody has looked for yet."""
        with self._lock:
            self._states[device] = DeviceState("missing", "starting", self._monotonic_s())

    def owe(self, event: DeviceUp | DeviceDown) -> None:
        """Note a device's new state, log it if it is news, and keep it to be told by the next `send` or `flush`."""
        code = event.code if isinstance(event, DeviceDown) else ""
        state: Literal["ready", "missing", "fault"] = (
            "ready" if not code else "missing" if code in _MISSING_CODES else "fault"
        )
        with self._lock:
            before = self._states.get(event.device)
            changed = before is None or before.code == "starting" or (before.code == "") != (code == "")
            since_s = self._monotonic_s() if before is None or changed else before.since_s
            self._states[event.device] = DeviceState(state, code, since_s)
            if changed:
                self._owed[event.device] = event
        if not changed:
            return
        if isinstance(event, DeviceDown):
            logger.warning("device %s is down: %s %s", event.device, event.code, event.detail)
        else:
            logger.info("device %s is up", event.device)

    def flush(self) -> None:
        """Tell what is owed; what the inbox refuses stays owed."""
        while True:
            with self._lock:
                if not self._owed:
                    return
                # Taken out before it is sent: an inbox that fails by a bug must not meet the same event for ever.
                device, event = next(iter(self._owed.items()))
                del self._owed[device]
            if not self._try(event):
                with self._lock:
                    self._owed.setdefault(device, event)
                return

    def send(self, event: DeviceEvent) -> None:
        """Pass an event on; never raises `Overloaded`."""
        if isinstance(event, DeviceUp | DeviceDown):
            self.owe(event)
            self.flush()
            return
        self.flush()
        if not self._try(event):
            with self._lock:
                self._dropped += 1

    def _try(self, event: DeviceEvent) -> bool:
        try:
            self._emit(event)
        except Overloaded:
            with self._lock:
                news, self._overloaded = not self._overloaded, True
            if news:
                logger.warning("the inbox is full: events of devices are dropped")
            return False
        with self._lock:
            news, self._overloaded = self._overloaded, False
            dropped = self._dropped
        if news:
            logger.warning("the inbox takes events again; %d dropped since start", dropped)
        return True

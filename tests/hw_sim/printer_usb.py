"""A printer's USB plug: two bulk pipes that a kernel's node or a libusb backend works on, and all done to a plug.

One host program's opening is one session; a session of before an unplugging is dead for good, as a file or a handle is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from tests.hw_sim.control import Verb
from tests.hw_sim.printer import Printer

LINK_SWITCHES = frozenset(("hang", "slow", "empty_packets"))
LINK_FAULTS = LINK_SWITCHES | {"unplugged", "broken_transfer"}
STEP_S = 0.002  # how soon a waiting host notices that the printer got on
SLOW_BYTES = 24  # what a slow printer takes a step
PACKET_BYTES = 64


class UnpluggedError(Exception):
    """The device of this session is gone."""


class BrokenTransferError(Exception):
    """The transfer broke off under way; some of its bytes are in the printer."""


class UsbPlug:
    """A printer and its plug; `take` and `give` are what the two pipes carry at this moment."""

    def __init__(self, printer: Printer, on_fault: Callable[[str], None] = lambda _: None) -> None:
        """Plug `printer` in; link faults that took effect go to `on_fault`."""
        self.printer = printer
        self.switches = dict.fromkeys(sorted(LINK_SWITCHES), False)
        self.generation = 1
        self.plugged = True
        self._on_fault = on_fault
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._waiting = b""  # answers that the host has not fetched
        self._unplug_after: int | None = None
        self._break_after: int | None = None

    # --- the wire ---------------------------------------------------------------------------------------------------

    def check(self, session: int) -> None:
        """Raise `UnpluggedError` when that session's device is gone."""
        if not self.plugged or session != self.generation:
            raise UnpluggedError

    def take(self, session: int, data: bytes) -> int:
        """Move bytes into the printer and return how many it took now."""
        with self._lock:
            self.check(session)
            self.printer.pump()
            count = min(len(data), self.printer.room_bytes, 4096)
            if self.switches["hang"] and data:
                self._on_fault("hang")
                return 0
            if self.switches["slow"] and data:
                self._on_fault("slow")
                count = min(count, SLOW_BYTES)
            for limit in (self._unplug_after, self._break_after):
                count = count if limit is None else min(count, limit)
            self.printer.feed(data[:count])
            self._count(count)
            return count

    def _count(self, taken: int) -> None:
        if self._unplug_after is not None:
            self._unplug_after -= taken
            if not self._unplug_after:
                self.unplug()
                raise UnpluggedError
        if self._break_after is not None:
            self._break_after -= taken
            if not self._break_after:
                self._break_after = None
                self._on_fault("broken_transfer")
                raise BrokenTransferError

    def ready(self, session: int) -> bool:
        """Whether a read would return something, an empty packet included."""
        with self._lock:
            self.check(session)
            self.printer.pump()
            self._waiting += self.printer.take_answers()
            return bool(self._waiting) or self.switches["empty_packets"]

    def give(self, session: int, count: int) -> bytes | None:
        """What one read returns: answers, an empty packet, or None where the printer has nothing."""
        with self._lock:
            if not self.ready(session):
                return None
            data, self._waiting = self._waiting[:count], self._waiting[count:]
            if not data:
                self._on_fault("empty_packets")
            return data

    def pause(self, timeout_s: float) -> None:
        """Wait a step, or less when the person does something."""
        with self._changed:
            self._changed.wait(min(timeout_s, STEP_S))

    # --- the person -------------------------------------------------------------------------------------------------

    def unplug(self) -> None:
        """Pull the plug; the printer keeps its power, and prints on what it has."""
        with self._lock:
            if self.plugged:
                self._on_fault("unplugged")
            self.plugged = False
            self._unplug_after = None
            self._waiting = b""
            self._changed.notify_all()

    def plug(self) -> None:
        """Put the plug in again: a new device for the host."""
        with self._lock:
            if not self.plugged:
                self.generation += 1
                self.plugged = True
            self._changed.notify_all()

    def unplug_after(self, count: int) -> None:
        """Pull the plug once `count` more bytes have gone over."""
        with self._lock:
            self._unplug_after = count

    def break_after(self, count: int) -> None:
        """Let the transfer under way break off once `count` more bytes have gone over."""
        with self._lock:
            self._break_after = count

    def power_cut(self) -> None:
        """Cut the power for a moment: the printer forgets, and the host sees a new device."""
        with self._lock:
            self.printer.power_cut()
            self.plugged = False
            self._waiting = b""
            self.plug()

    def set_switch(self, name: str, *, value: bool) -> None:
        """Flip a switch of the plug (`LINK_SWITCHES`) or of the printer."""
        if name not in LINK_SWITCHES:
            self.printer.set_switch(name, value=value)
            return
        with self._lock:
            self.switches[name] = value
            self._changed.notify_all()

    def state(self) -> dict[str, Any]:
        """All a person may want to see."""
        plain = self.printer.state()
        return {**plain, "switches": {**plain["switches"], **self.switches}, "plugged": self.plugged}

    def verbs(self) -> dict[str, Verb]:
        """The verbs of a plug."""

        def state() -> Mapping[str, Any]:
            return self.state()

        return {
            "state": state,
            "set": lambda switch, value: self.set_switch(switch, value=bool(value)),
            "plug": self.plug,
            "unplug": self.unplug,
            "unplug_after": lambda **request: self.unplug_after(int(request["bytes"])),
            "power_cut": self.power_cut,
            "paper_end_after": lambda rows: self.printer.paper_end_after(int(rows)),
            "reload": self.printer.reload,
        }

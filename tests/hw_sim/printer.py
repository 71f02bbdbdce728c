"""A receipt printer without its plug: bytes in, answers and paper out, with every switch a person has.

What arrives is parsed at once (real-time commands act then), waits in the receive buffer, is carried out in order while
the printer is on-line, and reaches paper as fast as the motor runs. The parser may be some lines ahead of the paper, as
in the device: an answer to GS r proves parsing, only a process id proves paper.
"""

from __future__ import annotations

import dataclasses
import functools
import pathlib
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from tests.hw_sim.escpos_format import Formatter
from tests.hw_sim.escpos_paper import HEAD_TO_BLADE_DOTS, Paper, Slip, Strip
from tests.hw_sim.escpos_parser import REAL_TIME_OPS, Op, Operation, Parser
from tests.hw_sim.printer_drawer import Drawer
from tests.hw_sim.printer_motor import Motor
from tests.hw_sim.printer_state import (
    STANDS_STILL,
    SWITCHES,
    ComplaintError,
    Event,
    Settings,
    Switches,
    auto_status,
    auto_status_items,
    fence_status,
    status_byte,
)

SIMULATOR = "printer"  # its name in the run's fault log
FAULTS = frozenset((
    "paper_end", "paper_near_end", "lid_open", "cutter_error", "power_cut", "silent", "late", "paper_end_mid_receipt",
))  # fmt: skip
AHEAD_ROWS = 256  # the print buffer: how far parsing may run ahead of paper
CLEARED_ANSWER = bytes.fromhex("37 25 00")  # Epson, DLE DC4 fn 8: header, identifier, NUL


class Printer:
    """The device: `feed` it, `pump` it as time passes, take its answers; every method may be called from any thread."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        folder: pathlib.Path | None = None,
        on_fault: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Power up with a full roll; PNGs of slips go to `folder`, faults that took effect to `on_fault`."""
        self.settings = settings or Settings()
        self.switches = Switches()
        self.events: list[Event] = []
        self.strict_errors: list[str] = []
        self.lock = threading.RLock()
        self._clock = clock
        self._on_fault = on_fault
        self._armed: set[str] = set()
        self._parser = Parser(self.settings.dialect)
        self._formatter = Formatter(self.settings.page, self._complain)
        self._paper = Paper(self.settings.dots, folder, draw=self.settings.render)
        self._motor = Motor(self._paper, self.settings.speed_mm_s, clock())
        self._queue: deque[Operation] = deque()
        self._queued_bytes = 0
        self._answers = bytearray()
        self._late_answers = bytearray()
        self._double_byte = False
        self._watched = 0
        self._drawer = Drawer(self.settings, self.switches, self._event, self._complain)
        self._reported = auto_status_items(self.switches, pin_high=self._drawer.pin_high)
        self._handlers: dict[Op, Callable[[Operation], None]] = {
            Op.CUT: self._cut, Op.AUTO_STATUS: self._auto_status, Op.FENCE: self._fence,
            Op.IDENTITY: self._identity, Op.PROCESS_ID: self._process_id, Op.UNKNOWN: self._unknown,
            Op.DOUBLE_BYTE_ON: lambda _: self._set_double_byte(on=self.settings.dialect.has_double_byte),
            Op.DOUBLE_BYTE_OFF: lambda _: self._set_double_byte(on=False), Op.INITIALISE: self._initialise,
            Op.STATUS_NOW: self._status_now, Op.RECOVER_NOW: self._recover_now, Op.CLEAR_NOW: self._clear_now,
            **self._drawer.handlers,
        }  # fmt: skip
        self._power_up()

    # --- the wire ---------------------------------------------------------------------------------------------------

    def feed(self, data: bytes) -> None:
        """Receive bytes; a caller who cares about the buffer never gives more than `room_bytes`."""
        with self.lock:
            self.pump()
            for operation in self._parser.feed(data):
                if operation.op in REAL_TIME_OPS:
                    self._handlers[operation.op](operation)
                else:
                    self._queue.append(operation)
                    self._queued_bytes += operation.size_bytes
            self.pump()

    def pump(self) -> None:
        """Let the time since the last call pass: carry out, print, answer."""
        with self.lock:
            now_s = self._clock()
            while self.switches.online:
                self._motor.advance(now_s)
                if self._motor.rows_left_on_roll == 0:
                    self._end_of_roll()
                elif self._motor.rows_waiting < AHEAD_ROWS and self._queue:
                    self._execute(self._queue.popleft())
                else:
                    break
            if not self._motor.busy or not self.switches.online:
                self._motor.rest(now_s)
            if not self.switches.online and self.busy:
                self._effective(*STANDS_STILL)
            self._report_changes()

    def take_answers(self) -> bytes:
        """Bytes for the host since the last call."""
        with self.lock:
            answers = bytes(self._answers)
            self._answers.clear()
            return answers

    @property
    def buffer_fill_bytes(self) -> int:
        """Bytes that wait in the receive buffer; a command on its way in is consumed as it comes when nothing waits."""
        with self.lock:
            idle = self.switches.online and not self._queue and self._motor.rows_waiting < AHEAD_ROWS
            return self._queued_bytes + (0 if idle else self._parser.pending_bytes)

    @property
    def room_bytes(self) -> int:
        """How many bytes the host may send now; 0 means: do not read."""
        return max(0, self.settings.buffer_bytes - self.buffer_fill_bytes)

    @property
    def waiting_for_bytes(self) -> bool:
        """Whether the parser is inside a command, for example in raster data that never ended."""
        return self._parser.pending_bytes > 0

    @property
    def busy(self) -> bool:
        """Whether anything received is not on paper yet."""
        return bool(self._queue) or self._motor.busy

    @property
    def slips(self) -> list[Slip]:
        """Everything that came off so far."""
        with self.lock:
            return list(self._paper.slips)

    # --- the person -------------------------------------------------------------------------------------------------

    def set_switch(self, name: str, *, value: bool) -> None:
        """Flip one of `Switches`; raise `KeyError` when there is no such switch."""
        with self.lock:
            if name not in SWITCHES:
                raise KeyError(name)
            self.pump()
            setattr(self.switches, name, value)
            self._armed.discard(name)
            if value and name in FAULTS:
                self._armed.add(name)
            if not self.switches.late:
                self._answers += self._late_answers
                self._late_answers.clear()
            self.pump()

    def power_cut(self) -> None:
        """Lose power and get it back: buffers, modes and half commands are gone, the paper stays where it is."""
        with self.lock:
            self.pump()
            self._on_fault("power_cut")
            self._event("power_cut", lost_bytes=self._queued_bytes + self._parser.pending_bytes)
            self._drop_buffers()
            self._answers.clear()
            self._late_answers.clear()
            self._power_up()

    def paper_end_after(self, rows: int) -> None:
        """Let the roll end after `rows` more dots of paper."""
        with self.lock:
            self._motor.rows_left_on_roll = rows
            self.pump()

    def reload(self) -> None:
        """Put a new roll in and close the lid; what hung out of the printer is torn off."""
        with self.lock:
            self._paper.tear()
            self._motor.rows_left_on_roll = None
            for name in ("paper_end", "paper_near_end", "lid_open"):
                self.set_switch(name, value=False)

    def state(self) -> dict[str, Any]:
        """All a person may want to see, ready for JSON."""
        with self.lock:
            self.pump()
            return {
                "switches": dataclasses.asdict(self.switches),
                "online": self.switches.online,
                "busy": self.busy,
                "buffer_fill_bytes": self.buffer_fill_bytes,
                "buffer_bytes": self.settings.buffer_bytes,
                "waiting_for_bytes": self.waiting_for_bytes,
                "rows_uncut": self._paper.rows_uncut,
                "rows_waiting": self._motor.rows_waiting,
                "slips": len(self._paper.slips),
                "strict_errors": len(self.strict_errors),
            }

    # --- inside -----------------------------------------------------------------------------------------------------

    def _power_up(self) -> None:
        self._parser.reset(power_up=True)
        self._formatter.reset()
        self._double_byte = self.settings.dialect.has_double_byte and self.settings.double_byte_at_power_up
        self._watched = 0
        self._drawer.reset()

    def _complain(self, sentence: str) -> None:
        self.strict_errors.append(sentence)
        if self.settings.strict:
            raise ComplaintError(sentence)

    def _event(self, kind: str, **details: Any) -> None:
        self.events.append(Event(len(self.events) + 1, kind, self._clock(), details))

    def _effective(self, *faults: str) -> None:
        """A switch counts as a fault once, when it is first seen on the wire or stops the printing of something."""
        for fault in faults:
            if fault in self._armed:
                self._armed.discard(fault)
                self._on_fault(fault)

    def _answer(self, answer: bytes) -> None:
        if self.switches.silent:
            self._armed.discard("silent")
            self._on_fault("silent")
        else:
            self._answers += answer

    def _answer_in_order(self, answer: bytes) -> None:
        """What the parser answers when it comes to a command, which an interface may be slow to pass on."""
        if self.switches.late and not self.switches.silent:
            self._late_answers += answer
            self._effective("late")
        else:
            self._answer(answer)

    def _end_of_roll(self) -> None:
        self._motor.rows_left_on_roll = None
        self.switches.paper_end = True
        if self._paper.printed or self._motor.busy:
            self._on_fault("paper_end_mid_receipt")
        self._armed.add("paper_end")

    def _report_changes(self) -> None:
        items = auto_status_items(self.switches, pin_high=self._drawer.pin_high)
        changed = sum(1 << bit for bit, (old, new) in enumerate(zip(self._reported, items, strict=True)) if old != new)
        self._reported = items
        if changed & self._watched:
            self._send_auto_status()

    def _send_auto_status(self) -> None:
        self._answer(auto_status(self.switches, pin_high=self._drawer.pin_high))
        self._effective(*STANDS_STILL, "paper_near_end")

    def _drop_buffers(self) -> None:
        self._parser.reset(double_byte=self._double_byte)
        self._queue.clear()
        self._queued_bytes = 0
        self._motor.drop()
        self._formatter.drop_line()

    def _execute(self, operation: Operation) -> None:
        self._queued_bytes -= operation.size_bytes
        if operation.op in self._handlers:
            self._handlers[operation.op](operation)
        if self._formatter.handles(operation.op):
            for strip in self._formatter.do(operation):
                self._motor.put(strip)

    def _set_double_byte(self, *, on: bool) -> None:
        self._double_byte = on

    def _initialise(self, _: Operation) -> None:
        if self._formatter.line_begun:
            self._event("line_lost")
        self._double_byte = self.settings.dialect.has_double_byte and self.settings.double_byte_at_power_up
        self._drawer.reset()
        if self.settings.init_clears_auto_status:
            self._watched = 0

    def _cut(self, operation: Operation) -> None:
        partial, feed_dots = operation.numbers
        if self._formatter.line_begun:
            self._complain("a cut is ignored in the middle of a line")
            return
        if feed_dots >= 0:
            self._motor.put(Strip(HEAD_TO_BLADE_DOTS + feed_dots))
        self._motor.put(functools.partial(self._blade, partial=bool(partial)))

    def _blade(self, *, partial: bool) -> None:
        slip = self._paper.cut()
        self._event("cut", partial=partial, slip=slip.number if slip else None)

    def _auto_status(self, operation: Operation) -> None:
        self._watched = operation.numbers[0] & 0x0F
        if self._watched:
            self._send_auto_status()

    def _fence(self, operation: Operation) -> None:
        answer = fence_status(operation.numbers[0], self.switches, pin_high=self._drawer.pin_high)
        if answer is None:
            self._complain(f"there is no in-order status {operation.numbers[0]}")
        else:
            self._answer_in_order(answer)

    def _identity(self, operation: Operation) -> None:
        names = {66: self.settings.maker, 67: self.settings.model}
        if operation.numbers[0] in names:
            self._answer_in_order(b"\x5f" + names[operation.numbers[0]].encode("ascii") + b"\x00")
        else:
            self._complain(f"there is no identity {operation.numbers[0]}")

    def _process_id(self, operation: Operation) -> None:
        digits = operation.data[2:]
        well_formed = operation.data[:2] == b"\x30\x30" and len(digits) == 4 and all(0x20 <= d <= 0x7E for d in digits)
        if not well_formed:
            self._complain(f"unknown transmission request {operation.data.hex(' ')}")
        elif self.settings.process_id == "yes":
            self._motor.put(functools.partial(self._answer_process_id, digits))

    def _answer_process_id(self, digits: bytes) -> None:
        self._event("process_id", id=digits.decode("ascii"), answered=not self.switches.silent)
        self._answer_in_order(b"\x37\x22" + digits + b"\x00")

    def _unknown(self, operation: Operation) -> None:
        self._event("unknown", bytes=operation.data.hex(" "))
        self._complain(f"unknown command {operation.data.hex(' ')}")

    def _status_now(self, operation: Operation) -> None:
        n = operation.numbers[0]
        self._answer(status_byte(n, self.switches, pin_high=self._drawer.pin_high))
        seen = {1: STANDS_STILL, 2: STANDS_STILL, 3: ("cutter_error",), 4: ("paper_end", "paper_near_end")}
        self._effective(*seen[n])

    def _recover_now(self, operation: Operation) -> None:
        # Only an error is recovered from, and a blade that is still jammed fails again at once: the switch stays.
        if self.switches.cutter_error:
            self._event("recover", restart=operation.numbers[0] == 1)
            if operation.numbers[0] == 2:
                self._drop_buffers()

    def _clear_now(self, _: Operation) -> None:
        self._event("cleared", lost_bytes=self._queued_bytes)
        self._drop_buffers()
        self._answer(CLEARED_ANSWER)

"""A PN532 without its line: fed with what a host sends, at a time that is an argument, it gives what it answers.

Source: NXP UM0701-02 (PN532 user manual), 6.2 (frames and dialogue), 6.3.2.3 (waking over HSU), 7 (commands). It
does one command at a time; a further command or an ACK ends the one under way, a NACK asks for the last frame again.
Being no kinder than the chip: before its wake-up it hears nothing, before SAMConfiguration it acknowledges commands
for the antenna and never answers them, and a search without limited retries never ends by itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tests.hw_sim.card_secrets import secret_from
from tests.hw_sim.pn532_faults import FaultPlan
from tests.hw_sim.pn532_field import NOT_ALLOWED, OK, TIMEOUT, Field
from tests.hw_sim.pn532_wire import ACK, ERROR, FROM_CHIP, NACK, START, TO_CHIP, Content, FrameReader, Sign, frame

VERSION = bytes.fromhex("32010607")
WAKE = 0x55
# UM0701-02, 6.3.2.3: the oscillator needs up to 2 ms. A host that sends its command behind the preamble without a
# pause is heard if the preamble is long enough; the bytes sent meanwhile are lost.
WAKE_S = 0.002
WAKE_BYTES = 12
# One REQA with its time-out and the chip's own work; only how often it is tried matters to a host.
SEARCH_TRY_S = 0.005
FOR_EVER = 0xFF
LOG_LINES_MAX = 2000

# RFConfiguration: how many bytes each item takes (UM0701-02, 7.3.1).
RF_ITEMS = {0x01: 1, 0x02: 3, 0x04: 1, 0x05: 3, 0x0A: 11, 0x0B: 8, 0x0C: 3, 0x0D: 9}
RF_COMMANDS = frozenset({0x40, 0x42, 0x44, 0x4A, 0x52, 0x54})
SEARCH_COMMAND = 0x4A
MORE = 0x40


class SyntaxFault(Exception):  # noqa: N818 - it is no error of the simulator
    """The host's command is none, or its parameters are none it takes: the answer is the error frame."""


@dataclass(slots=True)
class Search:
    """A search under way: when its next try is due and how many are left (None: it goes on for ever)."""

    next_s: float
    left: int | None
    # Cards of another kind than type A at 106 kbit/s are searched for and never found.
    possible: bool


class Chip:
    """The chip: `feed` it, and ask what is `due`."""

    def __init__(self, faults: FaultPlan, on_fault: Callable[[str], None] = lambda _: None) -> None:
        """Start without power history: asleep, nothing configured."""
        self.field = Field()
        self.faults = faults
        self.mute = False
        self.log: deque[str] = deque(maxlen=LOG_LINES_MAX)
        self._on_fault = on_fault
        self._reader = FrameReader()
        self._commands: dict[int, Callable[[bytes], bytes]] = {
            0x00: self._diagnose,
            0x02: lambda _: VERSION,
            0x04: self._general_status,
            0x12: lambda _: b"",
            0x14: self._configure_sam,
            0x16: self._power_down,
            0x32: self._configure_rf,
            0x40: self._exchange,
            0x42: self._through,
            0x44: self._one_target,
            0x52: self._release,
            0x54: self._one_target,
        }
        self.power_on()

    def power_on(self) -> None:
        """Lose everything, as the supply fails and comes back: asleep, no field, searching for ever."""
        self.field.switch(on=False)
        self.awake = False
        self._configured = False
        self._tries: int | None = None
        self._search: Search | None = None
        self._queue: list[tuple[float, bytes]] = []
        self._last: tuple[bytes, int] = (b"", 0)
        self._chained = b""
        self._awake_at_s, self._deaf_bytes = 0.0, 0
        self._sleeps_after_answer = False
        self._reader.clear()

    @property
    def searching(self) -> bool:
        """Whether a search for a card is under way."""
        return self._search is not None

    def feed(self, data: bytes, now_s: float) -> None:
        """Take bytes that the host sent, heard at `now_s`."""
        data = self._while_waking(data, now_s)
        for heard in self._reader.feed(data):
            match heard:
                case Sign.ACK:
                    self._abort()
                case Sign.NACK:
                    self._repeat(now_s)
                case Content(content):
                    self._receive(content, now_s)

    def due(self, now_s: float) -> list[bytes]:
        """Return the pieces to put on the line by `now_s`, oldest first."""
        if self._search is not None and now_s >= self._search.next_s:
            self._try(self._search, now_s)
        out = []
        while self._queue and self._queue[0][0] <= now_s:
            out.append(self._queue.pop(0)[1])
        if out and not self._queue and self._sleeps_after_answer:
            self.awake = self._sleeps_after_answer = False
        return out

    def _while_waking(self, data: bytes, now_s: float) -> bytes:
        """Return what of `data` is heard: nothing before the wake-up, and nothing while the oscillator starts."""
        if not self.awake:
            before, wake, data = data.partition(bytes([WAKE]))
            # A command on deaf ears is the fault; a preamble's zeros are not.
            if START in before:
                self._on_fault("asleep")
            if not wake:
                return b""
            self.awake = True
            self._awake_at_s, self._deaf_bytes = now_s + WAKE_S, WAKE_BYTES
        if now_s >= self._awake_at_s:
            self._deaf_bytes = 0
        deaf = data[: self._deaf_bytes]
        self._deaf_bytes -= len(deaf)
        return data[len(deaf) :]

    def _abort(self) -> None:
        self._search = None
        self._queue.clear()

    def _repeat(self, now_s: float) -> None:
        sent, code = self._last
        if sent and not self.mute:
            self._send(sent, code, now_s)

    def _receive(self, content: bytes, now_s: float) -> None:
        """One command frame arrived: acknowledge it and start on it."""
        code = content[1] if len(content) > 1 else -1
        if self.mute:
            self._on_fault("mute")
            return
        if self.faults.strikes("no_ack", code):
            return
        self._abort()
        self.log.append(_redacted(content, continued=bool(self._chained)))
        if self.faults.strikes("nack", code):
            self._send(NACK, code, now_s, content=False)
            return
        if not self.faults.strikes("ack_lost", code):
            self._send(ACK, code, now_s, content=False)
        if self.faults.strikes("brown_out", code):
            self.power_on()  # the ACK, not sent yet, goes with the power
            return
        self._start(content, code, now_s)

    def _start(self, content: bytes, code: int, now_s: float) -> None:
        if self.field.card is not None and self.faults.strikes("card_gone", code):
            self.field.remove()
        if code in RF_COMMANDS and not self._configured:
            return
        try:
            self._run(content, code, now_s)
        except SyntaxFault:
            self._last = (ERROR, code)
            self._send(ERROR, code, now_s)

    def _run(self, content: bytes, code: int, now_s: float) -> None:
        command = self._commands.get(code)
        if content[0] != TO_CHIP or self.faults.strikes("error_frame", code):
            raise SyntaxFault
        if code == SEARCH_COMMAND:
            self._search = self._begin_search(content[2:], now_s)
        elif command is None:
            raise SyntaxFault
        else:
            self._answer(code, command(content[2:]), now_s)

    def _answer(self, code: int, data: bytes, now_s: float) -> None:
        sent = frame(bytes([FROM_CHIP, code + 1]) + data)
        self._last = (sent, code)
        self._send(sent, code, now_s)

    def _send(self, sent: bytes, code: int, now_s: float, *, content: bool = True) -> None:
        at_s = max(now_s, self._queue[-1][0] if self._queue else now_s)
        for wait_s, piece in self.faults.pieces(sent, code, content=content):
            at_s += wait_s
            self._queue.append((at_s, piece))

    # The commands: each takes what follows its code and returns what follows the answer's code.

    def _begin_search(self, data: bytes, now_s: float) -> Search:
        if len(data) < 2 or data[0] not in {1, 2} or data[1] > 4:
            raise SyntaxFault
        # The second type A parameter would be a UID to look for; a store's reader looks for any card.
        if data[1] == 0 and len(data) != 2:
            raise SyntaxFault
        return Search(now_s, self._tries, possible=data[1] == 0)

    def _try(self, search: Search, now_s: float) -> None:
        found = self.field.search() if search.possible else None
        if found is not None:
            self._search = None
            self._answer(SEARCH_COMMAND, b"\x01\x01" + found, now_s)
        elif search.left == 0:
            self._search = None
            self._answer(SEARCH_COMMAND, b"\x00", now_s)
        else:
            search.left = None if search.left is None else search.left - 1
            search.next_s = now_s + SEARCH_TRY_S

    def _diagnose(self, data: bytes) -> bytes:
        """Echo (test 00), or whether the listed target is still there (test 06)."""
        match data[:1]:
            case b"\x00":
                return data
            case b"\x06" if len(data) == 1:
                return bytes([OK if self.field.present() else TIMEOUT])
        raise SyntaxFault

    def _general_status(self, _data: bytes) -> bytes:
        targets = bytes.fromhex("0101000010") if self.field.listed else b"\x00"
        return bytes([0x00, self.field.on]) + targets + b"\x00"

    def _configure_sam(self, data: bytes) -> bytes:
        if not 1 <= len(data) <= 3 or data[0] not in {1, 2, 3, 4}:
            raise SyntaxFault
        # Any other mode than the first puts a security module between the host and the antenna.
        self._configured = data[0] == 1
        return b""

    def _power_down(self, data: bytes) -> bytes:
        if not 1 <= len(data) <= 2:
            raise SyntaxFault
        self.field.switch(on=False)
        self._sleeps_after_answer = True
        return b"\x00"

    def _configure_rf(self, data: bytes) -> bytes:
        if not data or RF_ITEMS.get(data[0]) != len(data) - 1:
            raise SyntaxFault
        if data[0] == 0x01:
            self.field.switch(on=bool(data[1] & 1))
        elif data[0] == 0x05:
            self._tries = None if data[3] == FOR_EVER else data[3]
        return b""

    def _exchange(self, data: bytes) -> bytes:
        if not data:
            raise SyntaxFault
        if data[0] & ~MORE != 1:
            return bytes([NOT_ALLOWED])
        if data[0] & MORE:
            self._chained += data[1:]
            return bytes([OK])
        whole, self._chained = self._chained + data[1:], b""
        status, answer = self.field.exchange(whole)
        return bytes([status]) + answer

    def _through(self, data: bytes) -> bytes:
        status, answer = self.field.through(data)
        return bytes([status]) + answer

    def _release(self, data: bytes) -> bytes:
        if len(data) != 1 or data[0] > 2:
            raise SyntaxFault
        if data[0] == 2 or (data[0] == 1 and not self.field.listed):
            return bytes([NOT_ALLOWED])
        self.field.release()
        return bytes([OK])

    def _one_target(self, data: bytes) -> bytes:
        if len(data) != 1:
            raise SyntaxFault
        return bytes([OK if self.field.listed else NOT_ALLOWED])


def _redacted(content: bytes, *, continued: bool) -> str:
    """Return a command in hex with keys, passwords, proofs of a key and what is written to a card as `**`.

    Of a command in several frames all but the first is hidden.
    """
    start = {0x40: 3, 0x42: 2}.get(content[1] if len(content) > 1 else 0)
    if start is None:
        return content.hex().upper()
    shown = start if continued else start + secret_from(content[start:])
    return content[:shown].hex().upper() + "**" * (len(content) - shown)

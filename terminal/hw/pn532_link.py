"""Commands to a PN532 and their answers over a serial line, with the retries that a disturbed line is worth.

Source: NXP UM0701-02 (PN532 user manual), 6.2.2: the chip acknowledges a command with an ACK frame, then answers it; a
NACK from the host makes it repeat its last frame; an ACK from the host ends the command in progress.

A command that was sent twice, ended or asked for again may leave answers on the way, and an old answer must never pass
for a new one. So after any such trouble the link first asks for the firmware's version and drops whatever comes before
that answer: the chip answers in order, and nothing else uses that code.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from terminal.hw.pn532_frames import ACK, NACK, Ack, Answer, ErrorFrame, FrameParser, Nack, Spoilt, encode_command

# 6.3.2.3: a long preamble gives a sleeping chip's serial port time to start; then a pause.
WAKE_UP = b"\x55\x55" + bytes(14)
WAKE_UP_PAUSE_S = 0.005
GET_FIRMWARE_VERSION = 0x02
RESENDS_MAX = 3
NACKS_MAX = 3
# After a wait is over, how long bytes that still arrive are read.
OVERTIME_S = 0.2


class Port(Protocol):
    """A serial line: pyserial's `Serial` with a short read timeout, or anything that behaves like it."""

    def read(self, size: int = 1, /) -> bytes:
        """Return up to `size` bytes, fewer or none after a pause of a few hundredths of a second."""
        ...

    def write(self, data: bytes, /) -> int | None:
        """Send all of `data`; raise `OSError` when that is impossible."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the link waits: for an ACK, after it for the chip's own answer or a card's, for the rest of a frame."""

    ack_s: float = 0.1
    answer_s: float = 0.6
    card_s: float = 1.0
    gap_s: float = 0.1


class LinkTrouble(Exception):  # noqa: N818 - said of the link; its three kinds are caught by name
    """A command did not get its answer."""


class ChipMute(LinkTrouble):
    """The chip did not acknowledge, or did not answer in time; the command has been ended."""


class ChipRefused(LinkTrouble):
    """The chip says that it does not know the command, each time it was sent."""


class LinkStopped(LinkTrouble):
    """The caller's `stop` was set; the command has been ended."""


class _NotTaken(Exception):  # noqa: N818 - one try of several has failed
    """The chip did not carry the command out: it does not know it (`refused`), heard it wrong, or did not hear it."""

    def __init__(self, *, refused: bool) -> None:
        super().__init__(refused)
        self.refused = refused


@dataclass(slots=True)
class _Wait:
    """What one sending of a command waits for, until when, and what has gone wrong meanwhile."""

    until_s: float
    acknowledged: bool = False
    nacks_left: int = NACKS_MAX
    spoilt: bool = False
    quiet: bool = False

    def begin_answer(self, until_s: float) -> None:
        """Wait for the answer from now on."""
        self.acknowledged = True
        self.until_s = until_s

    def is_over(self, now_s: float) -> bool:
        """Whether the wait is over: not while bytes still arrive, unless they do so without end."""
        return now_s > self.until_s + (0.0 if self.quiet else OVERTIME_S)


class Pn532Link:
    """One conversation with the chip at the other end of `port`, one command at a time, from one thread.

    Every method raises `OSError` once the line is gone.
    """

    def __init__(
        self, port: Port, patience: Patience | None = None, monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._port = port
        self.patience = patience or Patience()
        self._monotonic_s = monotonic_s
        self._parser = FrameParser()
        self._last_byte_s = monotonic_s()
        self._doubtful = False

    def wake_up(self, stop: threading.Event) -> None:
        """Wake a chip that sleeps; one that is awake passes over it."""
        self._port.write(WAKE_UP)
        stop.wait(WAKE_UP_PAUSE_S)

    def idle(self, pause_s: float) -> None:
        """Wait until the line has been quiet for one read, at most about `pause_s`; a line that is gone is noticed."""
        until_s = self._monotonic_s() + pause_s
        while data := self._port.read(self._parser.wanted):
            # The zero that ends every frame comes here, and noise; a whole frame now is a late one.
            if self._parser.feed(data):
                self._doubtful = True
            if self._monotonic_s() > until_s:
                break
        if self._parser.in_frame:
            self._doubtful = True
            self._parser.drop()

    def command(
        self,
        code: int,
        data: bytes = b"",
        *,
        stop: threading.Event,
        answer_s: float | None = None,
        resend: bool = True,
    ) -> bytes:
        """Return the answer's data; raise `LinkTrouble` without one.

        `answer_s` is the patience from the ACK on. `resend=False` is for a command that must not be carried out twice:
        it is sent again only when the chip says that it did not take it.
        """
        if self._doubtful:
            self._settle(stop)
        return self._ask(code, data, stop, answer_s or self.patience.answer_s, resend=resend)

    def _settle(self, stop: threading.Event) -> None:
        """End what may be in progress and pass over all that is still on the way."""
        self._parser.drop()
        self._port.write(ACK)
        self._ask(GET_FIRMWARE_VERSION, b"", stop, self.patience.answer_s, resend=True)
        self._doubtful = False

    def _ask(self, code: int, data: bytes, stop: threading.Event, answer_s: float, *, resend: bool) -> bytes:
        frame = encode_command(code, data)
        refused = False
        for _ in range(1 + RESENDS_MAX):
            self._port.write(frame)
            try:
                return self._await_answer(code + 1, stop, answer_s, ack_needed=resend)
            except _NotTaken as trouble:
                self._doubtful = True
                refused = trouble.refused
        self._end()
        if refused:
            raise ChipRefused(f"command {code:02X}")
        raise ChipMute(f"command {code:02X} not acknowledged")

    def _await_answer(self, code: int, stop: threading.Event, answer_s: float, *, ack_needed: bool) -> bytes:
        """Return the answer's data; raise `_NotTaken`, `ChipMute` or `LinkStopped`."""
        wait = _Wait(self._monotonic_s() + self.patience.ack_s)
        while True:
            for frame in self._receive(wait):
                if isinstance(frame, Answer) and frame.code == code:
                    return frame.data
                if isinstance(frame, ErrorFrame) or (isinstance(frame, Nack) and not wait.acknowledged):
                    raise _NotTaken(refused=isinstance(frame, ErrorFrame))
                if isinstance(frame, Ack) and not wait.acknowledged:
                    wait.begin_answer(self._monotonic_s() + answer_s)
            if stop.is_set():
                self._end()
                raise LinkStopped
            if not wait.is_over(self._monotonic_s()):
                continue
            if wait.acknowledged:
                self._end()
                raise ChipMute(f"answer {code:02X} did not come")
            if ack_needed:
                raise _NotTaken(refused=False)
            # The ACK may be all that was lost: the answer decides, if it comes before sending again would be over.
            wait.begin_answer(self._monotonic_s() + RESENDS_MAX * self.patience.ack_s)

    def _receive(self, wait: _Wait) -> list[Ack | Nack | Answer | ErrorFrame]:
        """Return the good frames among what one read brings, and ask again for broken ones."""
        data = self._port.read(self._parser.wanted)
        wait.quiet = not data
        now_s = self._monotonic_s()
        if data:
            self._last_byte_s = now_s
        elif self._parser.in_frame and now_s - self._last_byte_s > self.patience.gap_s:
            self._parser.drop()
            wait.spoilt = True
        good: list[Ack | Nack | Answer | ErrorFrame] = []
        for frame in self._parser.feed(data):
            if isinstance(frame, Spoilt):
                wait.spoilt = True
                if frame.whole:
                    self._ask_again(wait)
            else:
                good.append(frame)
        if wait.quiet and wait.spoilt and wait.acknowledged and not self._parser.in_frame:
            # Broken beyond knowing where it ended: ask only now, lest the answer come twice.
            self._ask_again(wait)
        return good

    def _ask_again(self, wait: _Wait) -> None:
        wait.spoilt = False
        if wait.nacks_left:
            wait.nacks_left -= 1
            self._doubtful = True
            self._port.write(NACK)

    def _end(self) -> None:
        """End the command in progress."""
        self._doubtful = True
        self._parser.drop()
        self._port.write(ACK)

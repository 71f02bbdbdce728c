"""A printer's link with the status dialogue on it: questions go out whole, answers come in as values."""

from __future__ import annotations

from terminal.hw.escpos_answers import (
    Answer,
    AnswerParser,
    AutoStatus,
    PrinterState,
    RealTimeStatus,
    StatusTracker,
)
from terminal.hw.printer_transport import PrinterTransport
from terminal.hw.serial_transport import SerialTransport

DRAWER_PIN_HIGH = 0x04  # in the answer to DLE EOT 1 and in the first byte of automatic status alike


class PrinterLink:
    """One transport, its answers and the newest status; every method but `close` raises `OSError` once it is gone."""

    def __init__(self, transport: PrinterTransport) -> None:
        """Speak over `transport` once opened."""
        self._transport = transport
        self.drawer_high: bool | None = None
        self._forget(b"")

    def _forget(self, first: bytes) -> None:
        """Know nothing: a new connection starts with a fresh parser and an unknown printer."""
        self._parser = AnswerParser()
        self._status = StatusTracker()
        self._unsent = first  # bytes of a question that the link has not taken yet
        self._level_due = False

    def open(self, first: bytes) -> None:
        """Open the link; `first` goes out before the first question."""
        self._forget(first)
        self._transport.open()

    def close(self) -> None:
        """Drop the link; safe at any time, also twice."""
        self._transport.close()

    @property
    def unheld_bytes_max(self) -> int | None:
        """Return how much may be sent before the printer is asked, None where the line itself holds the sender back."""
        return self._transport.unheld_bytes_max if isinstance(self._transport, SerialTransport) else None

    @property
    def state(self) -> PrinterState | None:
        """Return the newest state, None before the first."""
        return self._status.state

    @property
    def waiting(self) -> bool:
        """Tell whether a question is on its way out or without its answer."""
        return self._status.waiting or bool(self._unsent)

    @property
    def wants_cause(self) -> bool:
        """Tell whether there is an error whose cause has not been asked for yet."""
        return self._status.wants_cause

    @property
    def ready(self) -> bool:
        """Whether the newest status lets the printer print; a question still open means unknown."""
        return self.state is not None and not self.state.blocked and not self.waiting

    @property
    def blocked(self) -> bool:
        """Whether the newest status says that a person has to do something first."""
        return self.state is not None and bool(self.state.blocked)

    def ask(self) -> None:
        """Ask for the whole status, giving up answers still missing; a question half sent is finished instead."""
        if not self._unsent or not self._status.waiting:
            self._unsent += self._status.ask()
            self._level_due = True
        self.flush()

    def flush(self) -> None:
        """Send what is left of a question: cut in two, its halves would read as other commands."""
        if self._unsent:
            self._unsent = self._unsent[self._transport.write(self._unsent) :]

    def wait(self, timeout_s: float, *, to_write: bool = False) -> None:
        """Return when there is something to read (or room to write, where wanted) or after `timeout_s`."""
        self._transport.wait(timeout_s, to_write=to_write or bool(self._unsent))

    def read(self) -> list[Answer]:
        """Return the answers that have arrived."""
        return self._parser.feed(self._transport.read())

    def hear(self, answer: Answer) -> bool:
        """Take in an answer and tell whether it renewed `state`."""
        if isinstance(answer, AutoStatus):
            self.drawer_high = bool(answer.printer & DRAWER_PIN_HIGH)
        elif isinstance(answer, RealTimeStatus) and self._level_due:
            self._level_due = False  # DLE EOT 1 is always the first of the questions
            self.drawer_high = bool(answer.bits & DRAWER_PIN_HIGH)
        return self._status.hear(answer)

    def write(self, data: bytes | memoryview) -> int:
        """Hand over bytes of a job and return how many were taken; a question half sent goes first."""
        self.flush()
        return 0 if self._unsent else self._transport.write(data)

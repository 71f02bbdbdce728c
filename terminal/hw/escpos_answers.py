"""What an ESC/POS printer answers: bytes in, values out, without any I/O.

Answers of every sort arrive mixed on one line, several in one read or one split over two, and are told apart by
fixed bits alone (Epson ESC/POS command reference: DLE EOT, GS a, GS r, GS I, GS ( H).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace

IDENTITY_BYTES_MAX = 80  # GS I sends at most a model name of this order; more is noise
PROCESS_ID_BYTES = 4
AUTO_STATUS_BYTES = 4

_IDENTITY_START = 0x5F
_PROCESS_ID_START = 0x37
_PROCESS_ID_SECOND = 0x22

PAPER_OUT = "printer_paper_out"
LID_OPEN = "printer_lid_open"
CUTTER = "printer_cutter"
ERROR = "printer_error"
OFFLINE = "printer_offline"


@dataclass(frozen=True, slots=True)
class RealTimeStatus:
    """One byte answering one DLE EOT n; it does not say which n."""

    bits: int


@dataclass(frozen=True, slots=True)
class AutoStatus:
    """Four bytes of automatic status back (GS a): sent when it is switched on and at every change."""

    printer: int
    error: int
    paper: int
    reserved: int


@dataclass(frozen=True, slots=True)
class InOrderStatus:
    """One byte answering GS r: the parser has come past that command."""

    bits: int


@dataclass(frozen=True, slots=True)
class ProcessId:
    """The printer's word that everything before this id was printed (GS ( H function 48)."""

    digits: bytes


@dataclass(frozen=True, slots=True)
class Identity:
    """The text answering GS I n."""

    text: bytes


Answer = RealTimeStatus | AutoStatus | InOrderStatus | ProcessId | Identity


class AnswerParser:
    """Cuts the byte stream of one connection into answers; never raises, and holds less than 100 bytes."""

    def __init__(self) -> None:
        """Start at a boundary between answers."""
        self._partial = bytearray()  # an answer of several bytes, begun
        self._again: deque[int] = deque()  # bytes to be looked at once more after a block proved to be noise

    def feed(self, data: bytes) -> list[Answer]:
        """Return the answers completed by `data`; bytes that belong to no answer are dropped."""
        answers: list[Answer] = []
        for byte in data:
            self._again.append(byte)
            while self._again:
                answer = self._step(self._again.popleft())
                if answer is not None:
                    answers.append(answer)
        return answers

    def _step(self, byte: int) -> Answer | None:
        if not self._partial:
            return self._first(byte)
        start = self._partial[0]
        if start == _PROCESS_ID_START:
            return self._in_process_id(byte)
        if start == _IDENTITY_START:
            return self._in_identity(byte)
        return self._in_auto_status(byte)

    def _first(self, byte: int) -> Answer | None:
        """Classify a byte at a boundary; XON and XOFF (11h, 13h) and everything unknown fall through."""
        if byte & 0x93 == 0x12:
            return RealTimeStatus(byte)
        if byte in {_PROCESS_ID_START, _IDENTITY_START} or byte & 0x93 == 0x10:
            self._partial.append(byte)
        elif byte & 0x90 == 0:
            return InOrderStatus(byte)
        return None

    def _in_auto_status(self, byte: int) -> Answer | None:
        """Collect bytes two to four; a real-time answer may come in between."""
        if byte & 0x90 == 0:
            self._partial.append(byte)
            if len(self._partial) < AUTO_STATUS_BYTES:
                return None
            answer = AutoStatus(*self._partial)
            self._partial.clear()
            return answer
        if byte & 0x93 == 0x12:
            return RealTimeStatus(byte)
        if byte not in {0x11, 0x13}:
            self._partial.clear()
            self._again.appendleft(byte)
        return None

    def _in_process_id(self, byte: int) -> Answer | None:
        have = len(self._partial)
        printable = 0x20 <= byte <= 0x7E
        digit_due = 1 < have < 2 + PROCESS_ID_BYTES
        if (digit_due and printable) or (have == 1 and byte == _PROCESS_ID_SECOND):
            self._partial.append(byte)
        elif have == 2 + PROCESS_ID_BYTES and byte == 0:
            digits = bytes(self._partial[2:])
            self._partial.clear()
            return ProcessId(digits)
        elif byte & 0x93 == 0x12 and not printable:
            return RealTimeStatus(byte)
        else:
            self._resume_after_start(byte)
        return None

    def _in_identity(self, byte: int) -> Answer | None:
        if byte == 0:
            text = bytes(self._partial[1:])
            self._partial.clear()
            return Identity(text)
        if not 0x20 <= byte <= 0x7E or len(self._partial) > IDENTITY_BYTES_MAX:
            # No text of a maker: the start was noise, and what followed it may be the answer somebody waits for.
            self._resume_after_start(byte)
        else:
            self._partial.append(byte)
        return None

    def _resume_after_start(self, byte: int) -> None:
        """Take the block's first byte for noise and look at the rest again."""
        rest = self._partial[1:]
        self._partial.clear()
        self._again.appendleft(byte)
        self._again.extendleft(reversed(rest))


@dataclass(frozen=True, slots=True)
class PrinterState:
    """Whether it can print: `blocked` is empty or the one code a person must act on; `paper_low` is the near end."""

    blocked: str = ""
    paper_low: bool = False


def state_of_auto(status: AutoStatus) -> PrinterState:
    """Return what automatic status says, the cause a person must remove first at the front."""
    causes = (
        (status.printer & 0x20, LID_OPEN),
        (status.paper & 0x0C, PAPER_OUT),
        (status.error & 0x08, CUTTER),
        (status.error & 0x64, ERROR),
        (status.printer & 0x08, OFFLINE),
    )
    return PrinterState(_first_cause(causes), bool(status.paper & 0x03))


def state_of_real_time(answers: Mapping[int, int]) -> PrinterState:
    """Return what the answers to DLE EOT 1, 2, 4 and (where asked) 3 say, keyed by n."""
    printer, cause, paper, error = answers[1], answers[2], answers[4], answers.get(3, 0)
    causes = (
        (cause & 0x04, LID_OPEN),
        (cause & 0x20 or paper & 0x60, PAPER_OUT),
        (error & 0x08, CUTTER),
        (cause & 0x40, ERROR),
        (printer & 0x28, OFFLINE),
    )
    return PrinterState(_first_cause(causes), bool(paper & 0x0C))


def _first_cause(causes: tuple[tuple[int, str], ...]) -> str:
    return next((code for bits, code in causes if bits), "")


_USUAL_QUESTIONS = (1, 2, 4)
_ERROR_QUESTIONS = (1, 2, 4, 3)


class StatusTracker:
    """Knows the newest state from both kinds of status; real-time answers nobody asked for are ignored.

    An answer does not name its question, so questions are answered in their order; a stray byte can shift one round,
    never two, because a new round starts only after the old one is over or given up.
    """

    def __init__(self) -> None:
        """Know nothing yet."""
        self.state: PrinterState | None = None
        self._open_questions: deque[int] = deque()
        self._answers: dict[int, int] = {}
        self._cause_known = False

    @property
    def waiting(self) -> bool:
        """Tell whether a question is still without its answer."""
        return bool(self._open_questions)

    @property
    def wants_cause(self) -> bool:
        """Tell whether there is an error whose cause (DLE EOT 3) has not been asked for yet."""
        return self.state is not None and self.state.blocked == ERROR and not self._cause_known

    def ask(self) -> bytes:
        """Return the bytes that ask for the whole status, giving up answers still missing."""
        in_error = self.state is not None and self.state.blocked in {ERROR, CUTTER}
        questions = _ERROR_QUESTIONS if in_error else _USUAL_QUESTIONS
        self._open_questions = deque(questions)
        self._answers = {}
        return b"".join(bytes((0x10, 0x04, n)) for n in questions)

    def hear(self, answer: Answer) -> bool:
        """Take in an answer and tell whether it renewed `state`."""
        if isinstance(answer, AutoStatus):
            self.state = state_of_auto(answer)
            self._cause_known = True
            return True
        if not isinstance(answer, RealTimeStatus) or not self._open_questions:
            return False
        self._answers[self._open_questions.popleft()] = answer.bits
        if self._open_questions:
            return False
        self._cause_known = 3 in self._answers
        self.state = self._with_known_cause(state_of_real_time(self._answers))
        return True

    def _with_known_cause(self, state: PrinterState) -> PrinterState:
        """Keep the cutter as the cause where only "an error" was asked for."""
        known = self.state is not None and self.state.blocked == CUTTER
        if state.blocked == ERROR and known and not self._cause_known:
            return replace(state, blocked=CUTTER)
        return state

"""What a printer is asked behind a job, and which answer proves that it came that far.

Two questions can be told from those of other jobs by their answers or not at all: the process id (Epson GS ( H
function 48) comes back by name, the fence (GS r) is one byte that looks the same for every job. An answer that comes
late, behind a job given up or from before this program's start, must not confirm the next job. So fences are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from terminal.hw.escpos_answers import Answer, InOrderStatus, ProcessId

PROCESS_ID_REQUEST = b"\x1d(H\x06\x00\x30\x30"
FENCE = b"\x1dr\x01"

# One may be on its way from a job that a program before this one could not bring to its end.
OWED_AT_START = 1
# What four jobs in a row without an answer leave behind; the fences of the next one are 96 bytes.
OWED_MAX = 31
# The answers to fences sent in one go come in one go; what has not come so long after one of them never will.
QUIET_S = 1.0


class Fences:
    """Asks behind something whether the parser came past it, so that no late answer to an earlier question counts.

    A parser answers in order. Where up to n answers may still be under way, n + 1 fences are asked and n + 1 answers
    awaited: one of those at least is an answer to these fences, and whatever stood before them has been parsed.
    """

    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        """Ask for nothing yet."""
        self._now_s = monotonic_s
        self._owed = OWED_AT_START
        self._due = 0
        self._answered_s: float | None = None  # set once an answer to the newest fences must have been among those

    def ask(self) -> bytes:
        """Return the bytes that ask."""
        if self._answered_s is not None and self._now_s() - self._answered_s >= QUIET_S:
            self._owed = 0
        self._due = self._owed + 1
        self._owed = min(OWED_MAX, self._owed + self._due)
        self._answered_s = None
        return FENCE * self._due

    def hear(self, answer: Answer) -> None:
        """Count an answer, whenever it comes."""
        if not isinstance(answer, InOrderStatus):
            return
        self._owed = max(0, self._owed - 1)
        self._due = max(0, self._due - 1)
        if self._due == 0:
            self._answered_s = self._now_s()

    @property
    def passed(self) -> bool:
        """Whether the parser has come past what was asked about last."""
        return self._due == 0


class Proof:
    """The process id (proves paper) on models that know it, else the fence (proves parsing only)."""

    def __init__(self, monotonic_s: Callable[[], float], *, process_id: bool) -> None:
        """Ask by process id or by fence; the time is for telling when no answer is under way any more."""
        self.process_id = process_id
        self.fences = Fences(monotonic_s)

    def request(self, digits: bytes) -> bytes:
        """Return the bytes that close a job; `digits` are four printable ASCII bytes, its own."""
        assert len(digits) == 4
        assert all(0x20 <= byte <= 0x7E for byte in digits)
        return PROCESS_ID_REQUEST + digits if self.process_id else self.fences.ask()

    def given(self, answers: Sequence[Answer], digits: bytes) -> bool:
        """Whether the proof asked for last is among what was heard; the id of a job given up proves nothing."""
        if not self.process_id:
            return self.fences.passed
        return any(isinstance(answer, ProcessId) and answer.digits == digits for answer in answers)

"""What goes wrong with a card itself, whichever reader it lies on: torn commands, damaged answers, clones."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tests.hw_sim.control import FaultCounter

SIMULATOR = "card"  # its name in the run's fault log
FAULTS = frozenset(
    {
        "authentication_delayed",
        "clone",
        "damaged_answer",
        "field_lost_after",
        "field_lost_before",
        "half_write",
        "locked_out",
        "other_uid",
    }
)
STATUS_BYTES = 2
BEFORE, AFTER, HALF = "before", "after", "half"

Answer = TypeVar("Answer", bytes, "bytes | None")


class FieldLost(Exception):  # noqa: N818 - it says what happened to the card
    """The card left the reader's field during a command: there is no answer, and there never will be."""


class Trouble:
    """What is prepared to go wrong with one card, counted in its commands from now (1 is the next)."""

    def __init__(self) -> None:
        self._counter = FaultCounter(SIMULATOR, FAULTS)
        self._lost_in = 0
        self._how = BEFORE
        self._damaged_in = 0
        self._halving = False

    def lose_field(self, at: int = 1, how: str = BEFORE) -> None:
        """Take the card away at its `at`-th command.

        "before" the card got it, "after" it has obeyed and before it could say so, or "half" way through its writing.
        """
        if how not in {BEFORE, AFTER, HALF}:
            raise ValueError("how is one of before, after, half")
        self._lost_in, self._how = int(at), how

    def damage(self, at: int = 1) -> None:
        """Let one bit of the `at`-th answer arrive wrong, or of the first one after it that has data."""
        # One more than is left to go: at zero nothing is prepared.
        self._damaged_in = int(at) + 1

    def hit(self, fault: str) -> None:
        """Note that `fault` has just taken effect."""
        self._counter.hit(fault)

    def counts(self) -> dict[str, int]:
        """Return how often each fault took effect."""
        return self._counter.counts()

    def around(self, command: bytes, answer: Callable[[bytes], Answer]) -> Answer:
        """Return the card's answer to a command; raise `FieldLost` when the card goes away during it."""
        if self._lost_in == 1:
            self._lost_in = 0
            self._lose(command, answer)
        self._lost_in -= self._lost_in > 0
        return answer(command)

    def damaged(self, answer: bytes) -> bytes:
        """Return an answer as it arrives."""
        self._damaged_in -= self._damaged_in > 1
        if self._damaged_in != 1 or len(answer) <= STATUS_BYTES:
            return answer
        self._damaged_in = 0
        self.hit("damaged_answer")
        return bytes([answer[0] ^ 0x01]) + answer[1:]

    def _lose(self, command: bytes, answer: Callable[[bytes], Answer]) -> None:
        if self._how == BEFORE:
            self.hit("field_lost_before")
            raise FieldLost
        self._halving = self._how == HALF
        answer(command)
        if not self._halving:
            self.hit("field_lost_after")
        self._halving = False
        raise FieldLost

    def written(self, old: bytes, new: bytes) -> bytes:
        """Return what the memory holds after a write: `new`, or half of it when the field is lost on the way."""
        if not self._halving:
            return new
        self.hit("half_write")
        middle = (len(new) + 1) // 2
        return new[:middle] + old[middle:]

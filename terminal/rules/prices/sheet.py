"""The working sheet of a bill from its fourth step on: what is left of every line, and what took it off."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.rules.prices.basket import Step
from terminal.rules.split import spread


@dataclass(frozen=True, slots=True)
class Cut:
    """An amount taken off some lines together, which is not yet shared out to them."""

    name: str
    source: str
    off_fen: int
    places: frozenset[int]


class Sheet:
    """What is left of lines whose values were `own` (fen) when only what is theirs alone had been taken off.

    Amounts are shared out to the lines only where somebody needs the shares: whoever compares many combinations of
    coupons mostly needs sums.
    """

    __slots__ = ("_cuts", "_left", "_steps", "_worthless", "own", "total_fen")

    def __init__(self, own: list[int]) -> None:
        """Begin with nothing taken off."""
        self.own = own
        self.total_fen = sum(own)
        self._left = own
        self._steps: list[Step] = []
        self._cuts: tuple[Cut, ...] = ()
        self._worthless = frozenset([place for place, each in enumerate(own) if not each])

    def copy(self) -> Sheet:
        """Return a sheet of its own that goes on from here."""
        other = Sheet.__new__(Sheet)
        other.own, other.total_fen, other._left = self.own, self.total_fen, self._left  # noqa: SLF001 - our own
        other._steps, other._cuts = self._steps.copy(), self._cuts  # noqa: SLF001 - our own
        other._worthless = self._worthless  # noqa: SLF001 - our own
        return other

    def worth(self, places: frozenset[int]) -> frozenset[int]:
        """Return those of the places whose line's own value is above zero."""
        return places - self._worthless

    def sum_fen(self, places: frozenset[int]) -> int:
        """Return what is left of these lines together."""
        # What was taken off these lines only lowers their sum by all of it, however it is shared out.
        if not all(cut.places <= places for cut in self._cuts):
            self._share_out()
        return sum([self._left[place] for place in places]) - sum([cut.off_fen for cut in self._cuts])

    def lowered(self, places: frozenset[int]) -> bool:
        """Tell whether anything was taken off one of these lines so far."""
        if any(not cut.places.isdisjoint(places) for cut in self._cuts):
            self._share_out()
        return any(self._left[place] < self.own[place] for place in places)

    def take(self, name: str, source: str, off_fen: int, places: frozenset[int]) -> None:
        """Take an amount off these lines together, shared out by their own values; nothing is no step."""
        if off_fen:
            self._cuts += (Cut(name, source, off_fen, places),)
            self.total_fen -= off_fen

    def settled(self) -> tuple[list[int], list[Step]]:
        """Return what is left of every line, and every step with its parts."""
        self._share_out()
        return self._left, self._steps

    def _share_out(self) -> None:
        for cut in self._cuts:
            weights = [own if place in cut.places else 0 for place, own in enumerate(self.own)]
            room = [left if place in cut.places else 0 for place, left in enumerate(self._left)]
            parts = spread(cut.off_fen, weights, room)
            self._left = [left - part for left, part in zip(self._left, parts, strict=True)]
            self._steps.append(Step(cut.name, cut.source, cut.off_fen, tuple(parts)))
        self._cuts = ()

"""Partial refunds a second time: naive, in fractions, rule after rule as `docs/refunds.md` writes them down.

It shares no step with `terminal.rules.refunds.bill`, takes no short cuts, and keeps what is left in plain dictionaries.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from terminal.rules.refunds.bill import BONUS, COUPON, OWED, POINTS, PRINCIPAL, TENDER, Right, Sale
from tests.prices.naive_sums import half_up, largest_remainder


@dataclass(slots=True)
class Given:
    """What one refund takes of each right and gives back of it, what its lines were worth, and what ended before."""

    spent: dict[str, int] = field(default_factory=dict)
    given: dict[str, int] = field(default_factory=dict)
    value_fen: int = 0
    lapsed_fen: int = 0


class Naive:
    """A bill with what is left of its lines and rights; `take` refunds some of it."""

    def __init__(self, sale: Sale) -> None:
        self.rights = sale.rights
        self.left = {right.id: right.left for right in sale.rights}
        self.quantity = [line.quantity for line in sale.lines]
        self.fen = [line.net_fen for line in sale.lines]
        self.points = [line.points for line in sale.lines]
        self.units = [line.units for line in sale.lines]

    def take(self, wanted: Mapping[int, int], deduct_fen: int = 0, kept_points: int = 0) -> Given:
        """Refund quantities of lines; so much money and so many points of what comes back are kept instead."""
        made = Given()
        points, units = 0, dict[int, int]()
        for place, quantity in wanted.items():
            part = Fraction(quantity, self.quantity[place])
            fen = half_up(self.fen[place] * part)
            back, used = math.floor(self.points[place] * part), math.floor(self.units[place] * part)
            self.quantity[place] -= quantity
            self.fen[place] -= fen
            self.points[place] -= back
            self.units[place] -= used
            made.value_fen += fen
            points += back
            units[place] = used
        money = [right for right in self.rights if right.asset in {OWED, TENDER, PRINCIPAL, BONUS}]
        here_fen = sum(self.left[right.id] for right in money)
        made.lapsed_fen = max(0, made.value_fen - here_fen)
        self._money(made, made.value_fen - made.lapsed_fen)
        self._share(made, [right for right in self.rights if right.asset == POINTS], points)
        for place, used in units.items():
            self._one_by_one(made, [right for right in self.rights if right.line == place][::-1], used)
        if not any(self.quantity):
            for right in self.rights:
                if right.asset == COUPON and right.line is None:
                    made.spent[right.id] = self.left[right.id]
        made.given = dict(made.spent)
        self._keep(made, [POINTS], kept_points)
        # Money in the hand is kept first, and a debt that is cancelled last.
        for assets in ([TENDER], [PRINCIPAL, BONUS], [OWED]):
            part_fen = min(deduct_fen, sum(made.spent.get(each.id, 0) for each in money if each.asset in assets))
            self._keep(made, assets, part_fen)
            deduct_fen -= part_fen
        for name, amount in made.spent.items():
            self.left[name] -= amount
        return made

    def _money(self, made: Given, fen: int) -> None:
        """Cancel what is owed, then give payments back, then stored value."""
        for assets in ([OWED], [TENDER], [PRINCIPAL, BONUS]):
            group = [right for right in self.rights if right.asset in assets]
            part_fen = min(fen, sum(self.left[right.id] for right in group))
            self._share(made, group, part_fen)
            fen -= part_fen
        assert fen == 0, "there was as much"

    def _share(self, made: Given, group: Sequence[Right], amount: int) -> None:
        if amount:
            parts = largest_remainder(amount, [self.left[right.id] for right in group])
            made.spent |= {right.id: part for right, part in zip(group, parts, strict=True)}

    def _one_by_one(self, made: Given, group: Sequence[Right], amount: int) -> None:
        for _ in range(amount):
            right = next(each for each in group if self.left[each.id] > made.spent.get(each.id, 0))
            made.spent[right.id] = made.spent.get(right.id, 0) + 1

    def _keep(self, made: Given, assets: Sequence[str], amount: int) -> None:
        group = [right.id for right in self.rights if right.asset in assets and made.spent.get(right.id)]
        if amount:
            for name, part in zip(group, largest_remainder(amount, [made.spent[name] for name in group]), strict=True):
                made.given[name] -= part

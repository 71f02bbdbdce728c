"""Rounding and sharing a second time: naive, in fractions; what the naive price of a bill is counted with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

WHOLE_BP = 10_000


def half_up(amount: Fraction) -> int:
    """Return the nearest whole number, the higher of two that are equally near."""
    return math.floor(amount + Fraction(1, 2))


def at_rate(amount_fen: int, rate_bp: int) -> int:
    """Return what is to pay of an amount at a rate in ten-thousandths, half up to the fen."""
    return half_up(Fraction(amount_fen * rate_bp, WHOLE_BP))


def largest_remainder(amount: int, weights: Sequence[int]) -> list[int]:
    """Share an amount by weights: every share's whole part, then one more for the largest fractions, earlier first."""
    exact = [Fraction(amount * weight, sum(weights)) for weight in weights]
    shares = [math.floor(share) for share in exact]
    missing = amount - sum(shares)
    by_fraction = sorted(range(len(exact)), key=lambda place: (shares[place] - exact[place], place))
    for place in by_fraction[:missing]:
        shares[place] += 1
    return shares


def spread(amount: int, weights: Sequence[int], room: Sequence[int]) -> list[int]:
    """Share an amount by weights where no share may be more than its room; the room must hold the amount.

    It is shared over those with room and weight. A share that is more than its room takes the room, and what is
    missing then is shared again in the same proportion over those that still have room and weight; where none has
    both, over those with room, in proportion to it.
    """
    taken = [0] * len(weights)
    while (missing := amount - sum(taken)) > 0:
        left = [most - part for most, part in zip(room, taken, strict=True)]
        proportion = [weight if most > 0 else 0 for weight, most in zip(weights, left, strict=True)]
        shares = largest_remainder(missing, proportion if any(proportion) else left)
        taken = [part + min(share, most) for part, share, most in zip(taken, shares, left, strict=True)]
    return taken

"""Dividing an amount into parts that always add up to it."""

from __future__ import annotations

from collections.abc import Sequence


def largest_remainder(amount: int, weights: Sequence[int]) -> list[int]:
    """Return `amount` split in proportion to `weights` (integers, at least one above zero).

    Every part is rounded down and the missing units go to the largest fractions, ties to the earlier part.
    """
    whole = sum(weights)
    parts = [amount * weight // whole for weight in weights]
    fractions = sorted(range(len(weights)), key=lambda place: (-(amount * weights[place] % whole), place))
    for place in fractions[: amount - sum(parts)]:
        parts[place] += 1
    return parts

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


def half_up(numerator: int, denominator: int) -> int:
    """Return the quotient of two numbers that are not negative, rounded to the nearest, a half upwards."""
    return (2 * numerator + denominator) // (2 * denominator)


def at_rate(amount: int, rate_bp: int) -> int:
    """Return `rate_bp` ten-thousandths of an amount (8800: what is paid at 8.8 zhe), rounded half up."""
    return half_up(amount * rate_bp, 10_000)


def spread(amount: int, weights: Sequence[int], room: Sequence[int]) -> list[int]:
    """Return `amount` split in proportion to `weights`, no part above its `room` (together at least `amount`).

    A part that would not fit takes its room; what is then missing is split again, in the same proportion, over the
    parts that have room and weight left; where none of those has weight, over those with room, in proportion to it.
    """
    assert 0 <= amount <= sum(room), "the caller gives room for it all"
    parts, left = [0] * len(weights), amount
    while left:
        free = [each - part for each, part in zip(room, parts, strict=True)]
        pull = [weight if space else 0 for weight, space in zip(weights, free, strict=True)]
        shares = largest_remainder(left, pull if any(pull) else free)
        for place, share in enumerate(shares):
            parts[place] += min(share, free[place])
        left = amount - sum(parts)
    return parts


def cross(rows: Sequence[int], columns: Sequence[int]) -> list[list[int]]:
    """Return a table whose rows and columns add up to `rows` and `columns` (equal sums): who paid how much of what.

    Column by column, each is split in proportion to what the rows still lack, by largest remainder; the last column
    takes exactly the rest.
    """
    assert sum(rows) == sum(columns), "both sides are the same amount"
    lacking = list(rows)
    table: list[list[int]] = [[] for _ in rows]
    for column in columns:
        parts = largest_remainder(column, lacking) if column else [0] * len(lacking)
        for place, part in enumerate(parts):
            table[place].append(part)
            lacking[place] -= part
    return table

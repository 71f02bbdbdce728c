"""Points at a refund: which earned ones are taken back, which used ones given back, and who pays for missing ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.rules.prices.basket import PointsOffset
from terminal.rules.split import half_up, largest_remainder

DEDUCT_MONEY, OWE_POINTS, FORGIVE = "deduct_money", "owe_points", "forgive"
MODES = (DEDUCT_MONEY, OWE_POINTS, FORGIVE)


@dataclass(frozen=True, slots=True)
class OffsetLine:
    """A line that points helped to pay: `points_fen` is its part of the points step.

    `back` of `whole` equal parts of it are refunded, now and before together: fen of its net value, or pieces where
    it came to nothing.
    """

    points_fen: int
    back: int
    whole: int


@dataclass(frozen=True, slots=True)
class Clawback:
    """How a refund settles its points.

    `given` points go back to the member and `taken` are taken of those held. Of the `missing` ones nobody holds,
    `deducted_fen` are paid by the refund (`paid_points` of them), `owed` become a debt of points, `forgiven` end.
    """

    given: int
    taken: int
    missing: int
    paid_points: int = 0
    deducted_fen: int = 0
    owed: int = 0
    forgiven: int = 0


def points_taken_back(earned: int, on_rest: int, before: int) -> int:
    """Return the points a refund takes back: earned, less those on the rest of the bill, less those taken before.

    Never below zero, also where the rest was paid with money that earns more than what was returned.
    """
    if min(earned, on_rest, before) < 0:
        raise Refusal("points_count_bad")
    return max(0, earned - on_rest - before)


def points_given_back(used: int, lines: Sequence[OffsetLine], before: int) -> int:
    """Return the used points a refund gives back, less those given `before`.

    They are spread over the lines like the money they stood for; of a line returned in part, its points in the same
    proportion, rounded down, so that the last refund gives exactly the rest. Raises `Refusal` `points_count_bad`, and
    `points_refund_bad` when more of a line comes back than there was.
    """
    if min(used, before) < 0:
        raise Refusal("points_count_bad")
    if any(not (0 <= line.back <= line.whole and line.whole and line.points_fen >= 0) for line in lines):
        raise Refusal("points_refund_bad")
    weights = [line.points_fen for line in lines]
    if not any(weights):
        return 0
    due = sum(
        share * line.back // line.whole for share, line in zip(largest_remainder(used, weights), lines, strict=True)
    )
    return max(0, due - before)


def claw_back(mode: str, back: int, given: int, held: int, refund_fen: int, offset: PointsOffset) -> Clawback:
    """Return how `back` points are taken from a member who holds `held`, while `given` come back.

    Those held are taken first, then fewer are given back, and only what is then missing follows the mode.
    `deduct_money` takes it off the refund at the offset's rate (half up, never more than the refund; what that does
    not cover is owed). A till that cannot ask for points held elsewhere uses `owe_points`. Raises `Refusal`
    `points_count_bad`, `points_refund_bad`.
    """
    if min(back, given, held) < 0:
        raise Refusal("points_count_bad")
    if refund_fen < 0:
        raise Refusal("points_refund_bad")
    taken = min(back, held)
    netted = min(back - taken, given)
    missing = back - taken - netted
    if not missing or mode == FORGIVE:
        return Clawback(given - netted, taken, missing, forgiven=missing)
    if mode == OWE_POINTS:
        return Clawback(given - netted, taken, missing, owed=missing)
    price_fen = half_up(missing * offset.worth_fen, offset.step)
    if price_fen <= refund_fen:
        return Clawback(given - netted, taken, missing, missing, price_fen)
    paid = refund_fen * offset.step // offset.worth_fen
    return Clawback(given - netted, taken, missing, paid, refund_fen, missing - paid)


def mistakes(mode: str, offset: PointsOffset) -> list[tuple[str, str]]:
    """Return the mistakes of the setting and of the rate that missing points are priced at, as (key, sentence)."""
    wrong: list[tuple[str, str]] = []
    if mode not in MODES:
        wrong.append(("points_clawback", "must be deduct_money, owe_points or forgive"))
    if offset.step < 1 or offset.worth_fen < 1:
        wrong.append(("offset", "must give an amount above 0 for at least one point"))
    return wrong

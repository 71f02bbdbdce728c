"""Points at a refund: how many earned ones are taken back, and who pays for those that nobody has any more.

The used points that it gives back follow the refund's lines (`refunds.bill`).
"""

from __future__ import annotations

from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.rules.mistake import Mistake, choice
from terminal.rules.prices.basket import PointsOffset
from terminal.rules.split import half_up

DEDUCT_MONEY, OWE_POINTS, FORGIVE = "deduct_money", "owe_points", "forgive"
MODES = (DEDUCT_MONEY, OWE_POINTS, FORGIVE)


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

    `before` is what this function answered for earlier refunds of the bill, those missing then among it. Never below
    zero, also where the rest was paid with money that earns more than what was returned.
    """
    if min(earned, on_rest, before) < 0:
        raise Refusal("points_count_bad")
    return max(0, earned - on_rest - before)


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


def mistakes(mode: str) -> list[Mistake]:
    """Return the mistake of the setting; the rate that missing points are priced at is that of the prices' offset."""
    return list(choice("points_clawback", mode, MODES))

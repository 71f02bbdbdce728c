"""When a top-up may be voided, and each reason why not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.rules.mistake import Mistake, choice

SHIFT, BUSINESS_DAY = "shift", "business_day"
REACHES = (SHIFT, BUSINESS_DAY)


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that a top-up made: how much of it was made, is here and free to take back, on hold, and elsewhere.

    `asset` names it: principal, bonus (open and locked together: what a visit opened and nobody used is still there),
    points, coupon, pass, refund_right. Points share a bucket with others; as many as were given are then enough.
    """

    asset: str
    made: int
    here: int
    on_hold: int = 0
    elsewhere: int = 0


@dataclass(frozen=True, slots=True)
class ToppedUp:
    """A top-up to void: in which shift and on which business day it was made, and what became of it."""

    shift: str
    day: dt.date
    pieces: tuple[Piece, ...]
    voided: bool = False


@dataclass(frozen=True, slots=True)
class Voiding:
    """Who voids: their shift and business day, whether they have the right, and how far back the shop lets it reach.

    That is their own shift, or with BUSINESS_DAY any shift of the day as well.
    """

    shift: str
    day: dt.date
    allowed: bool
    reach: str = SHIFT


def reasons(top_up: ToppedUp, by: Voiding) -> tuple[str, ...]:
    """Return every reason why a top-up may not be voided, the one to tell first; nothing when it may.

    `void_done` · `void_no_right` · `void_used`: something of it was used, so that it must be refunded instead ·
    `void_shift_over` or `void_day_over`: the same · `void_on_hold`: an open bill or a check-in has it ·
    `void_elsewhere`: part of it is with another till or the cloud, from where it can be fetched.
    """
    if top_up.voided:
        return ("void_done",)
    pieces = top_up.pieces
    late = by.shift != top_up.shift and (by.reach == SHIFT or by.day != top_up.day)
    found = (
        ("void_no_right", not by.allowed),
        ("void_used", any(piece.here + piece.on_hold + piece.elsewhere < piece.made for piece in pieces)),
        ("void_shift_over", late and by.reach == SHIFT),
        ("void_day_over", late and by.reach != SHIFT),
        ("void_on_hold", any(piece.here < piece.made and piece.on_hold for piece in pieces)),
        ("void_elsewhere", any(piece.elsewhere and piece.here + piece.on_hold < piece.made for piece in pieces)),
    )
    return tuple(code for code, applies in found if applies)


def check(top_up: ToppedUp, by: Voiding) -> None:
    """Raise `Refusal` with the first reason why a top-up may not be voided."""
    found = reasons(top_up, by)
    if found:
        raise Refusal(found[0])


def mistakes(reach: str) -> list[Mistake]:
    """Return what is wrong with how far back a void reaches."""
    return list(choice("void_reach", reach, REACHES))

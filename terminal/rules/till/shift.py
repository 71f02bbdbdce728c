"""A shift of a till: its float, its blind count, what cash should be there, and who may begin one when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from terminal.base.errors import Refusal
from terminal.base.money import FEN_MAX

OPEN, COUNTED, CLOSED = "open", "counted", "closed"
# Who a terminal's own shift belongs to: what the kiosk takes without anybody at the till.
TERMINAL = "terminal"
SALE, TOP_UP, FEE, PUT_IN = "sale", "top_up", "fee", "in"
REFUND, TAKEN_OUT = "refund", "out"
INCOMING, OUTGOING = (SALE, TOP_UP, FEE, PUT_IN), (REFUND, TAKEN_OUT)
# What entries that move cash are called in the book; the float of an opening is no move.
OPENING, CASH_IN, CASH_OUT, COUNTING, CLOSING = "shift_open", "cash_in", "cash_out", "shift_count", "shift_close"
MOVES: Mapping[str, str] = MappingProxyType(
    {
        "bill": SALE,
        "charge": SALE,
        "top_up": TOP_UP,
        "gift_card_sale": TOP_UP,
        CASH_IN: PUT_IN,
        CASH_OUT: TAKEN_OUT,
    }
)
REASON_CHARS_MAX = 200


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift: one till and one person at a time; `counted_fen` is None until the cash was counted."""

    id: str
    till: str
    person: str
    opened_at: dt.datetime
    float_fen: int
    state: str = OPEN
    counted_fen: int | None = None
    expected_fen: int | None = None
    reason: str = ""
    closed_at: dt.datetime | None = None

    @property
    def over_fen(self) -> int | None:
        """Return counted less expected cash (negative: short), or None before the count."""
        if self.counted_fen is None or self.expected_fen is None:
            return None
        return self.counted_fen - self.expected_fen


@dataclass(frozen=True, slots=True)
class CashMove:
    """Cash that came into the drawer (INCOMING kinds) or left it (OUTGOING); `fen` is above 0.

    A pass that is sold counts as SALE here, what a debtor repays and a deposit for a card as FEE; a void and a
    returned deposit as REFUND.
    """

    kind: str
    fen: int


def open_shift(
    others: Iterable[Shift], shift_id: str, till: str, person: str, at: dt.datetime, float_fen: int
) -> Shift:
    """Return a new shift with its counted float; `others` are all that may still be open, at any till.

    A terminal's own shift stands beside a person's at the same till. Raises `Refusal` `shift_till_taken`,
    `shift_person_busy`, `float_bad`.
    """
    for other in (each for each in others if each.state != CLOSED):
        if other.till == till and (other.person == TERMINAL) == (person == TERMINAL):
            raise Refusal("shift_till_taken")
        if other.person == person != TERMINAL:
            raise Refusal("shift_person_busy")
    if not 0 <= float_fen <= FEN_MAX:
        raise Refusal("float_bad")
    return Shift(shift_id, till, person, at, float_fen)


def check_open(shift: Shift | None) -> Shift:
    """Return the shift that money work needs; raise `Refusal` `shift_missing`, or `shift_counted` once counted."""
    if shift is None or shift.state == CLOSED:
        raise Refusal("shift_missing")
    if shift.state == COUNTED:
        raise Refusal("shift_counted")
    return shift


def moves_of(posted: Iterable[tuple[str, int]]) -> list[CashMove]:
    """Return the moves of cash by kind of entry and its fen on the cash account, debit positive.

    A kind that is not named in MOVES counts as FEE where it brought cash in, and as REFUND where it paid cash out.
    """
    moves = []
    for entry_kind, fen in posted:
        by_sign = (FEE, INCOMING) if fen > 0 else (REFUND, OUTGOING)
        kind = MOVES.get(entry_kind, by_sign[0])
        if fen and entry_kind != OPENING:
            moves.append(CashMove(kind if kind in by_sign[1] else by_sign[0], abs(fen)))
    return moves


def expected_cash(float_fen: int, moves: Iterable[CashMove]) -> int:
    """Return float + sales + top-ups + fees + cash in - refunds - cash out; raise `Refusal` `cash_move_bad`."""
    cash_fen = float_fen
    for move in moves:
        if move.fen <= 0 or move.kind not in {*INCOMING, *OUTGOING}:
            raise Refusal("cash_move_bad")
        cash_fen += move.fen if move.kind in INCOMING else -move.fen
    return cash_fen


def move_cash(shift: Shift | None, kind: str, fen: int, reason: str, before: Iterable[CashMove]) -> CashMove:
    """Return the move of putting cash in or taking it out (PUT_IN, TAKEN_OUT), which needs a reason.

    Raises `Refusal` `cash_move_bad`, `reason_missing`, `cash_not_enough` when the drawer cannot hold so much, and
    what `check_open` raises.
    """
    open_now = check_open(shift)
    if kind not in {PUT_IN, TAKEN_OUT} or not 0 < fen <= FEN_MAX:
        raise Refusal("cash_move_bad")
    _check_reason(reason)
    # What should be there is not told: it would show the count before it is made.
    if kind == TAKEN_OUT and fen > expected_cash(open_now.float_fen, before):
        raise Refusal("cash_not_enough")
    return CashMove(kind, fen)


def count(shift: Shift | None, counted_fen: int, moves: Iterable[CashMove]) -> Shift:
    """Return the shift counted; only from now on it knows what was expected, and no count is made a second time.

    Raises `Refusal` `count_bad` and what `check_open` raises.
    """
    open_now = check_open(shift)
    if not 0 <= counted_fen <= FEN_MAX:
        raise Refusal("count_bad")
    expected_fen = expected_cash(open_now.float_fen, moves)
    return replace(open_now, state=COUNTED, counted_fen=counted_fen, expected_fen=expected_fen)


def close(shift: Shift, at: dt.datetime, reason: str = "") -> Shift:
    """Return the shift closed; where the cash is over or short, a reason is needed.

    Raises `Refusal` `shift_not_counted`, `shift_missing` when it is closed already, `shift_reason_missing` with
    `difference_fen` (negative: short), `reason_long`.
    """
    if shift.state == CLOSED:
        raise Refusal("shift_missing")
    if shift.over_fen is None:
        raise Refusal("shift_not_counted")
    if shift.over_fen and not reason.strip():
        raise Refusal("shift_reason_missing", difference_fen=shift.over_fen)
    if len(reason) > REASON_CHARS_MAX:
        raise Refusal("reason_long", most=REASON_CHARS_MAX)
    return replace(shift, state=CLOSED, reason=reason.strip(), closed_at=at)


def hand_over(
    closed: Shift, others: Iterable[Shift], shift_id: str, person: str, at: dt.datetime, float_fen: int
) -> Shift:
    """Return the next shift of the same till, with a float out of the cash that was counted.

    Closing booked all that was counted as taken out, and opening books the float as put in: what is above it has left
    the drawer. Raises `Refusal` `shift_not_closed`, `float_bad` when the float is more than was counted, and what
    `open_shift` raises.
    """
    if closed.state != CLOSED or closed.counted_fen is None:
        raise Refusal("shift_not_closed")
    if float_fen > closed.counted_fen:
        raise Refusal("float_bad")
    return open_shift(others, shift_id, closed.till, person, at, float_fen)


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise Refusal("reason_missing")
    if len(reason) > REASON_CHARS_MAX:
        raise Refusal("reason_long", most=REASON_CHARS_MAX)

"""The figures of a shift's slip, added up from what happened in it; the same whether printed, shown or sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.rules.till.shift import CLOSED, Shift

SALE, TOP_UP, PASS_SALE, FEE = "sale", "top_up", "pass_sale", "fee"
REFUND, VOID, DRAWER = "refund", "void", "drawer"
CASH_IN, CASH_OUT, PAID_OUT = "cash_in", "cash_out", "paid_out"
GIFT_CARD = "gift_card"
KINDS = (SALE, TOP_UP, GIFT_CARD, PASS_SALE, FEE, REFUND, VOID, DRAWER, CASH_IN, CASH_OUT, PAID_OUT)


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that happened in a shift, as far as the slip counts it.

    `tenders` are (tender, fen) received; in a REFUND what was paid out is negative, and a VOID has the exact opposite
    of what it undoes. `granted_fen` is the bonus of a TOP_UP; `principal_fen` and `bonus_fen` are what was taken from
    the purse (negative: given back), 0 in a top-up and its void. `net_fen` is what a sale was worth, the principal of
    a top-up and what a GIFT_CARD was sold for. A DRAWER is one that was opened without a sale, a PAID_OUT the money of
    a refund that was owed until then. CASH_IN and CASH_OUT are moves of the drawer's cash that no customer has part in:
    their amount is `net_fen`.
    """

    kind: str
    operator: str
    tenders: tuple[tuple[str, int], ...] = ()
    net_fen: int = 0
    granted_fen: int = 0
    principal_fen: int = 0
    bonus_fen: int = 0
    passes_sold: int = 0
    sessions_used: int = 0
    discount_fen: int = 0
    round_off_fen: int = 0


@dataclass(frozen=True, slots=True)
class Sum:
    """How many there were, and their sum."""

    name: str
    count: int
    fen: int


@dataclass(frozen=True, slots=True)
class Undone:
    """Refunds or voids (`kind`) of one operator."""

    kind: str
    operator: str
    count: int
    fen: int


@dataclass(frozen=True, slots=True)
class Pending:
    """Bills that the shift leaves behind: not settled, held, and those whose payment has an unknown result."""

    unsettled: int = 0
    held: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Journal:
    """The numbers of the shift's first and last entry in the terminal's journal, and its hash after the last."""

    first_no: str
    last_no: str
    head: str


@dataclass(frozen=True, slots=True)
class Slip:
    """All figures of a closed shift; amounts in fen, those of `tenders` net of what was paid out.

    Top-ups stand apart from sales and from gift cards, and what the purse paid is no taking again.
    """

    shift: Shift
    tenders: tuple[Sum, ...]
    sales: Sum
    top_ups: Sum
    gift_cards: Sum
    top_up_bonus_fen: int
    purse_principal_fen: int
    purse_bonus_fen: int
    passes_sold: Sum
    fees: Sum
    sessions_used: int
    undone: tuple[Undone, ...]
    discount_fen: int
    round_off_fen: int
    cash_in: Sum
    cash_out: Sum
    drawer_openings: int
    pending: Pending
    journal: Journal


def slip(shift: Shift, deeds: Iterable[Deed], pending: Pending, journal: Journal) -> Slip:
    """Return the slip of a closed shift; raise `Refusal` `shift_not_closed`, `slip_deed_unknown`.

    Sales, top-ups, gift cards, passes and fees count what was done; what refunds and voids took back stands in
    `undone`, by operator. Tenders, purse and sessions are net of them, discounts and round-off of voids.
    """
    if shift.state != CLOSED:
        raise Refusal("shift_not_closed")
    done = list(deeds)
    if any(deed.kind not in KINDS for deed in done):
        raise Refusal("slip_deed_unknown")
    return Slip(
        shift,
        tenders=_tenders(done),
        sales=_sum(SALE, done),
        top_ups=_sum(TOP_UP, done),
        gift_cards=_sum(GIFT_CARD, done),
        top_up_bonus_fen=sum(deed.granted_fen for deed in done if deed.kind == TOP_UP),
        purse_principal_fen=sum(deed.principal_fen for deed in done),
        purse_bonus_fen=sum(deed.bonus_fen for deed in done),
        passes_sold=Sum(PASS_SALE, sum(deed.passes_sold for deed in done), _sum(PASS_SALE, done).fen),
        fees=_sum(FEE, done),
        sessions_used=sum(deed.sessions_used for deed in done),
        undone=_undone(done),
        discount_fen=sum(deed.discount_fen for deed in done),
        round_off_fen=sum(deed.round_off_fen for deed in done),
        cash_in=_sum(CASH_IN, done),
        cash_out=_sum(CASH_OUT, done),
        drawer_openings=sum(deed.kind == DRAWER for deed in done),
        pending=pending,
        journal=journal,
    )


def _sum(kind: str, deeds: Iterable[Deed]) -> Sum:
    amounts = [deed.net_fen for deed in deeds if deed.kind == kind]
    return Sum(kind, len(amounts), sum(amounts))


def _tenders(deeds: Iterable[Deed]) -> tuple[Sum, ...]:
    amounts: dict[str, list[int]] = {}
    for tender, fen in (pair for deed in deeds for pair in deed.tenders):
        amounts.setdefault(tender, []).append(fen)
    return tuple(Sum(tender, len(each), sum(each)) for tender, each in sorted(amounts.items()))


def _undone(deeds: Iterable[Deed]) -> tuple[Undone, ...]:
    amounts: dict[tuple[str, str], list[int]] = {}
    for deed in deeds:
        if deed.kind in {REFUND, VOID}:
            amounts.setdefault((deed.kind, deed.operator), []).append(deed.net_fen)
    return tuple(Undone(*key, len(each), sum(each)) for key, each in sorted(amounts.items()))

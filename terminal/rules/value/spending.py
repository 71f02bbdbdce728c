"""Which lots of stored value a bill takes, and the most that they can pay of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.rules.mistake import Mistake, choice
from terminal.rules.split import largest_remainder

PROPORTIONAL, PRINCIPAL_FIRST, BONUS_FIRST = "proportional", "principal_first", "bonus_first"
ORDERS = (PROPORTIONAL, PRINCIPAL_FIRST, BONUS_FIRST)
PRINCIPAL, BONUS = "principal", "bonus"
WHOLE_BP = 10_000


@dataclass(frozen=True, slots=True)
class PurseLot:
    """One lot of a member's stored value, as far as this till may use it now: held here, and not on hold.

    `asset` is PRINCIPAL or BONUS, `age` smaller for the older one; dates are both good (None: open). `cap_bp` is the
    part of a bill's payable amount that such lots of bonus may pay, in ten-thousandths; principal pays any bill.
    """

    id: str
    asset: str
    amount_fen: int
    age: int = 0
    spendable_from: dt.date | None = None
    expires_on: dt.date | None = None
    cap_bp: int = WHOLE_BP

    @property
    def limit_bp(self) -> int:
        """The part of a bill that lots like this may pay."""
        return self.cap_bp if self.asset == BONUS else WHOLE_BP

    def open_on(self, day: dt.date) -> bool:
        """Tell whether a bill of that day may take it."""
        return not self.ended_on(day) and (self.spendable_from is None or self.spendable_from <= day)

    def ended_on(self, day: dt.date) -> bool:
        """Tell whether its last good day is past: bonus is then lost, principal only blocked."""
        return self.expires_on is not None and self.expires_on < day


@dataclass(frozen=True, slots=True)
class Purse:
    """What the lots hold on a day: spendable, blocked principal past its end, and bonus that opens later."""

    principal_fen: int
    bonus_fen: int
    blocked_fen: int = 0
    later_fen: int = 0

    @property
    def balance_fen(self) -> int:
        """All that can be spent."""
        return self.principal_fen + self.bonus_fen


@dataclass(frozen=True, slots=True)
class Demand:
    """What a bill asks of stored value: `amount_fen` of the `payable_fen` of it, on the business day `day`."""

    amount_fen: int
    payable_fen: int
    day: dt.date
    order: str = PROPORTIONAL


@dataclass(frozen=True, slots=True)
class Take:
    """So much of a lot."""

    lot: str
    asset: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Charge:
    """What a bill takes: principal first, in the order in which lots are used up; together the amount asked for."""

    principal_fen: int
    bonus_fen: int
    takes: tuple[Take, ...]


def purse(lots: Iterable[PurseLot], day: dt.date) -> Purse:
    """Return what the lots hold on a day; lapsed bonus counts nowhere."""
    held = {PRINCIPAL: 0, BONUS: 0}
    blocked_fen = later_fen = 0
    for lot in lots:
        if lot.open_on(day):
            held[lot.asset] += lot.amount_fen
        elif not lot.ended_on(day):
            later_fen += lot.amount_fen
        elif lot.asset == PRINCIPAL:
            blocked_fen += lot.amount_fen
    return Purse(held[PRINCIPAL], held[BONUS], blocked_fen, later_fen)


def most_fen(lots: Sequence[PurseLot], payable_fen: int, day: dt.date) -> int:
    """Return the most that these lots can pay of a bill of `payable_fen`: the rest needs another tender."""
    return min(payable_fen, purse(lots, day).principal_fen + _usable_bonus(lots, payable_fen, day))


def charge(lots: Sequence[PurseLot], demand: Demand, whole: Purse | None = None) -> Charge:
    """Return which lots pay what a bill asks for, exactly; nothing is taken where they cannot.

    The order decides how much bonus is wanted; caps and what the lots hold bound it. PROPORTIONAL divides in the ratio
    of spendable principal to spendable bonus, by largest remainder: the member's `whole` (as the cloud answers it)
    where it is given, else of these lots. Lots of a kind: earliest end first, those without an end last, then the
    oldest. Raises `Refusal`: `amount_bad`; `purse_above_bill` (payable_fen); and where they do not suffice (missing_fen
    each) `not_enough_here` (available_fen) when the member has enough, but part of it elsewhere, `bonus_capped`
    (usable_fen) when only the cap on bonus is in the way, else `not_enough` (balance_fen).
    """
    here, amount_fen = purse(lots, demand.day), demand.amount_fen
    if amount_fen <= 0:
        raise Refusal("amount_bad")
    if amount_fen > demand.payable_fen:
        raise Refusal("purse_above_bill", payable_fen=demand.payable_fen)
    usable_fen = min(amount_fen, _usable_bonus(lots, demand.payable_fen, demand.day))
    if amount_fen > here.principal_fen + usable_fen:
        raise _too_little(amount_fen, here, here.principal_fen + usable_fen, whole)
    wanted_fen = _wanted_bonus(demand, here, whole)
    bonus_fen = min(max(wanted_fen, amount_fen - here.principal_fen), usable_fen)
    principal = _taken(lots, PRINCIPAL, amount_fen - bonus_fen, demand)
    return Charge(amount_fen - bonus_fen, bonus_fen, (*principal, *_taken(lots, BONUS, bonus_fen, demand)))


def _too_little(amount_fen: int, here: Purse, available_fen: int, whole: Purse | None) -> Refusal:
    elsewhere_fen = max(0, whole.balance_fen - here.balance_fen) if whole is not None else 0
    missing_fen, balance_fen = amount_fen - available_fen, here.balance_fen + elsewhere_fen
    if missing_fen <= elsewhere_fen:
        return Refusal("not_enough_here", missing_fen=missing_fen, available_fen=available_fen)
    missing_fen -= elsewhere_fen
    if balance_fen >= amount_fen:
        return Refusal("bonus_capped", missing_fen=missing_fen, usable_fen=available_fen - here.principal_fen)
    return Refusal("not_enough", missing_fen=missing_fen, balance_fen=balance_fen)


def _wanted_bonus(demand: Demand, here: Purse, whole: Purse | None) -> int:
    """Return how much bonus the order asks for, before caps and what is here bound it."""
    if demand.order == PRINCIPAL_FIRST:
        return 0
    if demand.order == BONUS_FIRST:
        return demand.amount_fen
    principal_fen, bonus_fen = here.principal_fen, here.bonus_fen
    if whole is not None:
        # The whole is never less than what is here; an answer that says so is older than the last top-up.
        principal_fen, bonus_fen = max(principal_fen, whole.principal_fen), max(bonus_fen, whole.bonus_fen)
    return largest_remainder(demand.amount_fen, (principal_fen, bonus_fen))[1]


def _ordered(lots: Iterable[PurseLot], asset: str, day: dt.date) -> list[PurseLot]:
    usable = (lot for lot in lots if lot.asset == asset and lot.open_on(day))
    return sorted(usable, key=lambda lot: (lot.expires_on is None, lot.expires_on or day, lot.age))


def _usable_bonus(lots: Iterable[PurseLot], payable_fen: int, day: dt.date) -> int:
    """Return how much of a bill the bonus lots may pay together.

    Lots capped at some part of the bill or lower together pay at most that part (rounded down).
    """
    usable_fen = 0
    for lot in sorted(_ordered(lots, BONUS, day), key=lambda lot: lot.cap_bp):
        usable_fen = min(usable_fen + lot.amount_fen, payable_fen * lot.cap_bp // WHOLE_BP)
    return usable_fen


def _taken(lots: Iterable[PurseLot], asset: str, amount_fen: int, demand: Demand) -> list[Take]:
    """Return what each lot of an asset gives to `amount_fen`, which their caps allow."""
    ordered = _ordered(lots, asset, demand.day)
    room_fen = {lot.limit_bp: demand.payable_fen * lot.limit_bp // WHOLE_BP for lot in ordered}
    takes = []
    for lot in ordered:
        caps = [cap_bp for cap_bp in room_fen if cap_bp >= lot.limit_bp]
        taken_fen = min([amount_fen, lot.amount_fen, *(room_fen[cap_bp] for cap_bp in caps)])
        if taken_fen:
            takes.append(Take(lot.id, asset, taken_fen))
            amount_fen -= taken_fen
            room_fen |= {cap_bp: room_fen[cap_bp] - taken_fen for cap_bp in caps}
    assert amount_fen == 0, "the caps are nested, so that any order comes to what they allow together"
    return takes


def mistakes(order: str) -> list[Mistake]:
    """Return what is wrong with a spend order; nothing where it is one."""
    return list(choice("spend_order", order, ORDERS))

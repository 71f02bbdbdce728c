"""Top-ups as they stand: what was paid and granted, what bills delivered for it, and what of it is still here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from terminal.base.clock import business_day
from terminal.base.ids import AccountId
from terminal.ledger.draft import Lot
from terminal.rules.bucket import Bucket
from terminal.rules.deed import TOP_UPS as COUNTED
from terminal.rules.deed import sale_name, sale_of
from terminal.rules.entry import Entry
from terminal.rules.refunds.prepayment import Consumed, Contract, TopUp, total
from terminal.services.refunds.consumed import of_lot
from terminal.services.refunds.records import (
    BILLS,
    IMPORTED,
    PASS_REFUND,
    REFUND,
    RIGHT,
    TOP_UPS,
    VOID,
    Records,
    accounts_of,
    name_of,
    number,
    number_of,
    target_of,
    text,
)

PRINCIPAL, BONUS = "principal", "bonus"
# What a top-up gave and ends with it: units of these assets that bear its name.
ENDING = (PRINCIPAL, BONUS, "bonus_locked", "release_skip", "coupon", "pass")
SPENT, RETURNED = "taken", "returned"
# What says how much was delivered for a top-up.
DELIVERING = (*BILLS, REFUND, PASS_REFUND, VOID)
NO_CONTRACT = Contract()


@dataclass(frozen=True, slots=True)
class Given:
    """A top-up as it stands here: its facts for the calculator, its units and rights, and the points it gave.

    `counts` says that it counted as money the member put in, so that its refund counts against that: no gift card and
    no imported balance did. Of an imported one nobody here knows the day it was paid on: the other program sold it.
    """

    top_up: TopUp
    name: str
    number: str
    of_day: str
    units: tuple[Lot, ...]
    rights: tuple[Lot, ...]
    led: tuple[Lot, ...]
    points: int
    points_until: str
    counts: bool
    is_imported: bool


@dataclass(frozen=True, slots=True)
class _Around:
    """One look at a member: lots held here, and the entries that say what was delivered since a day (ISO)."""

    held: tuple[Lot, ...]
    entries: tuple[Entry, ...]
    since: str


class TopUps:
    """Reads top-ups; used inside the transaction of a use case, or in none to look."""

    def __init__(self, records: Records) -> None:
        """Read in the book of `records`."""
        self._records = records

    def of(self, account: AccountId, contract: Contract = NO_CONTRACT) -> list[Given]:
        """Return a member's top-ups of which something may be given back, oldest first.

        Raises `Refusal` `refund_past` when an entry that says what was delivered is no longer kept, and as
        `Records.entry` where that of a top-up is not.
        """
        records = self._records
        held = tuple(records.held(account, RIGHT, *ENDING))
        rights: dict[str, list[Lot]] = {}
        for lot in held:
            if lot.facts.asset == RIGHT and lot.facts.attributes.get("of") == "top_up":
                rights.setdefault(key_of(lot.facts), []).append(lot)
        paid = {key: self._made(lots[0].facts) for key, lots in rights.items()}
        # Nothing was delivered for a top-up before its day, and what is older may no longer be kept.
        since = min((business_day(records.clock, made.at).isoformat() for made in paid.values()), default="")
        owners = accounts_of(records, account) if paid else ()
        entries = [made for each in owners for made in records.of_member(each, DELIVERING, since)]
        around = _Around(held, tuple(entries), since)
        return [self._given(key, lots, paid[key], around, contract) for key, lots in rights.items()]

    def _made(self, right: Bucket) -> Entry:
        return self._records.entry(self._records.source(sale_of(right)), (*TOP_UPS, IMPORTED))

    def _given(self, key: str, rights: Sequence[Lot], made: Entry, around: _Around, contract: Contract) -> Given:
        records, first = self._records, rights[0].facts
        # Sessions and points that an import brought along were never part of the payment for its balance.
        ends = (PRINCIPAL, BONUS) if made.kind == IMPORTED else ENDING
        lots = {facts.lot for facts in made.buckets if facts.asset in ends and key_of(facts) == key}
        held = [lot for lot in around.held if lot.facts.lot in lots or key_of(lot.facts) == key]
        units = tuple(lot for lot in held if lot.facts.asset in ends)
        led = tuple(lot for lot in around.held if (target := target_of(lot.facts)) and target["lot"] in lots)
        paid_fen = number(first.attributes, "paid_fen")
        day = text(first.attributes, "paid_on") or business_day(records.clock, made.at).isoformat()
        promised = 0 if made.kind == IMPORTED else max(contract.cooling_off_days, _promised_days(first, day))
        rewards = made.payload.get("rewards")
        top_up = TopUp(
            id=key,
            paid_fen=paid_fen,
            bonus_fen=number(first.attributes, "bonus_fen"),
            paid_on=dt.date.fromisoformat(day),
            consumed=self._consumed(made, lots, around),
            principal_left_fen=sum(lot.amount for lot in units if lot.facts.asset == PRINCIPAL),
            contract=replace(contract, cooling_off_days=promised),
        )
        return Given(
            top_up=top_up,
            name=name_of(made),
            number=number_of(made),
            of_day=day,
            units=units,
            rights=tuple(rights),
            led=led,
            points=number(made.payload, "points"),
            counts=made.kind in COUNTED,
            is_imported=made.kind == IMPORTED,
            points_until=text(rewards, "points_until") if isinstance(rewards, dict) else "",
        )

    def _consumed(self, top_up: Entry, lots: Collection[str], around: _Around) -> Consumed:
        """Return what was delivered for a top-up: all that bills noted of its lots, less what refunds took off.

        A voided bill delivered nothing. A charge from before there were bills was worth what was taken.
        """
        if text(top_up.payload, "account"):
            around = self._with_first_holder(top_up, around)
        voided = {text(made.payload, "undoes") for made in around.entries if made.kind == VOID}
        noted: list[Consumed] = []
        refunds: list[Consumed] = []
        for made in around.entries:
            if made.kind in BILLS and name_of(made) not in voided:
                noted += of_lot(made.payload, set(lots), SPENT) if made.kind == "bill" else _charged(made, lots)
            elif made.kind in {REFUND, PASS_REFUND}:
                refunds += of_lot(made.payload, set(lots), RETURNED)
        return total(noted, refunds)

    def _with_first_holder(self, top_up: Entry, around: _Around) -> _Around:
        """Return with it what bills of who paid it say, where it was handed on to somebody else since."""
        payer = AccountId(text(top_up.payload, "account"))
        if any(lot.facts.owner == payer for lot in around.held):
            return around
        more = self._records.of_member(payer, DELIVERING, around.since)
        seen = {name_of(made) for made in around.entries}
        return replace(around, entries=(*around.entries, *(made for made in more if name_of(made) not in seen)))


def key_of(facts: Bucket) -> str:
    """Return what names the top-up a bucket belongs to: its own word for it, else the entry that made it."""
    return text(facts.attributes, "top_up") or (sale_of(facts) if facts.asset == RIGHT else sale_name(facts.source))


def _promised_days(right: Bucket, paid_on: str) -> int:
    """Return the days within which the principal may be asked back as they were told when it was paid."""
    until = text(right.attributes, "cooling_off_until")
    return (dt.date.fromisoformat(until) - dt.date.fromisoformat(paid_on)).days if until else 0


def _charged(made: Entry, lots: Collection[str]) -> list[Consumed]:
    """Return what a charge took of these lots, by the rights it left."""
    rights = {facts.id: target_of(facts) for facts in made.buckets if facts.asset == RIGHT}
    found: list[Consumed] = []
    for effect in made.effects:
        target = rights.get(effect.bucket)
        if effect.kind == "create" and target is not None and target["lot"] in lots:
            found.append(Consumed(effect.amount, effect.amount))
    return found

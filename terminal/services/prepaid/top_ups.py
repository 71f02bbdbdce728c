"""Top-ups: money in, and everything the shop's offers give for it, in one entry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId
from terminal.ledger.book import Posted, request_digest
from terminal.ledger.draft import Draft
from terminal.rules.bill_note import CASH
from terminal.rules.canonical import Canonical
from terminal.rules.deed import sale_name
from terminal.rules.loyalty.growth import DayTotal
from terminal.rules.loyalty.referral import FIRST_TOP_UP
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.releases import NewLot, lots
from terminal.rules.value.top_up import Gift, Grant, LevelGift, check_amount, grant
from terminal.services.bills.typed import reference
from terminal.services.booked import Bill, Slip, bill_of, done_of
from terminal.services.prepaid.buying import (
    CASH_OF_PERSON,
    PRINCIPAL,
    Elsewhere,
    Paid,
    Purchases,
    known_of_nothing,
)
from terminal.services.prepaid.coupon_limits import CouponLimits, LeftOut, say
from terminal.services.prepaid.given import OFFER, GivenBook
from terminal.services.prepaid.milestones import Milestones
from terminal.services.prepaid.referrals import Referrals
from terminal.services.prepaid.rewards import Rewards, give
from terminal.services.prepaid.till import Till
from terminal.services.prepaid.units import RIGHT, create, new_lot
from terminal.services.standing import Granted
from terminal.services.views import Done, SignedIn


@dataclass(frozen=True, slots=True)
class Preview:
    """What a top-up would do: the money, and in `parts` the bonus by the day it opens (None: with visits).

    `key` stands for all that is shown: handed back with the top-up, it is refused when anything would be different.
    `cooling_off_until` is the last day on which the money may be asked back; `first` says that terms will be printed.
    """

    amount_fen: int
    bonus_fen: int
    balance_after_fen: int
    offer: str
    points: int
    coupons: tuple[Gift, ...]
    passes: tuple[Gift, ...]
    level: LevelGift | None
    parts: tuple[tuple[dt.date | None, int], ...]
    cooling_off_until: dt.date | None
    first: bool
    key: str


# Judges money of so much onto an account before it is posted, and returns what its payload notes.
Watched = Callable[[Rulebook, SignedIn, ActionId, AccountId, int, Paid], dict[str, Canonical]]


def nothing_odd(*_: object) -> dict[str, Canonical]:
    """Return no alerts: nobody watches."""
    return {}


def no_terms(_: Bill, __: str) -> None:
    """Print nothing: a shop without a printer."""


@dataclass(frozen=True, slots=True)
class Asks:
    """Whom top-ups ask for what they do not know themselves, and what prints.

    `slip` stores the receipt of a bill, `terms` prints the shop's terms with a first top-up; both in its transaction.
    `watch` judges a top-up before it is posted, and returns what its payload notes.
    """

    slip: Slip
    elsewhere: Callable[[AccountId], Elsewhere] = known_of_nothing
    terms: Callable[[Bill, str], None] = no_terms
    watch: Watched = nothing_odd


class TopUps:
    """Money paid in. `preview` reads; `top_up` writes and is done by the dispatcher."""

    def __init__(self, till: Till, asks: Asks, milestones: Milestones, referrals: Referrals) -> None:
        """Take money at a till; growth and who brought whom may add rewards."""
        self._till = till
        self._asks = asks
        self._milestones = milestones
        self._referrals = referrals
        self._given = GivenBook(till.database)
        self._limits = CouponLimits(self._given)
        self._purchases = Purchases(till, asks.elsewhere)

    @property
    def watch(self) -> Watched:
        """What judges money coming in, of which top-ups are only one kind."""
        return self._asks.watch

    def preview(self, rules: Rulebook, account: AccountId, amount_fen: int, *, paid: Paid = CASH_OF_PERSON) -> Preview:
        """Return what a top-up would give; raise `Refusal` as `top_up` does."""
        at = self._till.clock.local(self._till.clock.now_ms())
        today = self._till.book.today()
        granted, first, _ = self._granted(rules, account, amount_fen, paid, (at, today))
        made = lots(granted.release, granted.bonus_fen, today)
        balance_fen = self._till.members.holdings(account, today).balance_fen
        return Preview(
            amount_fen=amount_fen,
            bonus_fen=granted.bonus_fen,
            balance_after_fen=balance_fen + amount_fen + _open_on(made, today),
            offer=granted.offer,
            points=granted.points,
            coupons=granted.coupons,
            passes=granted.passes,
            level=granted.level,
            parts=tuple((_opens(lot, today), lot.amount_fen) for lot in made),
            cooling_off_until=self._purchases.cooling_off_until(rules, today),
            first=first,
            key=_key(granted),
        )

    def top_up(
        self,
        rules: Rulebook,
        staff: SignedIn,
        action_id: ActionId,
        account: AccountId,
        amount_fen: int,
        expected_bonus_fen: int,
        *,
        paid: Paid = CASH_OF_PERSON,
        expected_key: str = "",
    ) -> Done:
        """Take money and give stored value with all rewards, once for each `action_id`.

        `expected_key` is that of the preview where all of it was shown, and not the bonus alone. Raises `Refusal`:
        `bonus_changed` (bonus_fen) when what was shown is no longer what would be given, what `grant` and the law's
        limits raise, `member_unknown`, `account_closing`, `top_up_tender_unknown`, what `reference` raises, and for a
        reward the shop has no template of, what `give` raises.
        """
        asked: dict[str, Canonical] = {"account": account, "amount_fen": amount_fen, "bonus_fen": expected_bonus_fen}
        if paid.tender != CASH:
            asked["tender"] = paid.tender
        paid = replace(paid, reference=reference(paid.reference))
        asked |= {name: text for name, text in (("reference", paid.reference), ("payer", paid.payer)) if text}
        request = request_digest({"do": "top_up", **asked})
        with self._till.database.write():
            if earlier := self._till.book.find(action_id, request):
                return self.answer_of(earlier)
            draft = self._till.begin(action_id, "top_up", request, staff, account, amount_fen)
            at = self._till.local(draft)
            day = self._till.book.day_of(draft)
            granted, first, gone = self._granted(rules, account, amount_fen, paid, (at, day))
            if granted.bonus_fen != expected_bonus_fen or (expected_key and expected_key != _key(granted)):
                raise Refusal("bonus_changed", bonus_fen=granted.bonus_fen)
            draft.payload |= self._asks.watch(rules, staff, action_id, account, amount_fen, paid)
            self._fill(draft, rules, account, granted, paid)
            draft.payload |= {"coupons_not_given": [each.noted() for each in gone]} if gone else {}
            say(draft, gone)
            self._milestones.rewards_due(draft, rules, account, DayTotal(day, top_up_fen=amount_fen))
            self._referrals.add(draft, rules, account, FIRST_TOP_UP, amount_fen)
            return self._post(draft, rules, account, first=first)

    def answer_of(self, posted: Posted) -> Done:
        """Return what the top-up that posted an entry answered."""
        bill = bill_of(posted)
        row = self._till.database.row("SELECT min(id) FROM print_job WHERE bill_no = ?", (bill.bill_no,))
        return done_of(bill, row[0] if row else None)

    def _granted(
        self, rules: Rulebook, account: AccountId, amount_fen: int, paid: Paid, now: tuple[dt.datetime, dt.date]
    ) -> tuple[Grant, bool, tuple[LeftOut, ...]]:
        """Return what the offers give at a civil time of a business day, and whether terms go with it.

        They do with the first top-up that this shop takes. The third part are coupons beyond their template's limits.
        """
        at, day = now
        check_amount(rules.top_up, amount_fen)
        named = self._purchases.check_law(rules, account, amount_fen, paid)
        by = self._purchases.by(rules, account, at, named=named)
        granted = grant(rules.top_up, amount_fen, by)
        coupons, gone = self._limits.within(rules, account, day, granted.coupons)
        return replace(granted, coupons=coupons), not self._given.topped_up_before(account), gone

    def _fill(self, draft: Draft, rules: Rulebook, account: AccountId, granted: Grant, paid: Paid) -> None:
        """Create what was paid for and what is given, and note all of it."""
        amount_fen = int(str(draft.payload["amount_fen"]))
        day, lot = self._till.book.day_of(draft), new_lot(draft)
        facts: dict[str, Canonical] = {"paid_fen": amount_fen, "bonus_fen": granted.bonus_fen, "top_up": lot}
        why: dict[str, Canonical] = {**facts, "offer": granted.offer, "rules_version": granted.version}
        create(draft, PRINCIPAL, account, amount_fen, unit_value_fen=1, attributes=why, lot=lot)
        noted = give(draft, self._till.book, rules, account, Rewards.of_grant(granted, why))
        self._limits.note(draft, day, account, noted)
        until = self._purchases.cooling_off_until(rules, day)
        when: dict[str, Canonical] = {"paid_on": day.isoformat()}
        if until is not None:
            when["cooling_off_until"] = until.isoformat()
        how: dict[str, Canonical] = {"tender": paid.tender}
        how |= {name: text for name, text in (("reference", paid.reference), ("payer", paid.payer)) if text}
        create(draft, RIGHT, account, amount_fen, attributes={**why, **when, **how, "of": "top_up"})
        draft.debit(f"tender/{paid.tender}", amount_fen)
        draft.credit("deferred", amount_fen)
        draft.payload |= {"principal_fen": amount_fen, "bonus_fen": granted.bonus_fen, "points": granted.points}
        draft.payload |= {"offer": granted.offer, "top_up": lot, "rewards": noted, **when, **how}
        draft.payload["versions"] = dict[str, Canonical](rules.noted(*_sections(granted)))
        if granted.offer:
            self._given.note(draft, day, (OFFER, granted.offer), account)
        if granted.level is not None:
            level = Granted(granted.level.level, granted.level.until(day), sale_name(draft.source))
            self._till.standings.grant(rules.levels, account, level, day)

    def _post(self, draft: Draft, rules: Rulebook, account: AccountId, *, first: bool) -> Done:
        """Post the draft with what the member has afterwards, its slip, and the terms with a first top-up."""
        today = self._till.book.day_of(draft)
        before, owners = self._till.members.holdings(account, today), self._till.merged.owners(account)
        balance_fen, points = before.balance_fen, before.points_left
        for effect in draft.effects:
            facts = draft.made.get(effect.bucket) or draft.known[effect.bucket].facts
            if facts.owner not in owners or not facts.spendable_on(today.isoformat()):
                continue
            balance_fen += effect.amount if facts.asset in {PRINCIPAL, "bonus"} else 0
            points += effect.amount if facts.asset == "points" else 0
        terms = rules.purse.top_up_terms if first else ""
        draft.payload |= {"balance_after_fen": balance_fen, "points_after": points, "first": first}
        bill = bill_of(self._till.book.post(draft))
        if self._till.is_named(account):
            self._till.standings.grown(rules.levels, account, today)
        job = self._asks.slip(bill)
        if terms:
            self._asks.terms(bill, terms)
        return done_of(bill, job)


def _open_on(made: tuple[NewLot, ...], day: dt.date) -> int:
    """Return how much of a new bonus may be spent on the day it was granted."""
    return sum(lot.amount_fen for lot in made if lot.asset == "bonus" and (lot.spendable_from or day) <= day)


def _opens(lot: NewLot, day: dt.date) -> dt.date | None:
    return None if lot.asset != "bonus" else lot.spendable_from or day


def _sections(granted: Grant) -> list[str]:
    """Return the sections of the rulebook that a top-up with this grant used."""
    gifts = (("points", granted.points), ("coupons", granted.coupons), ("passes", granted.passes))
    given = [name for name, gift in gifts if gift] + (["levels"] if granted.level else [])
    return ["region", "top_up", "purse", "refunds", *given]


def _key(granted: Grant) -> str:
    """Return what stands for everything a top-up gives, whichever version of the rules says so."""
    level: list[Canonical] = [] if granted.level is None else [granted.level.level, granted.level.months]
    gifts: list[Canonical] = [[each.code, each.count] for each in (*granted.coupons, *granted.passes)]
    release = granted.release
    return request_digest(
        {
            "bonus_fen": granted.bonus_fen,
            "gifts": gifts,
            "level": level,
            "offer": granted.offer,
            "points": granted.points,
            "release": [release.kind, release.parts, release.period, release.delay, release.rate_bp],
        }
    )[:32]

"""Milestones of growth: what a member is given once, in the entry that reached it or at a review."""

from __future__ import annotations

from dataclasses import replace

from terminal.base.ids import AccountId, ActionId
from terminal.ledger.book import request_digest
from terminal.ledger.draft import Draft
from terminal.rules.canonical import Canonical
from terminal.rules.loyalty.growth import PAID_12_MONTHS, DayTotal, Milestone, growth_value, milestones_reached
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.top_up import Gift
from terminal.rules.when import add_months
from terminal.services.prepaid.coupon_limits import CouponLimits, say
from terminal.services.prepaid.given import MILESTONE, GivenBook
from terminal.services.prepaid.rewards import Rewards, can_give, give
from terminal.services.prepaid.till import Answer, Till, answer_of
from terminal.services.views import SignedIn

YEAR_MONTHS = 12


class Milestones:
    """Grants what growth has earned. Used by the dispatcher."""

    def __init__(self, till: Till) -> None:
        """Count growth from the deeds this till knows."""
        self._till = till
        self._given = GivenBook(till.database)
        self._limits = CouponLimits(self._given)

    def rewards_due(self, draft: Draft, rules: Rulebook, account: AccountId, now: DayTotal | None = None) -> None:
        """Put what the member's growth reaches into the draft of the entry that reaches it.

        `now` is what that entry itself adds; call this before it is posted. Each milestone is given once; a void of
        the entry takes it back. What was given is noted as `milestones`. One that brings what the shop no longer has
        stops no bill or top-up: it stays due, and a review (without `now`) that has nothing else to give refuses as
        `rewards.give`. Coupons beyond the limits of their template are left out, and noted as `not_given` with it; one
        of nothing else stays due as well. A card of nobody's grows into nothing: its money pays alone, and bonus beside
        it would be taken first (`gift_payment.only_money`).
        """
        if not rules.levels.milestones or not self._till.may_spend(account) or not self._till.is_named(account):
            return
        today, kind = self._till.book.day_of(draft), rules.levels.growth
        since = add_months(today, -YEAR_MONTHS).isoformat() if kind == PAID_12_MONTHS else ""
        days = [each for owner in self._till.merged.owners(account) for each in self._till.deeds.days(owner, since)]
        days += [now] if now is not None else []
        growth = growth_value(kind, days, today)
        had = {each.id for each in rules.levels.milestones if self._given.of_member((MILESTONE, each.id), account)}
        reached = milestones_reached(rules.levels.milestones, growth, frozenset(had))
        good = tuple(each for each in reached if can_give(rules, _rewards(rules, each), today))
        reached = good if good or now is not None else reached
        given: list[Canonical] = [noted for each in reached if (noted := self._give(draft, rules, account, each))]
        draft.payload |= {"milestones": given} if given else {}

    def review(self, rules: Rulebook, staff: SignedIn, action_id: ActionId, account: AccountId) -> Answer | None:
        """Give a member what growth has earned without a bill of its own, None where nothing is due.

        That is what a new milestone, or growth heard of from elsewhere, brings. Raises `Refusal` `member_unknown`.
        """
        request = request_digest({"do": "milestones", "account": account})
        with self._till.database.write():
            if earlier := self._till.book.find(action_id, request):
                return answer_of(earlier)
            self._till.members.require(account)
            draft = self._till.begin(action_id, "milestones", request, staff, account)
            self.rewards_due(draft, rules, account)
            if not draft.effects:
                return None
            draft.payload["versions"] = dict[str, Canonical](rules.noted("levels", "points", "coupons", "passes"))
            return self._till.done(draft)

    def _give(self, draft: Draft, rules: Rulebook, account: AccountId, milestone: Milestone) -> dict[str, Canonical]:
        """Give a milestone and return what is noted of it, nothing where all of it is left out."""
        rewards, day = _rewards(rules, milestone), self._till.book.day_of(draft)
        coupons, gone = self._limits.within(rules, account, day, rewards.coupons)
        if gone and not coupons and rewards == replace(rewards, bonus_fen=0, points=0, passes=()):
            return {}
        noted = give(draft, self._till.book, rules, account, replace(rewards, coupons=coupons))
        self._limits.note(draft, day, account, noted)
        self._given.note(draft, day, (MILESTONE, milestone.id), account)
        say(draft, gone)
        return {"id": milestone.id, **noted, **({"not_given": [each.noted() for each in gone]} if gone else {})}


def _rewards(rules: Rulebook, milestone: Milestone) -> Rewards:
    """Return what a milestone brings."""
    return Rewards(
        bonus_fen=milestone.bonus_fen,
        points=milestone.points,
        coupons=tuple(Gift(code) for code in milestone.coupons),
        passes=(Gift(milestone.pass_code),) if milestone.pass_code else (),
        why={"milestone": milestone.id, "rules_version": rules.levels.version},
    )

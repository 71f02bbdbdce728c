"""Rewards for bringing a new member, in the entry of the bill or top-up by which that one became one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from terminal.base.ids import AccountId
from terminal.ledger.draft import Draft
from terminal.rules.bill_note import bill_number
from terminal.rules.canonical import Canonical
from terminal.rules.loyalty.referral import FIRST_TOP_UP, LEVELS_MAX, Due, ReferralRules, due
from terminal.rules.rulebook import Rulebook
from terminal.services.prepaid.coupon_limits import CouponLimits, LeftOut
from terminal.services.prepaid.given import REFERRAL, GivenBook
from terminal.services.prepaid.rewards import Rewards, coupon_trouble, give
from terminal.services.prepaid.till import Till

logger = logging.getLogger(__name__)

# Who brought a member, as the member's file says; empty for nobody.
BroughtBy = Callable[[AccountId], AccountId]
# Nobody's name goes into the log: the entry says who did not get them.
NOT_GIVEN = "coupons for bringing a member, %s, could not be given: %s x%d, %s"


class Referrals:
    """Adds what is due to others to the draft of a member's bill or top-up."""

    def __init__(self, till: Till, brought_by: BroughtBy) -> None:
        """Ask `brought_by` who brought a member (`Referrers.of`)."""
        self._till = till
        self._given = GivenBook(till.database)
        self._limits = CouponLimits(self._given)
        self._brought_by = brought_by

    def add(self, draft: Draft, book: Rulebook, newcomer: AccountId, condition: str, paid_fen: int) -> None:
        """Put the rewards into the draft of a top-up (`FIRST_TOP_UP`) or bill (`FIRST_BILL`) of so much paid.

        Call it before the draft is posted. A new member brings a reward once; a void of the entry takes it back with
        everything else, and the next bill or top-up brings it again. What was given is noted as `referral`. Coupons
        that the shop no longer has, or that are beyond their template's limits, stop no bill or top-up: they are left
        out, noted as `referral_not_given`, and said in the log; a reward of nothing else is none.
        """
        rules = book.referral
        if not rules.rewards or condition != rules.condition or paid_fen < max(1, rules.least_fen):
            return
        line = self._line(newcomer)
        if len(line) < 2 or any(self._given.of_all((REFERRAL, owner)) for owner in self._till.merged.owners(newcomer)):
            return
        before = self._given.topped_up_before if condition == FIRST_TOP_UP else self._given.paid_before
        first = not before(newcomer, rules.least_fen)
        rewarded = [account for account in line[1:] if not self._may_have(rules, account)]
        found = due(rules, condition, paid_fen, first=first, line=line, rewarded=rewarded)
        if found:
            self._give_all(draft, book, newcomer, found)

    def _line(self, newcomer: AccountId) -> list[AccountId]:
        line = [self._till.merged.main(newcomer)]
        while len(line) <= LEVELS_MAX and (by := self._brought_by(line[-1])):
            line.append(by)
        return line

    def _may_have(self, rules: ReferralRules, account: AccountId) -> bool:
        most = rules.most_per_member
        if most and self._given.of_member((REFERRAL, "had"), account) >= most:
            return False
        key = bytes.fromhex(account)
        if not self._till.may_spend(account):
            return False
        return self._till.database.row("SELECT 1 FROM member WHERE account = ? AND erased_at = 0", (key,)) is not None

    def _give_all(self, draft: Draft, book: Rulebook, newcomer: AccountId, found: Sequence[Due]) -> None:
        """Give what can be given of all that is due, and note and say what cannot."""
        day, number = self._till.book.day_of(draft), bill_number(draft.source.epoch, draft.source.seq)
        gone, given = list[Canonical](), list[Canonical]()
        for each in found:
            why = [(gift, coupon_trouble(book, gift.code, day)) for gift in each.reward.coupons]
            left_out = [LeftOut(gift, code) for gift, code in why if code]
            known = [gift for gift, code in why if not code]
            coupons, beyond = self._limits.within(book, AccountId(each.account), day, known)
            for out in (*left_out, *beyond):
                gone.append({"account": each.account, "level": each.level, **out.noted()})
                logger.warning(NOT_GIVEN, number, out.gift.code, out.gift.count, out.code)
            reward = replace(each.reward, coupons=coupons)
            if reward.bonus_fen or reward.points or reward.coupons:
                given.append(self._give(draft, book, newcomer, replace(each, reward=reward)))
        draft.payload |= {"referral": given} if given else {}
        draft.payload |= {"referral_not_given": gone} if gone else {}

    def _give(self, draft: Draft, book: Rulebook, newcomer: AccountId, each: Due) -> dict[str, Canonical]:
        account, day = AccountId(each.account), self._till.book.day_of(draft)
        why: dict[str, Canonical] = {"referral": each.level, "rules_version": book.referral.version}
        reward = each.reward
        given = Rewards(bonus_fen=reward.bonus_fen, points=reward.points, coupons=reward.coupons, why=why)
        noted = give(draft, self._till.book, book, account, replace(given, bonus_last=reward.bonus_last(day)))
        self._limits.note(draft, day, account, noted)
        self._given.note(draft, day, (REFERRAL, newcomer), account)
        self._given.note(draft, day, (REFERRAL, "had"), account)
        return {"account": account, "level": each.level, **noted}

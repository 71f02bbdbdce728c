"""The verbs behind `terminal prepaid`: arguments and answers are JSON values, each called in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId
from terminal.rules.media.factors import PHONE, PHOTO
from terminal.rules.rulebook import Rulebook
from terminal.services.ask import Ask
from terminal.services.bills.proofs import by_factors
from terminal.services.bills.values import Proof
from terminal.services.booked import Bill
from terminal.services.members import Members
from terminal.services.money import factors_alone
from terminal.services.prepaid.allowing import by_rights
from terminal.services.prepaid.buying import Buyer, Paid
from terminal.services.prepaid.coupons import ASSET, Coupons, worth
from terminal.services.prepaid.doing import Doing, Who, answered, one_of
from terminal.services.prepaid.gift_cards import GiftCards
from terminal.services.prepaid.milestones import Milestones
from terminal.services.prepaid.pass_changes import TermsOf
from terminal.services.prepaid.pass_commands import PassCommands
from terminal.services.prepaid.pass_units import terms_from
from terminal.services.prepaid.points import Redeeming, is_count
from terminal.services.prepaid.referrals import Referrals
from terminal.services.prepaid.telling import told_coupons, told_gift, told_points, told_preview
from terminal.services.prepaid.till import Answer, Till
from terminal.services.prepaid.top_ups import Asks, TopUps
from terminal.services.rulebook import RuleStore
from terminal.services.shifts.asked import Wish
from terminal.services.shifts.rights import Rights
from terminal.services.shifts.signing import Signing

Told = Mapping[str, Any]
# How a cashier may have known a member. The end of the telephone number is no proof beside the number itself.
CONFIRMED = ("", PHOTO)


@dataclass(frozen=True, slots=True)
class Wired:
    """What commands share with the counter: top-ups that are watched and print, and the terms passes are sold under."""

    top_ups: TopUps
    terms_of: TermsOf


def bare(till: Till) -> Wired:
    """Return the same for a till of its own: nothing is printed, and nobody watches."""

    def no_slip(_: Bill) -> int | None:
        return None

    referrals = Referrals(till, rules_of=lambda rulebook: rulebook.referral)
    top_ups = TopUps(till, Asks(no_slip), Milestones(till), referrals)
    return Wired(top_ups, terms_from(RuleStore(till.database).section))


class PrepaidCommands:
    """Hands out prepaid value for commands on this machine, in the name of somebody who gives their PIN."""

    def __init__(
        self,
        till: Till,
        members: Members,
        signing: Signing,
        rulebook: Callable[[], Rulebook],
        ask: Ask,
        printed: Callable[[], None],
        *,
        wired: Wired | None = None,
    ) -> None:
        """Work by `ask`; `printed` tells the printer that a slip may wait."""
        made = bare(till) if wired is None else wired
        self._till = till
        self._members = members
        self._doing = Doing(till, signing, rulebook, ask, printed)
        self._top_ups = made.top_ups
        allow = by_rights(Rights(till.database, till.clock), rulebook)
        self._cards = GiftCards(till, watch=made.top_ups.watch)
        self._coupons = Coupons(till, allow)
        shown = by_factors(factors_alone(till.database, till.book, till.clock))
        self._redeeming = Redeeming(till, allow=allow, prove=shown)
        self._passes = PassCommands(till, self._doing, made.terms_of, allow)

    def verbs(self) -> dict[str, Callable[..., Told]]:
        """Return the functions by the name a command calls them."""
        return {
            "prepaid_top_up_look": self.top_up_look,
            "prepaid_top_up": self.top_up,
            "prepaid_gift_show": self.gift_show,
            "prepaid_gift_new": self.gift_new,
            "prepaid_gift_sell": self.gift_sell,
            "prepaid_gift_load": self.gift_load,
            "prepaid_gift_renew": self.gift_renew,
            "prepaid_coupons": self.coupons,
            "prepaid_coupon_issue": self.coupon_issue,
            "prepaid_coupon_revoke": self.coupon_revoke,
            "prepaid_points": self.points,
            "prepaid_redeem": self.redeem,
            "prepaid_redeem_back": self.redeem_back,
            **self._passes.verbs(),
        }

    def top_up_look(self, *, account: str, fen: int, tender: str, unit: bool = False, identified: bool = False) -> Told:
        """Answer what a top-up would give; raise `Refusal` as `TopUps.preview`."""

        def look(rules: Rulebook) -> Told:
            paid = Paid(tender, Buyer(unit=unit, identified=identified))
            return told_preview(self._top_ups.preview(rules, self._doing.account(account), fen, paid=paid), rules)

        return self._doing.look(look)

    def top_up(
        self,
        *,
        account: str,
        fen: int,
        bonus_fen: int,
        key: str,
        tender: str,
        reference: str = "",
        unit: bool = False,
        identified: bool = False,
        **who: str,
    ) -> Told:
        """Take money for what was shown; an approver approves what the watch stops.

        Raises `Refusal` as `TopUps.top_up` and `Doing.do`.
        """

        def work(rules: Rulebook, wish: Wish) -> Told:
            paid = Paid(tender, Buyer(unit=unit, identified=identified), reference, approval=wish.approval)
            done = self._top_ups.top_up(
                rules,
                wish.by,
                wish.action_id,
                self._doing.account(account),
                fen,
                bonus_fen,
                paid=paid,
                expected_key=key,
            )
            return {
                "number": done.bill_no,
                "amount_fen": done.amount_fen,
                "bonus_fen": done.bonus_fen,
                "balance_after_fen": done.balance_fen,
                "printed": done.print_job is not None,
            }

        return self._doing.do(Who(**who), work, alert_fen=fen)

    def gift_show(self, *, card: str) -> Told:
        """Answer what is on a gift card, by the number of the card; raise `Refusal` `card_unknown`."""
        return self._doing.look(lambda _: told_gift(self._till, self._card(card)))

    def gift_new(self, *, fen: int, months: int, tender: str, reference: str = "", **who: str) -> Told:
        """Judge a sale onto a number that is nobody's yet, before a card is made of it; answer whether it is `sold`.

        Raises `Refusal` as `GiftCards.check_blank` and `Doing.do`.
        """

        def work(rules: Rulebook, wish: Wish) -> Told:
            sold = self._doing.before(wish.action_id) is not None
            if not sold:
                paid = Paid(tender, reference=reference, approval=wish.approval)
                self._cards.check_blank(rules, wish.by, wish.action_id, fen, months, paid)
            return {"sold": sold}

        return self._doing.do(Who(**who), work, alert_fen=fen)

    def gift_sell(self, *, card: str, fen: int, months: int, tender: str, reference: str = "", **who: str) -> Told:
        """Put money on a card without a name; raise `Refusal` as `GiftCards.sell` and `Doing.do`."""

        def work(rules: Rulebook, wish: Wish) -> Answer:
            of, paid = self._card(card), Paid(tender, reference=reference, approval=wish.approval)
            return self._cards.sell(rules, wish.by, wish.action_id, of, fen, valid_months=months, paid=paid)

        return self._do(who, work, alert_fen=fen)

    def gift_load(self, *, card: str, account: str, **who: str) -> Told:
        """Move all that is on a gift card into a member's account; raise `Refusal` as `GiftCards.load`."""

        def work(rules: Rulebook, wish: Wish) -> Answer:
            to = self._doing.account(account)
            return self._cards.load(rules, wish.by, wish.action_id, self._card(card), to)

        return self._do(who, work)

    def gift_renew(self, *, card: str, months: int, **who: str) -> Told:
        """Make a gift card past its end good again; raise `Refusal` as `GiftCards.renew` and `Doing.do`."""

        def work(rules: Rulebook, wish: Wish) -> Answer:
            return self._cards.renew(rules, wish.by, wish.action_id, self._card(card), valid_months=months)

        return self._do(who, work)

    def coupons(self, *, account: str) -> Told:
        """Answer a member's `coupons`; raise `Refusal` `member_unknown`."""
        return self._doing.look(
            lambda rules: {"coupons": told_coupons(self._till, rules, self._doing.account(account))}
        )

    def coupon_issue(self, *, account: str, template: str, count: int, reason: str = "", **who: str) -> Told:
        """Give a member coupons of a template; raise `Refusal` as `Coupons.issue` and `Doing.do`."""

        def work(rules: Rulebook, wish: Wish) -> Answer:
            to = self._doing.account(account)
            return self._coupons.issue(rules, wish.by, wish.action_id, to, template, count, reason=reason)

        return self._do(who, work, adjusts=lambda rules: worth(rules.coupon_template(template), count))

    def coupon_revoke(self, *, account: str, coupon: str, count: int, reason: str, **who: str) -> Told:
        """End coupons of a member before their time; raise `Refusal` as `Coupons.end` and `Doing.do`."""

        def work(_: Rulebook, wish: Wish) -> Answer:
            owner = self._doing.account(account)
            bucket = self._coupon(owner, coupon, wish.action_id)
            return self._coupons.end(wish.by, wish.action_id, owner, bucket, count, reason=reason)

        return self._do(who, work)

    def points(self, *, account: str) -> Told:
        """Answer a member's points, and what there is for points; raise `Refusal` `member_unknown`."""

        def look(rules: Rulebook) -> Told:
            of = self._doing.account(account)
            return told_points(self._till, rules, of, self._redeeming.spendable(of))

        return self._doing.look(look)

    def redeem(self, *, account: str, reward: str, quantity: int = 1, confirmed: str = "", **who: str) -> Told:
        """Take points and give a reward; `confirmed` is how the cashier knew the member, of `CONFIRMED`.

        Raises `Refusal` `confirmation_missing`, and as `Redeeming.redeem` and `Doing.do`.
        """
        if confirmed not in CONFIRMED:
            raise Refusal("confirmation_missing")

        def work(rules: Rulebook, wish: Wish) -> Told:
            of, proof = self._doing.account(account), Proof(confirmed, assurance=PHONE)
            done = self._redeeming.redeem(rules, wish.by, wish.action_id, of, reward, quantity, proof=proof)
            told = {name: done.figure(name) for name in ("points_spent", "bonus_fen", "cash_fen")}
            return {**answered(done), **told}

        def cash(rules: Rulebook) -> int:
            return sum(each.value_fen * quantity for each in rules.redeem.rewards if each.id == reward)

        return self._doing.do(Who(**who), work, adjusts=cash)

    def redeem_back(self, *, number: str, goods_back: bool = False, **who: str) -> Told:
        """Take a reward back and give its points again; raise `Refusal` as `Redeeming.take_back` and `Doing.do`."""

        def work(_: Rulebook, wish: Wish) -> Answer:
            return self._redeeming.take_back(wish.by, wish.action_id, self._sale(number), goods_back=goods_back)

        return self._do(who, work)

    def _do(
        self,
        who: Mapping[str, str],
        work: Callable[[Rulebook, Wish], Answer],
        alert_fen: int = 0,
        adjusts: Callable[[Rulebook], int] | None = None,
    ) -> Told:
        return self._doing.do(Who(**who), lambda rules, wish: answered(work(rules, wish)), alert_fen, adjusts=adjusts)

    def _coupon(self, owner: AccountId, letters: str, action_id: ActionId) -> str:
        """Return the bucket that is meant, of an action that was done the one it ended; raise `coupon_not_here`."""
        before = self._doing.before(action_id)
        if before is None:
            names = [str(lot.bucket) for lot in self._till.book.lots(self._till.held(owner, ASSET))]
        else:
            ended = before.get("coupons")
            found = ended if isinstance(ended, list) else []
            names = [str(each["bucket"]) for each in found if isinstance(each, dict) and "bucket" in each]
        return one_of(names, letters, "coupon_not_here" if before is None else "action_conflict")

    def _card(self, number: str) -> AccountId:
        """Return the account of a card by the number printed on it; raise `Refusal` `card_unknown` and its like."""
        if not number:
            raise Refusal("card_unknown")
        return self._members.by_card(b"", number)

    def _sale(self, number: str) -> str:
        """Return the name of one of this till's entries by the number people call it by, and anything else as it is."""
        epoch, sign, seq = number.partition("-")
        if not sign or not is_count(epoch) or not is_count(seq):
            return number
        return f"{self._till.book.life().device}/{int(epoch)}/{int(seq)}"

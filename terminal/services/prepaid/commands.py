"""The verbs behind `terminal prepaid`: arguments and answers are JSON values, each called in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from terminal.base.ids import AccountId, ActionId, is_id
from terminal.rules.loyalty.growth import POINTS, VISITS
from terminal.rules.rulebook import Rulebook
from terminal.services.ask import Ask
from terminal.services.bills.asked import number as whole
from terminal.services.booked import Bill
from terminal.services.factors import Factors
from terminal.services.files.referrers import Referrers
from terminal.services.member_pins import PinHasher
from terminal.services.members import Members
from terminal.services.money import factors_alone
from terminal.services.prepaid.allowing import REFUND, Allow, by_points, by_rights, in_turn, whoever
from terminal.services.prepaid.buying import Paid
from terminal.services.prepaid.coupons import ASSET, Coupons
from terminal.services.prepaid.doing import BUYER, Doing, Who, answered, buyer_of, fen_of, one_of
from terminal.services.prepaid.gift_commands import GiftCommands
from terminal.services.prepaid.milestones import Milestones
from terminal.services.prepaid.pass_changes import TermsOf
from terminal.services.prepaid.pass_commands import PassCommands
from terminal.services.prepaid.pass_units import terms_from
from terminal.services.prepaid.points_commands import Allows, PointsCommands
from terminal.services.prepaid.referrals import Referrals
from terminal.services.prepaid.reviews import START, Reviews
from terminal.services.prepaid.telling import told_coupons, told_preview
from terminal.services.prepaid.till import Answer, Till
from terminal.services.prepaid.top_ups import Asks, TopUps
from terminal.services.rulebook import RuleStore
from terminal.services.shifts.asked import Wish
from terminal.services.shifts.rights import Rights
from terminal.services.shifts.signing import Signing

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wired:
    """What commands share with the counter: top-ups that are watched and print, and the terms passes are sold under.

    `factors` judge what members show (None: those of a till alone), `hasher` checks their PINs, `by_hand` judges what
    is given or taken by hand before it is booked, `taken_back` a reward that is taken back.
    """

    top_ups: TopUps
    terms_of: TermsOf
    factors: Factors | None = None
    hasher: PinHasher | None = None
    by_hand: Allow = whoever
    taken_back: Allow = whoever


def bare(till: Till) -> Wired:
    """Return the same for a till of its own: nothing is printed, and nobody watches."""

    def no_slip(_: Bill) -> int | None:
        return None

    referrals = Referrals(till, Referrers(till.database).of)
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
        self._doing = Doing(till, signing, rulebook, ask, printed)
        self._top_ups = made.top_ups
        rights = Rights(till.database, till.clock)
        allow = in_turn(by_rights(rights, rulebook), made.by_hand)
        back = by_points(in_turn(by_rights(rights, rulebook, REFUND), made.taken_back), rulebook)
        self._gifts = GiftCommands(till, members, self._doing, made.top_ups.watch)
        self._coupons = Coupons(till, allow, made.by_hand)
        self._reviews = Reviews(till, Milestones(till))
        factors = made.factors or factors_alone(till.database, till.book, till.clock)
        self._points = PointsCommands(till, self._doing, Allows(allow, back), factors, ask, made.hasher)
        self._passes = PassCommands(till, self._doing, made.terms_of, allow)

    def verbs(self) -> dict[str, Callable[..., Told]]:
        """Return the functions by the name a command calls them."""
        return {
            "prepaid_top_up_look": self.top_up_look,
            "prepaid_top_up": self.top_up,
            "prepaid_notices": self.notices,
            "prepaid_coupons": self.coupons,
            "prepaid_coupon_issue": self.coupon_issue,
            "prepaid_coupon_revoke": self.coupon_revoke,
            **self._points.verbs(),
            **self._gifts.verbs(),
            **self._passes.verbs(),
        }

    def top_up_look(self, *, account: str, fen: int, tender: str, **buyer: Any) -> Told:
        """Answer what a top-up by a `buyer` would give; raise `Refusal` as `TopUps.preview`."""

        def look(rules: Rulebook) -> Told:
            paid = Paid(tender, buyer_of(**buyer))
            of = self._doing.account(account)
            return told_preview(self._top_ups.preview(rules, of, fen_of(fen), paid=paid), rules)

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
        **said: Any,
    ) -> Told:
        """Take money of a buyer (`buyer_of`) for what was shown; an approver approves what the watch stops.

        Raises `Refusal` as `TopUps.top_up` and `Doing.do`.
        """
        buyer = {name: said.pop(name) for name in BUYER if name in said}

        def work(rules: Rulebook, wish: Wish) -> Told:
            paid = Paid(tender, buyer_of(**buyer), reference)
            done = self._top_ups.top_up(
                rules,
                wish.by,
                wish.action_id,
                self._doing.account(account),
                fen_of(fen),
                fen_of(bonus_fen),
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

        return self._doing.do(Who(**said), work)

    def notices(self, *, after: str = "") -> Told:
        """Answer the next `notices`: whose level falls at its review, by masked names; `last` begins the next slice.

        `missing` growth would keep it, in fen where it is counted in money (`in_money`).
        """

        def look(rules: Rulebook) -> Told:
            found, last = self._reviews.noticed(rules, AccountId(after) if is_id(after) else START)
            told = [
                {
                    "account": account,
                    "name": self._till.members.masked_name(account),
                    "level": notice.level,
                    "falls_to": notice.falls_to,
                    "missing": notice.missing,
                    "review_on": notice.review_on.isoformat(),
                }
                for account, notice in found
            ]
            return {"notices": told, "last": last, "in_money": rules.levels.growth not in {POINTS, VISITS}}

        return self._doing.look(look)

    def coupons(self, *, account: str) -> Told:
        """Answer a member's `coupons`; raise `Refusal` `member_unknown`."""
        return self._doing.look(
            lambda rules: {"coupons": told_coupons(self._till, rules, self._doing.account(account))}
        )

    def coupon_issue(self, *, account: str, template: str, count: int, reason: str = "", **who: str) -> Told:
        """Give a member coupons of a template; raise `Refusal` as `Coupons.issue` and `Doing.do`."""

        def work(rules: Rulebook, wish: Wish) -> Answer:
            to = self._doing.account(account)
            return self._coupons.issue(rules, wish.by, wish.action_id, to, template, whole(count), reason=reason)

        return self._do(who, work)

    def coupon_revoke(self, *, account: str, coupon: str, count: int, reason: str, **who: str) -> Told:
        """End coupons of a member before their time; raise `Refusal` as `Coupons.end` and `Doing.do`."""

        def work(rules: Rulebook, wish: Wish) -> Answer:
            owner = self._doing.account(account)
            bucket = self._coupon(owner, coupon, wish.action_id)
            return self._coupons.end(rules, wish.by, wish.action_id, owner, bucket, whole(count), reason=reason)

        return self._do(who, work)

    def _do(self, who: Mapping[str, str], work: Callable[[Rulebook, Wish], Answer]) -> Told:
        return self._doing.do(Who(**who), lambda rules, wish: answered(work(rules, wish)))

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

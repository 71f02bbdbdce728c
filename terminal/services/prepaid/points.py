"""Points taken for what the shop offers for them: goods, services, coupons, bonus, and cash where it allows that."""

from __future__ import annotations

import datetime as dt

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId
from terminal.ledger.book import request_digest
from terminal.ledger.draft import Draft, Lot
from terminal.rules import bucket, entry
from terminal.rules.canonical import Canonical
from terminal.rules.entry import Entry
from terminal.rules.loyalty.condition import Visit
from terminal.rules.loyalty.redeeming import BONUS, CASH, COUPON, GOODS, Redeemed, Taken, redeem
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.top_up import Gift
from terminal.services.bills.asks import Prove
from terminal.services.bills.values import NOTHING_SHOWN, Claim, Proof
from terminal.services.prepaid.after import balances
from terminal.services.prepaid.allowing import Allow, whoever
from terminal.services.prepaid.coupon_limits import CouponLimits
from terminal.services.prepaid.given import REWARD, GivenBook
from terminal.services.prepaid.rewards import Rewards, give
from terminal.services.prepaid.till import Answer, Till, answer_of
from terminal.services.prepaid.units import POINTS, RIGHT, create, make, take
from terminal.services.views import SignedIn

POINTS_OWED = "points_owed"
SALE_PARTS = 3  # device, epoch, seq
DIGITS_MAX = 18  # of a number the store can hold
_ENTRY = "SELECT bytes FROM entry WHERE life = (SELECT n FROM life WHERE device = ? AND epoch = ?) AND seq = ?"


def nothing_asked(_rules: Rulebook, _claim: Claim, _day: dt.date) -> dict[str, Canonical]:
    """Return no proof: nobody is asked for any."""
    return {}


def is_count(text: str) -> bool:
    """Tell whether a text is a whole number that the store can hold, in the digits 0 to 9."""
    return text.isascii() and text.isdecimal() and len(text) <= DIGITS_MAX


class Redeeming:
    """Rewards for points. `redeem` writes and is done by the dispatcher."""

    def __init__(
        self, till: Till, *, allow: Allow = whoever, prove: Prove = nothing_asked, back: Allow = whoever
    ) -> None:
        """Give rewards at a till; `allow` asks for the right to give cash, `prove` by what the member wants it.

        `back` asks for the right to take a reward back, by its points.
        """
        self._till = till
        self._allow = allow
        self._prove = prove
        self._back = back
        self._given = GivenBook(till.database)
        self._limits = CouponLimits(self._given)

    def spendable(self, account: AccountId) -> int:
        """Return the points a member may spend here now: held, good today, not on hold, less what is owed."""
        return self._spendable(account, self._till.book.today())

    def redeem(
        self,
        rules: Rulebook,
        staff: SignedIn,
        action_id: ActionId,
        account: AccountId,
        reward: str,
        quantity: int = 1,
        *,
        proof: Proof = NOTHING_SHOWN,
    ) -> Answer:
        """Take the points and give the reward, once for each `action_id`.

        Goods leave the stock (`stock`). Of points taken for goods, services and coupons a right to have them back is
        kept; points taken for bonus or cash are gone. Raises `Refusal` as `rules.loyalty.redeeming.redeem`,
        `member_unknown` and `account_closing`, as `prove`, for cash as `allow`, for coupons as `CouponLimits.check`.
        """
        asked: dict[str, Canonical] = {"account": account, "reward": reward, "quantity": quantity}
        request = request_digest({"do": "redeem", **asked})
        with self._till.database.write():
            if earlier := self._till.book.find(action_id, request):
                return answer_of(earlier)
            self._till.members.require(account)
            self._till.require_open(account)
            draft = self._till.begin(action_id, "redeem", request, staff, account)
            day = self._till.book.day_of(draft)
            level = self._till.standings.level(rules.levels, account, day)
            place = self._till.place()
            visit = Visit(self._till.local(draft), level, place.store, place.channel)
            got = redeem(
                rules.redeem, reward, quantity, self._spendable(account, day), visit, self._taken(draft, asked)
            )
            draft.payload |= self._prove(rules, Claim(account, got.value_fen, proof, redeems=True), day)
            if got.reward.kind == CASH:
                self._allow(staff, draft, got.value_fen)
            self._give(draft, rules, account, got)
            self._given.note(draft, day, (REWARD, reward), account, quantity)
            draft.payload |= balances(self._till, draft, account)
            return self._till.done(draft)

    def take_back(self, staff: SignedIn, action_id: ActionId, sale: str, *, goods_back: bool = False) -> Answer:
        """Give the points of a redemption back and take back what they bought, once for each `action_id`.

        `sale` names its entry; `goods_back` says that goods came back, which then are in stock again. Coupons must be
        unused. The points are those that were spent, with their own end. Raises `Refusal` `reward_not_returnable` where
        no right is left here that is still good, or what was given is no longer here and free, `reward_goods_missing`
        for goods that did not come back, `account_closing`, and as `back`.
        """
        asked: dict[str, Canonical] = {"sale": sale, "goods_back": int(goods_back)}
        request = request_digest({"do": "return_reward", **asked})
        with self._till.database.write():
            if earlier := self._till.book.find(action_id, request):
                return answer_of(earlier)
            made = self._redemption(sale)
            account = AccountId(str(made.payload["account"]))
            draft = self._till.begin(action_id, "return_reward", request, staff, account)
            draft.payload |= {"undoes": sale, "reward": made.payload["reward"], "versions": {}}
            self._return(draft, made, sale)
            if stock := _came_back(made):
                if not goods_back:
                    raise Refusal("reward_goods_missing")
                draft.payload["stock"] = stock
            self._back(staff, draft, int(str(made.payload["points_spent"])))
            draft.payload |= balances(self._till, draft, account)
            return self._till.done(draft)

    def _redemption(self, sale: str) -> Entry:
        parts = sale.split("/")
        row = None
        if len(parts) == SALE_PARTS and is_count(parts[1]) and is_count(parts[2]):
            row = self._till.database.row(_ENTRY, (parts[0], int(parts[1]), int(parts[2])))
        made = None if row is None else entry.from_bytes(row[0])
        if made is None or made.kind != "redeem":
            raise Refusal("reward_not_returnable")
        return made

    def _return(self, draft: Draft, made: Entry, sale: str) -> None:
        """Spend the rights and the coupons of a redemption and make its points again."""
        rights = self._till.book.lots(self._till.deeds.rights(sale))
        day = self._till.book.day_of(draft).isoformat()
        good = [right for right in rights if right.facts.spendable_on(day)]
        if sum(right.amount for right in good) != made.payload["points_spent"]:
            raise Refusal("reward_not_returnable")
        self._till.require_open(*(right.facts.owner for right in rights))
        for right in rights:
            draft.spend(right, right.amount)
            facts = bucket.from_facts(right.facts.attributes["target"])
            lot = self._till.book.lot_of(facts)
            if lot is None:
                make(draft, facts, right.amount)
            else:
                draft.add(lot, right.amount)
        given = {facts.lot for facts in made.buckets if facts.asset == COUPON}
        free = [
            lot for lot in self._till.free(AccountId(str(made.payload["account"])), COUPON) if lot.facts.lot in given
        ]
        if given and sum(lot.amount for lot in free) != made.payload["quantity"]:
            raise Refusal("reward_not_returnable")
        for lot in free:
            draft.spend(lot, lot.amount)

    def _taken(self, draft: Draft, asked: dict[str, Canonical]) -> Taken:
        account, what = AccountId(str(asked["account"])), (REWARD, str(asked["reward"]))
        today = self._given.of_member(what, account, self._till.book.day_of(draft))
        return Taken(self._given.of_member(what, account), today, self._given.of_all(what))

    def _spendable(self, account: AccountId, day: dt.date) -> int:
        held = sum(lot.amount for lot in self._good(account, day))
        return max(0, held - self._till.balance(account, POINTS_OWED))

    def _good(self, account: AccountId, day: dt.date) -> list[Lot]:
        return [lot for lot in self._till.free(account, POINTS) if lot.facts.spendable_on(day.isoformat())]

    def _give(self, draft: Draft, rules: Rulebook, account: AccountId, got: Redeemed) -> None:
        """Spend the points, make what is given, and note it."""
        day, reward = self._till.book.day_of(draft), got.reward
        taken = take(draft, self._good(account, day), got.points, day)
        why: dict[str, Canonical] = {"reward": reward.id, "rules_version": rules.redeem.version}
        noted: dict[str, Canonical] = {"reward": reward.id, "reward_kind": reward.kind, "quantity": got.quantity}
        noted |= {"points_spent": got.points, "bonus_fen": 0}
        if reward.kind == BONUS:
            # Bonus money, never principal: nothing of it was paid in.
            given = Rewards(bonus_fen=got.value_fen, bonus_last=got.expires_on, why=why)
            noted |= give(draft, self._till.book, rules, account, given)
        elif reward.kind == CASH:
            draft.debit("sales/adjust", got.value_fen)
            draft.credit("tender/cash", got.value_fen)
            noted["cash_fen"] = got.value_fen
        else:
            until = day + dt.timedelta(days=rules.purse.refund_window_days)
            self._rights(draft, taken, until)
        if reward.kind == COUPON:
            given = Rewards(coupons=(Gift(reward.what, got.quantity),), why=why)
            template = rules.coupon_template(reward.what)
            if template is not None:
                self._limits.check(template, account, day, got.quantity)
            noted |= give(draft, self._till.book, rules, account, given)
            self._limits.note(draft, day, account, noted)
        elif reward.kind == GOODS:
            noted["stock"] = [{"item": reward.what, "quantity": got.quantity}]
        draft.payload |= noted
        sections = ("redeem", "coupons") if reward.kind == COUPON else ("redeem",)
        draft.payload["versions"] = dict[str, Canonical](rules.noted(*sections))

    def _rights(self, draft: Draft, taken: list[tuple[Lot, int]], until: dt.date) -> None:
        for lot, amount in taken:
            attributes: dict[str, Canonical] = {"of": "redeem", "target": lot.facts.facts()}
            create(draft, RIGHT, lot.facts.owner, amount, attributes=attributes, good=(None, until))


def _came_back(made: Entry) -> list[Canonical]:
    """Return for the payload the goods that a redemption gave, as they come back into the stock."""
    stock = made.payload.get("stock")
    return [
        {"item": each["item"], "quantity": -int(str(each["quantity"]))}
        for each in (stock if isinstance(stock, list) else [])
        if isinstance(each, dict)
    ]

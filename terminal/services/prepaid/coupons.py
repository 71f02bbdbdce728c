"""Coupons given out by hand and ended by hand, within the limits of their template."""

from __future__ import annotations

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId
from terminal.base.money import FEN_MAX
from terminal.ledger.book import request_digest
from terminal.ledger.draft import Lot
from terminal.rules.canonical import Canonical
from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.prices.basket import EXCHANGE, TRIAL
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.top_up import Gift
from terminal.services.bills.typed import check_harmless
from terminal.services.bills.wallet import BY_HAND
from terminal.services.prepaid.allowing import Allow, whoever
from terminal.services.prepaid.coupon_limits import CouponLimits
from terminal.services.prepaid.given import GivenBook
from terminal.services.prepaid.rewards import issue
from terminal.services.prepaid.till import Answer, Till, answer_of
from terminal.services.views import SignedIn

ASSET = "coupon"
COUNT_MAX = 100
REASON_CHARS_MAX = 100
_ITEMS = "SELECT kind, category, code, price_fen FROM catalogue WHERE active = 1 AND price_fen IS NOT NULL"


class Coupons:
    """Coupons by hand. Used by the dispatcher."""

    def __init__(self, till: Till, allow: Allow = whoever, watch: Allow = whoever) -> None:
        """Issue and end coupons of members at this till; `allow` asks for the right to give them out.

        Taking one away needs no right, and is judged by `watch`.
        """
        self._till = till
        self._allow = allow
        self._watch = watch
        self._limits = CouponLimits(GivenBook(till.database))

    def issue(
        self,
        rules: Rulebook,
        staff: SignedIn,
        action_id: ActionId,
        account: AccountId,
        code: str,
        count: int = 1,
        *,
        reason: str = "",
    ) -> Answer:
        """Give a member so many coupons of a template, once for each `action_id`.

        Raises `Refusal` `member_unknown`, `account_closing`, `coupon_template_unknown`, `coupon_template_over` (both
        `template`), `coupon_count_bad` (most), `coupon_member_limit`, `coupon_day_limit`, `coupon_all_given` (each with
        `left`), `coupon_reason_long` (most), and as `allow` for what the coupons are worth.
        """
        asked: dict[str, Canonical] = {"account": account, "template": code, "count": count, "reason": reason}
        request = request_digest({"do": "issue_coupon", **asked})
        with self._till.database.write():
            if earlier := self._till.book.find(action_id, request):
                return answer_of(earlier)
            self._till.members.require(account)
            self._till.require_open(account)
            _check_asked(count, reason)
            template = rules.coupon_template(code)
            if template is None:
                raise Refusal("coupon_template_unknown", template=code)
            draft = self._till.begin(action_id, "issue_coupon", request, staff, account)
            day = self._till.book.day_of(draft)
            self._limits.check(template, account, day, count)
            self._allow(staff, draft, self._worth(template, count))
            noted = issue(draft, rules, account, Gift(code, count), {BY_HAND: 1}, day)
            draft.payload |= {"coupons": [noted], "reason": reason}
            draft.payload["versions"] = dict[str, Canonical](rules.noted("coupons"))
            self._limits.note(draft, day, account, draft.payload)
            return self._till.done(draft)

    def end(
        self,
        rules: Rulebook,
        staff: SignedIn,
        action_id: ActionId,
        account: AccountId,
        bucket: str,
        count: int,
        *,
        reason: str,
    ) -> Answer:
        """End so many coupons of a bucket before their time, once for each `action_id`.

        Raises `Refusal` `coupon_not_here` where this till does not hold them, `coupon_on_bill` where an open bill has
        them, `coupon_count_bad` (most), `coupon_reason_missing` or `coupon_reason_long` (most), and as `watch`.
        """
        asked: dict[str, Canonical] = {"account": account, "bucket": bucket, "count": count, "reason": reason}
        request = request_digest({"do": "end_coupon", **asked})
        with self._till.database.write():
            if earlier := self._till.book.find(action_id, request):
                return answer_of(earlier)
            _check_asked(count, reason)
            if not reason:
                raise Refusal("coupon_reason_missing")
            lot = self._lot(account, bucket)
            if count > lot.amount:
                raise Refusal("coupon_count_bad", most=lot.amount)
            draft = self._till.begin(action_id, "end_coupon", request, staff, account)
            template = str(lot.facts.attributes.get("template", ""))
            self._watch(staff, draft, self._worth(rules.coupon_template(template), count))
            draft.expire(lot, count)
            draft.payload |= {"coupons": [{"template": template, "count": -count, "bucket": bucket}], "reason": reason}
            draft.payload["versions"] = {}
            return self._till.done(draft)

    def _worth(self, template: CouponTemplate | None, count: int) -> int:
        """Return what coupons take off in fen, 0 where that hangs on the bill.

        One that stands for an item is worth the dearest that it can be used for; where the catalogue has none, the
        price is typed, and it is worth more than any limit.
        """
        if template is None:
            return 0
        if template.kind not in {EXCHANGE, TRIAL}:
            return (template.off_fen or 0) * count
        items = self._till.database.rows(_ITEMS)
        prices = [fen for kind, of, code, fen in items if template.scope.has(kind, of, code)]
        return max(prices) * count if prices else FEN_MAX

    def _lot(self, account: AccountId, bucket: str) -> Lot:
        """Return a coupon bucket with what of it is free."""
        free = next((lot for lot in self._till.free(account, ASSET) if lot.bucket == bucket), None)
        if free is not None:
            return free
        held = self._till.book.lots(self._till.held(account, ASSET))
        if any(lot.bucket == bucket for lot in held):
            raise Refusal("coupon_on_bill")
        raise Refusal("coupon_not_here")


def _check_asked(count: int, reason: str) -> None:
    if not 1 <= count <= COUNT_MAX:
        raise Refusal("coupon_count_bad", most=COUNT_MAX)
    if len(reason) > REASON_CHARS_MAX:
        raise Refusal("coupon_reason_long", most=REASON_CHARS_MAX)
    check_harmless(reason)

"""Coupons given out by hand and ended by hand, within the limits of their template."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId
from terminal.ledger.book import request_digest
from terminal.ledger.draft import Lot
from terminal.rules.canonical import Canonical
from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.top_up import Gift
from terminal.services.bills.typed import check_harmless
from terminal.services.bills.wallet import BY_HAND
from terminal.services.prepaid.allowing import Allow, whoever
from terminal.services.prepaid.given import COUPON, GivenBook
from terminal.services.prepaid.rewards import issue
from terminal.services.prepaid.till import Answer, Till, answer_of
from terminal.services.views import SignedIn

ASSET = "coupon"
COUNT_MAX = 100
REASON_CHARS_MAX = 100


@dataclass(frozen=True, slots=True)
class IssueLimits:
    """How many coupons of a template may be given out by hand: to one member, on one day to one member, and in all.

    None: no limit.
    """

    per_member: int | None = None
    per_day: int | None = None
    in_all: int | None = None


NO_LIMITS = IssueLimits()


def limits_of(template: CouponTemplate) -> IssueLimits:
    """Return the limits a template names, none where its release knows of none."""
    values = (getattr(template, name, None) for name in ("per_member", "per_member_day", "in_all"))
    return IssueLimits(*(value if type(value) is int else None for value in values))


class Coupons:
    """Coupons by hand. Used by the dispatcher."""

    def __init__(self, till: Till, allow: Allow = whoever, watch: Allow = whoever) -> None:
        """Issue and end coupons of members at this till; `allow` asks for the right to give them out.

        Taking one away needs no right, and is judged by `watch`.
        """
        self._till = till
        self._allow = allow
        self._watch = watch
        self._given = GivenBook(till.database)

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
        limits: IssueLimits | None = None,
    ) -> Answer:
        """Give a member so many coupons of a template, once for each `action_id`; None: the template's own limits.

        Raises `Refusal` `member_unknown`, `account_closing`, `coupon_template_unknown`, `coupon_template_over` (both
        `template`), `coupon_count_bad` (most), `coupon_member_limit`, `coupon_day_limit`, `coupon_all_given` (each with
        `left`), `coupon_reason_long` (most), and as `allow` for what the coupons are `worth`.
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
            self._check_limits(limits or limits_of(template), account, template, count)
            self._allow(staff, draft, worth(template, count))
            noted = issue(draft, rules, account, Gift(code, count), {BY_HAND: 1}, day)
            draft.payload |= {"coupons": [noted], "reason": reason}
            draft.payload["versions"] = dict[str, Canonical](rules.noted("coupons"))
            self._given.note(draft, day, (COUPON, code), account, count)
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
            self._watch(staff, draft, worth(rules.coupon_template(template), count))
            draft.expire(lot, count)
            draft.payload |= {"coupons": [{"template": template, "count": -count, "bucket": bucket}], "reason": reason}
            draft.payload["versions"] = {}
            return self._till.done(draft)

    def _lot(self, account: AccountId, bucket: str) -> Lot:
        """Return a coupon bucket with what of it is free."""
        free = next((lot for lot in self._till.free(account, ASSET) if lot.bucket == bucket), None)
        if free is not None:
            return free
        held = self._till.book.lots(self._till.held(account, ASSET))
        if any(lot.bucket == bucket for lot in held):
            raise Refusal("coupon_on_bill")
        raise Refusal("coupon_not_here")

    def _check_limits(self, limits: IssueLimits, account: AccountId, template: CouponTemplate, count: int) -> None:
        what, today = (COUPON, template.code), self._till.book.today()
        if (most := limits.per_member) is not None and (had := self._given.of_member(what, account)) + count > most:
            raise Refusal("coupon_member_limit", left=max(0, most - had))
        if (most := limits.per_day) is not None and (had := self._given.of_member(what, account, today)) + count > most:
            raise Refusal("coupon_day_limit", left=max(0, most - had))
        if (most := limits.in_all) is not None and (had := self._given.of_all(what)) + count > most:
            raise Refusal("coupon_all_given", left=max(0, most - had))


def worth(template: CouponTemplate | None, count: int) -> int:
    """Return what coupons take off in fen, 0 where that hangs on the bill."""
    return 0 if template is None else (template.off_fen or 0) * count


def _check_asked(count: int, reason: str) -> None:
    if not 1 <= count <= COUNT_MAX:
        raise Refusal("coupon_count_bad", most=COUNT_MAX)
    if len(reason) > REASON_CHARS_MAX:
        raise Refusal("coupon_reason_long", most=REASON_CHARS_MAX)
    check_harmless(reason)

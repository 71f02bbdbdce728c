"""How many coupons of a template may still be given out: its limits hold for every way of giving them."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.ledger.draft import Draft
from terminal.rules.bill_note import bill_number
from terminal.rules.canonical import Canonical
from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.top_up import Gift
from terminal.services.prepaid.given import COUPON, GivenBook

logger = logging.getLogger(__name__)

# Nobody's name goes into the log: the entry says who did not get them.
NOT_GIVEN = "coupons could not be given, %s: %s x%d, %s"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Coupons that are not given, and the code of why."""

    gift: Gift
    code: str

    def noted(self) -> dict[str, Canonical]:
        """Return what an entry notes of it."""
        return {"template": self.gift.code, "count": self.gift.count, "code": self.code}


class CouponLimits:
    """Counts coupons given out here, to files that were merged together; what writes is in its caller's transaction."""

    def __init__(self, given: GivenBook) -> None:
        """Count in `given`."""
        self._given = given

    def check(self, template: CouponTemplate, account: AccountId, day: dt.date, count: int) -> None:
        """Raise `Refusal` `coupon_member_limit`, `coupon_day_limit` or `coupon_all_given`, each with what is `left`."""
        for code, left in self._left(template, account, day):
            if count > left:
                raise Refusal(code, left=left)

    def within(
        self, rules: Rulebook, account: AccountId, day: dt.date, gifts: Sequence[Gift]
    ) -> tuple[tuple[Gift, ...], tuple[LeftOut, ...]]:
        """Return what of `gifts` a member may be given, and what is left out.

        Whether the shop still has a template is not looked at here.
        """
        good, gone, taken = list[Gift](), list[LeftOut](), dict[str, int]()
        for gift in gifts:
            template = rules.coupon_template(gift.code)
            limits = self._left(template, account, day) if template else []
            code, left = min(limits, key=lambda each: each[1], default=("", gift.count))
            count = min(gift.count, max(0, left - taken.get(gift.code, 0))) if limits else gift.count
            taken[gift.code] = taken.get(gift.code, 0) + count
            good += [Gift(gift.code, count)] if count else []
            gone += [LeftOut(Gift(gift.code, gift.count - count), code)] if count < gift.count else []
        return tuple(good), tuple(gone)

    def note(self, draft: Draft, day: dt.date, account: AccountId, noted: Mapping[str, Canonical]) -> None:
        """Count what `rewards.give` made for a member, as it `noted` it."""
        made = noted.get("coupons")
        for each in made if isinstance(made, list) else []:
            if isinstance(each, dict):
                what = (COUPON, str(each["template"]))
                self._given.note(draft, day, what, account, int(str(each["count"])))

    def _left(self, template: CouponTemplate, account: AccountId, day: dt.date) -> list[tuple[str, int]]:
        """Return by the code of each limit how many may still be given."""
        what, found = (COUPON, template.code), list[tuple[str, int]]()
        if template.per_member is not None:
            found.append(("coupon_member_limit", template.per_member - self._given.of_member(what, account)))
        if template.per_member_day is not None:
            found.append(("coupon_day_limit", template.per_member_day - self._given.of_member(what, account, day)))
        if template.in_all is not None:
            found.append(("coupon_all_given", template.in_all - self._given.of_all(what)))
        return [(code, max(0, left)) for code, left in found]


def say(draft: Draft, gone: Sequence[LeftOut]) -> None:
    """Say in the log what an entry does not give."""
    number = bill_number(draft.source.epoch, draft.source.seq)
    for each in gone:
        logger.warning(NOT_GIVEN, number, each.gift.code, each.gift.count, each.code)

"""Coupon templates: what the shop's coupons do, and the right that is issued from one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from terminal.rules.prices.basket import WHOLE_BP, Coupon
from terminal.rules.scope import EVERYBODY, EVERYTHING, Audience, Scope
from terminal.rules.when import ALWAYS, Window


@dataclass(frozen=True, slots=True)
class CouponTemplate:
    """What every coupon issued from it does (see `Coupon`), and how long one is good.

    A coupon is good for `valid_days` from the day of its issue on, that day being the first of them (None: no end),
    and in no case outside `first` to `last` (both good, None: open). At most so many are given out, in whatever way: to
    one member, to one member on a day, in all. Of its coupons a member uses at most `uses_a_day` on a business day;
    those that are not `transferable` go to no other member.
    """

    code: str
    kind: str
    name: str = ""
    rate_bp: int = WHOLE_BP
    off_fen: int = 0
    threshold_fen: int = 0
    on_line: bool = False
    alone: bool = False
    stack_group: str = ""
    scope: Scope = EVERYTHING
    audience: Audience = EVERYBODY
    window: Window = ALWAYS
    valid_days: int | None = None
    first: dt.date | None = None
    last: dt.date | None = None
    per_member: int | None = None
    per_member_day: int | None = None
    in_all: int | None = None
    uses_a_day: int | None = None
    transferable: bool = True

    def dates(self, issued_on: dt.date) -> tuple[dt.date, dt.date | None]:
        """Return the first and the last good day of a coupon issued on a day (no last: it has no end)."""
        first = max(issued_on, self.first) if self.first else issued_on
        ends = [self.last] if self.last else []
        if self.valid_days is not None:
            ends.append(issued_on + dt.timedelta(days=self.valid_days - 1))
        return first, min(ends, default=None)

    def coupon(self, coupon_id: str, first: dt.date | None = None, last: dt.date | None = None) -> Coupon:
        """Return the issued coupon of this id for the price engine, good on the days that were noted at its issue."""
        return Coupon(
            id=coupon_id,
            kind=self.kind,
            template=self.code,
            rate_bp=self.rate_bp,
            off_fen=self.off_fen,
            threshold_fen=self.threshold_fen,
            on_line=self.on_line,
            alone=self.alone,
            stack_group=self.stack_group,
            first=first,
            last=last,
            scope=self.scope,
            audience=self.audience,
            window=self.window,
        )

    def issued(self, coupon_id: str, on: dt.date) -> Coupon:
        """Return the coupon as it is issued on a day."""
        return self.coupon(coupon_id, *self.dates(on))

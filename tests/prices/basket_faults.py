"""Random bills made bad in one way or another: coupons that may not be used, and bills that may not be priced."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import replace

from terminal.rules.prices.basket import CASH, DISCOUNT, EXCHANGE, TRIAL, Basket, Coupon, Line, Use
from terminal.rules.scope import Audience, Scope
from terminal.rules.when import Window

MOST_FEN = 10**12

# --- Coupons ----------------------------------------------------------------------------------------------------------

CouponFault = Callable[[random.Random, Basket, Coupon], Coupon]


def _not_yet(_: random.Random, basket: Basket, coupon: Coupon) -> Coupon:
    return replace(coupon, first=basket.at.date() + dt.timedelta(days=1))


def _expired(_: random.Random, basket: Basket, coupon: Coupon) -> Coupon:
    return replace(coupon, last=basket.at.date() - dt.timedelta(days=1))


def _wrong_time(chance: random.Random, basket: Basket, coupon: Coupon) -> Coupon:
    minute = basket.at.hour * 60 + basket.at.minute
    other_days = frozenset(range(1, 8)) - {basket.at.isoweekday()}
    windows = (Window(weekdays=other_days), Window(last=basket.at.date() - dt.timedelta(days=1)))
    later = Window(from_minute=minute + 1) if minute < 1439 else windows[0]
    return replace(coupon, window=chance.choice((*windows, later)))


def _wrong_level(_: random.Random, basket: Basket, coupon: Coupon) -> Coupon:
    return replace(coupon, audience=replace(coupon.audience, levels=frozenset({"gold", "silver"} - {basket.level})))


def _wrong_store(_: random.Random, basket: Basket, coupon: Coupon) -> Coupon:
    return replace(coupon, audience=replace(coupon.audience, stores=frozenset({"east", "west"} - {basket.store})))


def _wrong_channel(_: random.Random, basket: Basket, coupon: Coupon) -> Coupon:
    return replace(coupon, audience=replace(coupon.audience, channels=frozenset({"kiosk", "app"} - {basket.channel})))


def _wrong_audience(_: random.Random, __: Basket, coupon: Coupon) -> Coupon:
    nobody = frozenset({"nobody"})
    return replace(coupon, audience=Audience(nobody, nobody, nobody))


def _no_item(_: random.Random, __: Basket, coupon: Coupon) -> Coupon:
    return replace(coupon, scope=Scope(items=frozenset({"perm"})))


def _no_gain(_: random.Random, __: Basket, coupon: Coupon) -> Coupon:
    return replace(coupon, rate_bp=10_000, off_fen=0)


def _alone(_: random.Random, __: Basket, coupon: Coupon) -> Coupon:
    return replace(coupon, alone=True)


def _threshold(chance: random.Random, _: Basket, coupon: Coupon) -> Coupon:
    return replace(coupon, threshold_fen=coupon.threshold_fen + chance.choice((1, 100, 100_000_00)))


COUPON_FAULTS: tuple[CouponFault, ...] = (
    _not_yet,
    _expired,
    _wrong_time,
    _wrong_level,
    _wrong_store,
    _wrong_channel,
    _wrong_audience,
    _no_item,
    _no_gain,
    _alone,
    _threshold,
)

# --- The way they are used --------------------------------------------------------------------------------------------

UsesFault = Callable[[random.Random, Basket, list[Use]], list[Use]]


def _twice(chance: random.Random, basket: Basket, uses: list[Use]) -> list[Use]:
    use = chance.choice(uses)
    return [*uses, replace(use, line=chance.choice((use.line, chance.randrange(len(basket.lines)))))]


def _wrong_use(chance: random.Random, basket: Basket, uses: list[Use]) -> list[Use]:
    place = chance.randrange(len(uses))
    lines = len(basket.lines)
    sessions = [line for line in range(lines) if basket.lines[line].session]
    wrong = chance.choice((None, -1, lines, lines + 7, *sessions)) if uses[place].coupon.for_line else 0
    return [*uses[:place], replace(uses[place], line=wrong), *uses[place + 1 :]]


def _line_taken(chance: random.Random, basket: Basket, uses: list[Use]) -> list[Use]:
    place = chance.randrange(len(basket.lines))
    more = Coupon(f"c{chance.randrange(10_000)}", DISCOUNT, rate_bp=chance.choice((0, 5_000, 9_000)), on_line=True)
    return [*uses, Use(more, place), Use(replace(more, id="c-more", kind=chance.choice((DISCOUNT, TRIAL))), place)]


def _one_only(chance: random.Random, basket: Basket, uses: list[Use]) -> list[Use]:
    taken = {use.line for use in uses}
    several = [place for place, line in enumerate(basket.lines) if line.quantity > 1 and place not in taken]
    free = Coupon("c-free", chance.choice((EXCHANGE, TRIAL)))
    return [*uses, Use(free, chance.choice(several or range(len(basket.lines))))]


def _together(chance: random.Random, _: Basket, uses: list[Use]) -> list[Use]:
    groups = chance.choice((("", ""), ("a", "b"), ("", "b")))
    return [
        *uses,
        *(Use(Coupon(f"c-cash{group}{n}", CASH, off_fen=3, stack_group=group)) for n, group in enumerate(groups)),
    ]


def _all_alone(_: random.Random, __: Basket, uses: list[Use]) -> list[Use]:
    return [replace(use, coupon=replace(use.coupon, alone=True, threshold_fen=0)) for use in uses]


USES_FAULTS: tuple[UsesFault, ...] = (_twice, _wrong_use, _line_taken, _one_only, _together, _all_alone)


def spoil(chance: random.Random, basket: Basket, uses: list[Use]) -> list[Use]:
    """Return the coupons with one thing wrong with one of them, or with how they are used together."""
    fault = chance.randrange(len(COUPON_FAULTS) + len(USES_FAULTS))
    if not uses:
        return uses
    if fault >= len(COUPON_FAULTS):
        return USES_FAULTS[fault - len(COUPON_FAULTS)](chance, basket, uses)
    place = chance.randrange(len(uses))
    bad = COUPON_FAULTS[fault](chance, basket, uses[place].coupon)
    return [*uses[:place], replace(uses[place], coupon=bad), *uses[place + 1 :]]


# --- Bills ------------------------------------------------------------------------------------------------------------


def bad_basket(chance: random.Random, basket: Basket) -> Basket:
    """Return the bill with one thing about it that no bill may have."""
    line = basket.lines[0]
    plain = Line("cut", "service", "hair", 1_00)
    bad = chance.choice(
        (
            (),
            (replace(line, quantity=chance.choice((0, -1, 10_000))), *basket.lines[1:]),
            (replace(line, list_fen=-1), *basket.lines[1:]),
            (replace(line, list_fen=MOST_FEN + 1, quantity=1), *basket.lines[1:]),
            (replace(line, list_fen=MOST_FEN, quantity=1), replace(plain, list_fen=1)),
            (replace(line, list_fen=MOST_FEN // 2 + 1, quantity=2),),
            (plain,) * chance.choice((201, 300)),
        )
    )
    return replace(basket, lines=bad)

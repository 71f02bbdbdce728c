"""Random bills to price: every rule, every kind of coupon, sums just reached and just missed, and what is refused."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from terminal.rules.prices.basket import (
    BEST_OF,
    BOTH,
    CASH,
    DISCOUNT,
    EXCHANGE,
    THRESHOLD,
    TRIAL,
    Basket,
    BillPromotion,
    Coupon,
    LevelPrice,
    Line,
    LinePromotion,
    PointsOffset,
    PriceRules,
    Use,
)
from terminal.rules.scope import EVERYBODY, EVERYTHING, Audience, Scope
from terminal.rules.when import ALWAYS, Window
from tests.prices.basket_edges import at_the_edge_of_bills, at_the_edge_of_lines, own_and_left
from tests.prices.basket_faults import bad_basket, spoil

ITEMS = (
    ("cut", "service", "hair"),
    ("dye", "service", "hair"),
    ("nails", "service", "hand"),
    ("massage", "service", "body"),
    ("shampoo", "product", "hair"),
    ("oil", "product", "body"),
    ("voucher", "product", "gift"),
)
KINDS, CATEGORIES = ("service", "product", "fee"), ("hair", "hand", "body", "gift")
LEVELS, STORES, CHANNELS = ("silver", "gold", "diamond"), ("east", "west"), ("counter", "kiosk", "app")
RATES_BP = (0, 1, 3_333, 5_000, 8_000, 8_800, 9_500, 9_999, 10_000)
MINUTES = (0, 1, 119, 120, 599, 600, 719, 720, 1319, 1320, 1439)
MOST_FEN = 10**12

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Case:
    """What the price of a bill is asked with."""

    basket: Basket
    rules: PriceRules
    uses: tuple[Use, ...] = ()
    points_offered: int = 0


def case_of(seed: int | str, number: int) -> Case:
    """Return one case of a seed."""
    return draw(random.Random(f"{seed} {number}"))


def draw(chance: random.Random) -> Case:
    """Draw a case; of about half of them nothing is refused."""
    careful = chance.random() < 0.45
    basket = draw_basket(chance)
    rules = draw_rules(chance, basket)
    lines = _line_uses(chance, basket)
    rules, lines = at_the_edge_of_lines(chance, basket, rules, lines)
    bills = at_the_edge_of_bills(chance, basket, rules, lines, _bill_uses(chance, basket))
    uses = [*lines, *bills]
    chance.shuffle(uses)
    case = Case(basket, rules, tuple(uses), _points(chance, rules.offset))
    return _without_refused(chance, case) if careful else _spoilt(chance, case)


def _spoilt(chance: random.Random, case: Case) -> Case:
    """Return the case with something wrong with its coupons, its bill or its points."""
    if chance.random() < 0.15:
        return replace(case, basket=bad_basket(chance, case.basket))
    if chance.random() < 0.03:
        return replace(case, points_offered=-1)
    uses = list(case.uses)
    for _ in range(chance.choice((1, 1, 1, 2))):
        uses = spoil(chance, case.basket, uses)
    chance.shuffle(uses)
    return replace(case, uses=tuple(uses))


def _without_refused(chance: random.Random, case: Case) -> Case:
    """Return the case without so many of its coupons that none is refused."""
    while case.uses and own_and_left(case.basket, case.rules, case.uses) is None:
        gone = chance.randrange(len(case.uses))
        case = replace(case, uses=case.uses[:gone] + case.uses[gone + 1 :])
    return case


# --- Lines ------------------------------------------------------------------------------------------------------------


def draw_basket(chance: random.Random) -> Basket:
    """Draw a good bill with its time, store, channel and level."""
    count = chance.choice((1, 1, 2, 2, 3, 3, 4, 5, 6))
    if chance.random() < 0.004:
        count = chance.choice((40, 200))
    day = dt.datetime(2026, 11, 16) + dt.timedelta(days=chance.randrange(14))  # noqa: DTZ001 - the shop's civil time
    at = day + dt.timedelta(minutes=chance.choice((*MINUTES, chance.randrange(1440))))
    level = chance.choice(("", "gold", "gold", *LEVELS))
    return Basket(_lines(chance, count), at, level, chance.choice(STORES), chance.choice(CHANNELS))


def _lines(chance: random.Random, count: int) -> tuple[Line, ...]:
    most = chance.choice((3, 30, 1_000, 100_000, 100_000, MOST_FEN // count // 5))
    whole = chance.choice((1, 1, 10, 100)) if most >= 1_000 else 1
    lines = [_line(chance, most, whole) for _ in range(count)]
    if chance.random() < 0.01:  # together exactly as much as a bill may be
        others = sum(line.list_fen * line.quantity for line in lines[1:])
        lines[0] = replace(lines[0], list_fen=MOST_FEN - others, quantity=1)
    return tuple(lines)


def _line(chance: random.Random, most: int, whole: int) -> Line:
    item, kind, category = chance.choice(ITEMS)
    list_fen = 0 if chance.random() < 0.05 else chance.randrange(1, most + 1) // whole * whole
    quantity = chance.choice((1, 1, 1, 1, 2, 3, 5))
    if chance.random() < 0.005:
        list_fen, quantity = chance.randrange(100), 9_999
    return Line(item, kind, category, list_fen, quantity, session=chance.random() < 0.08)


# --- Rules ------------------------------------------------------------------------------------------------------------


def draw_rules(chance: random.Random, basket: Basket) -> PriceRules:
    """Draw rules; many of them fit the bill."""
    offset = PointsOffset()
    if chance.random() < 0.4:
        most_bp = chance.choice((0, 1_000, 3_333, 10_000))
        offset = PointsOffset(chance.choice((1, 10, 50, 100)), chance.choice((1, 7, 50, 1_00)), most_bp)
    return PriceRules(
        version=chance.randrange(3),
        line_mode=chance.choice((BEST_OF, BEST_OF, BOTH)),
        levels=tuple(
            LevelPrice(chance.choice((basket.level, *LEVELS)), _rate(chance), _scope(chance))
            for _ in range(chance.choice((0, 1, 2, 2, 4)))
        ),
        line_promotions=tuple(
            _line_promotion(chance, basket, f"promo{number}") for number in range(chance.choice((0, 0, 1, 2, 3)))
        ),
        bill_promotions=tuple(
            BillPromotion(f"bill{number}", 0, 0, chance.random() < 0.4, _scope(chance), *_for_and_when(chance, basket))
            for number in range(chance.choice((0, 0, 1, 2, 3)))
        ),
        offset=offset,
        round_off_unit_fen=chance.choice((1, 1, 10, 100)),
    )


def _line_promotion(chance: random.Random, basket: Basket, name: str) -> LinePromotion:
    price_fen = None
    if chance.random() < 0.4:
        price_fen = max(0, chance.choice(basket.lines).list_fen * chance.randrange(11) // 10 - chance.randrange(2))
    return LinePromotion(name, _rate(chance), price_fen, _scope(chance), *_for_and_when(chance, basket))


def _rate(chance: random.Random) -> int:
    return chance.choice((*RATES_BP, chance.randrange(10_001), chance.randrange(7_000, 10_000)))


def _scope(chance: random.Random) -> Scope:
    parts: list[frozenset[str]] = []
    for names in (KINDS, CATEGORIES, tuple(item for item, _, _ in ITEMS)):
        some = chance.random() < 0.25
        parts.append(frozenset(chance.sample(names, chance.choice((1, 1, 2)))) if some else frozenset())
    return Scope(*parts)


def _for_and_when(chance: random.Random, basket: Basket) -> tuple[Audience, Window]:
    return _audience(chance, basket), _window(chance, basket.at)


def _audience(chance: random.Random, basket: Basket) -> Audience:
    parts: list[frozenset[str]] = []
    for own, names in ((basket.level, LEVELS), (basket.store, STORES), (basket.channel, CHANNELS)):
        some = chance.random() < 0.15
        parts.append(frozenset({chance.choice((own or names[0], own or names[0], *names))}) if some else frozenset())
    return Audience(*parts)


def _window(chance: random.Random, at: dt.datetime) -> Window:
    if chance.random() < 0.6:
        return ALWAYS
    near = [at.date() + dt.timedelta(days=days) for days in (-2, -1, 0, 0, 1)]
    minute = at.hour * 60 + at.minute
    return Window(
        first=chance.choice((None, *near)),
        last=chance.choice((None, *(at.date() + dt.timedelta(days=days) for days in (-1, 0, 0, 1, 2)))),
        weekdays=frozenset(chance.sample(range(1, 8), chance.choice((3, 6, 7, 7)))),
        from_minute=chance.choice((0, 0, minute, *MINUTES)),
        to_minute=chance.choice((1440, 1440, minute + 1, minute, *MINUTES)),
    )


def _points(chance: random.Random, offset: PointsOffset) -> int:
    steps = chance.choice((0, 0, 0, 1, 7, 1_000_000, chance.randrange(500)))
    return max(0, steps * offset.step - chance.choice((0, 1)))


# --- Coupons that fit -------------------------------------------------------------------------------------------------


def _fitting(drawn: Callable[[], T], fits: Callable[[T], bool], otherwise: T) -> T:
    """Return the first of some drawn values that fits."""
    return next((value for value in (drawn() for _ in range(6)) if fits(value)), otherwise)


def coupon_for(chance: random.Random, basket: Basket, kind: str, lines: Sequence[Line], *, on_line: bool) -> Coupon:
    """Draw a coupon that may be used on this bill, and has one of these lines."""
    day = basket.at.date()
    return Coupon(
        id=f"c{chance.randrange(10_000)}",
        kind=kind,
        template=chance.choice(("", "welcome")),
        rate_bp=_rate(chance) if kind == DISCOUNT else 10_000,
        on_line=on_line,
        alone=chance.random() < 0.2,
        stack_group=chance.choice(("", "a", "a", "a")),
        first=chance.choice((None, day, day - dt.timedelta(days=1))),
        last=chance.choice((None, day, day + dt.timedelta(days=1))),
        scope=_fitting(
            lambda: _scope(chance),
            lambda scope: any(scope.has(line.kind, line.category, line.item) for line in lines),
            EVERYTHING,
        ),
        audience=_fitting(
            lambda: _audience(chance, basket),
            lambda audience: audience.has(basket.level, basket.store, basket.channel),
            EVERYBODY,
        ),
        window=_fitting(lambda: _window(chance, basket.at), lambda window: window.holds(basket.at), ALWAYS),
    )


def _line_uses(chance: random.Random, basket: Basket) -> list[Use]:
    uses: list[Use] = []
    for place, line in enumerate(basket.lines[:20]):
        if line.session or chance.random() < 0.75:
            continue
        kind = chance.choice((DISCOUNT, DISCOUNT, EXCHANGE, TRIAL) if line.quantity == 1 else (DISCOUNT,))
        uses.append(Use(coupon_for(chance, basket, kind, [line], on_line=kind == DISCOUNT), place))
    return uses


def _bill_uses(chance: random.Random, basket: Basket) -> list[Use]:
    lines = [line for line in basket.lines if not line.session]
    count = chance.choice((0, 0, 1, 1, 2, 3)) if lines else 0
    kinds = [chance.choice((DISCOUNT, THRESHOLD, CASH)) for _ in range(count)]
    return [Use(coupon_for(chance, basket, kind, lines, on_line=False)) for kind in kinds]

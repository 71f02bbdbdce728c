"""What is wrong with a whole rulebook: the mistakes of each section, and what one section names and no other has."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from terminal.rules.catalogue import Item
from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.loyalty import clawback, levels, points, redeeming, referral
from terminal.rules.loyalty.growth import Milestone
from terminal.rules.media import factors, fees
from terminal.rules.member import profile
from terminal.rules.mistake import Found, Mistake, below, each_of, number, twice, wrong
from terminal.rules.passes import imported, terms
from terminal.rules.pay import commission, performance
from terminal.rules.prices import checks
from terminal.rules.prices.basket import LevelPrice
from terminal.rules.refunds import payout, prepayment
from terminal.rules.rulebook import Rulebook
from terminal.rules.scope import Audience, Scope
from terminal.rules.till import anomaly, roles
from terminal.rules.value import limits, spending, top_up, top_up_mistakes, voids

VALID_DAYS_MAX = 36_500
COUPONS_MAX = 1_000_000
REFUND_WINDOW_DAYS_MAX = 3_650
# What a rule may name of something else: a level, a coupon template, a pass, an item, a category of items.
LEVELS, COUPONS, PASSES, ITEMS, CATEGORIES = NAMED = ("levels", "coupons", "passes", "items", "categories")


def mistakes(book: Rulebook, items: Sequence[Item] = (), unsure: Collection[str] = ()) -> list[Mistake]:
    """Return everything that is wrong with a rulebook for a shop with these items, at the sections' names.

    `unsure` are sections (and `items`) that could not be read: what names their parts is not held against them.
    """
    found = [each for section, of in _SECTIONS.items() for each in below(section, of(book))]
    known: dict[str, Collection[str]] = {
        LEVELS: {level.code for level in book.levels.levels},
        COUPONS: {template.code for template in book.coupons},
        PASSES: {each.code for each in book.passes},
        ITEMS: {item.code for item in items},
        CATEGORIES: {item.category for item in items if item.category},
    }
    for key, what, name in _names(book):
        source = ITEMS if what == CATEGORIES else what
        if source not in unsure and name and name not in known[what]:
            found.append(wrong(key, "setup_unknown", name=name))
    return found


def _of_coupons(book: Rulebook) -> Found:
    yield from twice("", [template.code for template in book.coupons])
    yield from each_of("", book.coupons, _of_template)


def _of_template(template: CouponTemplate) -> Found:
    # The id is that of an issued coupon.
    found = checks.coupon_mistakes(template.coupon("template", template.first, template.last))
    yield from found
    yield from number("valid_days", template.valid_days, VALID_DAYS_MAX, least=1)
    for name in ("per_member", "per_member_day", "in_all", "uses_a_day"):
        yield from number(name, getattr(template, name), COUPONS_MAX, least=1)


def _of_passes(book: Rulebook) -> Found:
    yield from twice("", [each.code for each in book.passes if each.code])
    yield from each_of("", book.passes, terms.mistakes)
    yield from imported.name_mistakes(book.passes)


def _of_purse(book: Rulebook) -> Found:
    purse = book.purse
    yield from spending.mistakes(purse.spend_order)
    yield from number("refund_window_days", purse.refund_window_days, REFUND_WINDOW_DAYS_MAX)
    yield from voids.mistakes(purse.void_reach)
    yield from _coded(factors.mistakes(purse.factors))


def _of_region(book: Rulebook) -> Found:
    if not _is_known(book.region):
        yield wrong("", "setup_region", found=repr(book.region), known=", ".join(limits.LIMITS))


def _is_known(region: str) -> bool:
    return region.partition("-")[0] in limits.LIMITS


def _of_refunds(book: Rulebook) -> Found:
    yield from prepayment.mistakes(book.refunds, book.purse.spend_order)
    if _is_known(book.region):
        yield from limits.setting_mistakes(book.region, _FAR, book.refunds.cooling_off_days)


def _of_top_up(book: Rulebook) -> Found:
    yield from top_up_mistakes.mistakes(book.top_up)
    if not _is_known(book.region):
        return
    rules, law = book.top_up, limits.limits_on(book.region, _FAR, individual=book.purse.individual)
    for fen in rules.listed_fen:
        yield from limits.amount_mistakes(law, "listed_fen", fen)
    if rules.free:
        yield from limits.amount_mistakes(law, "least_fen", rules.least_fen)
    for place, offer in enumerate(rules.offers):
        for row, tier in enumerate(offer.tiers):
            yield from limits.amount_mistakes(law, f"offers[{place}].tiers[{row}].paid_fen", tier.paid_fen)


# A set-up holds until the next one: the law that is known to come is the one it has to meet.
_FAR = dt.date(2100, 1, 1)


def _coded(found: Iterable[tuple[str, str]]) -> Found:
    """Give as mistakes what says only the key and the code."""
    yield from (Mistake(key, code) for key, code in found)


def _of_fields(book: Rulebook) -> Found:
    for key, code in profile.mistakes(book.member_fields):
        yield Mistake("" if key == "fields" else f"[{key}]", code)


_SECTIONS: Mapping[str, Callable[[Rulebook], Iterable[Mistake]]] = MappingProxyType(
    {
        "region": _of_region,
        "levels": lambda book: levels.mistakes(book.levels),
        "prices": lambda book: checks.mistakes(book.prices),
        "coupons": _of_coupons,
        "passes": _of_passes,
        "top_up": _of_top_up,
        "purse": _of_purse,
        "points": lambda book: points.mistakes(book.points),
        "points_clawback": lambda book: (
            dataclasses.replace(each, key="") for each in clawback.mistakes(book.points_clawback)
        ),
        "redeem": lambda book: redeeming.mistakes(book.redeem),
        "referral": lambda book: referral.mistakes(book.referral),
        "refunds": _of_refunds,
        "payout": lambda book: payout.mistakes(book.payout),
        "media": lambda book: _coded(fees.mistakes(book.media)),
        "member_fields": _of_fields,
        "roles": lambda book: roles.mistakes(book.roles),
        "commission": lambda book: commission.mistakes(book.commission),
        "tiers": lambda book: performance.mistakes(book.tiers) if book.tiers else (),
        "anomalies": lambda book: anomaly.mistakes(book.anomalies),
    }
)


def _names(book: Rulebook) -> Iterator[tuple[str, str, str]]:
    """Give everything a rule names: its key, what it is (of `NAMED`), and the name."""
    for key, value in _parts("", book):
        if isinstance(value, Audience):
            yield from ((f"{key}.levels", LEVELS, name) for name in sorted(value.levels))
        elif isinstance(value, Scope):
            yield from ((f"{key}.items", ITEMS, name) for name in sorted(value.items))
            yield from ((f"{key}.categories", CATEGORIES, name) for name in sorted(value.categories))
        elif isinstance(value, (LevelPrice, top_up.LevelGift)):
            yield f"{key}.level", LEVELS, value.level
        elif isinstance(value, terms.PassPart):
            yield from ((f"{key}.items", ITEMS, name) for name in sorted(value.items))
        else:
            yield from _given(key, value)


def _given(key: str, value: object) -> Iterator[tuple[str, str, str]]:
    """Give what a rule that rewards gives."""
    if isinstance(value, top_up.Tier):
        yield from ((f"{key}.coupons", COUPONS, gift.code) for gift in value.coupons)
        yield from ((f"{key}.passes", PASSES, gift.code) for gift in value.passes)
    elif isinstance(value, Milestone):
        yield from ((f"{key}.coupons", COUPONS, name) for name in value.coupons)
        yield f"{key}.pass_code", PASSES, value.pass_code
    elif isinstance(value, referral.ReferralReward):
        yield from ((f"{key}.coupons", COUPONS, gift.code) for gift in value.coupons)
    elif isinstance(value, redeeming.Reward) and value.kind in redeeming.THINGS:
        yield f"{key}.what", COUPONS if value.kind == redeeming.COUPON else ITEMS, value.what


def _parts(key: str, value: object) -> Iterator[tuple[str, object]]:
    """Give every value of ours in a rule with its key, itself first."""
    if dataclasses.is_dataclass(value):
        yield key, value
        for field in dataclasses.fields(value):
            yield from _parts(f"{key}.{field.name}" if key else field.name, getattr(value, field.name))
    elif isinstance(value, tuple):
        for place, part in enumerate(value):
            yield from _parts(f"{key}[{place}]", part)

"""What a top-up grants: which of the shop's offers applies to it, and the rewards of the tiers it reaches."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from terminal.base.errors import Refusal
from terminal.base.money import FEN_MAX
from terminal.rules.scope import EVERYBODY, Audience
from terminal.rules.split import at_rate
from terminal.rules.value.releases import AT_ONCE, Release
from terminal.rules.when import ALWAYS, Window, add_months

HIGHEST_ONCE, EACH_MULTIPLE, SUM_ALL = "highest_once", "each_multiple", "sum_all"
MODES = (HIGHEST_ONCE, EACH_MULTIPLE, SUM_ALL)


@dataclass(frozen=True, slots=True)
class Gift:
    """So many coupons of a template, or passes of a catalogue code."""

    code: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class LevelGift:
    """A member level for so many months."""

    level: str
    months: int

    def until(self, day: dt.date) -> dt.date:
        """Return the last day of the level where it is given on `day`."""
        return add_months(day, self.months)


@dataclass(frozen=True, slots=True)
class Tier:
    """What is given from `paid_fen` on: `bonus_fen`, `bonus_rate_bp` of the money that counts, and more.

    The money that counts is what was paid; with EACH_MULTIPLE only the whole multiples of `paid_fen` in it.
    """

    paid_fen: int
    bonus_fen: int = 0
    bonus_rate_bp: int = 0
    points: int = 0
    coupons: tuple[Gift, ...] = ()
    passes: tuple[Gift, ...] = ()
    level: LevelGift | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer of the shop: tiers, how they count, and for whom, when and how often it is.

    HIGHEST_ONCE gives the highest tier reached, once; EACH_MULTIPLE gives it as often as it was paid (a level only
    once); SUM_ALL gives every tier reached (a level: the one of the highest tier that has one). `times_per_member` 0 is
    without limit. `priority` decides between offers, the higher one first.
    """

    id: str
    tiers: tuple[Tier, ...]
    mode: str = HIGHEST_ONCE
    priority: int = 0
    audience: Audience = EVERYBODY
    window: Window = ALWAYS
    first_only: bool = False
    times_per_member: int = 0
    release: Release = AT_ONCE


@dataclass(frozen=True, slots=True)
class TopUpRules:
    """The shop's offers, and which amounts it takes: the listed ones, and where `free` any from least to most.

    `version` is noted in every entry that used the rules.
    """

    version: int = 0
    offers: tuple[Offer, ...] = ()
    least_fen: int = 1
    most_fen: int = FEN_MAX
    listed_fen: tuple[int, ...] = ()
    free: bool = True


@dataclass(frozen=True, slots=True)
class TopUpBy:
    """Who tops up, where and when (civil time of the shop).

    `first`: it is the member's first one. `used` tells how often the member had each offer, by its id; both as far as
    this till knows, which off-line may be less than the truth.
    """

    at: dt.datetime
    level: str = ""
    store: str = ""
    channel: str = "counter"
    first: bool = False
    used: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a top-up is given: the offer's id (empty: none applied), the version of the rules, and the rewards.

    Coupons and passes are named once each, in the order of the tiers; `release` says how the bonus opens.
    """

    offer: str
    version: int
    bonus_fen: int = 0
    points: int = 0
    coupons: tuple[Gift, ...] = ()
    passes: tuple[Gift, ...] = ()
    level: LevelGift | None = None
    release: Release = AT_ONCE


def grant(rules: TopUpRules, paid_fen: int, by: TopUpBy) -> Grant:
    """Return what a top-up of `paid_fen` is given; where no offer applies, nothing.

    Of the offers that fit who, where, when and how often, and of which it reaches a tier, the one with the highest
    priority applies, alone; of equal ones (which `mistakes` finds) the one that comes first. Raises `Refusal`
    `top_up_range` or `top_up_not_listed` for an amount the shop does not take.
    """
    check_amount(rules, paid_fen)
    fitting = [offer for offer in rules.offers if _fits(offer, by) and reached(offer, paid_fen)]
    if not fitting:
        return Grant("", rules.version)
    return reward(max(fitting, key=lambda offer: offer.priority), paid_fen, rules.version)


def check_amount(rules: TopUpRules, paid_fen: int) -> None:
    """Raise `Refusal` for an amount the shop does not take.

    It is `top_up_range` (least_fen, most_fen) where any amount between is taken, else `top_up_not_listed`, with the
    listed amount nearest to it (nearest_fen; of two the smaller).
    """
    if paid_fen > 0 and paid_fen in rules.listed_fen:
        return
    if rules.free:
        if paid_fen <= 0 or not rules.least_fen <= paid_fen <= rules.most_fen:
            raise Refusal("top_up_range", least_fen=rules.least_fen, most_fen=rules.most_fen)
        return
    nearest_fen = min(rules.listed_fen, key=lambda fen: (abs(fen - paid_fen), fen), default=0)
    raise Refusal("top_up_not_listed", nearest_fen=nearest_fen)


def _fits(offer: Offer, by: TopUpBy) -> bool:
    if offer.first_only and not by.first:
        return False
    if offer.times_per_member and by.used.get(offer.id, 0) >= offer.times_per_member:
        return False
    return offer.audience.has(by.level, by.store, by.channel) and offer.window.holds(by.at)


def reached(offer: Offer, paid_fen: int) -> list[Tier]:
    """Return the tiers that a top-up reaches, the lowest first."""
    return sorted((tier for tier in offer.tiers if 0 < tier.paid_fen <= paid_fen), key=lambda tier: tier.paid_fen)


def reward(offer: Offer, paid_fen: int, version: int) -> Grant:
    """Return what an offer gives for a top-up that reaches a tier of it, whoever tops up."""
    tiers, times, counted_fen = reached(offer, paid_fen), 1, paid_fen
    if offer.mode != SUM_ALL:
        tiers = tiers[-1:]
    if offer.mode == EACH_MULTIPLE:
        times = paid_fen // tiers[0].paid_fen
        counted_fen = times * tiers[0].paid_fen
    levels = [tier.level for tier in tiers if tier.level is not None]
    return Grant(
        offer=offer.id,
        version=version,
        bonus_fen=sum(times * tier.bonus_fen + at_rate(counted_fen, tier.bonus_rate_bp) for tier in tiers),
        points=sum(times * tier.points for tier in tiers),
        coupons=_together([tier.coupons for tier in tiers], times),
        passes=_together([tier.passes for tier in tiers], times),
        level=levels[-1] if levels else None,
        release=offer.release,
    )


def _together(gifts: Iterable[Sequence[Gift]], times: int) -> tuple[Gift, ...]:
    counts: Counter[str] = Counter()
    for gift in (gift for each in gifts for gift in each):
        counts[gift.code] += times * gift.count
    return tuple(Gift(code, count) for code, count in counts.items())

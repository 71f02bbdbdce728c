"""What is wrong with a shop's rules of top-ups, all of it at once: amounts, tiers, and offers that contradict."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

from terminal.base.money import FEN_MAX, format_yuan
from terminal.rules.mistake import Found, Mistake, below, choice, each_of, number, twice, wrong
from terminal.rules.prices.overlap import can_hold_together
from terminal.rules.value import releases
from terminal.rules.value.overlap import audience_mistakes, audiences_meet, window_mistakes
from terminal.rules.value.top_up import MODES, Gift, Offer, Tier, TopUpRules, reached, reward

# More than the payment itself is a slip of the pen, such as percent where ten-thousandths belong.
BONUS_RATE_BP_MAX = 10_000
COUNT_MAX = 1_000
LEVEL_MONTHS_MAX = 120


def mistakes(rules: TopUpRules) -> list[Mistake]:
    """Return every mistake, in the order of the rules; none where a shop can work by them.

    Two offers of the same priority contradict when some member could be given either for the same top-up.
    """
    return [
        *_amount_mistakes(rules),
        *each_of("offers", rules.offers, lambda offer: _offer_mistakes(rules, offer)),
        *twice("offers", [offer.id for offer in rules.offers if offer.id]),
        *_contradictions(rules.offers),
    ]


def _amount_mistakes(rules: TopUpRules) -> Found:
    if rules.free:
        yield from number("most_fen", rules.most_fen, FEN_MAX, least=1)
        yield from number("least_fen", rules.least_fen, FEN_MAX)
        if rules.least_fen > rules.most_fen:
            yield wrong("least_fen", "setup_above", other="max")
    elif not rules.listed_fen:
        yield wrong("listed_fen", "setup_amounts_missing")
    for fen in rules.listed_fen:
        yield from number("listed_fen", fen, FEN_MAX, least=1)
    yield from twice("listed_fen", [format_yuan(fen) for fen in rules.listed_fen])


def highest_fen(rules: TopUpRules) -> int:
    """Return the highest amount the shop takes."""
    return max([*rules.listed_fen, rules.most_fen if rules.free else 0])


def _offer_mistakes(rules: TopUpRules, offer: Offer) -> Found:
    found = list(_own_mistakes(offer))
    yield from found
    yield from below("audience", audience_mistakes(offer.audience))
    yield from below("window", window_mistakes(offer.window))
    yield from below("release", releases.mistakes(offer.release))
    if found:
        return  # what follows works the rewards out
    most_fen = highest_fen(rules)
    for place, tier in enumerate(offer.tiers):
        if tier.paid_fen > most_fen:
            yield wrong(f"tiers[{place}].paid_fen", "setup_tier_above_most", most=format_yuan(most_fen))
    most = [reward(offer, paid_fen, 0) for paid_fen in _heights(offer, most_fen)]
    if any(max(each.bonus_fen, each.points) > FEN_MAX for each in most):
        yield wrong("tiers", "setup_tiers_too_much", most=format_yuan(FEN_MAX), points=FEN_MAX)
    yield from _falling(offer)


def _heights(offer: Offer, most_fen: int) -> list[int]:
    """Return the amounts between which an offer gives no more than at one of them: the last before each tier."""
    amounts = {most_fen, *(tier.paid_fen - 1 for tier in offer.tiers)}
    return [paid_fen for paid_fen in amounts if paid_fen <= most_fen and reached(offer, paid_fen)]


def _own_mistakes(offer: Offer) -> Found:
    if not offer.id:
        yield wrong("id", "setup_empty")
    yield from choice("mode", offer.mode, MODES)
    yield from number("times_per_member", offer.times_per_member, FEN_MAX)
    if not offer.tiers:
        yield wrong("tiers", "setup_empty")
    yield from each_of("tiers", offer.tiers, _tier_mistakes)
    yield from twice("tiers", [format_yuan(tier.paid_fen) for tier in offer.tiers])


def _tier_mistakes(tier: Tier) -> Found:
    yield from number("paid_fen", tier.paid_fen, FEN_MAX, least=1)
    yield from number("bonus_fen", tier.bonus_fen, FEN_MAX)
    yield from number("bonus_rate_bp", tier.bonus_rate_bp, BONUS_RATE_BP_MAX)
    yield from number("points", tier.points, FEN_MAX)
    yield from _gift_mistakes("coupons", tier.coupons)
    yield from _gift_mistakes("passes", tier.passes)
    if tier.level is not None and not (tier.level.level and 1 <= tier.level.months <= LEVEL_MONTHS_MAX):
        yield wrong("level", "setup_level_gift", most=LEVEL_MONTHS_MAX)
    if tier.bonus_fen == tier.bonus_rate_bp == 0 and not _has_more(tier):
        yield wrong("paid_fen", "setup_gives_nothing")


def _has_more(tier: Tier) -> bool:
    """Tell whether a tier gives anything beside bonus."""
    return bool(tier.points or tier.coupons or tier.passes or tier.level)


def _gift_mistakes(key: str, gifts: Sequence[Gift]) -> Found:
    if any(not gift.code or not 1 <= gift.count <= COUNT_MAX for gift in gifts):
        yield wrong(key, "setup_gift", most=COUNT_MAX)
    yield from twice(key, [gift.code for gift in gifts if gift.code])


def _falling(offer: Offer) -> Found:
    """Give the tiers that give less for more: bonus alone, and less of it than the tier below gives just before."""
    tiers = sorted(offer.tiers, key=lambda tier: tier.paid_fen)
    for lower, higher in pairwise(tiers):
        before_fen = reward(offer, higher.paid_fen - 1, 0).bonus_fen
        if reward(offer, higher.paid_fen, 0).bonus_fen < before_fen and not _has_more(higher):
            paid, less = format_yuan(higher.paid_fen), format_yuan(lower.paid_fen)
            yield wrong("tiers", "setup_tiers_fall", paid=paid, less=less)


def _contradictions(offers: Sequence[Offer]) -> Found:
    for one, other in combinations(offers, 2):
        if one.priority == other.priority and _meet(one, other):
            yield wrong("offers", "setup_offers_meet", one=one.id, other=other.id)


def _meet(one: Offer, other: Offer) -> bool:
    return audiences_meet(one.audience, other.audience) and can_hold_together(one.window, other.window)

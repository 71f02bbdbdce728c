"""What is wrong with a shop's rules of top-ups, all of it at once: amounts, tiers, and offers that contradict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise

from terminal.base.money import FEN_MAX, format_yuan
from terminal.rules.prices.overlap import can_hold_together
from terminal.rules.value import releases
from terminal.rules.value.overlap import audience_mistakes, audiences_meet, window_mistakes
from terminal.rules.value.top_up import MODES, Gift, Offer, Tier, TopUpRules, reached, reward

# More than the payment itself is a slip of the pen, such as percent where ten-thousandths belong.
BONUS_RATE_BP_MAX = 10_000
COUNT_MAX = 1_000
LEVEL_MONTHS_MAX = 120

Found = Iterator[tuple[str, str]]


def mistakes(rules: TopUpRules) -> list[tuple[str, str]]:
    """Return every mistake as (key, sentence), in the order of the rules; none where a shop can work by them.

    Two offers of the same priority contradict when some member could be given either for the same top-up.
    """
    found = list(_amount_mistakes(rules))
    for place, offer in enumerate(rules.offers):
        found += ((f"offers[{place}].{key}", sentence) for key, sentence in _offer_mistakes(rules, offer))
    ids = [offer.id for offer in rules.offers]
    found += (("offers", f"{name!r} stands for two offers") for name in _twice(ids))
    found += _contradictions(rules.offers)
    return found


def _twice(values: Sequence[str]) -> list[str]:
    return sorted({value for value in values if values.count(value) > 1})


def _amount_mistakes(rules: TopUpRules) -> Found:
    if rules.free:
        if not 0 < rules.most_fen <= FEN_MAX:
            yield "most_fen", f"is {rules.most_fen}; it must be above 0 and at most {FEN_MAX}"
        if rules.least_fen < 0:
            yield "least_fen", f"is {rules.least_fen}; it must not be below 0"
        if rules.least_fen > rules.most_fen:
            yield "least_fen", "is above most_fen"
    elif not rules.listed_fen:
        yield "listed_fen", "is empty; a shop that takes no free amounts must list some"
    if any(not 0 < fen <= FEN_MAX for fen in rules.listed_fen):
        yield "listed_fen", f"has an amount that is not above 0 and at most {FEN_MAX}"
    if len(set(rules.listed_fen)) < len(rules.listed_fen):
        yield "listed_fen", "has an amount twice"


def highest_fen(rules: TopUpRules) -> int:
    """Return the highest amount the shop takes."""
    return max([*rules.listed_fen, rules.most_fen if rules.free else 0])


def _offer_mistakes(rules: TopUpRules, offer: Offer) -> Found:
    found = list(_own_mistakes(offer))
    yield from found
    yield from _under("audience", audience_mistakes(offer.audience))
    yield from _under("window", window_mistakes(offer.window))
    yield from _under("release", releases.mistakes(offer.release))
    if found:
        return  # what follows works the rewards out
    most_fen = highest_fen(rules)
    for place, tier in enumerate(offer.tiers):
        if tier.paid_fen > most_fen:
            yield f"tiers[{place}].paid_fen", f"is above {format_yuan(most_fen)} yuan, the most that is taken"
    most = [reward(offer, paid_fen, 0) for paid_fen in _heights(offer, most_fen)]
    if any(max(each.bonus_fen, each.points) > FEN_MAX for each in most):
        yield "tiers", f"give more than {format_yuan(FEN_MAX)} yuan of bonus or {FEN_MAX} points, the most a book holds"
    yield from _falling(offer)


def _heights(offer: Offer, most_fen: int) -> list[int]:
    """Return the amounts between which an offer gives no more than at one of them: the last before each tier."""
    amounts = {most_fen, *(tier.paid_fen - 1 for tier in offer.tiers)}
    return [paid_fen for paid_fen in amounts if paid_fen <= most_fen and reached(offer, paid_fen)]


def _under(part: str, found: Iterable[tuple[str, str]]) -> Found:
    yield from ((f"{part}.{key}", sentence) for key, sentence in found)


def _own_mistakes(offer: Offer) -> Found:
    if not offer.id:
        yield "id", "is empty"
    if offer.mode not in MODES:
        yield "mode", f"is {offer.mode!r}; it must be one of {', '.join(MODES)}"
    if offer.times_per_member < 0:
        yield "times_per_member", "must not be below 0 (no limit)"
    if not offer.tiers:
        yield "tiers", "is empty"
    for place, tier in enumerate(offer.tiers):
        yield from _under(f"tiers[{place}]", _tier_mistakes(tier))
    paid = [tier.paid_fen for tier in offer.tiers]
    for fen in sorted({fen for fen in paid if paid.count(fen) > 1}):
        yield "tiers", f"has two tiers for {format_yuan(fen)} yuan; every tier must be different"


def _tier_mistakes(tier: Tier) -> Found:
    if not 0 < tier.paid_fen <= FEN_MAX:
        yield "paid_fen", f"is {tier.paid_fen}; it must be above 0 and at most {FEN_MAX}"
    for key, value, most in (
        ("bonus_fen", tier.bonus_fen, FEN_MAX),
        ("bonus_rate_bp", tier.bonus_rate_bp, BONUS_RATE_BP_MAX),
        ("points", tier.points, FEN_MAX),
    ):
        if not 0 <= value <= most:
            yield key, f"is {value}; it must be from 0 to {most}"
    yield from _gift_mistakes("coupons", tier.coupons)
    yield from _gift_mistakes("passes", tier.passes)
    if tier.level is not None and not (tier.level.level and 1 <= tier.level.months <= LEVEL_MONTHS_MAX):
        yield "level", f"must name a level and 1 to {LEVEL_MONTHS_MAX} months"
    if tier.bonus_fen == tier.bonus_rate_bp == 0 and not _has_more(tier):
        yield "paid_fen", "has no reward; every tier must give something"


def _has_more(tier: Tier) -> bool:
    """Tell whether a tier gives anything beside bonus."""
    return bool(tier.points or tier.coupons or tier.passes or tier.level)


def _gift_mistakes(key: str, gifts: Sequence[Gift]) -> Found:
    if any(not gift.code or not 1 <= gift.count <= COUNT_MAX for gift in gifts):
        yield key, f"must each have a code and a count from 1 to {COUNT_MAX}"
    for code in _twice([gift.code for gift in gifts]):
        yield key, f"names {code!r} twice"


def _falling(offer: Offer) -> Found:
    """Give the tiers that give less for more: bonus alone, and less of it than the tier below gives just before."""
    tiers = sorted(offer.tiers, key=lambda tier: tier.paid_fen)
    for lower, higher in pairwise(tiers):
        before_fen = reward(offer, higher.paid_fen - 1, 0).bonus_fen
        if reward(offer, higher.paid_fen, 0).bonus_fen < before_fen and not _has_more(higher):
            paid, less = format_yuan(higher.paid_fen), format_yuan(lower.paid_fen)
            yield "tiers", f"give less from {paid} yuan on than the tier from {less} yuan on"


def _contradictions(offers: Sequence[Offer]) -> Found:
    for one, other in combinations(offers, 2):
        if one.priority == other.priority and _meet(one, other):
            yield "offers", f"{one.id!r} and {other.id!r} can hold at once; give one of them a higher priority"


def _meet(one: Offer, other: Offer) -> bool:
    return audiences_meet(one.audience, other.audience) and can_hold_together(one.window, other.window)

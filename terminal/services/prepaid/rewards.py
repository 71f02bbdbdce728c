"""Rewards in the entry that earned them: bonus by its release, points, coupons, passes, and a level noted."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, LotId
from terminal.ledger.book import Book
from terminal.ledger.draft import Draft
from terminal.rules.canonical import Canonical
from terminal.rules.deed import sale_name
from terminal.rules.loyalty.points import points_expire_on
from terminal.rules.passes.sale import sell
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.bonus_note import release_note
from terminal.rules.value.releases import AT_ONCE, Release, lots
from terminal.rules.value.top_up import Gift, Grant, LevelGift
from terminal.services.prepaid.pass_units import make_pass
from terminal.services.prepaid.units import add_points, create, new_lot


@dataclass(frozen=True, slots=True)
class Rewards:
    """What somebody is given: bonus (fen) that opens by its release, points, coupons, passes, a level for months.

    `bonus_last` ends bonus on a day of its own. `why` are attributes of every bucket made: what gave it.
    """

    bonus_fen: int = 0
    points: int = 0
    coupons: tuple[Gift, ...] = ()
    passes: tuple[Gift, ...] = ()
    level: LevelGift | None = None
    release: Release = AT_ONCE
    bonus_last: dt.date | None = None
    why: dict[str, Canonical] = field(default_factory=dict, hash=False)

    @classmethod
    def of_grant(cls, grant: Grant, why: dict[str, Canonical]) -> Rewards:
        """Return what a top-up's grant gives."""
        return cls(grant.bonus_fen, grant.points, grant.coupons, grant.passes, grant.level, grant.release, why=why)


def give(draft: Draft, book: Book, rules: Rulebook, owner: AccountId, rewards: Rewards) -> dict[str, Canonical]:
    """Make everything of `rewards` in a draft and return what its payload notes of it, only what there is.

    Lots of one grant of bonus share the lot only where they are one; each coupon template is one bucket, each pass a
    lot of its own. Raises `Refusal` `coupon_template_unknown`, `coupon_template_over`, `pass_terms_unknown` (all
    `template`) or `entry_full`.
    """
    day, noted = book.day_of(draft), dict[str, Canonical]()
    if rewards.bonus_fen:
        noted |= _bonus(draft, owner, rewards, day)
    if rewards.points:
        last = points_expire_on(rules.points, day)
        add_points(draft, book, owner, rewards.points, last)
        noted |= {"points": rewards.points, "points_until": "" if last is None else last.isoformat()}
    if rewards.coupons:
        noted["coupons"] = [_coupons(draft, rules, owner, gift, rewards.why, day) for gift in _merged(rewards.coupons)]
    if rewards.passes:
        noted["passes"] = [
            made for gift in rewards.passes for made in _passes(draft, rules, owner, gift, rewards.why, day)
        ]
    if rewards.level is not None:
        until = rewards.level.until(day).isoformat()
        noted["level"] = {"level": rewards.level.level, "until": until, "source": sale_name(draft.source)}
    return noted


def can_give(rules: Rulebook, rewards: Rewards, day: dt.date) -> bool:
    """Tell whether the shop still has what `give` makes of `rewards` on a day: coupon templates, terms of passes."""
    known = all(rules.pass_terms(gift.code) is not None for gift in rewards.passes)
    return known and not any(coupon_trouble(rules, gift.code, day) for gift in rewards.coupons)


def coupon_trouble(rules: Rulebook, code: str, day: dt.date) -> str:
    """Return the code of why no coupons of a template can be given on a day, empty where they can."""
    template = rules.coupon_template(code)
    if template is None:
        return "coupon_template_unknown"
    first, last = template.dates(day)
    return "coupon_template_over" if last is not None and last < first else ""


def issue(
    draft: Draft, rules: Rulebook, owner: AccountId, gift: Gift, why: dict[str, Canonical], day: dt.date
) -> dict[str, Canonical]:
    """Make coupons of a template and return what is noted of them; raise `Refusal` `coupon_template_unknown`."""
    return _coupons(draft, rules, owner, gift, why, day)


def _bonus(draft: Draft, owner: AccountId, rewards: Rewards, day: dt.date) -> dict[str, Canonical]:
    facts = {**rewards.why, **release_note(rewards.release, rewards.bonus_fen)}
    made: list[Canonical] = []
    for lot in lots(rewards.release, rewards.bonus_fen, day):
        last = rewards.bonus_last or lot.expires_on
        create(draft, lot.asset, owner, lot.amount_fen, attributes=facts, good=(lot.spendable_from, last))
        made.append(lot.amount_fen)
    return {"bonus_fen": rewards.bonus_fen, "release": rewards.release.kind, "bonus_parts": len(made)}


def _merged(gifts: tuple[Gift, ...]) -> list[Gift]:
    counts: Counter[str] = Counter()
    for gift in gifts:
        counts[gift.code] += gift.count
    return [Gift(code, count) for code, count in counts.items()]


def _coupons(
    draft: Draft, rules: Rulebook, owner: AccountId, gift: Gift, why: dict[str, Canonical], day: dt.date
) -> dict[str, Canonical]:
    template, trouble = rules.coupon_template(gift.code), coupon_trouble(rules, gift.code, day)
    if template is None or trouble:
        raise Refusal(trouble, template=gift.code)
    first, last = template.dates(day)
    attributes: dict[str, Canonical] = {
        **why,
        "template": template.code,
        "version": rules.versions.get("coupons", 0),
        "first": first.isoformat(),
        "last": "" if last is None else last.isoformat(),
    }
    made = create(draft, "coupon", owner, gift.count, attributes=attributes, good=(first, last))
    return {"template": template.code, "count": gift.count, "bucket": made.id}


def _passes(
    draft: Draft, rules: Rulebook, owner: AccountId, gift: Gift, why: dict[str, Canonical], day: dt.date
) -> list[Canonical]:
    terms = rules.pass_terms(gift.code)
    if terms is None:
        raise Refusal("pass_terms_unknown", template=gift.code)
    sale, made = sell(terms, day, price_fen=0), list[Canonical]()
    for _ in range(gift.count):
        lot: LotId = new_lot(draft)
        make_pass(draft, owner, terms, sale, lot, version=rules.versions.get("passes", 0), why=why)
        made.append({"pass": terms.code, "lot": lot})
    return made

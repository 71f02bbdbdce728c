"""What commands are told of prepaid value, as JSON has it: previews, passes, coupons, points and gift cards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from terminal.base.ids import AccountId
from terminal.ledger.draft import Lot
from terminal.rules.bill_note import PASS
from terminal.rules.passes.ending import after_end
from terminal.rules.passes.imported import imported_terms
from terminal.rules.passes.sold import SoldPass
from terminal.rules.passes.terms import PassTerms
from terminal.rules.rulebook import Rulebook
from terminal.services.prepaid.buying import PRINCIPAL
from terminal.services.prepaid.pass_units import sold_pass
from terminal.services.prepaid.till import Till
from terminal.services.prepaid.top_ups import Preview
from terminal.services.prepaid.units import POINTS, POINTS_OWED, RIGHT, iso

Told = dict[str, Any]
IMPORTED, ENDED, USED_UP, ON_BILL, GOOD = "imported", "ended", "used_up", "on_bill", "good"


def told_preview(preview: Preview, rules: Rulebook) -> Told:
    """Return what a top-up would give: money, bonus by the day it opens ("" : with visits), and gifts by code."""
    level = preview.level
    return {
        "amount_fen": preview.amount_fen,
        "bonus_fen": preview.bonus_fen,
        "balance_after_fen": preview.balance_after_fen,
        "offer": preview.offer,
        "points": preview.points,
        "coupons": [[gift.code, gift.count] for gift in preview.coupons],
        "passes": [[gift.code, gift.count] for gift in preview.passes],
        "level": None if level is None else [level.level, level.months],
        "parts": [[iso(day), fen] for day, fen in preview.parts],
        "cooling_off_until": iso(preview.cooling_off_until),
        "terms": rules.purse.top_up_terms if preview.first else "",
        "key": preview.key,
    }


def told_passes(
    till: Till, rules: Rulebook, terms_of: Callable[[str, int], PassTerms | None], account: AccountId
) -> list[Told]:
    """Return a member's passes, also those used up by a bill that is open, oldest first.

    `state` is `imported` for one that nothing can be used of until the set-up file names it.
    """
    lots: dict[str, list[Lot]] = {}
    for lot in till.book.lots(till.held(account, PASS)):
        lots.setdefault(lot.facts.lot, []).append(lot)
    today = till.book.today()
    return [_told_pass(till, of_pass, _terms(rules, terms_of, of_pass), today) for of_pass in lots.values()]


def told_coupons(till: Till, rules: Rulebook, account: AccountId) -> list[Told]:
    """Return a member's coupons, bucket by bucket, with those that an open bill has on hold."""
    free = {lot.bucket: lot.amount for lot in till.free(account, "coupon")}
    today, found = till.book.today(), list[Told]()
    for lot in till.book.lots(till.held(account, "coupon")):
        facts = lot.facts.attributes
        code = str(facts.get("template", ""))
        template = rules.coupon_template(code)
        last = lot.facts.expires_on
        state = ENDED if last and last < today.isoformat() else GOOD if free.get(lot.bucket) else ON_BILL
        found.append(
            {
                "coupon": lot.bucket,
                "template": code,
                "name": template.name if template is not None and template.name else code,
                "count": lot.amount,
                "free": free.get(lot.bucket, 0),
                "first": lot.facts.spendable_from,
                "last": last,
                "state": state,
            }
        )
    return found


def told_points(till: Till, rules: Rulebook, account: AccountId, spendable: int) -> Told:
    """Return a member's points by their end, what is owed and may be spent, and what a bill takes for them."""
    ends: dict[str, int] = {}
    for lot in till.held(account, POINTS):
        ends[lot.expires_on] = ends.get(lot.expires_on, 0) + lot.amount
    offset = rules.prices.offset
    return {
        "points": sum(ends.values()),
        "owed": till.balance(account, POINTS_OWED),
        "spendable": spendable,
        "ends": [[end, amount] for end, amount in sorted(ends.items(), key=lambda each: each[0] or "9999")],
        "offset": {"points": offset.step, "fen": offset.worth_fen},
        "rewards": [
            {
                "reward": each.id,
                "kind": each.kind,
                "points": each.points,
                "what": each.what,
                "value_fen": each.value_fen,
            }
            for each in rules.redeem.rewards
        ],
    }


def told_gift(till: Till, card: AccountId) -> Told:
    """Return what is on a gift card, each lot with its end, and until when its money may be asked back."""
    today = till.book.today().isoformat()
    lots = [
        {"fen": lot.amount, "until": lot.expires_on, "good": lot.spendable_on(today)}
        for lot in till.held(card, PRINCIPAL)
    ]
    rights = (lot.facts.attributes.get("cooling_off_until") for lot in till.book.lots(till.held(card, RIGHT)))
    until = max((each for each in rights if isinstance(each, str)), default="")
    return {"card": card, "amount_fen": sum(lot["fen"] for lot in lots), "lots": lots, "cooling_off_until": until}


def _terms(rules: Rulebook, terms_of: Callable[[str, int], PassTerms | None], lots: Iterable[Lot]) -> PassTerms | None:
    facts = next(iter(lots)).facts.attributes
    version = facts.get("terms_version", 0)
    if not facts.get("pass"):
        return imported_terms(rules.passes, facts)
    return terms_of(str(facts["pass"]), version if type(version) is int else 0)


def _told_pass(till: Till, lots: list[Lot], terms: PassTerms | None, today: dt.date) -> Told:
    facts = lots[0].facts
    name, total = facts.attributes.get("name", ""), facts.attributes.get("total", 0)
    told: Told = {
        "pass": facts.lot,
        "code": "" if terms is None else terms.code,
        "kind": "" if terms is None else terms.kind,
        "name": name,
        "left": sum(lot.amount for lot in lots),
        "total": total if type(total) is int else 0,
        "value_fen": sum(lot.amount * lot.facts.unit_value_fen for lot in lots),
        "starts_on": facts.spendable_from,
        "ends_on": facts.expires_on,
        "frozen_until": "",
        "sharers": [],
        "kept_fen": 0,
        "state": IMPORTED,
    }
    if terms is None:
        return told
    sold = sold_pass(terms, facts.owner, lots)
    pause = sold.frozen_on(today)
    ended = after_end(sold, today)
    told |= {
        "frozen_until": "" if pause is None else pause.last.isoformat(),
        "sharers": [_name(till, person) for person in sorted(sold.sharers)],
        "kept_fen": 0 if ended is None else ended.kept_fen,
        "state": _state(till, sold, lots, today),
    }
    return told


def _state(till: Till, sold: SoldPass, lots: list[Lot], today: dt.date) -> str:
    if sold.ends_on is not None and sold.ends_on < today:
        return ENDED
    free = till.free(lots[0].facts.owner, PASS)
    return GOOD if any(each.facts.lot == lots[0].facts.lot for each in free) else ON_BILL


def _name(till: Till, account: str) -> str:
    return till.members.masked_name(AccountId(account))

"""The units of a pass: which buckets it is, and the sold pass that its buckets say it is.

A pass is one lot. Its buckets differ in the part they are for and in what a session is worth; terms, price, persons and
pauses are in their attributes, first and last good day in their dates.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, LotId
from terminal.ledger.draft import Draft, Lot
from terminal.rules.bill_note import PASS
from terminal.rules.canonical import Canonical
from terminal.rules.passes.sale import Sale
from terminal.rules.passes.sold import Freeze, HeldUnits, SoldPass
from terminal.rules.passes.terms import DAY, TIME_PASS, PassTerms
from terminal.services.prepaid.units import create


def make_pass(
    draft: Draft,
    owner: AccountId,
    terms: PassTerms,
    sale: Sale,
    lot: LotId,
    *,
    version: int,
    name: str = "",
    why: Mapping[str, Canonical] | None = None,
) -> None:
    """Create the units of a sold or given pass as one lot; raise `Refusal` `entry_full`.

    `version` is that of the terms, `name` what people call the pass (else its terms' name or code), `why` what gave it.
    Who sells it posts its price. Sessions that may end without a refund say so themselves (`may_lapse`): whoever holds
    them when they end has no terms at hand.
    """
    lapsing: dict[str, Canonical] = {"may_lapse": 1} if terms.may_lapse else {}
    timed: dict[str, Canonical] = {"unit": DAY} if terms.kind == TIME_PASS else {}
    for units in sale.units:
        attributes: dict[str, Canonical] = {
            **(why or {}),
            **lapsing,
            **timed,
            "pass": terms.code,
            "name": name or terms.name or terms.code,
            "total": terms.counts[units.part],
            "terms_version": version,
            "part": units.part,
            "price_fen": sale.price_fen,
        }
        create(
            draft,
            PASS,
            owner,
            units.units,
            attributes=attributes,
            lot=lot,
            unit_value_fen=units.unit_value_fen,
            good=(sale.starts_on, sale.ends_on),
        )


def terms_from(section: Callable[[str, int], Sequence[PassTerms]]) -> Callable[[str, int], PassTerms]:
    """Return what gives the terms a pass was sold under, from the rulebook's sections of old (`RuleStore.section`).

    It refuses as `pass_terms_unknown` (template) where there are none: an import brought the pass.
    """

    def terms_of(code: str, version: int) -> PassTerms:
        for terms in section("passes", version):
            if terms.code == code:
                return terms
        raise Refusal("pass_terms_unknown", template=code)

    return terms_of


def sold_pass(terms: PassTerms, holder: AccountId, lots: Sequence[Lot], used_today: int = 0) -> SoldPass:
    """Return the pass that these buckets of one lot are, under the terms of its sale."""
    facts = lots[0].facts
    units = tuple(
        HeldUnits(lot.bucket, _number(lot.facts.attributes, "part"), lot.amount, lot.facts.unit_value_fen)
        for lot in lots
    )
    return SoldPass(
        terms=terms,
        price_fen=_number(facts.attributes, "price_fen"),
        holder=holder,
        sharers=frozenset(_texts(facts.attributes.get("sharers"))),
        starts_on=_date(facts.spendable_from),
        ends_on=_date(facts.expires_on),
        freezes=tuple(_freezes(facts.attributes.get("freezes"))),
        units=units,
        used_today=used_today,
    )


def pass_facts(sold: SoldPass) -> dict[str, object]:
    """Return the facts of a pass's buckets as they are after a change: dates, and persons and pauses as attributes."""
    attributes: dict[str, Canonical] = {
        "sharers": list[Canonical](sorted(sold.sharers)),
        "freezes": [[each.first.isoformat(), each.last.isoformat()] for each in sold.freezes],
    }
    return {
        "spendable_from": "" if sold.starts_on is None else sold.starts_on.isoformat(),
        "expires_on": "" if sold.ends_on is None else sold.ends_on.isoformat(),
        "attributes": attributes,
    }


def _date(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _number(attributes: Mapping[str, Canonical], name: str) -> int:
    value = attributes.get(name)
    return value if type(value) is int else 0


def _texts(value: Canonical | None) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _freezes(value: Canonical | None) -> list[Freeze]:
    pairs = [_texts(each) for each in value] if isinstance(value, list) else []
    return [Freeze(*map(dt.date.fromisoformat, pair)) for pair in pairs if len(pair) == 2]

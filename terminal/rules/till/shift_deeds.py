"""What an entry of the journal counts as on a shift's slip. Pure: everything is read from the entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from terminal.base.ids import BucketId
from terminal.rules.bill_note import BONUS, PASS, PRINCIPAL
from terminal.rules.entry import Entry
from terminal.rules.till import shift_slip
from terminal.rules.till.shift import CASH_IN, CASH_OUT, CLOSING, COUNTING, OPENING
from terminal.rules.till.shift_slip import Deed

TENDER = "tender/"
ROUND_OFF, SESSION = "round_off", "session"
# Moves of the drawer's own cash, which the slip tells apart from what customers paid.
_OWN = frozenset({OPENING, COUNTING, CLOSING, CASH_IN, CASH_OUT})
# What brings in money for later. A gift card is nobody's top-up: whoever gets it is not known yet.
_MONEY_IN = MappingProxyType({"top_up": shift_slip.TOP_UP, "gift_card_sale": shift_slip.GIFT_CARD})
# What ends prepaid value counts as a refund where it is approved; giving that up counts against it.
_REFUNDS = frozenset({"refund", "pass_refund", "prepayment_refund", "card_return", "given_up"})
_CREATED = "create"


@dataclass(frozen=True, slots=True)
class Undone:
    """The entry that a refund or void takes back, and the assets of the buckets (by id) that both move."""

    entry: Entry | None = None
    assets: Mapping[BucketId, str] = field(default_factory=dict)


def deeds_of(made: Entry, undone: Callable[[str], Undone]) -> tuple[Deed, ...]:
    """Return what an entry counts as; nothing for one that moved no money and sold nothing.

    `undone` gives the entry by the name that a refund or void leads back with (`sale_name`).
    """
    kind, operator = made.kind, str(made.payload.get("operator", ""))
    if kind in {CASH_IN, CASH_OUT}:
        return (Deed(kind, operator, net_fen=_number(made, "amount_fen")),)
    if kind in _OWN:
        return ()
    tenders = tuple((name.removeprefix(TENDER), fen) for name, fen in made.postings if name.startswith(TENDER))
    if kind in {"bill", "charge"}:
        return _sale(made, operator, tenders)
    if kind in _MONEY_IN:
        granted_fen = _number(made, "bonus_fen")
        return (Deed(_MONEY_IN[kind], operator, tenders, net_fen=_number(made, "amount_fen"), granted_fen=granted_fen),)
    if kind == "void" or kind in _REFUNDS:
        found = undone(str(made.payload.get("undoes", "")))
        back = _void(made, found.entry) if kind == "void" else _refund(made, found)
        return (replace(back, operator=operator, tenders=tenders),)
    return _other(operator, tenders)


def _sale(made: Entry, operator: str, tenders: tuple[tuple[str, int], ...]) -> tuple[Deed, ...]:
    """Return what a bill sold, read from its note (`BillNote`), of which a slip needs little: a shift has hundreds."""
    lines = _objects(made, "lines")
    if "payable_fen" not in made.payload:
        # One of a release that noted less.
        plain = Deed(shift_slip.SALE, operator, tenders, net_fen=_number(made, "amount_fen"))
        purse = (_number(made, "principal_fen"), _number(made, "bonus_fen"))
        return (replace(plain, principal_fen=purse[0], bonus_fen=purse[1]),)
    sold = [line for line in lines if line["kind"] == PASS]
    others = [line for line in lines if line["kind"] != PASS]
    paid = dict.fromkeys((PRINCIPAL, BONUS), 0)
    for each in _objects(made, "tenders"):
        if each["tender"] in paid:
            paid[each["tender"]] += each["amount_fen"]
    # What sessions settled is told in sessions; it is no discount.
    steps = _objects(made, "steps")
    sale = Deed(
        shift_slip.SALE if others else shift_slip.PASS_SALE,
        operator,
        tenders,
        net_fen=sum(line["net_fen"] for line in others or sold),
        principal_fen=paid[PRINCIPAL],
        bonus_fen=paid[BONUS],
        passes_sold=0 if others else sum(line["quantity"] for line in sold),
        sessions_used=sum(line["units"] for line in others),
        discount_fen=sum(step["off_fen"] for step in steps if step["name"] not in {ROUND_OFF, SESSION}),
        round_off_fen=sum(step["off_fen"] for step in steps if step["name"] == ROUND_OFF),
    )
    if not (others and sold):
        return (sale,)
    number, net_fen = sum(line["quantity"] for line in sold), sum(line["net_fen"] for line in sold)
    return sale, Deed(shift_slip.PASS_SALE, operator, net_fen=net_fen, passes_sold=number)


def _void(made: Entry, original: Entry | None) -> Deed:
    """Return the opposite of what was voided; where that is not here, what the void itself says."""
    if original is None:
        return Deed(shift_slip.VOID, "", net_fen=_number(made, "amount_fen"))
    done = deeds_of(original, lambda _: Undone())
    return Deed(
        shift_slip.VOID,
        "",
        net_fen=-sum(deed.net_fen for deed in done),
        principal_fen=-sum(deed.principal_fen for deed in done),
        bonus_fen=-sum(deed.bonus_fen for deed in done),
        sessions_used=-sum(deed.sessions_used for deed in done),
        discount_fen=-sum(deed.discount_fen for deed in done),
        round_off_fen=-sum(deed.round_off_fen for deed in done),
    )


def _refund(made: Entry, found: Undone) -> Deed:
    value_fen = _number(made, "value_fen")
    back = Deed(shift_slip.REFUND, "", net_fen=_number(made, "amount_fen") or -value_fen)
    if found.entry is None or found.entry.kind not in {"bill", "charge"}:
        return back
    # Units that are given back are created again; their buckets were named before, with the bill or earlier.
    known = {facts.id: facts.asset for facts in made.buckets} | dict(found.assets)
    given: dict[str, int] = {}
    for effect in made.effects:
        asset = known.get(effect.bucket, "")
        if effect.kind == _CREATED:
            given[asset] = given.get(asset, 0) + effect.amount
    return replace(
        back,
        principal_fen=-given.get(PRINCIPAL, 0),
        bonus_fen=-given.get(BONUS, 0),
        sessions_used=-given.get(PASS, 0),
    )


def _other(operator: str, tenders: tuple[tuple[str, int], ...]) -> tuple[Deed, ...]:
    """Return a fee, a deposit, a repayment; or money that a refund owed until now."""
    total_fen = sum(fen for _, fen in tenders)
    if total_fen > 0:
        return (Deed(shift_slip.FEE, operator, tenders, net_fen=total_fen),)
    return (Deed(shift_slip.PAID_OUT, operator, tenders),) if tenders else ()


def _number(made: Entry, name: str) -> int:
    value = made.payload.get(name, 0)
    return value if type(value) is int else 0


def _objects(made: Entry, name: str) -> list[dict[str, Any]]:
    found = made.payload.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

"""What slips read of an entry: figures and names its payload and its new buckets keep, whoever wrote them.

An entry may be of an older release or a stranger's, so whatever is missing or of another type is left out; nothing
here raises.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace

from terminal.base.ids import is_id
from terminal.rules.bill_note import BillNote, NotABill
from terminal.rules.bucket import Bucket
from terminal.rules.entry import Entry
from terminal.rules.slips import SlipPass

_PASS, _BONUS, _LOCKED, _COUPON, _RIGHT = "pass", "bonus", "bonus_locked", "coupon", "refund_right"


@dataclass(frozen=True, slots=True)
class GivenBonus:
    """A part of bonus (fen), the day it opens (ISO, empty: at once) and its last day (empty: none)."""

    fen: int
    opens_on: str = ""
    ends_on: str = ""


@dataclass(frozen=True, slots=True)
class GivenCoupon:
    """So many coupons of a name, and their last day (ISO, empty: none)."""

    name: str
    count: int
    ends_on: str = ""


@dataclass(frozen=True, slots=True)
class Gifts:
    """What somebody was given: bonus by the day it opens, bonus that opens with visits (fen), coupons and passes.

    `level` is one that a top-up gave, good through `level_until`.
    """

    bonus: tuple[GivenBonus, ...] = ()
    with_visits_fen: int = 0
    coupons: tuple[GivenCoupon, ...] = ()
    passes: tuple[SlipPass, ...] = ()
    level: str = ""
    level_until: str = ""


NO_GIFTS = Gifts()


@dataclass(frozen=True, slots=True)
class Names:
    """What people call things the book knows by codes: a coupon's template, and which passes count no sessions."""

    coupon: Callable[[str], str] = str
    is_time_pass: Callable[[str], bool] = lambda _: False


def number(payload: Mapping[str, object], name: str) -> int:
    """Return a whole number a payload keeps, 0 where it keeps none."""
    value = payload.get(name, 0)
    return value if type(value) is int else 0


def text(payload: Mapping[str, object], name: str) -> str:
    """Return a text a payload keeps, empty where it keeps none."""
    value = payload.get(name, "")
    return value if isinstance(value, str) else ""


def account_in(payload: Mapping[str, object], name: str = "account") -> str:
    """Return an account a payload names, empty where it names none."""
    account = text(payload, name)
    return account if is_id(account) else ""


def note_in(payload: Mapping[str, object]) -> BillNote | None:
    """Return the settled bill a payload notes, None for anything else."""
    try:
        return BillNote.from_note(payload)
    except NotABill:
        return None


def proof_of(payload: Mapping[str, object]) -> str:
    """Return by what the member was known: what the cashier compared, or the factor that was shown."""
    factor = payload.get("factor")
    return text(payload, "confirmed") or (text(factor, "by") if isinstance(factor, dict) else "")


def changes_of(payload: Mapping[str, object]) -> dict[int, int]:
    """Return the change (fen) that a bill gave back by person, 0 where it was not split or nobody noted to whom."""
    noted, found = payload.get("changes"), dict[int, int]()
    for each in noted if isinstance(noted, list) else []:
        if isinstance(each, list) and [type(part) for part in each] == [int, int]:
            found[each[0]] = found.get(each[0], 0) + each[1]
    change_fen = number(payload, "change_fen")
    return found or ({0: change_fen} if change_fen > 0 else {})


def refund_until(made: Entry) -> str:
    """Return the last day (ISO) on which a bill's refund rights are good, empty where it left none with an end."""
    return max((each.expires_on for each in made.buckets if each.asset == _RIGHT), default="")


def gifts_of(made: Entry, names: Names, *, besides: Container[str] = ()) -> Gifts:
    """Return what an entry gave to whose it is; `besides` are buckets and lots that were no gift."""
    account, amounts = account_in(made.payload), _amounts(made)
    mine = [
        (facts, amounts.get(facts.id, 0))
        for facts in made.buckets
        if facts.owner == account and facts.id not in besides and facts.lot not in besides
    ]
    rewards = made.payload.get("rewards")
    level = rewards.get("level") if isinstance(rewards, dict) else None
    noted: Mapping[str, object] = level if isinstance(level, dict) else {}
    parts = [(facts, amount) for facts, amount in mine if facts.asset == _BONUS and amount]
    return Gifts(
        bonus=tuple(GivenBonus(amount, facts.spendable_from, facts.expires_on) for facts, amount in parts),
        with_visits_fen=sum(amount for facts, amount in mine if facts.asset == _LOCKED),
        coupons=tuple(
            GivenCoupon(names.coupon(text(facts.attributes, "template")), amount, facts.expires_on)
            for facts, amount in mine
            if facts.asset == _COUPON and amount
        ),
        passes=passes_of(mine, names),
        level=text(noted, "level"),
        level_until=text(noted, "until"),
    )


def passes_sold(made: Entry, note: BillNote, names: Names) -> tuple[SlipPass, ...]:
    """Return the passes a bill sold, as they begin."""
    lots, amounts = {line.pass_lot for line in note.lines if line.kind == _PASS}, _amounts(made)
    return passes_of([(each, amounts.get(each.id, 0)) for each in made.buckets if each.lot in lots], names)


def passes_left(payload: Mapping[str, object], names: Names) -> tuple[SlipPass, ...]:
    """Return what a bill left of the passes whose sessions it used, where it noted that (`passes_after`)."""
    noted = payload.get("passes_after")
    found = [each for each in noted if isinstance(each, dict)] if isinstance(noted, list) else []
    return tuple(
        SlipPass(
            text(each, "name") or text(each, "pass"),
            number(each, "left"),
            0 if names.is_time_pass(text(each, "pass")) else number(each, "total"),
            text(each, "ends_on"),
        )
        for each in found
    )


def passes_moved(made: Entry, names: Names) -> tuple[SlipPass, ...]:
    """Return the passes an entry changed as they are after it: what is left of all their sessions."""
    amounts, totals = _amounts(made), dict[str, dict[object, int]]()
    for facts in made.buckets:
        if facts.asset == _PASS:
            totals.setdefault(facts.lot, {})[facts.attributes.get("part")] = number(facts.attributes, "total")
    lots = list(totals)
    found = passes_of([(facts, amounts.get(facts.id, 0)) for facts in made.buckets], names)
    return tuple(
        replace(each, total=max(each.left, sum(totals[lot].values()))) if each.total else each
        for lot, each in zip(lots, found, strict=True)
    )


def passes_of(made: list[tuple[Bucket, int]], names: Names) -> tuple[SlipPass, ...]:
    """Return the passes among new buckets (facts and units): one for each lot, its units together."""
    lots: dict[str, list[tuple[Bucket, int]]] = {}
    for facts, amount in made:
        if facts.asset == _PASS:
            lots.setdefault(facts.lot, []).append((facts, amount))
    found = []
    for units in lots.values():
        first, count = units[0][0], sum(amount for _, amount in units)
        name, code = text(first.attributes, "name"), text(first.attributes, "pass")
        found.append(SlipPass(name or code, count, 0 if names.is_time_pass(code) else count, first.expires_on))
    return tuple(found)


def _amounts(made: Entry) -> dict[str, int]:
    return {each.bucket: each.amount for each in made.effects if each.kind == "create"}

"""What became of bills: taken back whole, or so much of them given back; lists and copies tell it by their numbers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from terminal.base.ids import DeviceId
from terminal.rules import entry
from terminal.rules.bucket import Source
from terminal.rules.deed import sale_name
from terminal.rules.receipt import REFUNDED, VOIDED
from terminal.services.pay_payloads import parts
from terminal.store.database import Database

# What takes an entry back whole: a bill or top-up, a refund that is called off, a reward for points that is returned.
_WHOLE = frozenset({"void", "given_up", "return_reward"})
_PART = frozenset({"refund", "pass_refund", "prepayment_refund"})
_NUMBER = re.compile(r"([0-9]{1,9})-([0-9]{1,12})")
_NOT_GIVEN_UP = (
    "NOT EXISTS (SELECT 1 FROM deed AS last WHERE last.undoes = life.device || '/' || life.epoch || '/' || later.seq"
    " AND last.undoes <> '' AND last.kind = 'given_up')"
)
# The deeds are found by the index, then their lives: a till has few of those, and the planner would begin with them.
_UNDOING = (
    "SELECT undoes, kind, amount_fen FROM deed AS later CROSS JOIN life ON life.n = later.life"
    " WHERE undoes IN ({marks}) AND undoes <> '' AND {standing}"
)
# A card's return ends several top-ups and names them in its entry alone.
_RETURNS = (
    "SELECT entry.bytes FROM deed AS sale CROSS JOIN deed AS later ON later.account = sale.account"
    " AND later.account <> x'' AND later.of_day >= sale.of_day CROSS JOIN life ON life.n = later.life"
    " CROSS JOIN entry ON entry.life = later.life AND entry.seq = later.seq WHERE sale.life = ?"
    " AND sale.seq IN ({marks}) AND sale.kind IN ('top_up', 'gift_card_sale') AND sale.account <> x''"
    " AND later.kind = 'card_return' AND {standing}"
)


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back of a bill: `state` is `VOIDED`, or `REFUNDED` with all that was given back, in fen."""

    state: str
    fen: int = 0


@dataclass(frozen=True, slots=True)
class _Sale:
    """An entry with a slip, by the row of its life and its place in it, and by its name."""

    life: int
    seq: int
    name: str


def undone(database: Database, numbers: Collection[str]) -> Mapping[str, Undone]:
    """Return by number (`1-000042`, of this till) what was taken back of bills; of what stands there is nothing.

    The number is that of any entry with a slip: a top-up, a gift card sold, a refund that was given up again.
    """
    sales = _sales(database, numbers)
    if not sales:
        return {}
    named, found = {sale.name: number for number, sale in sales.items()}, dict[str, Undone]()
    for name, kind, amount_fen in database.rows(_asked(_UNDOING, len(named)), list(named)):
        if kind in _WHOLE:
            found[named[name]] = Undone(VOIDED)
        elif kind in _PART:
            _give(found, named[name], -amount_fen)
    for name, fen in _returned(database, sales.values()):
        if name in named and fen:
            _give(found, named[name], fen)
    return found


def _asked(query: str, values: int) -> str:
    """Return a query for so many values, that leaves out what was given up again."""
    return query.format(marks=", ".join("?" * values), standing=_NOT_GIVEN_UP)


def _give(found: dict[str, Undone], number: str, fen: int) -> None:
    """Add what was given back to what is known of a bill, unless all of it is undone."""
    before = found.get(number, Undone(REFUNDED))
    if before.state == REFUNDED:
        found[number] = Undone(REFUNDED, before.fen + fen)


def _returned(database: Database, sales: Collection[_Sale]) -> Iterator[tuple[str, int]]:
    """Yield the names of top-ups that ended with their member's card, and what was given back for each."""
    lives: dict[int, list[int]] = {}
    for sale in sales:
        lives.setdefault(sale.life, []).append(sale.seq)
    # Several top-ups of one member may end with one return.
    entries = {
        row[0]
        for life, places in lives.items()
        for row in database.rows(_asked(_RETURNS, len(places)), (life, *places))
    }
    for data in sorted(entries):
        yield from parts(entry.from_bytes(data))


def _sales(database: Database, numbers: Collection[str]) -> dict[str, _Sale]:
    """Return by number the entries that are meant: the life of each has the epoch it begins with."""
    parsed = [(each, match) for each in numbers if (match := _NUMBER.fullmatch(each))]
    if not parsed:
        return {}
    lives = {epoch: (n, device) for n, device, epoch in database.rows("SELECT n, device, epoch FROM life")}
    found = {}
    for number, match in parsed:
        epoch, seq = int(match[1]), int(match[2])
        if epoch in lives:
            life, device = lives[epoch]
            found[number] = _Sale(life, seq, sale_name(Source(DeviceId(device), epoch, seq)))
    return found

"""A journal as a till leaves it: entries of every kind in the numbers of a working day, written by the product."""

from __future__ import annotations

import collections
import pathlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from bench.posting_stores import Bench, make_bench
from terminal.base.ids import AccountId, ActionId, DeviceId, LotId, new_id
from terminal.ledger.draft import Draft, Life, Lot
from terminal.rules import bucket, entry
from terminal.rules.bucket import Bucket, Source
from terminal.rules.canonical import Canonical
from terminal.rules.chain import Sealed
from terminal.services.views import SignedIn

# How often each comes: sales most of all, units of another till with each visit of a member of its shop.
DAY = {"charge": 10, "top_up": 5, "accept": 3, "return": 2, "refund": 1}
STAFF = SignedIn("bench", "0" * 32, "bench", 1)
TOP_UP_FEN, BONUS_FEN, CHARGE_FEN, MOVED_FEN = 1_000_00, 200_00, 68_00, 500_00
OTHER_TILL = DeviceId("e0" * 16)
PAYING = ("principal", "bonus")
REQUEST = "ab" * 32


class Journal(NamedTuple):
    """A life whose entries are `rows`, as they are stored and in order, and how many of each kind there are."""

    life: Life
    rows: list[Sealed]
    kinds: dict[str, int]


def make_journal(folder: pathlib.Path, entries: int) -> Journal:
    """Return a journal of an import and `entries` more, posted into a store in an emptied `folder`."""
    bench = make_bench(folder, with_receipts=False)
    try:
        bench.database.run("PRAGMA synchronous = OFF")  # the store is thrown away: nothing here waits for a disk
        till = _Till(bench, random.Random(6))
        for kind in till.draw.choices(list(DAY), list(DAY.values()), k=entries):
            bench.database.statements.clear()
            till.post(kind)
        rows = [(seq, data, digest) for seq, data, digest in bench.database.rows(_ROWS)]
        kinds = collections.Counter(entry.from_bytes(data).kind for _, data, _ in rows)
        return Journal(bench.book.life(), rows, dict(kinds.most_common()))
    finally:
        bench.close()


_ROWS = "SELECT seq, bytes, hash FROM entry ORDER BY seq"


@dataclass(frozen=True, slots=True)
class _Till:
    """Posts the entries of a day, each for any member."""

    bench: Bench
    draw: random.Random

    def post(self, kind: str) -> None:
        """Post an entry of a kind; what the member lacks for it comes instead: a top-up, or a grant."""
        money, rules, account = self.bench.money, self.bench.rules, self.draw.choice(self.bench.accounts)
        if kind == "charge" and sum(self.bench.book.balances(account).get(asset, 0) for asset in PAYING) < CHARGE_FEN:
            kind = "top_up"
        if kind == "top_up":
            money.top_up(rules, STAFF, self._action(), account, TOP_UP_FEN, BONUS_FEN)
        elif kind == "charge":
            money.charge(rules, STAFF, self._action(), account, CHARGE_FEN, "photo")
        elif kind == "accept" or not (lots := self._lots(account, kind)):
            self._accept(account)
        elif kind == "return":
            with self._entry(kind) as draft:
                draft.give_back(lots[0], lots[0].amount)
        else:
            self._refund(lots[0])

    def _lots(self, account: AccountId, kind: str) -> list[Lot]:
        """Return what a member has that may go back to the cloud, or be taken back after a bill."""
        book = self.bench.book
        found = book.lots(book.holdings(account, ("principal",) if kind == "return" else ("refund_right",)))
        if kind == "return":
            return [lot for lot in found if lot.facts.source.device == OTHER_TILL]
        return [lot for lot in found if "target" in lot.facts.attributes]

    def _accept(self, account: AccountId) -> None:
        chain = self.bench.book.life().chain
        paid: dict[str, Canonical] = {"paid_fen": MOVED_FEN, "bonus_fen": 0}
        facts = Bucket(
            chain,
            account,
            "principal",
            LotId(new_id()),
            Source(OTHER_TILL, 1, self.draw.randrange(1, 10_000)),
            unit_value_fen=1,
            attributes=paid,
        )
        with self._entry("accept") as draft:
            draft.accept(facts, MOVED_FEN, new_id())

    def _refund(self, right: Lot) -> None:
        """Take a bill back: the right goes, and the units it was drawn from come again."""
        target = bucket.from_facts(right.facts.attributes["target"])
        with self._entry("refund") as draft:
            draft.spend(right, right.amount)
            lot = self.bench.book.lot_of(target)
            assert lot is not None, "a bill of this life took from a lot of this life"
            draft.add(lot, right.amount)
            draft.debit("sales/service", right.amount)
            draft.credit("deferred" if target.asset == "principal" else "bonus_discount", right.amount)

    @contextmanager
    def _entry(self, kind: str) -> Iterator[Draft]:
        """Give a draft to be filled, and post it."""
        with self.bench.database.write():
            draft = self.bench.book.begin(self._action(), kind, REQUEST)
            yield draft
            self.bench.book.post(draft)

    def _action(self) -> ActionId:
        return ActionId(new_id())

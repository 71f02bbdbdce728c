"""Random histories over several lives, restored images among them, against a plain model of who holds what."""

from __future__ import annotations

import pathlib
import random
import shutil
from dataclasses import dataclass, field

import pytest

from terminal.base.ids import AccountId, ActionId, DeviceId, LotId, new_id
from terminal.ledger.book import Book
from terminal.ledger.lives import Journal
from terminal.ledger.verify import verify
from terminal.rules.bucket import Bucket, Source
from terminal.store.database import Database
from terminal.store.migrations import migrate
from tests.support import STORE_KEY, ManualClock

OWNERS = (AccountId("a1" * 16), AccountId("a2" * 16))
VALUES = {"principal": 1, "pass": 165, "bonus": 0}
STEPS = 60


@dataclass(slots=True)
class Till:
    """A till with a model beside it: what the open life holds of each bucket, and all buckets ever seen."""

    folder: pathlib.Path
    draw: random.Random
    database: Database
    book: Book
    held: dict[Bucket, int] = field(default_factory=dict)
    seen: list[Bucket] = field(default_factory=list)
    image: int = 0

    def step(self) -> None:
        """Do something at random."""
        usable = [facts for facts, amount in self.held.items() if amount]
        choice = self.draw.choices(
            ("create", "accept", "take", "new life", "restore"), (4, 4, 8 if usable else 0, 0.5, 0.5)
        )[0]
        if choice == "new life":
            life = self.book.life()
            assert Journal(self.database).begin_life(life.epoch + self.draw.randint(1, 3))
            self.held = {}
        elif choice == "restore":
            self.restore()
        elif choice == "take":
            self.take(self.draw.choice(usable))
        elif choice == "accept" and self.seen:
            self.accept(self.draw.choice([*self.seen, self.foreign()]))
        else:
            self.create()

    def create(self) -> None:
        """Sell units for cash."""
        asset, amount = self.draw.choice(sorted(VALUES)), self.draw.randint(1, 9)
        with self.database.write():
            draft = self.book.begin(ActionId(new_id(self.draw.randbytes)), "sale", "")
            facts = draft.create(asset, self.draw.choice(OWNERS), amount, unit_value_fen=VALUES[asset])
            draft.debit("tender/cash", amount * VALUES[asset])
            draft.credit("deferred", amount * VALUES[asset])
            self.book.post(draft)
        self.seen.append(facts)
        self.held[facts] = amount

    def foreign(self) -> Bucket:
        """Return a bucket made by another till."""
        asset, chain = self.draw.choice(sorted(VALUES)), self.book.life().chain
        lot, source = LotId(new_id(self.draw.randbytes)), Source(DeviceId("d1" * 16), 2, 3)
        facts = Bucket(chain, self.draw.choice(OWNERS), asset, lot, source, unit_value_fen=VALUES[asset])
        self.seen.append(facts)
        return facts

    def accept(self, facts: Bucket) -> None:
        """Take units the cloud grants."""
        amount = self.draw.randint(1, 9)
        with self.database.write():
            draft = self.book.begin(ActionId(new_id(self.draw.randbytes)), "feed", "")
            draft.accept(facts, amount, new_id(self.draw.randbytes))
            draft.cursor += 1
            self.book.post(draft)
        self.held[facts] = self.held.get(facts, 0) + amount

    def take(self, facts: Bucket) -> None:
        """Spend, return or expire some of a bucket."""
        amount = self.draw.randint(1, self.held[facts])
        with self.database.write():
            draft = self.book.begin(ActionId(new_id(self.draw.randbytes)), "take", "")
            lot = self.book.lot_of(facts)
            assert lot is not None
            assert lot.amount == self.held[facts]
            kinds = ("spend", "return") if facts.asset == "principal" else ("spend", "return", "expire")
            match self.draw.choice(kinds):
                case "spend":
                    draft.spend(lot, amount)
                    draft.debit("deferred", amount * facts.unit_value_fen)
                    draft.credit("sales/service", amount * facts.unit_value_fen)
                case "return":
                    draft.give_back(lot, amount)
                case _:
                    draft.expire(lot, amount)
            self.book.post(draft)
        self.held[facts] -= amount

    def restore(self) -> None:
        """Go on from an image of the store, and take back what it has forgotten of this life."""
        self.database.run("PRAGMA wal_checkpoint(TRUNCATE)")
        self.image += 1
        copy = self.folder / f"image-{self.image}.db"
        shutil.copy(self.database.path, copy)
        before = self.book.life().seq
        for _ in range(self.draw.randint(0, 4)):
            usable = [facts for facts, amount in self.held.items() if amount]
            if usable and self.draw.random() < 0.5:
                self.take(self.draw.choice(usable))
            else:
                self.create() if self.draw.random() < 0.5 else self.accept(self.foreign())
        tail = [data for _, _, data in Journal(self.database).entries(before, 10)]
        self.database.close()
        self.database = Database(copy, STORE_KEY)
        migrate(self.database)
        self.book = Book(self.database, ManualClock(), self.draw.randbytes)
        assert Journal(self.database).append_tail(tail, self.book.day_at) == len(tail)


@pytest.mark.parametrize("seed", [*range(4), None])
def test_any_history_leaves_what_the_model_says_and_a_right_book(tmp_path: pathlib.Path, seed: int | None) -> None:
    chosen = random.SystemRandom().randrange(2**32) if seed is None else seed
    print(f"seed {chosen}")
    draw = random.Random(chosen)
    database = Database(tmp_path / "store.db", STORE_KEY)
    migrate(database)
    till = Till(tmp_path, draw, database, Book(database, ManualClock(), draw.randbytes))
    till.book.open()
    for _ in range(STEPS):
        till.step()
    for owner in OWNERS:
        expected: dict[str, int] = {}
        for facts, amount in till.held.items():
            if facts.owner == owner and amount:
                expected[facts.asset] = expected.get(facts.asset, 0) + amount
        assert till.book.balances(owner) == expected, f"seed {chosen}"
    accounts = till.book.accounts()
    worth = sum(amount * facts.unit_value_fen for facts, amount in till.held.items())
    assert (sum(accounts.values()), -accounts.get("deferred", 0)) == (0, worth), f"seed {chosen}"
    verdict = verify(till.database, tmp_path / "scratch.db")
    assert (verdict.code, verdict.entries > 0) == ("", True), f"seed {chosen}: {verdict}"
    till.database.close()

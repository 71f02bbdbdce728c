"""Random histories: the book never breaks its rules, and what it kept is what its entries say."""

from __future__ import annotations

import hashlib
import pathlib
import random
from dataclasses import dataclass, field

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, BucketId, new_id
from terminal.rules import entry
from terminal.rules.bucket import CREDIT_ACCOUNT, DEBIT_ACCOUNT, Bucket
from terminal.rules.entry import KINDS_ADDING, Entry
from terminal.rules.fold import EntryWrong
from tests.ledger.conftest import RULES, Counter, counter_over
from tests.support import open_test_book

STEPS = 250
# Histories that once went wrong stay here.
SEEDS_KEPT = (1, 20261121)


@dataclass(slots=True)
class Plain:
    """The fold told once more, in the plainest words, without the code under test."""

    facts: dict[BucketId, Bucket] = field(default_factory=dict)
    held: dict[BucketId, int] = field(default_factory=dict)
    money: dict[str, int] = field(default_factory=dict)
    head: bytes = bytes(32)

    def follow(self, data: bytes) -> None:
        """Apply an entry and check every promise after it."""
        self.head = hashlib.sha256(self.head + data).digest()
        read = entry.from_bytes(data)
        assert read.to_bytes() == data
        before = dict(self.held)
        for made in read.buckets:
            assert made.id not in self.facts
            self.facts[made.id] = made
        taken: dict[BucketId, int] = {}
        for effect in read.effects:
            sign = 1 if effect.kind in KINDS_ADDING else -1
            self.held[effect.bucket] = self.held.get(effect.bucket, 0) + sign * effect.amount
            if sign < 0:
                taken[effect.bucket] = taken.get(effect.bucket, 0) + effect.amount
        assert all(amount <= before.get(name, 0) for name, amount in taken.items())
        for account, amount in read.postings:
            self.money[account] = self.money.get(account, 0) + amount
        self.check(read)

    def check(self, read: Entry) -> None:
        """Check that nothing is negative, postings balance and L1 holds."""
        assert min(self.held.values(), default=0) >= 0
        assert sum(amount for _, amount in read.postings) == 0
        worth: dict[str, int] = {}
        for name, amount in self.held.items():
            made = self.facts[name]
            if made.asset in CREDIT_ACCOUNT:
                account = CREDIT_ACCOUNT[made.asset]
                worth[account] = worth.get(account, 0) - amount * made.unit_value_fen
            elif made.asset in DEBIT_ACCOUNT:
                account = DEBIT_ACCOUNT[made.asset]
                worth[account] = worth.get(account, 0) + amount * made.unit_value_fen
        for account in {*CREDIT_ACCOUNT.values(), *DEBIT_ACCOUNT.values()}:
            assert self.money.get(account, 0) == worth.get(account, 0), account


class Day:
    """A shop whose staff do anything at all."""

    def __init__(self, counter: Counter, chance: random.Random) -> None:
        self.counter = counter
        self.chance = chance
        self.accounts: list[AccountId] = [counter.member()]
        self.done: list[tuple[AccountId, int, int, str]] = []

    def step(self) -> None:
        """Do one thing, allowed or not; a refusal must change nothing."""
        often = [self._top_up] * 2 + [self._charge] * 4
        move = self.chance.choice([self._import, self._again, self._raw, *often])
        before = self.counter.book.life()
        try:
            move()
        except (Refusal, EntryWrong):
            assert self.counter.book.life() == before, "what was refused left nothing"
        self.counter.clock.advance(self.chance.choice([1, 60, 86_400]))

    def _account(self) -> AccountId:
        return self.chance.choice(self.accounts)

    def _amount(self) -> int:
        return self.chance.choice([1, 99, 10_00, 333_33, 500_00, 1000_00, self.chance.randrange(1, 2000_00)])

    def _import(self) -> None:
        chance = self.chance
        self.accounts.append(
            self.counter.member(
                principal_fen=chance.choice([0, chance.randrange(1000_00)]),
                bonus_fen=chance.choice([0, chance.randrange(300_00)]),
                points=chance.randrange(50),
            )
        )

    def _top_up(self) -> None:
        paid_fen = self._amount()
        bonus_fen = max([0, *(tier.bonus_fen for tier in RULES.top_up.tiers if tier.paid_fen <= paid_fen)])
        account, action = self._account(), new_id()
        self.counter.top_up(account, paid_fen, bonus_fen, action)
        self.done.append((account, paid_fen, bonus_fen, action))

    def _charge(self) -> None:
        account, amount_fen = self._account(), self._amount()
        balance_fen = self.counter.members.holdings(account).balance_fen
        if amount_fen > balance_fen:
            with pytest.raises(Refusal, match="not_enough"):
                self.counter.charge(account, amount_fen)
            return
        self.counter.charge(account, amount_fen)
        assert self.counter.members.holdings(account).balance_fen == balance_fen - amount_fen

    def _again(self) -> None:
        """Ask for a top-up once more, or for another one under its action id."""
        if not self.done:
            return
        account, paid_fen, bonus_fen, action = self.chance.choice(self.done)
        before = self.counter.book.life()
        self.counter.top_up(account, paid_fen, bonus_fen, action)
        assert self.counter.book.life() == before
        self.counter.top_up(account, paid_fen + self.chance.randrange(2), bonus_fen + 1, action)

    def _raw(self) -> None:
        """Post effects and money at random, most of them wrong."""
        book, chance = self.counter.book, self.chance
        account = self._account()
        lots = book.lots(book.holdings(account, ("principal", "bonus", "points", "refund_right")))
        with self.counter.database.write():
            draft = book.begin(ActionId(new_id()), "random", "")
            for lot in chance.sample(lots, min(len(lots), chance.randrange(3))):
                amount = chance.choice([1, lot.amount, lot.amount + 1, max(1, lot.amount // 2)])
                chance.choice([draft.spend, draft.spend, draft.add])(lot, amount)
                if lot.facts.asset == "principal" and chance.random() < 0.8:
                    draft.debit("deferred", amount)
                    draft.credit("sales/product", amount)
            book.post(draft)


@pytest.mark.slow
@pytest.mark.parametrize("kept", [*SEEDS_KEPT, None])
def test_random_histories_never_break_the_book(tmp_path: pathlib.Path, seed: int, kept: int | None) -> None:
    chosen = seed if kept is None else kept
    made = open_test_book(tmp_path)
    counter = counter_over(made)
    day = Day(counter, random.Random(chosen))
    plain, seen = Plain(), 0
    for _ in range(STEPS):
        day.step()
        for row in counter.database.rows("SELECT seq, bytes FROM entry WHERE seq > ? ORDER BY seq", (seen,)):
            plain.follow(row[1])
            seen = row[0]
    assert seen > STEPS // 4, f"seed {chosen}: hardly anything happened"
    kept_units = {
        BucketId(name.hex()): amount
        for name, amount in counter.database.rows("SELECT id, amount FROM held JOIN bucket ON bucket.n = held.bucket")
    }
    assert kept_units == plain.held, f"seed {chosen}"
    kept_money = {account: amount for account, amount in counter.book.accounts().items() if amount}
    assert kept_money == {account: amount for account, amount in plain.money.items() if amount}, f"seed {chosen}"
    verdict = counter.verify()
    assert (verdict.code, verdict.head) == ("", plain.head.hex()), f"seed {chosen}: {verdict}"
    made.database.close()


def test_a_random_change_anywhere_in_the_store_is_found(tmp_path: pathlib.Path, seed: int) -> None:
    made = open_test_book(tmp_path)
    counter = counter_over(made)
    chance = random.Random(seed)
    day = Day(counter, chance)
    for _ in range(40):
        day.step()
    columns = [
        ("entry", "bytes"), ("entry", "hash"), ("entry", "action_id"), ("bucket", "id"), ("bucket", "facts"),
        ("held", "owner"), ("life", "hash"),
    ]  # fmt: skip
    for _ in range(15):
        table, column = chance.choice(columns)
        key = "rowid" if table != "held" else "bucket"
        rows = counter.database.rows(f"SELECT {key}, {column} FROM {table}")  # noqa: S608 - names of ours
        place, before = chance.choice(rows)
        after = bytearray(before)
        after[chance.randrange(len(after))] ^= chance.randrange(1, 256)
        change = f"UPDATE {table} SET {column} = ? WHERE {key} = ?"  # noqa: S608 - names of ours
        counter.tamper(change, (bytes(after), place))
        assert counter.verify().code, f"seed {seed}: {table}.{column} of {place}"
        counter.tamper(change, (before, place))
        assert counter.verify().code == ""
    made.database.close()

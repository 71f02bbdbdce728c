"""A visit at a till that does not hold the locked lot: noted in the bill, opened by the cloud, skipped after a void."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from terminal.base.ids import AccountId, DeviceId, LotId
from terminal.rules import canonical
from terminal.rules.bucket import Bucket, Source
from terminal.rules.canonical import Canonical
from terminal.rules.entry import from_bytes
from terminal.services.bills.values import Order, Settled
from terminal.services.refunds.records import name_of
from terminal.services.summaries import Summaries
from tests.fuzz.till import open_till
from tests.services.bill_bench import free
from tests.services.chain_bench import Branch, Chain, open_chain

TERMS: dict[str, Canonical] = {"granted_fen": 300_00, "rate_bp": 1_000, "min_bill_fen": 100_00}
RULES = """
[shop]
name = "兰亭美业"

[[services]]
code = "101"
name = "护理"
price = "100.00"
"""


@pytest.fixture
def chain(tmp_path: pathlib.Path) -> Iterator[Chain]:
    with open_chain(tmp_path) as made:
        yield made


def noted(bill: Settled) -> object:
    return bill.posted.entry.payload.get("release")


def granted(chain: Chain) -> tuple[Branch, Branch, AccountId, Bucket]:
    """Return two tills, and a member with bonus that is locked at the first."""
    one, two = chain.tills
    account = chain.member()
    locked = one.shop.give(account, "bonus_locked", 300_00, attributes=TERMS)
    chain.sync()
    return one, two, account, locked


def units(till: Branch, account: AccountId, asset: str) -> int:
    """Return what there is of an asset in the chain, as a till has heard."""
    return sum(amount for _, amount in Summaries(till.database).lots([account], asset))


def test_a_visit_at_another_till_is_noted_and_the_cloud_opens_its_part_once(chain: Chain) -> None:
    one, two, account, locked = granted(chain)
    assert noted(two.shop.ring(Order(account, (free(99_00),)))) is None, "too small a bill"
    bill = two.shop.ring(Order(account, (free(100_00),)))
    assert noted(bill) == [[locked.id, 30_00]]
    assert bill.note.released == ()
    chain.sync()
    assert (units(two, account, "bonus_locked"), units(two, account, "bonus")) == (270_00, 30_00)
    here = one.shop.ring(Order(account, (free(100_00),)))
    assert (noted(here), [each.opened_fen for each in here.note.released]) == (None, [30_00]), "its holder opens it"
    chain.sync()
    assert (units(two, account, "bonus_locked"), units(two, account, "bonus")) == (240_00, 60_00)


def test_visits_at_a_till_that_hears_nothing_open_no_more_than_was_granted(chain: Chain) -> None:
    one, two, account, _ = granted(chain)
    for _ in range(12):
        two.shop.ring(Order(account, (free(100_00),)))
    one.shop.ring(Order(account, (free(100_00),)))
    chain.sync(6)
    assert (units(one, account, "bonus_locked"), units(one, account, "bonus")) == (0, 300_00)


def test_a_voided_visit_is_skipped_at_the_next_one(chain: Chain) -> None:
    _, two, account, locked = granted(chain)
    bill = two.shop.ring(Order(account, (free(100_00),)))
    two.voids.void(two.by(), name_of(bill.posted.entry), "wrong")
    two.shop.prove()
    chain.sync()
    assert units(two, account, "bonus") == 30_00, "what the cloud opened stays"
    again = two.shop.ring(Order(account, (free(100_00),)))
    assert noted(again) is None, "and this visit opens nothing"
    two.voids.void(two.by(), name_of(again.posted.entry), "wrong again")
    assert noted(two.shop.ring(Order(account, (free(100_00),)))) is None
    assert noted(two.shop.ring(Order(account, (free(100_00),)))) == [[locked.id, 30_00]]
    chain.sync()
    assert units(two, account, "bonus") == 60_00


def test_a_running_till_notes_the_visit_of_whom_it_heard_that_something_is_locked_elsewhere() -> None:
    with open_till() as till:
        till.take_commands()
        assert not till.ask("setup_apply", text=RULES).get("mistakes")
        till.do("shift_open", float_fen=0)
        database, book = till.till._store.database, till.till._store.book

        def hear() -> Bucket:
            life = book.life()
            source, lot = Source(DeviceId("b" * 32), 1, 7), LotId("a" * 32)
            locked = Bucket(life.chain, AccountId(till.account), "bonus_locked", lot, source, attributes=TERMS)
            body: dict[str, Canonical] = {"units": {}, "lots": [[locked.data.decode(), 300_00], "x", [1, 2], ["{}", 1]]}
            row: tuple[Any, ...] = ("summary", till.account, 1, 1, canonical.encode(body), "", 1)
            with database.write():
                database.run("INSERT INTO chain_row VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            return locked

        locked = till.till._dispatcher.ask(hear)
        opened = till.do("bill_open", order={"account": till.account, "lines": [{"item": "101"}]})
        paying = {"payable_fen": 100_00, "tenders": [["cash", 100_00, "", 0]]}
        till.do("bill_settle", bill=opened["open"]["id"], version=1, paying=paying)

        def last() -> object:
            row = database.row("SELECT bytes FROM entry ORDER BY seq DESC LIMIT 1")
            assert row is not None
            return from_bytes(row[0]).payload.get("release")

        assert till.till._dispatcher.ask(last) == [[locked.id, 30_00]]
        assert till.wrong_with_the_book() == ""

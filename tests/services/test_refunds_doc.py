"""The page on what is taken back tells what the book really does."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator

import pytest

from terminal.rules.entry import Entry, from_bytes
from terminal.services.refunds import records
from terminal.services.refunds.voids import Voids
from terminal.services.releases import Releases
from tests.services.refund_bench import SAME_SHIFT, RefundBench, line, open_bench

PAGE = (pathlib.Path(__file__).parents[2] / "docs" / "refunds.md").read_text(encoding="utf-8")
IN_FEN = {"principal", "bonus", "refund_right"}


def followed(bench: RefundBench) -> str:
    """Return a bill of 300.00 in two pieces from a new member's purse."""
    account = bench.member()
    bench.top_up(account, 1000_00, 200_00)
    return bench.bill(account, [line(300_00, 2)], {"principal": 250_00, "bonus": 50_00}, points=25)


def effects_of(bench: RefundBench, made: Entry) -> list[str]:
    found = []
    for effect in made.effects:
        row = bench.made.database.row("SELECT facts FROM bucket WHERE id = ?", (bytes.fromhex(effect.bucket),))
        assert row is not None
        asset = re.search(rb'"asset":"(\w+)"', row[0])
        assert asset is not None
        name = asset[1].decode()
        amount = f"{effect.amount / 100:.2f}" if name in IN_FEN else str(effect.amount)
        found.append(f"{'+' if effect.kind == 'create' else '−'}{name} {amount}")
    return found


def row_of(bench: RefundBench, made: Entry) -> str:
    money = [f"{account} {'+' if fen > 0 else '−'}{abs(fen) / 100:.2f}" for account, fen in made.postings]
    return f"| `{made.kind}` | {', '.join(effects_of(bench, made))} | {', '.join(money)} |"


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[RefundBench]:
    """Give a counter over an empty book, proved at the end."""
    with open_bench(tmp_path) as made:
        yield made


def test_the_bill_on_the_page_is_followed_through_the_book(bench: RefundBench) -> None:
    bill = followed(bench)
    for _ in range(2):
        bench.refund(bill, {0: 1})
    entries = [from_bytes(row[0]) for row in bench.made.database.rows("SELECT bytes FROM entry ORDER BY seq")]
    assert [row_of(bench, made) for made in entries if row_of(bench, made) not in PAGE] == []


def test_the_voided_bill_on_the_page_is_the_opposite(bench: RefundBench) -> None:
    bill = followed(bench)
    Voids(bench.records, Releases(bench.made.book)).void(bench.by(SAME_SHIFT), bill, "typed twice")
    assert sorted(effects_of(bench, bench.last())) == sorted(
        ["−refund_right 250.00", "−refund_right 50.00", "+principal 250.00", "+bonus 50.00", "−points 25"]
    )


def test_the_page_names_every_entry_and_every_reason_against_a_void() -> None:
    kinds = {records.REFUND, records.VOID, records.REPAY, records.PASS_REFUND, records.PREPAYMENT_REFUND}
    kinds |= {records.CARD_RETURN, records.GIVEN_UP, records.PAID_OUT, records.PAYOUT_NOTED, "card_return_noted"}
    assert sorted(kind for kind in kinds if f"`{kind}`" not in PAGE) == []

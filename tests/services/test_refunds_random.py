"""Whatever is bought and refunded in whatever order: never more than was paid by each means, and at last all of it."""

from __future__ import annotations

import pathlib
import random
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.bill_note import EXTERNAL
from terminal.services.refunds.asking import Wish
from terminal.services.refunds.credit import Credit
from terminal.services.refunds.records import parts
from tests.services.refund_bench import RefundBench, line, open_bench

MEANS = ("cash", "wechat", "principal", "bonus", "on_credit")


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_partial_refunds_in_any_order_give_back_what_was_paid_and_no_more(seed: int) -> None:
    refund_all(random.Random(seed))


@pytest.mark.parametrize("seed", [1, 7])
def test_two_bills_are_refunded_in_parts_to_the_last_fen(seed: int) -> None:
    refund_all(random.Random(seed))


def refund_all(rng: random.Random) -> None:
    """Settle a bill of any lines and means of payment, and refund it in parts until nothing of it is left."""
    with tempfile.TemporaryDirectory() as folder, open_bench(pathlib.Path(folder)) as bench:
        _run(bench, rng)


def _run(bench: RefundBench, rng: random.Random) -> None:
    account = bench.member()
    bench.top_up(account, 5000_00, 1000_00)
    start = bench.accounts()
    lines = [line(rng.randint(1, 300_00), rng.randint(1, 4)) for _ in range(rng.randint(1, 4))]
    paid = dict.fromkeys(MEANS, 0)
    left = sum(each.net_fen for each in lines)
    for means in rng.sample(MEANS, rng.randint(1, len(MEANS))):
        paid[means] = rng.randint(0, min(left, 900_00))
        left -= paid[means]
    paid["cash"] += left
    tenders = {means: fen for means, fen in paid.items() if fen}
    points = sum(fen for means, fen in tenders.items() if means not in {"bonus", "on_credit"}) // 10_00
    bill = bench.bill(account, lines, tenders, points=points)
    if paid["on_credit"] and rng.random() < 0.5:
        repaid = rng.randint(1, paid["on_credit"])
        Credit(bench.records).repay(bench.by(), account, repaid, "cash")
        paid["cash"] += repaid
        paid["on_credit"] -= repaid
    given = dict.fromkeys((*EXTERNAL, *MEANS), 0)
    while any(each.quantity_left for each in bench.refunds.sale(bill).sale.lines):
        sold = bench.refunds.sale(bill).sale.lines
        place = rng.choice([place for place, each in enumerate(sold) if each.quantity_left])
        wanted = {place: rng.randint(1, sold[place].quantity_left)}
        by = bench.by()
        try:
            first = bench.refunds.refund(by, Wish(bill, wanted))
        except Refusal as refusal:
            # A line of a fen in several pieces: a piece of it is worth nothing, and goes with others.
            assert refusal.code == "refund_nothing"  # noqa: PT017 - the refusal is expected only sometimes
            continue
        assert bench.refunds.refund(by, Wish(bill, wanted)) == first
        for back in parts(bench.last().payload, "backs"):
            given[back["means"]] += back["given"]
        assert given["cash"] + given["on_credit"] <= paid["cash"] + paid["on_credit"]
        assert all(given[means] <= paid[means] for means in ("wechat", "principal", "bonus"))
    assert sum(given.values()) == sum(paid.values())
    assert bench.held(account) == {"principal": 5000_00, "bonus": 1000_00}
    accounts = bench.accounts()
    assert accounts.pop("refund_payable", 0) == -paid["wechat"]
    assert accounts.pop("tender/wechat", 0) == paid["wechat"]
    assert accounts == start

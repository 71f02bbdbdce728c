"""Refunds and their naive second calculation agree on random bills, refunded in random parts to the last fen."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.refunds.bill import (
    BONUS,
    COUPON,
    MONEY,
    OWED,
    PASS,
    POINTS,
    PRINCIPAL,
    TENDER,
    Refund,
    Right,
    Sale,
    SoldLine,
    after,
    points_by_line,
    refund,
)
from tests.rules.naive_refunds import Given, Naive

SEEDS = st.integers(0, 2**32 - 1)


def bill_of(chance: random.Random) -> Sale:
    """Return a bill of one to six lines: any quantities, sessions, points that paid, coupons, and up to eight rights.

    Small amounts are as likely as large ones, so that fractions of a fen are drawn often.
    """
    most_fen = chance.choice((3, 100, 300_00))
    lines: list[SoldLine] = []
    rights: list[Right] = []
    for place in range(chance.randint(1, 6)):
        quantity = chance.randint(1, 5)
        if chance.random() < 0.2:
            lines.append(SoldLine("service", quantity, 0, units=quantity))
            rights += _of_line(chance, place, quantity)
        else:
            kind = chance.choice(("service", "product"))
            lines.append(SoldLine(kind, quantity, chance.randint(0, most_fen)))
    nets = [line.net_fen for line in lines]
    if sum(nets) and chance.random() < 0.5:
        points = chance.randint(1, 500)
        lines = [replace(line, points=part) for line, part in zip(lines, points_by_line(points, nets), strict=True)]
        rights += _parts(chance, points, (POINTS,), 2)
    rights += _parts(chance, sum(nets), (OWED, TENDER, TENDER, PRINCIPAL, BONUS), 5)
    if chance.random() < 0.3:
        rights.append(Right("coupon", COUPON, 1))
    return Sale(tuple(lines), tuple(rights))


def _of_line(chance: random.Random, place: int, units: int) -> list[Right]:
    first = chance.randint(1, units)
    parts = [part for part in (first, units - first) if part]
    return [Right(f"pass{place}.{n}", PASS, part, line=place, unit_value_fen=7) for n, part in enumerate(parts)]


def _parts(chance: random.Random, amount: int, assets: tuple[str, ...], most: int) -> list[Right]:
    """Return rights to so much in all, of these assets in any order."""
    rights: list[Right] = []
    for n in range(chance.randint(1, most)):
        asset = chance.choice(assets)
        part = chance.randint(0, amount)
        amount -= part
        rights.append(Right(f"{asset}{n}", asset, part, tender=f"way{n}" if asset == TENDER else ""))
    return [*rights, Right(f"{assets[-1]}9", assets[-1], amount)]


def wanted_of(chance: random.Random, sale: Sale) -> dict[int, int]:
    """Return some of what is left of a bill, often all of it."""
    left = {place: line.quantity_left for place, line in enumerate(sale.lines) if line.quantity_left}
    if chance.random() < 0.15:
        return left
    places = chance.sample(sorted(left), chance.randint(1, len(left)))
    return {place: chance.randint(1, left[place]) for place in sorted(places)}


def agree(done: Refund, naive: Given) -> None:
    """Fail unless both gave the same of every right, for lines of the same value."""
    assert {back.right.id: back.spent for back in done.backs} == {k: n for k, n in naive.spent.items() if n}
    assert {back.right.id: back.given for back in done.backs} == {
        k: naive.given[k] for k, n in naive.spent.items() if n
    }
    assert (done.value_fen, done.lapsed_fen) == (naive.value_fen, naive.lapsed_fen)


def run(seed: int) -> None:
    """Refund one random bill in random parts until nothing is left, both ways, with what must hold at the end."""
    chance = random.Random(seed)
    sale = first = bill_of(chance)
    naive, given_back = Naive(sale), Counter[str]()
    lapsed_fen, deducted_fen, kept_points, last = 0, 0, 0, False
    while any(line.quantity_left for line in sale.lines):
        if chance.random() < 0.1:
            sale, lapsed_now = _lapse(chance, sale, naive)
            lapsed_fen += lapsed_now
        wanted = wanted_of(chance, sale)
        try:
            whole = refund(sale, wanted)
        except Refusal as refusal:
            # A piece that is worth nothing goes with others; what is left when all is worth nothing stays.
            assert refusal.code == "refund_nothing"  # noqa: PT017 - the refusal is expected only sometimes
            if wanted == {place: line.quantity_left for place, line in enumerate(sale.lines) if line.quantity_left}:
                break
            continue
        deduct_fen = chance.choice((0, 0, 0, chance.randint(0, whole.given_fen)))
        kept = chance.choice((0, 0, 0, chance.randint(0, whole.points)))
        done = refund(sale, wanted, deduct_fen, kept)
        agree(done, naive.take(wanted, deduct_fen, kept))
        sessions_fen = sum(back.given * 7 for back in done.backs if back.right.asset == PASS)
        assert sum(fen for _, fen in done.sales) == done.given_fen + sessions_fen
        given_back.update({back.right.id: back.given for back in done.backs})
        deducted_fen, kept_points, last = deducted_fen + deduct_fen, kept_points + kept, done.full
        sale = after(sale, done)
    _check_end(first, sale, given_back, Counter(money=lapsed_fen + deducted_fen, points=kept_points), last=last)


def _lapse(chance: random.Random, sale: Sale, naive: Naive) -> tuple[Sale, int]:
    """End a right to stored value, as the refund of the top-up it leads to does."""
    stored = [right for right in sale.rights if right.asset in {PRINCIPAL, BONUS} and right.left]
    if not stored:
        return sale, 0
    gone = chance.choice(stored)
    naive.left[gone.id] = 0
    rights = tuple(replace(right, left=0) if right.id == gone.id else right for right in sale.rights)
    return replace(sale, rights=rights, lapsed_fen=sale.lapsed_fen + gone.left), gone.left


def _check_end(first: Sale, sale: Sale, given_back: Mapping[str, int], less: Mapping[str, int], *, last: bool) -> None:
    """Fail unless all that paid came back by its own right, less what was kept or had ended."""
    for right in first.rights:
        assert given_back.get(right.id, 0) <= right.left, right
    if not last:
        return
    assert all(right.left == 0 for right in sale.rights), sale.rights
    assert all(line.left_fen == 0 == line.points - line.refunded_points for line in sale.lines)
    money_fen = sum(right.left for right in first.rights if right.asset in MONEY)
    assert (
        sum(given_back.get(right.id, 0) for right in first.rights if right.asset in MONEY) == money_fen - less["money"]
    )
    points = sum(right.left for right in first.rights if right.asset == POINTS)
    assert (
        sum(given_back.get(right.id, 0) for right in first.rights if right.asset == POINTS) == points - less["points"]
    )
    if not less["money"]:
        exact = {right.id: right.left for right in first.rights if right.asset in MONEY}
        assert {name: given_back.get(name, 0) for name in exact} == exact, "each means of payment, to the fen"


@settings(max_examples=50, deadline=None)
@given(seed=SEEDS)
def test_every_partial_refund_is_the_naive_one_and_together_they_are_what_was_paid(seed: int) -> None:
    run(seed)


@pytest.mark.slow
@settings(max_examples=1500, deadline=None)
@given(seed=SEEDS)
def test_many_more_bills_refunded_in_parts_agree_with_the_naive_sums(seed: int) -> None:
    run(seed)


def test_the_bills_that_are_drawn_have_everything_there_is() -> None:
    assets, full, partial = Counter[str](), 0, 0
    for seed in range(300):
        sale = bill_of(random.Random(seed))
        assets.update(right.asset for right in sale.rights if right.left)
        try:
            full += refund(sale).full
        except Refusal:
            partial += 1
    assert set(assets) == {OWED, TENDER, PRINCIPAL, BONUS, POINTS, COUPON, PASS}
    assert min(assets.values()) > 20
    assert full > 250

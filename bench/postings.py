"""Durable postings through the services, beside the same statements and the same rows written without them."""

from __future__ import annotations

import pathlib
import random
import secrets
import time
from collections.abc import Callable, Sequence

from bench.figures import Figure, compared, median, number, once, sampled, spread
from bench.posting_stores import Bench, Statement, make_bench
from bench.scale import Scale
from terminal.base.ids import AccountId, ActionId
from terminal.ledger.draft import Draft
from terminal.services.money import create_value
from terminal.services.views import SignedIn

LIMIT_OURS_MS = 0.25
LIMIT_RATIO = 0.8
# Where a sync costs less, no ratio can be asked for: the fixed work of a posting then outweighs the disk.
SYNC_COUNTS_MS = 2.0
WARM_UP = 30
# Posts the nth of a round and returns the milliseconds it took.
Post = Callable[[Bench, random.Random, int], float]
STAFF = SignedIn("bench", "0" * 32, "bench", 1)
TOP_UP_FEN, CHARGE_FEN = 20_00, 10_00


def measure(folder: pathlib.Path, scale: Scale) -> list[Figure]:
    """Return the figures of postings, first without and then with the receipt each one queues."""
    through = [
        # A receipt is drawn in the posting's transaction and told beside it, and the ledger's part is told within it:
        # the limits are those of a posting through the services.
        ("posting", _post, False, True),
        ("posting with receipt", _post, True, False),
        ("posting, its ledger alone", _entry, False, False),
    ]
    figures: list[Figure] = []
    for what, post, with_receipts, held in through:
        bench = make_bench(folder / "postings", with_receipts=with_receipts)
        figures += _round(bench, scale, what, post, held=held)
    return figures


def _round(bench: Bench, scale: Scale, what: str, post: Post, *, held: bool) -> list[Figure]:
    draw = random.Random(4)
    ours_ms: list[float] = []
    posted: list[Statement] = []
    for number_ in range(WARM_UP + scale.postings + 1):  # the copies never come to the last one
        earlier, posted = posted, []
        # All of them in any order, the copies one posting behind: whoever always came first after the disk's pause
        # would meet cold caches for the others.
        for who in draw.sample([None, bench.raw, bench.rows, bench.plain], 4):
            if who is None:
                bench.database.statements.clear()
                ours_ms.append(post(bench, draw, number_))
                posted = list(bench.database.statements)
            elif earlier:
                who.repeat(earlier)
        bench.sync.once()
    bench.close()
    return _figures(what, bench, ours_ms[WARM_UP:-1], held=held)


def _post(bench: Bench, draw: random.Random, number_: int) -> float:
    """Post a top-up or a charge, in turn, and return the milliseconds it took."""
    account, action = draw.choice(bench.accounts), ActionId(secrets.token_hex(16))
    began_ns = time.perf_counter_ns()
    if number_ % 2:
        bench.money.charge(bench.rules, STAFF, action, account, CHARGE_FEN, "photo")
    else:
        bench.money.top_up(bench.rules, STAFF, action, account, TOP_UP_FEN, 0)
    return (time.perf_counter_ns() - began_ns) / 1e6


def _entry(bench: Bench, draw: random.Random, number_: int) -> float:
    """Post what `_post` posts, as the book does when all that the shop's rules say of it is known."""
    account, action = draw.choice(bench.accounts), ActionId(secrets.token_hex(16))
    began_ns = time.perf_counter_ns()
    with bench.database.write():
        if bench.book.done(action) is None:
            draft = bench.book.begin(action, "bill" if number_ % 2 else "top_up", secrets.token_hex(16))
            if number_ % 2:
                _take(bench, draft, account)
            else:
                create_value(draft, account, TOP_UP_FEN, 0, "cash")
                draft.debit("tender/cash", TOP_UP_FEN)
                draft.credit("deferred", TOP_UP_FEN)
            bench.book.post(draft)
    return (time.perf_counter_ns() - began_ns) / 1e6


def _take(bench: Bench, draft: Draft, account: AccountId) -> None:
    """Spend from the oldest lots, with the right to have each part back, and sell a service for it."""
    left_fen = CHARGE_FEN
    for lot in bench.book.lots(bench.book.holdings(account, ("principal",))):
        part_fen = min(left_fen, lot.amount)
        if part_fen:
            draft.spend(lot, part_fen)
            draft.create("refund_right", account, part_fen, attributes={"of": "bill", "lot": lot.bucket})
        left_fen -= part_fen
    draft.debit("deferred", CHARGE_FEN - left_fen)
    draft.credit("sales/service", CHARGE_FEN - left_fen)


def ratio_figure(
    what: str, *, raw_ms: Sequence[float], ours_ms: Sequence[float], sync_ms: Sequence[float], held: bool
) -> Figure:
    """Return raw time / ours, with its limit where it is `held` to one and a sync costs enough, else only told."""
    ratio = compared(f"{what}: raw time / ours", raw_ms, ours_ms, limit=LIMIT_RATIO, at_least=True)
    matters = median(sync_ms) >= SYNC_COUNTS_MS
    if held and matters:
        return ratio
    note = f"no limit here: it holds where a sync costs {number(SYNC_COUNTS_MS)} ms or more" if held else ""
    return Figure(ratio.name, ratio.value, "x", ratio.low, ratio.high, note=note)


def _figures(what: str, bench: Bench, ours_ms: Sequence[float], *, held: bool) -> list[Figure]:
    raw_ms, rows_ms, plain_ms = (other.took_ms[WARM_UP:] for other in (bench.raw, bench.rows, bench.plain))
    sync_ms = bench.sync.took_ms[WARM_UP:-1]
    # Pairs are of one posting: a top-up and a charge are different work.
    ours_more_ms = [ours - raw for ours, raw in zip(ours_ms, raw_ms, strict=True)]
    more_than_rows_ms = [ours - rows for ours, rows in zip(ours_ms, rows_ms, strict=True)]
    limit_ms = LIMIT_OURS_MS if held else None
    return [
        sampled(f"{what}: through the services", ours_ms, "ms", note=spread(ours_ms, "ms")),
        sampled(f"{what}: same statements, raw sqlcipher3", raw_ms, "ms", note=spread(raw_ms, "ms")),
        sampled(f"{what}: same rows only, raw sqlcipher3", rows_ms, "ms", note=spread(rows_ms, "ms")),
        sampled(f"{what}: same statements, plain sqlite3", plain_ms, "ms", note=spread(plain_ms, "ms")),
        sampled(f"{what}: one page written and synced", sync_ms, "ms", note=spread(sync_ms, "ms")),
        once(f"{what}: ours a second", 1000 / median(ours_ms), "/s"),
        once(f"{what}: raw a second", 1000 / median(raw_ms), "/s"),
        once(f"{what}: plain a second", 1000 / median(plain_ms), "/s"),
        sampled(f"{what}: ours beside the raw statements", ours_more_ms, "ms", limit=limit_ms, note="pair by pair"),
        sampled(f"{what}: ours beside the raw rows", more_than_rows_ms, "ms", note="pair by pair"),
        ratio_figure(what, raw_ms=raw_ms, ours_ms=ours_ms, sync_ms=sync_ms, held=held),
    ]

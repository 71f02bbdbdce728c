"""What was delivered for a lot of stored value: each bill notes its shares, and a refund says what no longer counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terminal.base.ids import BucketId
from terminal.rules import canonical
from terminal.rules.bucket import bucket_id
from terminal.rules.canonical import Canonical
from terminal.rules.refunds import bill
from terminal.rules.refunds.bill import MONEY, Refund
from terminal.rules.refunds.prepayment import Consumed, subtracted
from terminal.rules.split import half_up
from terminal.services.refunds.records import RIGHT, parts, target_of, text
from terminal.services.refunds.settled import Settled


def returned(settled: Settled, done: Refund, pass_place: int = -1) -> list[Canonical]:
    """Return what a refund takes off what each lot that paid for the bill has consumed, as its payload keeps it.

    `done` refunds lines of the bill, or the pass that the line at `pass_place` sold.

    What missing points cost was not given back, and stays consumed at charged and at list value.
    """
    noted = _noted(settled)
    if not noted:
        return []
    named = _named(settled)
    targets = _payments(settled, named)
    kept: dict[str, int] = {}
    for payload in settled.refunds:
        for back in parts(payload, "backs"):
            right = named.get(back["right"], back["right"])
            kept[right] = kept.get(right, 0) + back["spent"] - back["given"]
    rights = [*settled.sale.rights, *(right for sold in settled.passes for right in sold.sale.rights)]
    left = {right.id: right.left for right in rights}
    given = {back.right.id: back.given for back in done.backs}
    stays = [left.get(each, 0) - given.get(each, 0) + kept.get(each, 0) for each in targets]
    listed = _list_left(settled, done, pass_place) + done.deducted_fen + sum(kept.get(each, 0) for each in targets)
    before = [noted.get(target, Consumed(0, 0)) for target in targets.values()]
    lots = {each.bucket: each.lot for each in settled.note.taken}
    off = zip(targets.values(), subtracted(before, stays, listed), strict=True)
    return [
        {"bucket": target, "lot": lots[target], "charged_fen": each.charged_fen, "list_fen": each.list_fen}
        for target, each in off
        if target in noted
    ]


def of_lot(payload: Mapping[str, Any], lots: set[str], name: str) -> list[Consumed]:
    """Return what a payload says of these lots under `taken` (bills) or `returned` (refunds)."""
    return [Consumed(each["charged_fen"], each["list_fen"]) for each in parts(payload, name) if each["lot"] in lots]


def _noted(settled: Settled) -> dict[str, Consumed]:
    """Return by bucket of stored value what the bill noted, less what refunds took off so far."""
    noted: dict[str, Consumed] = {}
    rows = [(1, each.bucket, each.charged_fen, each.list_fen) for each in settled.note.taken]
    for payload in settled.refunds:
        back = parts(payload, "returned")
        rows += [(-1, each["bucket"], each["charged_fen"], each["list_fen"]) for each in back]
    for sign, bucket, charged_fen, list_fen in rows:
        now = noted.get(bucket, Consumed(0, 0))
        noted[bucket] = Consumed(now.charged_fen + sign * charged_fen, now.list_fen + sign * list_fen)
    return noted


def _named(settled: Settled) -> dict[BucketId, BucketId]:
    """Return by which ids the rights that the bill made are here: one that moved since keeps its lot alone."""
    now = {lot.facts.lot: lot.bucket for lot in settled.lots.values()}
    return {facts.id: now.get(facts.lot, facts.id) for facts in settled.entry.buckets if facts.asset == RIGHT}


def _payments(settled: Settled, named: Mapping[BucketId, BucketId]) -> dict[str, str]:
    """Return by right to money of the bill, spent or not, the bucket it was paid from, empty for a payment."""
    rights = {lot.bucket: lot.facts for lot in settled.lots.values()}
    # The bill noted the buckets of its own day, also where a right leads to units that moved since.
    rights |= {named[facts.id]: facts for facts in settled.entry.buckets if facts.id in named}
    found: dict[str, str] = {}
    for name, facts in rights.items():
        target = target_of(facts)
        if target is None:
            found[name] = ""
        elif text(target, "asset") in MONEY:
            found[name] = bucket_id(canonical.encode(dict(target)))
    return found


def _list_left(settled: Settled, done: Refund, pass_place: int) -> int:
    """Return the list value of what is left of the lines that money paid for, after a refund."""
    rest = settled.sale if pass_place >= 0 else bill.after(settled.sale, done)
    gone = {sold.place for sold in settled.passes if not sold.stands} | {pass_place}
    pairs = enumerate(zip(settled.note.lines, rest.lines, strict=True))
    return sum(
        half_up(sold.list_fen * line.quantity_left, line.quantity)
        for place, (sold, line) in pairs
        if sold.net_fen and place not in gone
    )

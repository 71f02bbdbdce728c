"""The fold: what an entry does to holdings and accounts, and why it may not.

Till, verifier and cloud ask the same function, so that a state rebuilt from a journal is the state that was kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from terminal.base.ids import BucketId
from terminal.rules.bucket import CREDIT_ACCOUNT, DEBIT_ACCOUNT, VALUED_ACCOUNTS, Bucket, bucket_id
from terminal.rules.canonical import encode
from terminal.rules.entry import KINDS_ADDING, Effect, Entry


class EntryWrong(Exception):  # noqa: N818 - says what is wrong with an entry
    """An entry breaks a rule of the book; `code` is stable, the message names the offender."""

    def __init__(self, code: str, detail: str) -> None:
        """Name the broken rule and where it broke."""
        super().__init__(f"{code}: {detail}")
        self.code = code


class Change(NamedTuple):
    """How much of a bucket one holder has more (or, negative, less) after an entry."""

    bucket: BucketId
    delta: int


class Known(NamedTuple):
    """What the fold must know of a bucket named before: its facts, and what the holder has of it."""

    facts: Bucket
    held: int


def changes(entry: Entry, known: Callable[[BucketId], Known | None]) -> list[Change]:
    """Return what `entry` changes in its life's holdings; raise `EntryWrong` when the book forbids it.

    `known` answers for buckets this life has named before. All spends are judged against what was held before the
    entry. Checked: facts travel with a bucket's first naming and only then, nothing below zero, postings sum to
    zero, and L1: money accounts move exactly by the value of the units that moved.
    """
    made = {facts.id: facts for facts in entry.buckets}
    taken: dict[BucketId, int] = {}
    delta: dict[BucketId, int] = {}
    values = dict.fromkeys(VALUED_ACCOUNTS, 0)
    elsewhere: set[BucketId] = set()
    for effect in entry.effects:
        facts = _facts(effect, made, known, taken)
        signed = effect.amount if effect.kind in KINDS_ADDING else -effect.amount
        delta[effect.bucket] = delta.get(effect.bucket, 0) + signed
        _add_value(values, facts, signed)
        if effect.kind == "accept":
            elsewhere.add(effect.bucket)
        elif effect.kind == "spend" and facts.asset == "refund_right" and "target" in facts.attributes:
            # A right leads back to the bucket it was drawn from, which another life may have made.
            elsewhere.add(bucket_id(encode(facts.attributes["target"])))
    _check_first_naming(entry, made, delta, elsewhere)
    _check_money(entry.postings, values)
    return [Change(name, amount) for name, amount in delta.items()]


def _facts(
    effect: Effect,
    made: dict[BucketId, Bucket],
    known: Callable[[BucketId], Known | None],
    taken: dict[BucketId, int],
) -> Bucket:
    before = known(effect.bucket)
    if before is not None and effect.bucket in made:
        raise EntryWrong("facts_repeated", effect.bucket)
    if effect.kind not in KINDS_ADDING:
        used = taken[effect.bucket] = taken.get(effect.bucket, 0) + effect.amount
        if before is None or used > before.held:
            raise EntryWrong("not_held", f"{effect.kind} {effect.bucket}")
    if before is not None:
        return before.facts
    if effect.bucket not in made:
        raise EntryWrong("facts_missing", effect.bucket)
    return made[effect.bucket]


def _add_value(values: dict[str, int], facts: Bucket, signed: int) -> None:
    if account := CREDIT_ACCOUNT.get(facts.asset):
        values[account] -= signed * facts.unit_value_fen
    elif account := DEBIT_ACCOUNT.get(facts.asset):
        values[account] += signed * facts.unit_value_fen


def _check_first_naming(
    entry: Entry, made: dict[BucketId, Bucket], delta: dict[BucketId, int], elsewhere: set[BucketId]
) -> None:
    """Check the facts an entry carries; buckets in `elsewhere` may have been made by another life."""
    if len(made) != len(entry.buckets):
        raise EntryWrong("facts_repeated", "the same bucket twice in one entry")
    for name, facts in made.items():
        if name not in delta:
            raise EntryWrong("facts_unused", name)
        if facts.chain != entry.chain:
            raise EntryWrong("other_chain", name)
    own = (entry.device, entry.epoch, entry.seq)
    for name, facts in made.items():
        source = facts.source
        if name not in elsewhere and (source.device, source.epoch, source.seq) != own:
            raise EntryWrong("wrong_source", name)


def _check_money(postings: Iterable[tuple[str, int]], values: dict[str, int]) -> None:
    total = 0
    left = dict(values)
    for account, amount in postings:
        total += amount
        if account in left:
            left[account] -= amount
    if total:
        raise EntryWrong("unbalanced", f"postings sum to {total}")
    for account, difference in sorted(left.items()):
        if difference:
            raise EntryWrong("l1_broken", f"{account} is off by {difference} fen")

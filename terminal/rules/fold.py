"""The fold: what an entry does to holdings and accounts, and why it may not.

Till, verifier and cloud ask the same function, so that a state rebuilt from a journal is the state that was kept. It
folds the journal of one holder: a life of a till, or the cloud.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from terminal.base.ids import BucketId
from terminal.rules.bucket import CREDIT_ACCOUNT, DEBIT_ACCOUNT, VALUED_ACCOUNTS, Bucket, bucket_id
from terminal.rules.canonical import encode
from terminal.rules.entry import ACCOUNTS, KINDS_ADDING, KINDS_OF_CLOUD, KINDS_OF_TILL, Effect, Entry

# Units that move between two holders take their value along through this account; what one holder sends, another gets.
TRANSIT = "interstore"
_MOVING = frozenset({"accept", "return", "grant", "take", "close"})
# Of these the holder brings in what another one may have made.
_BRINGING = frozenset({"accept", "take", "close"})


_FOLLOWED = (*sorted(VALUED_ACCOUNTS), TRANSIT)


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


def changes(entry: Entry, known: Callable[[BucketId], Known | None], *, of_cloud: bool = False) -> list[Change]:
    """Return what `entry` changes in its holder's units; raise `EntryWrong` when the book forbids it.

    `known` answers for buckets this life (or, with `of_cloud`, the cloud) has named before. All takings are judged
    against what was held before the entry. Checked: kinds and accounts are the holder's to use, facts travel with a
    bucket's first naming and only then, nothing below zero, an accept under its grant's id, postings sum to zero, and
    L1: money accounts move exactly by the value of the units that moved.
    """
    kinds = KINDS_OF_CLOUD if of_cloud else KINDS_OF_TILL
    made = {facts.id: facts for facts in entry.buckets}
    taken: dict[BucketId, int] = {}
    delta: dict[BucketId, int] = {}
    values = dict.fromkeys(_FOLLOWED, 0)
    elsewhere: set[BucketId] = set()
    for effect in entry.effects:
        if effect.kind not in kinds:
            raise EntryWrong("wrong_holder", f"{effect.kind} is not for this journal")
        facts = _facts(effect, made, known, taken)
        signed = effect.amount if effect.kind in KINDS_ADDING else -effect.amount
        delta[effect.bucket] = delta.get(effect.bucket, 0) + signed
        _add_value(values, facts, effect.kind, signed)
        if effect.kind in _BRINGING:
            elsewhere.add(effect.bucket)
        elif effect.kind == "spend" and facts.asset == "refund_right" and "target" in facts.attributes:
            # A right leads back to the bucket it was drawn from, which another life may have made.
            elsewhere.add(bucket_id(encode(facts.attributes["target"])))
    _check_first_naming(entry, made, delta, elsewhere)
    if not of_cloud:
        _check_till(entry)
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


def _add_value(values: dict[str, int], facts: Bucket, kind: str, signed: int) -> None:
    if account := CREDIT_ACCOUNT.get(facts.asset):
        posted = -signed * facts.unit_value_fen
    elif account := DEBIT_ACCOUNT.get(facts.asset):
        posted = signed * facts.unit_value_fen
    else:
        return
    if kind == "expire" and facts.asset == "principal":
        # What a member paid in is blocked after its end, and stays owed.
        raise EntryWrong("never_expires", facts.id)
    values[account] += posted
    if kind in _MOVING:
        values[TRANSIT] -= posted


def _check_till(entry: Entry) -> None:
    """Check what only the journal of a till has to keep: its own accounts, and one grant for one accept."""
    for account, _ in entry.postings:
        if account not in ACCOUNTS:
            raise EntryWrong("wrong_holder", f"{account} is not for this journal")
    if sum([effect.kind == "accept" for effect in entry.effects]) != (entry.gid != ""):
        raise EntryWrong("gid_wrong", "an accept takes one grant, which the entry names")


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

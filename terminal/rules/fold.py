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
from terminal.rules.entry import ACCOUNTS, KINDS_ADDING, KINDS_OF_CLOUD, KINDS_OF_TILL, Entry

# Units that move between two holders take their value along through this account; what one holder sends, another gets.
TRANSIT = "interstore"
_MOVING = frozenset({"accept", "return", "grant", "take", "close"})
# Of these the holder brings in what another one may have made.
_BRINGING = frozenset({"accept", "take", "close"})
_FOLLOWED = VALUED_ACCOUNTS | {TRANSIT}
# By asset the account its units are worth something in, and the sign of what is posted when they come.
_SIDES = {asset: (account, -1) for asset, account in CREDIT_ACCOUNT.items()} | {
    asset: (account, 1) for asset, account in DEBIT_ACCOUNT.items()
}


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
    delta: dict[BucketId, int] = {}
    taken: dict[BucketId, int] = {}
    values: dict[str, int] = {}
    rights: list[Bucket] = []
    for kind, name, amount in entry.effects:
        if kind not in kinds:
            raise EntryWrong("wrong_holder", f"{kind} is not for this journal")
        before = known(name)
        if before is not None and name in made:
            raise EntryWrong("facts_repeated", name)
        signed = amount
        if kind not in KINDS_ADDING:
            signed = -amount
            used = taken[name] = taken.get(name, 0) + amount
            if before is None or used > before.held:
                raise EntryWrong("not_held", f"{kind} {name}")
        facts = made.get(name) if before is None else before.facts
        if facts is None:
            raise EntryWrong("facts_missing", name)
        delta[name] = delta.get(name, 0) + signed
        if facts.asset in _SIDES:
            _add_value(values, facts, kind, signed)
        elif facts.asset == "refund_right" and kind == "spend":
            rights.append(facts)
    _check_first_naming(entry, made, delta, rights)
    if not of_cloud:
        _check_till(entry)
    _check_money(entry.postings, values)
    return [Change(name, amount) for name, amount in delta.items()]


def _add_value(values: dict[str, int], facts: Bucket, kind: str, signed: int) -> None:
    if kind == "expire" and facts.asset == "principal":
        # What a member paid in is blocked after its end, and stays owed.
        raise EntryWrong("never_expires", facts.id)
    account, side = _SIDES[facts.asset]
    posted = side * signed * facts.unit_value_fen
    values[account] = values.get(account, 0) + posted
    if kind in _MOVING:
        values[TRANSIT] = values.get(TRANSIT, 0) - posted


def _check_till(entry: Entry) -> None:
    """Check what only the journal of a till has to keep: its own accounts, and one grant for one accept."""
    for account, _ in entry.postings:
        if account not in ACCOUNTS:
            raise EntryWrong("wrong_holder", f"{account} is not for this journal")
    if sum([effect.kind == "accept" for effect in entry.effects]) != (entry.gid != ""):
        raise EntryWrong("gid_wrong", "an accept takes one grant, which the entry names")


def _check_first_naming(
    entry: Entry, made: dict[BucketId, Bucket], delta: dict[BucketId, int], rights: list[Bucket]
) -> None:
    """Check the facts an entry carries; `rights` are the refund rights it spends."""
    if len(made) != len(entry.buckets):
        raise EntryWrong("facts_repeated", "the same bucket twice in one entry")
    own = (entry.device, entry.epoch, entry.seq)
    for name, facts in made.items():
        if name not in delta:
            raise EntryWrong("facts_unused", name)
        if facts.chain != entry.chain:
            raise EntryWrong("other_chain", name)
        if facts.source != own and not _comes_from_elsewhere(entry, name, rights):
            raise EntryWrong("wrong_source", name)


def _comes_from_elsewhere(entry: Entry, name: BucketId, rights: list[Bucket]) -> bool:
    """Tell whether another life may have made a bucket: it is brought in, or a right leads back to it."""
    if any(effect.bucket == name and effect.kind in _BRINGING for effect in entry.effects):
        return True
    targets = [right.attributes["target"] for right in rights if "target" in right.attributes]
    return any(bucket_id(encode(target)) == name for target in targets)


def _check_money(postings: Iterable[tuple[str, int]], values: dict[str, int]) -> None:
    """Check that postings sum to zero and that the accounts of units move by `values`, which is used up."""
    total = 0
    for account, amount in postings:
        total += amount
        if account in _FOLLOWED:
            values[account] = values.get(account, 0) - amount
    if total:
        raise EntryWrong("unbalanced", f"postings sum to {total}")
    if any(values.values()):
        account, difference = next((account, fen) for account, fen in sorted(values.items()) if fen)
        raise EntryWrong("l1_broken", f"{account} is off by {difference} fen")

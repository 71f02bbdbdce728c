"""A draft: the effects, buckets and postings of an entry while a use case puts them together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from terminal.base.ids import AccountId, ActionId, BucketId, ChainId, DeviceId, LotId, new_id
from terminal.rules import bucket
from terminal.rules.bucket import Bucket, Source
from terminal.rules.canonical import Canonical
from terminal.rules.entry import Effect
from terminal.rules.fold import Known


@dataclass(frozen=True, slots=True)
class Life:
    """The open journal of this device: where the next entry goes. `n` is its row in the store."""

    n: int
    chain: ChainId
    device: DeviceId
    epoch: int
    seq: int
    hash: bytes
    trusted_ms: int


class Holding(NamedTuple):
    """Units this life holds, as far as choosing among them needs; `Book.lots` gives the buckets themselves.

    Dates are ISO civil dates or empty; the end day is still good.
    """

    n: int
    asset: str
    spendable_from: str
    expires_on: str
    amount: int

    def spendable_on(self, day: str) -> bool:
        """Tell whether its dates allow spending on the ISO date `day`."""
        return self.spendable_from <= day and (not self.expires_on or day <= self.expires_on)


class Lot(NamedTuple):
    """A bucket this life holds units of: its row in the store, id, facts and amount."""

    n: int
    bucket: BucketId
    facts: Bucket
    amount: int


@dataclass(slots=True)
class Draft:
    """Collects what one entry will say; `Book.begin` makes it and `Book.post` seals it.

    `at` is UTC milliseconds of device time, with its quality as an entry says it. `known` and `rows` are of the buckets
    named before, as the caller read them in this transaction.
    """

    life: Life
    at: int
    at_quality: str
    action_id: ActionId
    payload: dict[str, Canonical]
    effects: list[Effect] = field(default_factory=list)
    made: dict[BucketId, Bucket] = field(default_factory=dict)
    known: dict[BucketId, Known] = field(default_factory=dict)
    rows: dict[BucketId, int] = field(default_factory=dict)
    money: dict[str, int] = field(default_factory=dict)
    source: Source = field(init=False)

    def __post_init__(self) -> None:
        """Name the entry this will be."""
        self.source = Source(self.life.device, self.life.epoch, self.life.seq + 1)

    def create(
        self,
        asset: str,
        owner: AccountId,
        amount: int,
        *,
        unit_value_fen: int = 0,
        expires_on: str = "",
        attributes: dict[str, Canonical] | None = None,
    ) -> Bucket:
        """Create `amount` units in a new bucket and return its facts."""
        facts = Bucket(
            chain=self.life.chain,
            owner=owner,
            asset=asset,
            lot=LotId(new_id()),
            source=self.source,
            expires_on=expires_on,
            unit_value_fen=unit_value_fen,
            attributes=attributes or {},
        )
        bucket.check(facts)
        self.made[facts.id] = facts
        self.effects.append(Effect("create", facts.id, amount))
        return facts

    def add(self, lot: Lot, amount: int) -> None:
        """Create `amount` more units in a bucket this life knows."""
        self._know(lot)
        self.effects.append(Effect("create", lot.bucket, amount))

    def spend(self, lot: Lot, amount: int) -> None:
        """Spend `amount` units of a bucket."""
        self._know(lot)
        self.effects.append(Effect("spend", lot.bucket, amount))

    def debit(self, account: str, amount_fen: int) -> None:
        """Post a debit; amounts of the same account add up."""
        self.money[account] = self.money.get(account, 0) + amount_fen

    def credit(self, account: str, amount_fen: int) -> None:
        """Post a credit; amounts of the same account add up."""
        self.debit(account, -amount_fen)

    def postings(self) -> tuple[tuple[str, int], ...]:
        """Return the postings in account order, without accounts that came to zero."""
        return tuple(sorted((account, amount) for account, amount in self.money.items() if amount))

    def _know(self, lot: Lot) -> None:
        self.known[lot.bucket] = Known(lot.facts, lot.amount)
        self.rows[lot.bucket] = lot.n

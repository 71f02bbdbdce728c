"""A draft: the effects, buckets and postings of an entry while a use case puts them together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, BucketId, ChainId, DeviceId, Draw, LotId, new_id
from terminal.rules import bucket
from terminal.rules.bucket import CREDIT_ACCOUNT, DEBIT_ACCOUNT, Bucket, Source
from terminal.rules.canonical import Canonical
from terminal.rules.entry import Effect
from terminal.rules.fold import TRANSIT, Known


@dataclass(frozen=True, slots=True)
class Life:
    """The open journal of this device: where the next entry goes. `n` is its row in the store.

    `trusted_ms` is the highest UTC time that could be trusted, `cursor` the position in the cloud's feed, and
    `rejoin_id` is empty, or names the rejoin this life waits for.
    """

    n: int
    chain: ChainId
    device: DeviceId
    epoch: int
    seq: int
    hash: bytes
    trusted_ms: int
    cursor: int = 0
    rejoin_id: str = ""


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

    `at` is UTC milliseconds of device time, with its quality as an entry says it. `find` gives the lot of a bucket
    this life has named before, `draw` the random bytes of new lots. `known` and `rows` are of the buckets named before,
    as the caller read them in this transaction. `cursor` is the feed position after the entry.
    """

    life: Life
    at: int
    at_quality: str
    action_id: ActionId
    payload: dict[str, Canonical]
    find: Callable[[Bucket], Lot | None]
    draw: Draw
    effects: list[Effect] = field(default_factory=list)
    made: dict[BucketId, Bucket] = field(default_factory=dict)
    known: dict[BucketId, Known] = field(default_factory=dict)
    rows: dict[BucketId, int] = field(default_factory=dict)
    money: dict[str, int] = field(default_factory=dict)
    gid: str = ""
    source: Source = field(init=False)
    cursor: int = field(init=False)

    def __post_init__(self) -> None:
        """Name the entry this will be."""
        self.source = Source(self.life.device, self.life.epoch, self.life.seq + 1)
        self.cursor = self.life.cursor

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
            lot=LotId(new_id(self.draw)),
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
        """Spend `amount` units of a bucket; raise `Refusal` `till_rejoining`, like all takings."""
        self._take("spend", lot, amount)

    def accept(self, facts: Bucket, amount: int, gid: str) -> None:
        """Accept `amount` units of a bucket that the cloud's grant `gid` brings, with their value.

        The bucket is named with its facts unless this life has named it before.
        """
        lot = self.find(facts)
        if lot is not None:
            self._know(lot)
        else:
            self.made[facts.id] = facts
        self.effects.append(Effect("accept", facts.id, amount))
        self.gid = gid
        self.move_value(facts, amount)

    def give_back(self, lot: Lot, amount: int) -> None:
        """Return `amount` units of a bucket to the cloud, with their value."""
        self._take("return", lot, amount)
        self.move_value(lot.facts, -amount)

    def expire(self, lot: Lot, amount: int) -> None:
        """Destroy `amount` units of a bucket; what a sold session was worth becomes breakage.

        Whether the end has passed is for the caller (`Book.overdue`): a refund also expires what is not due.
        """
        self._take("expire", lot, amount)
        if account := CREDIT_ACCOUNT.get(lot.facts.asset):
            self.debit(account, amount * lot.facts.unit_value_fen)
            self.credit("sales/breakage", amount * lot.facts.unit_value_fen)

    def move_value(self, facts: Bucket, amount: int) -> None:
        """Post what `amount` units that arrive (or, negative, leave) are worth against the units in transit."""
        value_fen = amount * facts.unit_value_fen
        if account := CREDIT_ACCOUNT.get(facts.asset):
            self.debit(TRANSIT, value_fen)
            self.credit(account, value_fen)
        elif account := DEBIT_ACCOUNT.get(facts.asset):
            self.debit(account, value_fen)
            self.credit(TRANSIT, value_fen)

    def debit(self, account: str, amount_fen: int) -> None:
        """Post a debit; amounts of the same account add up."""
        self.money[account] = self.money.get(account, 0) + amount_fen

    def credit(self, account: str, amount_fen: int) -> None:
        """Post a credit; amounts of the same account add up."""
        self.debit(account, -amount_fen)

    def postings(self) -> tuple[tuple[str, int], ...]:
        """Return the postings in account order, without accounts that came to zero."""
        return tuple(sorted((account, amount) for account, amount in self.money.items() if amount))

    def _take(self, kind: str, lot: Lot, amount: int) -> None:
        # The cloud has closed this life or is about to: what it holds may by now be somebody else's to spend.
        if self.life.rejoin_id:
            raise Refusal("till_rejoining")
        self._know(lot)
        self.effects.append(Effect(kind, lot.bucket, amount))

    def _know(self, lot: Lot) -> None:
        self.known[lot.bucket] = Known(lot.facts, lot.amount)
        self.rows[lot.bucket] = lot.n

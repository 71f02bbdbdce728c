"""The book: posting entries durably, exactly once for each action, and reading what they left."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from terminal.base.clock import Clock, business_day
from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, BucketId, new_id
from terminal.ledger.draft import Draft, Holding, Life, Lot
from terminal.rules import bucket, canonical, entry
from terminal.rules.bucket import SHOP
from terminal.rules.canonical import Canonical, NotCanonical
from terminal.rules.entry import Entry
from terminal.rules.fold import changes
from terminal.store.database import Database

logger = logging.getLogger(__name__)

IMPORT_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Posted:
    """An entry in the journal; `repeated` says that the action had been done before and nothing was written."""

    entry: Entry
    hash: bytes
    repeated: bool = False


class Book:
    """The journal of this device and the state folded from it. Use it inside `database.write()` to post."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Keep the book in `database`, dated by `clock`."""
        self._database = database
        self._clock = clock

    def open(self) -> None:
        """Make the device's identity and first life at first start; nothing happens later."""
        if self._database.row("SELECT 1 FROM device") is not None:
            return
        key = Ed25519PrivateKey.generate()
        private = key.private_bytes(
            serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
        )
        device = new_id()
        with self._database.write():
            self._database.run(
                "INSERT INTO device VALUES (?, ?, ?, ?, ?)",
                (device, new_id(), private, key.public_key().public_bytes_raw(), os.urandom(IMPORT_KEY_BYTES)),
            )
            self._database.run("INSERT INTO life VALUES (1, ?, 1, 0, ?, 0, 0, 1)", (device, entry.GENESIS))

    def life(self) -> Life:
        """Return the open life as it stands."""
        row = self._database.row(
            "SELECT n, chain, life.device, epoch, seq, hash, trusted_ms FROM life JOIN device USING (device)"
            " WHERE open = 1"
        )
        assert row is not None, "the book is open"
        return Life(*row)

    def find(self, action_id: ActionId, request: str) -> Posted | None:
        """Return what this action did before, or None.

        Raises `Refusal` `action_conflict`, with an alarm in the log, when the action id asked for another thing.
        """
        earlier = self.done(action_id)
        if earlier is not None and earlier.entry.payload["request"] != request:
            logger.error("action %s was asked for again with other content", action_id)
            raise Refusal("action_conflict")
        return earlier

    def done(self, action_id: ActionId) -> Posted | None:
        """Return what this action did before, whatever is asked now, or None."""
        row = self._database.row("SELECT hash, bytes FROM entry WHERE action_id = ?", (bytes.fromhex(action_id),))
        return None if row is None else Posted(entry.from_bytes(row[1]), row[0], repeated=True)

    def begin(self, action_id: ActionId, kind: str, request: str) -> Draft:
        """Return an empty draft of the next entry, to be posted in the same transaction."""
        life = self.life()
        return Draft(life, *self._now(life), action_id, {"kind": kind, "request": request})

    def post(self, draft: Draft) -> Posted:
        """Seal and write the draft's entry with all it changes.

        Raises `EntryWrong` when the book forbids it and `NotCanonical` when it has no right form (too long, say);
        nothing is then written.
        """
        life = draft.life
        made = Entry(
            chain=life.chain,
            device=life.device,
            epoch=life.epoch,
            seq=life.seq + 1,
            nonce=os.urandom(entry.NONCE_DIGITS // 2).hex(),
            at=draft.at,
            at_quality=draft.at_quality,
            action_id=draft.action_id,
            effects=tuple(draft.effects),
            buckets=tuple(draft.made.values()),
            postings=draft.postings(),
            payload=draft.payload,
        )
        entry.check(made)
        moved = changes(made, draft.known.get)
        data = made.to_bytes()
        if len(data) > entry.ENTRY_BYTES_MAX:
            raise NotCanonical("entry too long")
        digest = entry.seal(life.hash, data)
        self._write(life, made, data, digest)
        self._hold(draft, {change.bucket: change.delta for change in moved})
        return Posted(made, digest)

    def holdings(self, owner: AccountId, assets: tuple[str, ...]) -> list[Holding]:
        """Return what this life holds of an owner's `assets`, oldest bucket first, without reading the buckets."""
        marks = ", ".join("?" * len(assets))
        found = self._database.rows(
            "SELECT bucket, asset, spendable_from, expires_on, amount FROM held"  # noqa: S608 - marks only
            f" WHERE life = (SELECT n FROM life WHERE open = 1) AND owner = ? AND asset IN ({marks}) AND amount > 0"
            " ORDER BY bucket",
            (owner_key(owner), *assets),
        )
        return [Holding(*row) for row in found]

    def lots(self, holdings: Sequence[Holding]) -> list[Lot]:
        """Return the buckets of holdings that were read in this transaction, in their order."""
        if not holdings:
            return []
        marks = ", ".join("?" * len(holdings))
        found = self._database.rows(
            f"SELECT n, id, facts FROM bucket WHERE n IN ({marks})",  # noqa: S608 - marks only
            [holding.n for holding in holdings],
        )
        kept = {n: (BucketId(name.hex()), bucket.from_store(facts)) for n, name, facts in found}
        return [Lot(holding.n, *kept[holding.n], holding.amount) for holding in holdings]

    def balances(self, owner: AccountId) -> dict[str, int]:
        """Return an owner's units by asset, over all holders."""
        return dict(
            self._database.rows(  # type: ignore[arg-type]  # rows of two columns
                "SELECT asset, sum(amount) FROM held WHERE owner = ? AND amount > 0 GROUP BY asset", (owner_key(owner),)
            )
        )

    def accounts(self) -> dict[str, int]:
        """Return the open life's money accounts in fen, debit positive."""
        return dict(
            self._database.rows(  # type: ignore[arg-type]  # rows of two columns
                "SELECT account, amount FROM account_balance JOIN life ON life.n = life WHERE open = 1 ORDER BY account"
            )
        )

    def today(self) -> dt.date:
        """Return the business day by this device's time, which is the time its next entry would bear.

        A clock that was set back makes no lot spendable again and gives no right an end that has passed.
        """
        return business_day(self._clock, self._now(self.life())[0])

    def day_of(self, draft: Draft) -> dt.date:
        """Return the business day of the entry a draft will be: today's, at no reading of the book."""
        return business_day(self._clock, draft.at)

    def sign(self, head: bytes) -> bytes:
        """Return this device's Ed25519 signature of a head hash."""
        row = self._database.row("SELECT private_key FROM device")
        assert row is not None, "the book is open"
        return Ed25519PrivateKey.from_private_bytes(row[0]).sign(head)

    def public_key(self) -> bytes:
        """Return the device's raw Ed25519 public key."""
        row = self._database.row("SELECT public_key FROM device")
        assert row is not None, "the book is open"
        return bytes(row[0])

    def import_key(self) -> bytes:
        """Return the device's secret for naming imported lines."""
        row = self._database.row("SELECT import_key FROM device")
        assert row is not None, "the book is open"
        return bytes(row[0])

    def _now(self, life: Life) -> tuple[int, str]:
        # Device time never runs back behind the highest time it had reason to trust.
        trusted = self._clock.trusted()
        return max(self._clock.now_ms(), life.trusted_ms), "trusted" if trusted else "untrusted"

    def _write(self, life: Life, made: Entry, data: bytes, digest: bytes) -> None:
        run = self._database.run
        run(
            "INSERT INTO entry (life, seq, hash, action_id, bytes) VALUES (?, ?, ?, ?, ?)",
            (life.n, made.seq, digest, bytes.fromhex(made.action_id), data),
        )
        for account, amount in made.postings:
            run(
                "INSERT INTO account_balance VALUES (?, ?, ?)"
                " ON CONFLICT (life, account) DO UPDATE SET amount = amount + excluded.amount",
                (life.n, account, amount),
            )
        trusted_ms = made.at if made.at_quality == "trusted" else life.trusted_ms
        moved = run(
            "UPDATE life SET seq = ?, hash = ?, trusted_ms = ? WHERE n = ? AND seq = ?",
            (made.seq, digest, trusted_ms, life.n, life.seq),
        )
        assert moved.rowcount == 1, "a draft is posted in the transaction that began it"

    def _hold(self, draft: Draft, deltas: dict[BucketId, int]) -> None:
        """Keep new buckets in the order the entry names them, and add to or take from known ones."""
        life, run = draft.life.n, self._database.run
        for name, facts in draft.made.items():
            n = run("INSERT INTO bucket (id, facts) VALUES (?, ?)", (bytes.fromhex(name), facts.data)).lastrowid
            run(
                "INSERT INTO held VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    n,
                    life,
                    owner_key(facts.owner),
                    facts.asset,
                    facts.spendable_from,
                    facts.expires_on,
                    deltas.pop(name),
                ),
            )
        for name, delta in deltas.items():
            # The CHECK on `amount` is the last word against a negative holding.
            moved = run(
                "UPDATE held SET amount = amount + ? WHERE bucket = ? AND life = ?", (delta, draft.rows[name], life)
            )
            assert moved.rowcount == 1, "a lot is a bucket this life holds"


def owner_key(owner: AccountId) -> bytes:
    """Return how an owner is stored: an account as 16 bytes, the shop by name."""
    return b"shop" if owner == SHOP else bytes.fromhex(owner)


def request_digest(request: dict[str, Canonical]) -> str:
    """Return the digest that tells whether an action id is used again for the same thing."""
    return hashlib.sha256(canonical.encode(request)).hexdigest()

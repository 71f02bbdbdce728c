"""The book: posting entries durably, exactly once for each action, and reading what they left."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from terminal.base.clock import Clock, business_day
from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, BucketId, Draw, new_id
from terminal.ledger.deeds import RIGHT, write_deed, write_rights
from terminal.ledger.draft import Draft, Holding, Life, Lot
from terminal.ledger.rows import find_lot, hold, open_life, owner_key, write_entry
from terminal.rules import bucket, canonical, entry
from terminal.rules.bucket import VALUED_ACCOUNTS, Bucket, Source
from terminal.rules.canonical import Canonical, NotCanonical
from terminal.rules.chain import check_cursor
from terminal.rules.entry import Entry
from terminal.rules.fold import TRANSIT, changes
from terminal.store.database import Database

logger = logging.getLogger(__name__)

DEVICE_KEY_BYTES = 32  # an Ed25519 private key is any 32 bytes (RFC 8032, 5.1.5)
IMPORT_KEY_BYTES = 32
_DONE = (
    "SELECT hash, bytes FROM entry WHERE action_id = ? UNION ALL SELECT hash, bytes FROM past_entry WHERE action_id = ?"
)
_OF_UNITS = ", ".join(f"'{account}'" for account in sorted(VALUED_ACCOUNTS))
_ACCOUNTS = (
    f"SELECT CASE WHEN open = 0 AND account IN ({_OF_UNITS}) THEN '{TRANSIT}' ELSE account END AS name, sum(amount)"  # noqa: S608 - names of ours
    " FROM account_balance JOIN life ON life.n = life GROUP BY name ORDER BY name"
)


@dataclass(frozen=True, slots=True)
class Posted:
    """An entry in the journal; `repeated` says that the action had been done before and nothing was written."""

    entry: Entry
    hash: bytes
    repeated: bool = False


class Book:
    """The journal of this device and the state folded from it. Use it inside `database.write()` to post."""

    def __init__(self, database: Database, clock: Clock, draw: Draw = os.urandom) -> None:
        """Keep the book in `database`, dated by `clock`; all that is random comes from `draw`."""
        self._database = database
        self._clock = clock
        self._draw = draw

    def open(self) -> None:
        """Make the device's identity and first life at first start; nothing happens later."""
        if self._database.row("SELECT 1 FROM device") is not None:
            return
        private, device, draw = self._draw(DEVICE_KEY_BYTES), new_id(self._draw), self._draw
        public = Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
        with self._database.write():
            self._database.run(
                "INSERT INTO device VALUES (?, ?, ?, ?, ?)",
                (device, new_id(draw), private, public, draw(IMPORT_KEY_BYTES)),
            )
            self._database.run("INSERT INTO life VALUES (1, ?, 1, 0, ?, 0, 0, 1)", (device, entry.GENESIS))

    def life(self) -> Life:
        """Return the open life as it stands."""
        return open_life(self._database)

    def find(self, action_id: ActionId, request: str) -> Posted | None:
        """Return what this action did before, or None.

        Raises `Refusal` `action_conflict`, with an alarm in the log, when the action id asked for another thing, and
        `action_past` when that cannot be told any more: it was done, and nothing is done again.
        """
        earlier = self.done(action_id)
        if earlier is not None and earlier.entry.payload["request"] != request:
            logger.error("action %s was asked for again with other content", action_id)
            raise Refusal("action_conflict")
        return earlier

    def done(self, action_id: ActionId) -> Posted | None:
        """Return what this action did before, whatever is asked now, or None.

        Raises `Refusal` `action_past` when it was done so long ago that its entry is no longer here.
        """
        key = bytes.fromhex(action_id)
        row = self._database.row(_DONE, (key, key))
        if row is not None and not row[1]:
            raise Refusal("action_past")
        return None if row is None else Posted(entry.from_bytes(row[1]), row[0], repeated=True)

    def begin(self, action_id: ActionId, kind: str, request: str) -> Draft:
        """Return an empty draft of the next entry, to be posted in the same transaction."""
        life = self.life()
        payload: dict[str, Canonical] = {"kind": kind, "request": request}
        return Draft(
            life,
            *self._now(life),
            action_id,
            payload,
            lambda facts: find_lot(self._database, life.n, facts),
            self._draw,
        )

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
            nonce=self._nonce(),
            at=draft.at,
            at_quality=draft.at_quality,
            action_id=draft.action_id,
            effects=tuple(draft.effects),
            buckets=tuple(draft.made.values()),
            postings=draft.postings(),
            payload=draft.payload,
            gid=draft.gid,
            cursor=draft.cursor,
        )
        entry.check(made)
        check_cursor(life.cursor, made)
        moved = changes(made, draft.known.get)
        data = made.to_bytes()
        if len(data) > entry.ENTRY_BYTES_MAX:
            raise NotCanonical("entry too long")
        digest = entry.seal(life.hash, data)
        write_entry(self._database, life, made, data, digest)
        rows = hold(self._database, life.n, draft.made, draft.rows, {change.bucket: change.delta for change in moved})
        write_deed(self._database, life.n, made, self.day_of(draft))
        write_rights(
            self._database, [(n, draft.made[name]) for name, n in rows.items() if draft.made[name].asset == RIGHT]
        )
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

    def numbered(self, epoch: int, seq: int) -> Source:
        """Return which entry of this box a number people say (`1-000042`) means, whether it is here or not.

        The box had another name in the lives before it joined a chain or was restored. Where two of its names had lives
        of one epoch, today's is meant.
        """
        found = self._database.rows("SELECT DISTINCT device FROM life WHERE epoch = ?", (epoch,))
        device = found[0][0] if len(found) == 1 else self.life().device
        return Source(device, epoch, seq)

    def lot_of(self, facts: Bucket) -> Lot | None:
        """Return the lot of a bucket that this life has named before, used up or not, or None."""
        return find_lot(self._database, self.life().n, facts)

    def overdue(self, after: int = 0, rows: int = 1_000) -> tuple[list[Lot], int]:
        """Return lots this till may expire now, of the next `rows` holdings after row `after`, and the last row seen.

        Row 0 says that all were seen. Without a trusted time nothing is overdue: a clock that is wrong expires nothing.
        """
        life = self.life()
        at, quality = self._now(life)
        if quality != "trusted":
            return [], 0
        day = business_day(self._clock, at)
        found = self._database.rows(
            "SELECT bucket, life, asset, spendable_from, expires_on, amount FROM held WHERE bucket > ? ORDER BY bucket"
            " LIMIT ?",
            (after, rows),
        )
        holdings = [
            Holding(n, asset, start, end, amount)
            for n, kept_in, asset, start, end, amount in found
            if kept_in == life.n and amount > 0 and bucket.overdue(asset, end, day)
        ]
        lots = [lot for lot in self.lots(holdings) if bucket.may_lapse(lot.facts)]
        return lots, found[-1][0] if len(found) == rows else 0

    def balances(self, owner: AccountId) -> dict[str, int]:
        """Return an owner's units by asset, as the open life holds them."""
        return dict(
            self._database.rows(  # type: ignore[arg-type]  # rows of two columns
                "SELECT asset, sum(amount) FROM held WHERE life = (SELECT n FROM life WHERE open = 1) AND owner = ?"
                " AND amount > 0 GROUP BY asset",
                (owner_key(owner),),
            )
        )

    def accounts(self) -> dict[str, int]:
        """Return the device's money accounts in fen over all its lives, debit positive.

        What units are worth is the open life's: what a closed one still held went to the cloud, whose closing entry
        posts it against the units in transit, so that is where it stands here.
        """
        return dict(self._database.rows(_ACCOUNTS))  # type: ignore[arg-type]  # rows of two columns

    def hear_time(self, at_ms: int) -> None:
        """Take a time in UTC milliseconds from somebody trusted: this device's time never runs behind it again."""
        self._database.run("UPDATE life SET trusted_ms = max(trusted_ms, ?) WHERE open = 1", (at_ms,))

    def today(self) -> dt.date:
        """Return the business day by this device's time, which is the time its next entry would bear.

        A clock that was set back makes no lot spendable again and gives no right an end that has passed.
        """
        return business_day(self._clock, self._now(self.life())[0])

    def day_at(self, at_ms: int) -> dt.date:
        """Return the business day of a time in UTC milliseconds."""
        return business_day(self._clock, at_ms)

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

    def _nonce(self) -> str:
        """Return what makes an entry's bytes its own: no two entries anywhere have the same hash."""
        return self._draw(entry.NONCE_DIGITS // 2).hex()

    def _now(self, life: Life) -> tuple[int, str]:
        # Device time never runs back behind the highest time it had reason to trust.
        trusted = self._clock.trusted()
        return max(self._clock.now_ms(), life.trusted_ms), "trusted" if trusted else "untrusted"


def request_digest(request: dict[str, Canonical]) -> str:
    """Return the digest that tells whether an action id is used again for the same thing."""
    return hashlib.sha256(canonical.encode(request)).hexdigest()

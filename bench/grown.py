"""A shop grown for years: members, and a journal of top-ups and bills in the order of time, written straight in.

Entries, buckets and deeds are made by the product's own rules, as its services would have left them; only the way into
the tables is shorter than one durable transaction for each.
"""

from __future__ import annotations

import datetime as dt
import functools
import pathlib
import random
import time
import zoneinfo
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bench.members import card_uid, member_row
from terminal.base.clock import SystemClock
from terminal.base.ids import AccountId, ActionId, BucketId
from terminal.ledger.book import Book
from terminal.ledger.draft import Draft, Lot
from terminal.ledger.verify import verify
from terminal.rules import entry
from terminal.rules.bill_note import BONUS, PRINCIPAL, BillNote, NoteLine, NoteTaken, NoteTender
from terminal.rules.bucket import Bucket
from terminal.rules.canonical import Canonical
from terminal.rules.deed import deed_of, sale_key, sale_of
from terminal.rules.entry import Entry
from terminal.rules.loyalty.points import PointsRules, points_expire_on
from terminal.store.database import Database
from terminal.store.migrations import migrate

KEY = bytes(range(32))
TIMEZONE = "Asia/Shanghai"
YEARS_DAYS = 730
BATCH = 2_000
TOP_UP_FEN, BONUS_FEN = 1_000_00, 200_00
# Of any six fen spent from such a purse five are principal.
SHARES = 6
OPERATORS = tuple(f"{number:032x}" for number in range(1, 9))
ITEMS = (("cut", 128_00), ("wash", 38_00), ("care", 98_00))
REQUEST = "ab" * 32
DAY_MS = 86_400_000
# The same code grows the large store, whose proof would take longer than its growth.
PROVED_MAX = 100_000


@dataclass(slots=True)
class _Purse:
    """What one member has: the lots of the last top-up, and points by their end."""

    account: AccountId
    principal: Lot | None = None
    bonus: Lot | None = None
    points: dict[str, Lot] = field(default_factory=dict)


@dataclass(slots=True)
class _Rows:
    """What waits to be written."""

    entries: list[tuple[Any, ...]] = field(default_factory=list)
    buckets: list[tuple[Any, ...]] = field(default_factory=list)
    held: list[tuple[Any, ...]] = field(default_factory=list)
    deeds: list[tuple[Any, ...]] = field(default_factory=list)
    rights: list[tuple[int, int]] = field(default_factory=list)


class Grower:
    """Writes the history of a shop into an empty store."""

    def __init__(self, database: Database, clock: SystemClock, seed: int = 9) -> None:
        """Grow in `database`, a migrated store of nobody's; all that is drawn comes from `seed`."""
        self._database = database
        self._draw = random.Random(seed)
        self._clock = clock
        self._book = Book(database, clock, self._draw.randbytes)
        self._book.open()
        self._life = self._book.life()
        self._rows = _Rows()
        self._last_bucket = 0
        self._amounts: dict[int, int] = {}
        self._accounts: Counter[str] = Counter()
        self._takings: dict[tuple[str, int, str, str], list[int]] = {}
        self._seq, self._hash = self._life.seq, self._life.hash

    def grow(self, members: int, entries: int) -> list[AccountId]:
        """Add that many members and entries, the last one today; return the members' accounts."""
        purses = [_Purse(AccountId(self._draw.randbytes(16).hex())) for _ in range(members)]
        self._write_members(purses)
        now_ms = self._clock.now_ms()
        for number in range(entries):
            at_ms = now_ms - (entries - 1 - number) * YEARS_DAYS * DAY_MS // entries
            day = self._clock.local(at_ms).date()
            self._visit(purses[self._draw.randrange(members)], at_ms, day)
            if len(self._rows.entries) >= BATCH:
                self._flush()
        self._flush()
        self._settle(now_ms)
        return [purse.account for purse in purses]

    def _write_members(self, purses: list[_Purse]) -> None:
        with self._database.write():
            for number, purse in enumerate(purses):
                old_number, name, sex, phone, _, level, _, _, _, birthday, _, remark = member_row(number)
                key = bytes.fromhex(purse.account)
                self._database.run(
                    "INSERT INTO member (account, name, phone, phone_tail, initials, sex, level, birthday, remark,"
                    " old_number, salt, profile_hash)"
                    " VALUES (?, ?, ?, ?, '', ?, ?, ?, ?, ?, zeroblob(16), zeroblob(32))",
                    (key, name, phone, phone[-4:], sex, level, birthday, remark, old_number),
                )
                self._database.run(
                    "INSERT INTO medium (account, number, kind, state, assurance)"
                    " VALUES (?, ?, 'card', 'active', 'id-only')",
                    (key, card_uid(number)),
                )

    def _visit(self, purse: _Purse, at_ms: int, day: dt.date) -> None:
        draft = self._begin(at_ms)
        amount_fen = sum(price_fen for _, price_fen in ITEMS)
        short = purse.principal is None or self._amounts[purse.principal.n] < amount_fen
        kind = self._top_up(draft, purse) if short else self._bill(draft, purse, day)
        draft.payload |= {"kind": kind, "request": REQUEST, "account": purse.account, "shift": (at_ms // DAY_MS) % 4096}
        draft.payload["operator"] = self._draw.choice(OPERATORS)
        self._seal(draft, day)

    def _begin(self, at_ms: int) -> Draft:
        action = ActionId(self._draw.randbytes(16).hex())
        draft = Draft(self._life, at_ms, "trusted", action, {}, lambda _: None, self._draw.randbytes)
        draft.source = draft.source._replace(seq=self._seq + 1)
        return draft

    def _top_up(self, draft: Draft, purse: _Purse) -> str:
        facts: dict[str, Canonical] = {"paid_fen": TOP_UP_FEN, "bonus_fen": BONUS_FEN}
        principal = draft.create("principal", purse.account, TOP_UP_FEN, unit_value_fen=1, attributes=facts)
        bonus = draft.create("bonus", purse.account, BONUS_FEN, attributes=facts)
        right: dict[str, Canonical] = {**facts, "of": "top_up", "tender": "cash"}
        draft.create("refund_right", purse.account, TOP_UP_FEN, attributes=right)
        draft.debit("tender/cash", TOP_UP_FEN)
        draft.credit("deferred", TOP_UP_FEN)
        draft.payload |= {"amount_fen": TOP_UP_FEN, "bonus_fen": BONUS_FEN, "points": 0, "principal_fen": TOP_UP_FEN}
        rows = self._keep(draft)
        purse.principal = Lot(rows[principal.id], principal.id, principal, TOP_UP_FEN)
        purse.bonus = Lot(rows[bonus.id], bonus.id, bonus, BONUS_FEN)
        return "top_up"

    def _bill(self, draft: Draft, purse: _Purse, day: dt.date) -> str:
        assert purse.principal is not None
        assert purse.bonus is not None
        amount_fen = sum(price_fen for _, price_fen in ITEMS)
        bonus_fen = min(amount_fen // SHARES, self._amounts[purse.bonus.n])
        parts = ((purse.principal, amount_fen - bonus_fen), (purse.bonus, bonus_fen))
        until = (day + dt.timedelta(days=30)).isoformat()
        for lot, part in parts:
            if part:
                draft.spend(lot, part)
                target: dict[str, Canonical] = {"of": "bill", "target": lot.facts.facts()}
                draft.create("refund_right", purse.account, part, expires_on=until, attributes=target)
                self._amounts[lot.n] -= part
        points = (amount_fen - bonus_fen) // 10_00
        earned = self._earn(draft, purse, points, day)
        draft.debit("deferred", amount_fen - bonus_fen)
        draft.debit("bonus_discount", bonus_fen)
        draft.credit("sales/service", amount_fen)
        draft.payload |= _note(purse, parts, points) | {"amount_fen": amount_fen}
        rows = self._keep(draft)
        if earned is not None:
            purse.points[earned.expires_on] = Lot(rows[earned.id], earned.id, earned, points)
        return "bill"

    def _earn(self, draft: Draft, purse: _Purse, points: int, day: dt.date) -> Bucket | None:
        end = points_expire_on(PointsRules(), day)
        assert end is not None
        if lot := purse.points.get(end.isoformat()):
            draft.add(lot, points)
            self._amounts[lot.n] += points
            return None
        return draft.create("points", purse.account, points, expires_on=end.isoformat())

    def _keep(self, draft: Draft) -> dict[BucketId, int]:
        """Give the draft's new buckets their rows."""
        created = {effect.bucket: effect.amount for effect in draft.effects if effect.bucket in draft.made}
        rows = {}
        for name, facts in draft.made.items():
            self._last_bucket += 1
            n = rows[name] = self._last_bucket
            self._rows.buckets.append((n, bytes.fromhex(name), facts.data))
            held = (n, self._life.n, bytes.fromhex(facts.owner), facts.asset, "", facts.expires_on, created[name])
            self._rows.held.append(held)
            if facts.asset == "refund_right":
                self._rows.rights.append((n, sale_key(sale_of(facts))))
            else:
                self._amounts[n] = created[name]
        return rows

    def _seal(self, draft: Draft, day: dt.date) -> None:
        life = self._life
        where = (life.chain, life.device, life.epoch, self._seq + 1, self._draw.randbytes(8).hex(), draft.at)
        what = (draft.at_quality, draft.action_id, tuple(draft.effects), tuple(draft.made.values()), draft.postings())
        made = Entry(*where, *what, draft.payload, "", 0)
        entry.check(made)
        data = made.to_bytes()
        self._seq, self._hash = made.seq, entry.seal(self._hash, data)
        self._rows.entries.append((life.n, made.seq, self._hash, bytes.fromhex(made.action_id), data))
        deed = deed_of(made, day)
        assert deed is not None
        self._rows.deeds.append((life.n, made.seq, *deed[:3], bytes.fromhex(deed.account), *deed[4:]))
        for account, fen in made.postings:
            self._accounts[account] += fen
            sums = self._takings.setdefault((deed.day, deed.shift, deed.kind, account), [0, 0])
            sums[0], sums[1] = sums[0] + fen, sums[1] + 1

    def _flush(self) -> None:
        rows, self._rows = self._rows, _Rows()
        with self._database.write():
            cursor = self._database.cursor()  # type: ignore[no-untyped-call]  # peewee has no types
            cursor.executemany(
                "INSERT INTO entry (life, seq, hash, action_id, bytes) VALUES (?, ?, ?, ?, ?)", rows.entries
            )
            cursor.executemany("INSERT INTO bucket VALUES (?, ?, ?)", rows.buckets)
            cursor.executemany("INSERT INTO held VALUES (?, ?, ?, ?, ?, ?, ?)", rows.held)
            cursor.executemany("INSERT INTO deed VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows.deeds)
            cursor.executemany("INSERT INTO refund_of VALUES (?, ?)", rows.rights)

    def _settle(self, now_ms: int) -> None:
        """Write what only the end of the history tells."""
        with self._database.write():
            cursor = self._database.cursor()  # type: ignore[no-untyped-call]  # peewee has no types
            changed = ((amount, n) for n, amount in self._amounts.items())
            cursor.executemany("UPDATE held SET amount = ? WHERE bucket = ?", changed)
            sums = ((*key, *figures) for key, figures in self._takings.items())
            cursor.executemany("INSERT INTO taking VALUES (?, ?, ?, ?, ?, ?)", sums)
            balances = ((self._life.n, account, fen) for account, fen in self._accounts.items())
            cursor.executemany("INSERT INTO account_balance VALUES (?, ?, ?)", balances)
            cursor.execute("INSERT INTO deed_mark VALUES (?, ?)", (self._life.n, self._seq))
            cursor.execute(
                "UPDATE life SET seq = ?, hash = ?, trusted_ms = ? WHERE n = ?",
                (self._seq, self._hash, now_ms, self._life.n),
            )


def grow(file: pathlib.Path, members: int, entries: int) -> float:
    """Make the store `file` of a shop with that many members and entries, proved by the book; return the seconds."""
    began_s = time.monotonic()
    file.unlink(missing_ok=True)
    database = Database(file, KEY)
    migrate(database)
    try:
        database.run("PRAGMA synchronous = OFF")
        database.run("PRAGMA cache_size = -400000")
        Grower(database, SystemClock(zoneinfo.ZoneInfo(TIMEZONE))).grow(members, entries)
        database.run("ANALYZE")
        database.run("PRAGMA wal_checkpoint(TRUNCATE)")
        if entries <= PROVED_MAX:
            proved = verify(database, file.with_suffix(".proof"))
            assert not proved.code, proved
    finally:
        database.close()
    return time.monotonic() - began_s


@functools.cache
def _pattern() -> dict[str, Canonical]:
    """Return the note of such a bill, in which only whose it is and what it took changes."""
    lines = tuple(
        NoteLine(item, item, "service", "hair", price_fen, 1, price_fen, price_fen) for item, price_fen in ITEMS
    )
    payable_fen = sum(price_fen for _, price_fen in ITEMS)
    return BillNote("", lines, payable_fen, versions={"prices": 1, "points": 1}).note()


def _note(purse: _Purse, parts: tuple[tuple[Lot, int], ...], points: int) -> dict[str, Canonical]:
    varying = BillNote(
        purse.account,
        (),
        0,
        tenders=tuple(
            NoteTender(name, part) for name, (_, part) in zip((PRINCIPAL, BONUS), parts, strict=True) if part
        ),
        points=points,
        taken=tuple(
            NoteTaken(lot.bucket, lot.facts.lot, lot.facts.asset, part, part, part) for lot, part in parts if part
        ),
        paid_fen=parts[0][1],
    ).note()
    return _pattern() | {name: varying[name] for name in ("account", "tenders", "points", "taken", "paid_fen")}

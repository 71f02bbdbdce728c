"""What the book says of a bill or top-up that is to be taken back: its entry, its figures, what was undone of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from terminal.base.clock import Clock
from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, BucketId, DeviceId, is_id
from terminal.ledger.book import Book
from terminal.ledger.deeds import Deeds
from terminal.ledger.draft import Holding, Lot
from terminal.ledger.rows import owner_key
from terminal.rules import entry
from terminal.rules.bill_note import bill_number
from terminal.rules.bucket import SHOP, Bucket, Source, from_store
from terminal.rules.deed import sale_name, sale_of
from terminal.rules.entry import Entry
from terminal.services.files.aliases import MergedFiles
from terminal.store.database import Database

# The kinds of entries this package makes, and those it takes back.
REFUND, VOID, REPAY, PASS_REFUND = "refund", "void", "repay", "pass_refund"
PREPAYMENT_REFUND, CARD_RETURN, GIVEN_UP = "prepayment_refund", "card_return", "given_up"
CARD_RETURN_NOTED = "card_return_noted"
PAID_OUT, PAYOUT_NOTED = "paid_out", "payout_noted"
BILLS, TOP_UPS, IMPORTED = ("bill", "charge"), ("top_up", "gift_card_sale"), "import"
RIGHT = "refund_right"
_NUMBER = re.compile(r"([1-9][0-9]{0,8})-([0-9]{6,12})")
_NAME = re.compile(r"([0-9a-f]{32})/([1-9][0-9]{0,8})/([1-9][0-9]{0,12})")
# Lines that were imported keep their bytes when old entries are dropped; of all others their deeds stay.
_ENTRY = (
    "SELECT entry.bytes FROM life JOIN entry ON entry.life = n WHERE device = ? AND epoch = ? AND entry.seq = ?"
    " UNION ALL SELECT past_entry.bytes FROM life JOIN past_entry ON past_entry.life = n"
    " WHERE device = ? AND epoch = ? AND past_entry.seq = ?"
)
_KIND = "SELECT deed.kind FROM life JOIN deed ON deed.life = n WHERE device = ? AND epoch = ? AND deed.seq = ?"
_FIGURES = (
    "SELECT day, of_day, shift, amount_fen, paid_fen, top_up_fen, points, visits FROM life JOIN deed ON deed.life = n"
    " WHERE device = ? AND epoch = ? AND deed.seq = ?"
)
_UNDOING = (
    "SELECT entry.bytes FROM deed LEFT JOIN entry USING (life, seq) WHERE undoes = ? AND undoes <> ''"
    " ORDER BY deed.at, deed.life, deed.seq"
)
_OF_MEMBER = (
    "SELECT entry.bytes FROM deed LEFT JOIN entry USING (life, seq)"
    " WHERE account = ? AND account <> x'' AND of_day >= ? AND deed.kind IN ({marks})"
    " AND NOT (deed.seq < ? AND deed.life = coalesce((SELECT n FROM life WHERE device = ? AND epoch = ?), 0))"
    " ORDER BY deed.at, deed.life, deed.seq"
)
# Each condition on `amount` is that of an index, by which an owner's lots are found.
_NAMED = (
    "SELECT held.bucket, bucket.id, facts, amount FROM held JOIN bucket ON bucket.n = held.bucket"
    " WHERE owner IN ({owners}) AND {some} AND life = ? AND bucket.id IN ({marks})"
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a deed counts: its business day (ISO), the day it counts for, its shift, fen, points and visits."""

    day: str
    of_day: str
    shift: int
    amount_fen: int
    paid_fen: int
    top_up_fen: int
    points: int
    visits: int

    def undone(self) -> dict[str, Any]:
        """Return what the payload of the entry that undoes all of it says."""
        return {
            "amount_fen": -self.amount_fen,
            "paid_fen": -self.paid_fen,
            "top_up_fen": -self.top_up_fen,
            "points": -self.points,
            "visits": -self.visits,
            "of_day": self.of_day,
        }


class Records:
    """Reads the journal and what is held; used inside the transaction of a use case, or in none to look."""

    def __init__(self, database: Database, book: Book, deeds: Deeds, clock: Clock) -> None:
        """Read in `database` what `book` posted."""
        self.database = database
        self.book = book
        self.deeds = deeds
        self.clock = clock

    def source(self, sale: str) -> Source:
        """Return which entry a bill's number (`1-000042`, of this box) or name (`device/epoch/seq`) means.

        Raises `Refusal` `refund_bill_unknown`.
        """
        if found := _NAME.fullmatch(sale):
            return Source(DeviceId(found[1]), int(found[2]), int(found[3]))
        if found := _NUMBER.fullmatch(sale):
            return self.book.numbered(int(found[1]), int(found[2]))
        raise Refusal("refund_bill_unknown")

    def number(self, name: str) -> str:
        """Return the number people call the entry of a name by."""
        source = self.source(name)
        return bill_number(source.epoch, source.seq)

    def entry(self, source: Source, kinds: Collection[str]) -> Entry:
        """Return an entry of one of these kinds.

        Raises `Refusal` `refund_bill_unknown` where it is not here, `refund_bill_compacted` where only its deed is.
        """
        row = self.database.row(_ENTRY, (*source, *source))
        if row is not None and not row[0]:
            kept = self.database.row(_KIND, tuple(source))
            raise Refusal("refund_bill_compacted" if kept and kept[0] in kinds else "refund_bill_unknown")
        found = None if row is None else entry.from_bytes(row[0])
        if found is None or found.kind not in kinds:
            raise Refusal("refund_bill_unknown")
        return found

    def figures(self, source: Source) -> Figures:
        """Return what its deed counts; raise `Refusal` `refund_bill_unknown` where it has none yet."""
        row = self.database.row(_FIGURES, (source.device, source.epoch, source.seq))
        if row is None:
            raise Refusal("refund_bill_unknown")
        return Figures(*row)

    def undoing(self, name: str) -> list[Entry]:
        """Return the entries that take back something of the one named, oldest first.

        Raises `Refusal` `refund_past` when one of them is no longer kept: what it gave back cannot be told.
        """
        return self._entries(_UNDOING, (name,))

    def of_member(
        self, account: AccountId, kinds: Collection[str], since: str = "", after: Source | None = None
    ) -> list[Entry]:
        """Return a member's entries of these kinds that count for days from `since` (ISO) on, oldest first.

        Those before the entry `after` in the same life are left out. Raises `Refusal` `refund_past` as `undoing`.
        """
        marks = ", ".join("?" * len(kinds))
        device, epoch, seq = after or ("", 0, 0)
        return self._entries(
            _OF_MEMBER.format(marks=marks), (bytes.fromhex(account), since, *kinds, seq, device, epoch)
        )

    def staff_name(self, staff: str) -> str:
        """Return the name of somebody of the staff, empty for nobody."""
        row = self.database.row("SELECT name FROM staff WHERE id = ?", (staff,)) if staff else None
        return str(row[0]) if row else ""

    def rights(self, name: str) -> list[Lot]:
        """Return the rights of a sale that this till holds, oldest first."""
        return [lot for lot in self.book.lots(self.deeds.rights(name)) if sale_of(lot.facts) == name]

    def holdings(self, owner: AccountId, *assets: str) -> list[Holding]:
        """Return what this till holds of an owner's assets, of all files that were merged, oldest bucket first."""
        found = [each for account in accounts_of(self, owner) for each in self.book.holdings(account, assets)]
        return sorted(found, key=lambda each: each.n)

    def held(self, owner: AccountId, *assets: str) -> list[Lot]:
        """Return all lots that `holdings` tells of, whatever their dates, oldest first."""
        return self.book.lots(self.holdings(owner, *assets))

    def balances(self, owner: AccountId) -> Mapping[str, int]:
        """Return an owner's units by asset that this till holds, of all files that were merged."""
        found: Counter[str] = Counter()
        for account in accounts_of(self, owner):
            found.update(self.book.balances(account))
        return found

    def named(self, owner: AccountId, buckets: Collection[str]) -> dict[str, Lot]:
        """Return by id the lots of these buckets of a member's files that this life has named, used up or not."""
        keys = [owner_key(account) for account in accounts_of(self, owner)]
        marks, owners, life = ", ".join("?" * len(buckets)), ", ".join("?" * len(keys)), self.book.life().n
        ids = [bytes.fromhex(each) for each in buckets]
        halves = (_NAMED.format(owners=owners, some=some, marks=marks) for some in ("amount > 0", "amount = 0"))
        found = self.database.rows(" UNION ALL ".join(halves), (*keys, life, *ids) * 2)
        lots = [Lot(n, BucketId(name.hex()), from_store(facts), amount) for n, name, facts, amount in found]
        return {lot.bucket: lot for lot in lots}

    def on_hold(self, rows: Sequence[int]) -> dict[int, int]:
        """Return by row of a bucket how much of it open bills and visits hold back."""
        marks = ", ".join("?" * len(rows))
        found = self.database.rows(
            f"SELECT bucket, sum(amount) FROM unit_hold WHERE bucket IN ({marks}) GROUP BY bucket",  # noqa: S608 - marks
            rows,
        )
        return {bucket: amount for bucket, amount in found}  # noqa: C416 - rows are tuples of any length to the type

    def given_back(self, since: Source, bucket: str) -> int:
        """Return how many units of a bucket a life gave back to the cloud after one of its entries.

        It reads all entries since then, so it is asked only where something is missing.
        """
        rows = self.database.rows(
            "SELECT bytes FROM life JOIN entry ON entry.life = n WHERE device = ? AND epoch = ? AND entry.seq > ?",
            tuple(since),
        )
        effects = [effect for row in rows for effect in entry.from_bytes(row[0]).effects]
        return sum(effect.amount for effect in effects if effect.kind == "return" and effect.bucket == bucket)

    def free_points(self, accounts: Iterable[AccountId], day: str) -> list[Holding]:
        """Return the points these accounts could use here on a day, the earliest end first, less those on hold."""
        found = [each for account in accounts for each in self.book.holdings(account, ("points",))]
        held = [each for each in found if each.spendable_on(day)]
        on_hold = self.on_hold([each.n for each in held])
        free = [each._replace(amount=each.amount - on_hold.get(each.n, 0)) for each in held]
        return sorted((each for each in free if each.amount > 0), key=lambda each: (each.expires_on or "~", each.n))

    def _entries(self, query: str, values: tuple[object, ...]) -> list[Entry]:
        rows = self.database.rows(query, values)
        if any(row[0] is None for row in rows):
            raise Refusal("refund_past")
        return [entry.from_bytes(row[0]) for row in rows]


def accounts_of(records: Records, account: AccountId) -> tuple[AccountId, ...]:
    """Return all accounts of the member an account is of: the one that stands for all, then the files merged into it.

    The shop has only its own.
    """
    if not is_id(account):
        return (account,)
    return tuple(dict.fromkeys((*MergedFiles(records.database).owners(account), account)))


def source_of(made: Entry) -> Source:
    """Return where an entry stands."""
    return Source(made.device, made.epoch, made.seq)


def name_of(made: Entry) -> str:
    """Return the name of an entry: `device/epoch/seq`."""
    return sale_name(source_of(made))


def number_of(made: Entry) -> str:
    """Return the number people call an entry by: `1-000042`."""
    return bill_number(made.epoch, made.seq)


def owner_of(account: str) -> AccountId:
    """Return who owns what an entry of an account makes: the member, or the shop for a walk-in."""
    return AccountId(account) if is_id(account) else SHOP


def target_of(right: Bucket) -> Mapping[str, Any] | None:
    """Return the facts of the bucket a right leads back to, None for the right to a payment."""
    target = right.attributes.get("target")
    return target if isinstance(target, dict) else None


def text(values: Mapping[str, object], name: str) -> str:
    """Return a text of a payload or of attributes, empty where there is none."""
    value = values.get(name, "")
    return value if isinstance(value, str) else ""


def number(values: Mapping[str, object], name: str, otherwise: int = 0) -> int:
    """Return a number of a payload or of attributes, `otherwise` where there is none."""
    value = values.get(name, otherwise)
    return value if type(value) is int else otherwise


def parts(values: Mapping[str, object], name: str) -> list[dict[str, Any]]:
    """Return the objects of a list in a payload."""
    value = values.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def texts(values: Mapping[str, object], name: str) -> frozenset[str]:
    """Return the texts of a list in a payload."""
    value = values.get(name)
    return frozenset(each for each in value if isinstance(each, str)) if isinstance(value, list) else frozenset()

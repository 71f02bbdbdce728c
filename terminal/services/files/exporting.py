"""All that is held of a person, for the person: one JSON document, with amounts in yuan and times of the shop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from terminal.base.clock import Clock
from terminal.base.ids import AccountId, is_id
from terminal.base.money import format_yuan
from terminal.ledger.book import Book
from terminal.rules import bucket
from terminal.rules.canonical import Canonical
from terminal.rules.entry import Entry, from_bytes
from terminal.rules.member.privacy import exported
from terminal.services.files.aliases import MergedFiles
from terminal.services.files.files import Files
from terminal.services.files.records import File, Records
from terminal.services.money import bill_number
from terminal.store.database import Database

ENTRIES_A_SLICE: Final = 200
_MONEY: Final = frozenset({"principal", "bonus", "bonus_locked", "deposit", "owed"})
# What an entry of money says of itself under these names is the member's to know; who served is not.
_BILL_KINDS: Final = frozenset({"bill", "charge", "top_up", "refund", "void"})
_LINE_PARTS: Final = ("name", "item", "quantity", "list_fen", "own_fen", "net_fen", "price_fen", "paid_fen")


class Export:
    """Gathers what is held of a member; whoever asks may wait between slices of entries."""

    def __init__(self, database: Database, book: Book, clock: Clock, files: Files) -> None:
        """Read an open store."""
        self._database = database
        self._book = book
        self._clock = clock
        self._files = files
        self._records = Records(database)
        self._merged = MergedFiles(database)

    def begin(self, account: str) -> tuple[dict[str, Canonical], list[tuple[int, int]]]:
        """Return the document without entries and bills, and which entries those are; raise as `Files.get`."""
        main = self._files.get(account)
        owners = self._merged.owners(main.account)
        files = [self._records.get(owner) for owner in owners]
        parts: dict[str, Canonical] = {
            "profile": [_profile(file) for file in files],
            "fields": [{"key": key, "value": text} for file in files for key, text in file.own_fields.items()],
            "sensitive_notes": [
                {"kind": kind, "text": text} for file in files for kind, text in self._files.notes_of(file).items()
            ],
            "tags": list(dict.fromkeys(tag for file in files for tag in file.tags)),
            "consents": [consent for file in files for consent in _consents(file)],
            "media": [medium for owner in owners for medium in self._media(owner)],
            "balances": [balance for owner in owners for balance in self._balances(owner)],
            "referrals": [*self._referrals(owners)],
        }
        return exported(parts), self._entries_of(owners)

    def entries(self, names: list[tuple[int, int]]) -> tuple[list[Canonical], list[Canonical]]:
        """Return what the member may know of some entries, and which of those are bills, with their lines."""
        entries: list[Canonical] = []
        bills: list[Canonical] = []
        for life, seq in names:
            entry = self._entry(life, seq)
            if entry is not None:
                told = self._told(entry)
                entries.append(told)
                if entry.kind in _BILL_KINDS:
                    bills.append({**told, "lines": [*_lines(entry)]})
        return entries, bills

    def _entries_of(self, owners: tuple[AccountId, ...]) -> list[tuple[int, int]]:
        """Return life and number of all entries about these accounts: deeds, and those that made what they hold."""
        found: set[tuple[int, int]] = set()
        lives = self._lives()
        for owner in owners:
            key = bytes.fromhex(owner)
            found |= {(life, seq) for life, seq in self._database.rows(_DEEDS, (key,))}
            for (facts,) in self._database.rows(_FACTS, (key,)):
                source = bucket.from_store(facts).source
                if (life := lives.get((source.device, source.epoch))) is not None:
                    found.add((life, source.seq))
        return sorted(found)

    def _entry(self, life: int, seq: int) -> Entry | None:
        """Return an entry, None for one that is no longer kept."""
        for table in ("entry", "past_entry"):
            row = self._database.row(f"SELECT bytes FROM {table} WHERE life = ? AND seq = ?", (life, seq))  # noqa: S608 - ours
            if row is not None and row[0]:
                return from_bytes(row[0])
        return None

    def _told(self, entry: Entry) -> dict[str, Canonical]:
        at = self._clock.local(entry.at)
        told: dict[str, Canonical] = {
            "entry": bill_number(entry.epoch, entry.seq),
            "at": at.isoformat(timespec="minutes"),
            "what": entry.kind,
        }
        for name, value in entry.payload.items():
            if name.endswith("_fen") and isinstance(value, int) and value:
                told[name.removesuffix("_fen")] = format_yuan(value)
            elif name == "points" and isinstance(value, int) and value:
                told[name] = value
        if entry.kind == "import":
            told |= self._brought_in(entry)
        return told

    def _brought_in(self, entry: Entry) -> dict[str, Canonical]:
        made = {each.id: each.asset for each in entry.buckets}
        sums: dict[str, int] = {}
        for effect in entry.effects:
            asset = made.get(effect.bucket, "")
            sums[asset] = sums.get(asset, 0) + effect.amount
        return {asset: _units(asset, units) for asset, units in sums.items() if asset and asset != "refund_right"}

    def _referrals(self, owners: tuple[AccountId, ...]) -> Iterator[Canonical]:
        """Give who brought a member, and whom they brought as far as they were rewarded for it, by masked names."""
        of = self._files.referrers
        if name := of.name_of(owners[0]):
            yield {"what": "brought_by", "name": name}
        brought = {
            self._merged.main(AccountId(newcomer)): None for owner in owners for newcomer in self._rewarded_for(owner)
        }
        for newcomer in brought:
            if of.of(newcomer) == owners[0]:
                yield {"what": "brought", "name": self._records.get(newcomer).masked}

    def _rewarded_for(self, owner: AccountId) -> Iterator[str]:
        """Give the accounts of those by whom a reward for bringing somebody came, on whatever level."""
        lives = self._lives()
        for (sale,) in self._database.rows(_REWARDED, (bytes.fromhex(owner),)):
            device, epoch, seq = sale.split("/")
            life = lives.get((device, int(epoch)))
            entry = None if life is None else self._entry(life, int(seq))
            if entry is not None and is_id(newcomer := str(entry.payload.get("account", ""))):
                yield newcomer

    def _lives(self) -> dict[tuple[str, int], int]:
        return {(device, epoch): n for n, device, epoch in self._database.rows("SELECT n, device, epoch FROM life")}

    def _media(self, owner: AccountId) -> Iterator[Canonical]:
        """Give an owner's cards and codes, with their states."""
        for kind, number, state in self._database.rows(
            "SELECT kind, number, state FROM medium WHERE account = ? ORDER BY n", (bytes.fromhex(owner),)
        ):
            yield {"kind": str(kind), "number": str(number), "state": str(state)}

    def _balances(self, owner: AccountId) -> Iterator[Canonical]:
        for asset, units in sorted(self._book.balances(owner).items()):
            if asset != "refund_right":
                yield {"what": asset, "left": _units(asset, units)}


_REWARDED: Final = "SELECT sale FROM given WHERE what = 'referral/had' AND account = ? ORDER BY day, sale"
_DEEDS: Final = "SELECT life, seq FROM deed WHERE account = ? AND account <> x''"
# Each half has an index of its own.
_FACTS: Final = (
    "SELECT facts FROM held JOIN bucket ON bucket.n = held.bucket WHERE owner = ?1 AND held.amount > 0"
    " UNION ALL SELECT facts FROM held JOIN bucket ON bucket.n = held.bucket WHERE owner = ?1 AND held.amount = 0"
)


def _profile(file: File) -> Canonical:
    return {
        **file.basics,
        "level": file.level,
        "level_locked": int(file.is_level_locked),
        "merged": int(bool(file.alias_of)),
    }


def _consents(file: File) -> Iterator[Canonical]:
    for act in file.consents:
        given: dict[str, Canonical] = {"kind": act.kind, "given": act.is_given, "on": act.on.isoformat()}
        yield {**given, "channel": act.channel, "text_version": act.text_version}


def _units(asset: str, units: int) -> str:
    return format_yuan(units) if asset in _MONEY else str(units)


def _lines(entry: Entry) -> Iterator[Canonical]:
    """Give what the lines of a bill say that is the member's to know."""
    lines: Any = entry.payload.get("lines", [])
    for line in lines if isinstance(lines, list) else ():
        if isinstance(line, dict):
            kept = {name: line[name] for name in _LINE_PARTS if isinstance(line.get(name), str | int)}
            yield {
                name.removesuffix("_fen"): format_yuan(value) if name.endswith("_fen") else value
                for name, value in kept.items()
            }

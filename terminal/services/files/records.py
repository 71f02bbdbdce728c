"""Members' files as the store keeps them, and what the chain is told of one."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, is_id
from terminal.rules import names
from terminal.rules.canonical import Canonical
from terminal.rules.member.consents import Consent
from terminal.store.database import Database

TABLE: Final = "member"  # of the rows that the chain owns
# What every file has, whatever the shop defines.
BASICS: Final = ("name", "phone", "sex", "birthday", "remark", "old_number")
# Told and kept like the shop's own fields, none of which can be called so: whatever takes those in takes it in too.
LEVEL_LOCK: Final = "level/locked"
LOCKED: Final = "yes"
_COLUMNS: Final = (
    "n, account, name, phone, sex, birthday, remark, old_number, level, initials, salt, duplicate, body, alias_of,"
    " erased_at"
)


@dataclass(frozen=True, slots=True)
class File:
    """A member's file without the sensitive notes; `n` is 0 before it is written.

    `basics` are the texts of `BASICS`, each there; `fields` the shop's own. `version` counts its changes on this till,
    `alias_of` is the account it was merged into, and `marks_before` says whether it and that one were marked as
    duplicates until then. `brought_by` is the account of who brought this member, empty for nobody. `salt` is what the
    key of its notes comes from, and empty once it was erased.
    """

    n: int
    account: AccountId
    basics: Mapping[str, str] = field(repr=False)
    initials: str = field(default="", repr=False)
    level: str = ""
    salt: bytes = field(default=b"", repr=False)
    is_duplicate: bool = False
    alias_of: str = ""
    erased_at: int = 0
    version: int = 0
    tags: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    consents: tuple[Consent, ...] = ()
    marks_before: tuple[bool, ...] = ()
    brought_by: str = ""

    @property
    def name(self) -> str:
        """Return the name in full."""
        return self.basics["name"]

    @property
    def is_level_locked(self) -> bool:
        """Tell whether the level stays, whatever growth says."""
        return self.fields.get(LEVEL_LOCK) == LOCKED

    @property
    def own_fields(self) -> dict[str, str]:
        """Return the shop's own fields."""
        return {key: text for key, text in self.fields.items() if key != LEVEL_LOCK}

    @property
    def masked(self) -> str:
        """Return the masked name, which an erased file's pseudonym is already."""
        return self.name if self.erased_at else names.masked(self.name, self.basics["sex"])

    def told(self) -> dict[str, Canonical]:
        """Return what the chain is told of it; notes stay where they were written."""
        consents: dict[str, Canonical] = {f"consent/{act.kind}": _stored(act) for act in self.consents}
        return {
            **self.basics,
            "level": self.level,
            "tags": list(self.tags),
            "merged_into": self.alias_of,
            **({"brought_by": self.brought_by} if self.brought_by else {}),
            **{f"field/{key}": value for key, value in self.fields.items()},
            **consents,
        }


class Records:
    """Reads and writes files; what writes is called inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        """Use an open store."""
        self._database = database

    def get(self, account: str) -> File:
        """Return the file of exactly this account; raise `Refusal` `member_unknown`."""
        row = None
        if is_id(account):
            row = self._database.row(
                f"SELECT {_COLUMNS} FROM member WHERE account = ?",  # noqa: S608 - columns of ours
                (bytes.fromhex(account),),
            )
        if row is None:
            raise Refusal("member_unknown")
        n, key, *basics, level, initials, salt, duplicate, body, alias_of, erased_at = row
        rest: dict[str, Any] = json.loads(body) if body else {}
        return File(
            n=n,
            account=AccountId(key.hex()),
            basics=dict(zip(BASICS, basics, strict=True)),
            initials=initials,
            level=level,
            salt=salt,
            is_duplicate=bool(duplicate),
            alias_of=alias_of.hex(),
            erased_at=erased_at,
            version=rest.get("version", 0),
            tags=tuple(rest.get("tags", ())),
            fields=rest.get("fields", {}),
            consents=tuple(_consent(act) for act in rest.get("consents", ())),
            marks_before=tuple(map(bool, rest.get("marks_before", ()))),
            brought_by=rest.get("brought_by", ""),
        )

    def living(self, account: str) -> File:
        """Return the file of exactly this account; raise `Refusal` `member_unknown`, or `erase_done`."""
        file = self.get(account)
        if file.erased_at:
            raise Refusal("erase_done")
        return file

    def write(self, file: File) -> int:
        """Write a file to its row, or to a new one, with its tags; return the row."""
        basics = [file.basics[name] for name in BASICS]
        rest = (
            file.level,
            file.initials,
            file.salt,
            int(file.is_duplicate),
            _body(file),
            bytes.fromhex(file.alias_of),
            file.erased_at,
            file.basics["phone"][-4:],
        )
        n = file.n
        if n:
            self._database.run(
                "UPDATE member SET name = ?, phone = ?, sex = ?, birthday = ?, remark = ?, old_number = ?, level = ?,"
                " initials = ?, salt = ?, duplicate = ?, body = ?, alias_of = ?, erased_at = ?, phone_tail = ?"
                " WHERE n = ?",
                (*basics, *rest, n),
            )
        else:
            n = self._database.run(
                "INSERT INTO member (name, phone, sex, birthday, remark, old_number, level, initials, salt, duplicate,"
                " body, alias_of, erased_at, phone_tail, account, profile_hash)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, x'')",
                (*basics, *rest, bytes.fromhex(file.account)),
            ).lastrowid
        self._database.run("DELETE FROM member_tag WHERE member = ?", (n,))
        for tag in file.tags:
            self._database.run("INSERT OR IGNORE INTO member_tag VALUES (?, ?)", (tag.casefold(), n))
        return n

    def mark(self, account: str, *, is_duplicate: bool) -> None:
        """Mark a file as one that shares something with another member's, or as one that does not."""
        self._database.run(
            "UPDATE member SET duplicate = ? WHERE account = ?", (int(is_duplicate), bytes.fromhex(account))
        )

    def mark_phone(self, phone: str) -> bool:
        """Mark all files with a phone as possible duplicates where there are several; tell whether there are."""
        where = "WHERE phone = ? AND erased_at = 0 AND alias_of = x''"
        row = self._database.row(f"SELECT count(*) FROM member {where}", (phone,)) if phone else None  # noqa: S608 - ours
        if row is None or row[0] < 2:
            return False
        self._database.run(f"UPDATE member SET duplicate = 1 {where} AND duplicate = 0", (phone,))  # noqa: S608 - ours
        return True

    def shares(self, owners: Sequence[str]) -> bool:
        """Tell whether another member has the phone or a card of one whose accounts these are."""
        keys = [bytes.fromhex(owner) for owner in owners]
        marks = ", ".join("?" * len(keys))
        row = self._database.row(
            "SELECT 1 FROM member AS own JOIN member AS other ON other.phone = own.phone"  # noqa: S608 - marks only
            f" WHERE own.account IN ({marks}) AND own.phone <> '' AND other.account NOT IN ({marks})"
            " AND other.erased_at = 0"
            " UNION ALL SELECT 1 FROM medium AS own JOIN medium AS other ON other.number = own.number"
            f" WHERE own.account IN ({marks}) AND own.number <> '' AND other.account NOT IN ({marks}) LIMIT 1",
            keys * 4,
        )
        return row is not None

    def chain_version(self, account: str) -> int:
        """Return the version of the chain's row of a member as this till knows it, 0 where it knows none."""
        row = self._database.row("SELECT version FROM chain_row WHERE name = ? AND key = ?", (TABLE, account))
        return 0 if row is None else int(row[0])


def is_locked(body: str) -> bool:
    """Tell whether what a file keeps beside its columns (JSON, empty for nothing) says that its level is locked."""
    return LEVEL_LOCK in body and json.loads(body).get("fields", {}).get(LEVEL_LOCK) == LOCKED


def name_profile(database: Database, key: str, digest: bytes) -> None:
    """Note which row of the chain a profile is about, so that it is found when that is erased."""
    database.run("INSERT OR IGNORE INTO profile_of VALUES (?, ?)", (key, digest))


def _body(file: File) -> str:
    """Return the rest of a file as JSON, empty where there is none."""
    rest = {
        "version": file.version,
        "tags": list(file.tags),
        "fields": dict(file.fields),
        "consents": [[act.kind, *_stored(act)] for act in file.consents],
        "marks_before": list(file.marks_before),
        "brought_by": file.brought_by,
    }
    kept = {name: value for name, value in rest.items() if value}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")) if kept else ""


def _stored(act: Consent) -> list[Canonical]:
    return [int(act.is_given), act.on.isoformat(), act.channel, act.text_version]


def _consent(stored: list[Any]) -> Consent:
    kind, is_given, on, channel, version = stored
    return Consent(kind, bool(is_given), dt.date.fromisoformat(on), channel, version)

"""Rows the chain owns: who proposes a change, who wins, and in which order tills hear of it."""

from __future__ import annotations

import hashlib
import types
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from cloud.errors import NotPossible
from cloud.journal import CloudJournal, Work
from cloud.records import LifeRecord, Loser, Proposal, RowVersion
from terminal.base.ids import AccountId, ChainId, is_id
from terminal.rules import canonical
from terminal.rules.canonical import Canonical, NotCanonical
from terminal.rules.entry import Entry
from terminal.rules.media.states import FINALITY, REVOKED
from terminal.sync.wire import ChainRow, Pull, Rows, SnapshotPage, SnapshotRequest, StartOver

MEMBERS, MEDIA = "member", "medium"
# A medium in this state is refused for ever, by its number and why.
BLOCKED = REVOKED
ENDING = frozenset({"state", "ended_by"})
STAYS = frozenset({"number", "state", "ended_by"})
# The kind of an entry by which a till tells that a member was erased.
ERASE = "member_erase"
# What the cloud alone says: no till proposes it.
SUMMARIES = "summary"
ROWS_A_PAGE = 200
# A message is at most 8 MiB, and quoting makes text up to twice as long.
PAGE_BYTES = 2 << 20
ROW_BYTES_MAX = 256 << 10
# What is one member's or one card's alone: rows that share it are marked for a person to look at, and both go on.
NAMING = types.MappingProxyType({MEMBERS: ("phone",), MEDIA: ("number",)})
MARK = "possible_duplicate"
# What a till says of a member whose file it has merged into another's.
MERGED = "merged_into"
# Where so many more share a name, none of them is the only one left when one of them changes it.
CROWD = 3
EMPTY = b"{}"
# When and by whom a field was last set: its version, the time, the proposing entry or action.
Mark = tuple[int, int, str]


class ChainRows(CloudJournal):
    """Proposals with base versions, aliases, and the feed and snapshots of rows."""

    def _next_position(self, work: Work) -> int:
        """Return the next position of the chain's feed, from the row this transaction keeps locked [R11].

        Whoever commits later has a later position, so a till's cursor never passes a change it has not seen.
        """
        chain = self._chain(work)
        self._storage.put_chain(replace(chain, position=chain.position + 1))
        return chain.position + 1

    def _propose(self, work: Work, life: LifeRecord, read: Entry, digest: bytes) -> None:
        """Keep the proposal of an entry and answer it, now or when its blob comes."""
        match read.payload:
            case {"table": str(table), "key": str(key), "base": int(base), "blob": str(blob)} if (
                _is_digest(blob) and table != SUMMARIES
            ):
                at_ms = min(read.at, self._clock())
                proposal = Proposal(work.chain, digest, bytes.fromhex(blob), table, key, base, at_ms)
                self._storage.add_proposal(proposal)
                kept = self._storage.blob(work.chain, proposal.blob)
                if kept is not None:
                    self._answer(work, proposal, kept)
            case _:
                self._alarm(work, life.device, life.epoch, "proposal_unreadable", digest.hex())

    def _take_blobs(self, work: Work, blobs: tuple[bytes, ...]) -> None:
        """Keep the profiles that proposals wait for, and answer those; nobody's are not kept."""
        for blob in blobs:
            digest = hashlib.sha256(blob).digest()
            waiting = self._storage.proposals(work.chain, digest)
            if waiting:
                self._storage.add_blob(work.chain, digest, blob)
            for proposal in waiting:
                self._answer(work, proposal, blob)

    def _answer(self, work: Work, proposal: Proposal, blob: bytes) -> None:
        self._chain(work)  # so that nobody else changes the row meanwhile
        self._storage.answer_proposal(work.chain, proposal.entry)
        fields = _fields(blob)
        row = self._storage.newest_row(work.chain, proposal.table, proposal.key)
        if row is not None and not row.body:
            # Somebody had this row erased; what is said of it now is erased with it.
            self._storage.forget_row(work.chain, proposal.table, proposal.key)
        elif fields is None or not self._change(work, proposal, fields):
            self._alarm(work, self._chain(work).cloud, 1, "proposal_unreadable", proposal.entry.hex())

    def _change(self, work: Work, proposal: Proposal, fields: dict[str, Canonical]) -> bool:
        """Set the fields in which the proposal wins, and keep the values that lose.

        Return False, with no field set, when the row would be longer than `ROW_BYTES_MAX`.
        """
        row = self._storage.newest_row(work.chain, proposal.table, proposal.key)
        version = row.version + 1 if row else 1
        body = cast("dict[str, Canonical]", canonical.decode(row.body)) if row else {}
        marks = cast("dict[str, list[Canonical]]", canonical.decode(row.marks)) if row else {}
        alias = row.alias if row else ""
        changed = lost = False
        mine: Mark = (version, proposal.at_ms, proposal.entry.hex())
        ends = _ends(proposal.table, body, fields)
        for name, value in fields.items():
            set_at, at_ms, by = cast("Mark", tuple(marks.get(name, (0, 0, ""))))
            is_link = name == MERGED and proposal.table == MEMBERS
            if name == MARK or (alias or body.get(name) if is_link else body.get(name)) == value:
                continue
            final = ends if name in ENDING else 0
            if final < 0 or (final == 0 and set_at > proposal.base and not self._newer(mine, (set_at, at_ms, by))):
                self._lose(proposal, name, mine[2], value)
                lost = True
                continue
            if set_at > proposal.base:
                # Head office may have set a link of which the row's fields have nothing yet, or nothing any more.
                self._lose(proposal, name, by, alias or body.get(name, "") if is_link else body[name])
            body[name], marks[name], changed = value, list(mine), True
            # What a till says of a link stands in place of what head office said of it before.
            alias = "" if is_link else alias
        data = canonical.encode(body)
        if len(data) > ROW_BYTES_MAX:
            return False
        if changed or lost:
            # Whoever proposed what lost hears by this version what it is to put back.
            self._publish(work, proposal, version, data, alias, canonical.encode(cast("Canonical", marks)))
            self._compare(work, row, proposal.table, proposal.key)
        return True

    def _newer(self, mine: Mark, other: Mark) -> bool:
        """Tell whether a proposal beats the value it did not know of: said later, and by chance at the same time."""
        return mine[1:] > other[1:]

    def _lose(self, proposal: Proposal, name: str, by: str, value: Canonical) -> None:
        loser = Loser(proposal.chain, proposal.table, proposal.key, name, bytes.fromhex(by), canonical.encode(value))
        self._storage.add_loser(loser)

    def _publish(
        self, work: Work, row: Proposal | RowVersion, version: int, body: bytes, alias: str, marks: bytes
    ) -> int:
        """Write a row's next version at the next position, and return that."""
        position = self._next_position(work)
        self._storage.add_row(RowVersion(work.chain, row.table, row.key, position, version, body, alias, marks))
        return position

    def _alias(self, work: Work, table: str, key: str, alias: str) -> int:
        """Let a row stand for another, or (empty) for itself again; return the position where tills hear of it.

        It is weighed against what tills say of the same link like any field, and ends what one of them has merged.
        """
        following = alias
        while following:
            if following == key:
                raise NotPossible("alias_circle")
            found = self._storage.newest_row(work.chain, table, following)
            following = found.alias if found else ""
        row = self._storage.newest_row(work.chain, table, key)
        row = row or RowVersion(work.chain, table, key, 0, 0, EMPTY, "", EMPTY)
        body = cast("dict[str, Canonical]", canonical.decode(row.body)) if row.body else {}
        ends = table == MEMBERS and not alias and bool(body.get(MERGED))
        if row.alias == alias and not ends:
            return row.position
        marks = row.marks
        if table == MEMBERS and row.body:
            set_by = cast("dict[str, Canonical]", canonical.decode(marks))
            marks = canonical.encode(set_by | {MERGED: [row.version + 1, self._clock(), ""]})
        data = canonical.encode(body | {MERGED: ""}) if ends else row.body
        position = self._publish(work, row, row.version + 1, data, alias, marks)
        self._compare(work, row, table, key)
        return max(position, self._position(work.chain))

    def _compare(self, work: Work, before: RowVersion | None, table: str, key: str) -> None:
        """Mark the rows that share a phone or a card now that one has changed, and unmark those that no longer do.

        A row that stands for another (merged) or was erased shares nothing.
        """
        if table not in NAMING:
            return
        after = self._storage.newest_row(work.chain, table, key)
        touched = {key: None}
        for field in NAMING[table]:
            old, new = _naming(before, field), _naming(after, field)
            if old == new:
                continue
            if old:
                self._storage.drop_naming(work.chain, table, field, old, key)
            if new:
                self._storage.add_naming(work.chain, table, field, new, key)
            for value in (old, new):
                touched |= dict.fromkeys(self._storage.named_so(work.chain, table, field, value, CROWD))
        for one in touched:
            self._mark(work, table, one)

    def _mark(self, work: Work, table: str, key: str) -> None:
        """Publish a row with a mark, or without, where that is to change."""
        row = self._storage.newest_row(work.chain, table, key)
        if row is None or not row.body:
            return
        body = cast("dict[str, Canonical]", canonical.decode(row.body))
        shared = any(
            len(self._storage.named_so(work.chain, table, field, name, 2)) > 1
            for field in NAMING[table]
            if (name := _naming(row, field))
        )
        if shared != (MARK in body):
            body.pop(MARK, None)
            data = canonical.encode(body | {MARK: True} if shared else body)
            self._publish(work, row, row.version + 1, data, row.alias, row.marks)

    def _erase_told(self, work: Work, life: LifeRecord, read: Entry, digest: bytes, *, late: bool) -> None:
        """Empty the rows of a member whom a till has erased: their files, and the media that led to them.

        It cannot be undone, so what is in doubt is left to a person, who is told by an alarm: an entry of a life that
        was not the open one, by a till that may not have known what happened meanwhile; and a member who still holds
        something somewhere.
        """
        self._chain(work)  # so that nobody else changes the rows meanwhile
        key = read.payload.get("key")
        accounts = [*([key] if isinstance(key, str) else ()), *_texts(read, "others")]
        if not accounts:
            return
        if late or any(self._has_units(work, account) for account in accounts):
            self._alarm(work, life.device, life.epoch, "erase_not_done", digest.hex())
            return
        for account in accounts:
            if self._storage.newest_row(work.chain, MEMBERS, account) is not None:
                self._erase(work, MEMBERS, account)
        for medium in _texts(read, "media"):
            self._erase_medium(work, medium, accounts)

    def _has_units(self, work: Work, account: str) -> bool:
        """Tell whether an account has units anywhere, rights to refunds aside."""
        return is_id(account) and any(units for _, units in self._storage.units_of(work.chain, AccountId(account)))

    def _erase_medium(self, work: Work, key: str, accounts: Sequence[str]) -> None:
        """Empty the row of a medium of one of these accounts; of a blocked one, number and state stay on the list."""
        row = self._storage.newest_row(work.chain, MEDIA, key)
        if row is None or not row.body:
            return
        body = cast("dict[str, Canonical]", canonical.decode(row.body))
        if body.get("account") not in accounts:
            return
        if body.get("state") != BLOCKED:
            self._erase(work, MEDIA, key)
            return
        self._storage.forget_row(work.chain, MEDIA, key)
        marks = cast("dict[str, Canonical]", canonical.decode(row.marks))
        kept = canonical.encode({name: value for name, value in body.items() if name in STAYS})
        set_by = canonical.encode({name: mark for name, mark in marks.items() if name in STAYS})
        self._publish(work, row, row.version + 1, kept, row.alias, set_by)
        self._compare(work, row, MEDIA, key)

    def _erase(self, work: Work, table: str, key: str) -> int:
        """Empty a row, all its versions and the profiles it came from; return the position where tills hear of it."""
        row = self._storage.newest_row(work.chain, table, key)
        if row is None:
            raise NotPossible("row_unknown")
        self._storage.forget_row(work.chain, table, key)
        if not row.body:
            return row.position
        self._publish(work, row, row.version + 1, b"", row.alias, EMPTY)
        self._compare(work, row, table, key)
        return self._position(work.chain)

    def _pull(self, work: Work, message: Pull) -> Rows | StartOver:
        if not self._has_position(work, message, message.after):
            return StartOver()
        found = _fitting(self._storage.rows_after(message.chain, message.after, ROWS_A_PAGE))
        position = found[-1].position if found else message.after
        return Rows(tuple(_row(row) for row in found), position, self._generation(work))

    def _has_position(self, work: Work, message: Pull | SnapshotRequest, position: int) -> bool:
        """Tell whether a position is one that this storage gave; the start of all is everybody's."""
        if not (position == 0 == len(message.generation) or self._is_of_generation(work, message.generation)):
            return False
        if position <= self._position(message.chain):
            return True
        self._notice_restore(work, message.device, 0, "rows")
        return False

    def _is_of_generation(self, work: Work, said: str) -> bool:
        """Tell whether somebody speaks of this storage, and not of what was there before it was put back."""
        return said == self._generation(work)

    def _snapshot(self, work: Work, message: SnapshotRequest) -> SnapshotPage | StartOver:
        """Return a page of rows as they were at the position of the first page."""
        begins = message.position < 0
        if not (begins or self._has_position(work, message, message.position)):
            return StartOver()
        position = self._position(message.chain) if begins else message.position
        limit = max(1, min(message.limit, ROWS_A_PAGE))
        there = self._storage.rows_as_of(message.chain, position, message.table, message.after_key, limit)
        found = _fitting(there)
        is_last = len(there) < limit and len(found) == len(there)
        table, key = ("", "") if is_last else (found[-1].table, found[-1].key)
        return SnapshotPage(position, tuple(_row(row) for row in found), table, key, self._generation(work))

    def _position(self, chain: ChainId) -> int:
        found = self._storage.chain(chain)
        return found.position if found else 0


def _ends(table: str, body: Mapping[str, Canonical], fields: Mapping[str, Canonical]) -> int:
    """Tell whether fields end a medium that is not ended as much yet (above 0), or say less of one that is (below)."""
    if table != MEDIA or "state" not in fields:
        return 0
    now, said = FINALITY.get(str(body.get("state")), 0), FINALITY.get(str(fields["state"]), 0)
    return said - now


def _texts(read: Entry, name: str) -> list[str]:
    """Return the texts of a list in an entry's payload; whatever else is there is none."""
    value = read.payload.get(name)
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _row(row: RowVersion) -> ChainRow:
    return ChainRow(row.position, row.table, row.key, row.version, row.body, row.alias)


def _fitting(rows: list[RowVersion]) -> list[RowVersion]:
    """Return as many rows as one message can take, the first one in any case."""
    size = 0
    for count, row in enumerate(rows):
        size += len(row.body)
        if count and size > PAGE_BYTES:
            return rows[:count]
    return rows


def _naming(row: RowVersion | None, field: str) -> str:
    """Return the phone or card that a row claims for itself, or nothing."""
    if row is None or row.alias or not row.body:
        return ""
    body = canonical.decode(row.body)
    if not isinstance(body, dict) or body.get(MERGED):
        return ""
    value = body.get(field, "")
    return value if isinstance(value, str) else ""


def _is_digest(text: str) -> bool:
    return len(text) == hashlib.sha256().digest_size * 2 and set(text) <= set("0123456789abcdef")


def _fields(blob: bytes) -> dict[str, Canonical] | None:
    """Return the fields of a profile, or None for anything else."""
    try:
        value = canonical.decode(blob)
    except NotCanonical:
        return None
    fields = value.get("fields") if isinstance(value, dict) else None
    return fields if isinstance(fields, dict) else None

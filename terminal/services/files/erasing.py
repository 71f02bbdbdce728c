"""Erasing a member: everything that leads to the person goes, and the book keeps its entries under a pseudonym.

It goes in one transaction, with one entry that names nobody: the files of all accounts that were merged, their notes
with the salt that their key came from, tags, card numbers, PINs, the profiles and slips that were made of them. What a
backup still holds cannot be reached from here; so the accounts that were erased, which are random numbers, are written
beside the store, where a restored one finds them (`again`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, Draw, is_id, new_id
from terminal.ledger.book import Book, Posted
from terminal.ledger.draft import Draft, Lot
from terminal.rules.bucket import CREDIT_ACCOUNT
from terminal.rules.canonical import Canonical
from terminal.rules.entry import EFFECTS_MAX, from_bytes
from terminal.rules.member import privacy
from terminal.rules.member.privacy import MemberFile, Ties
from terminal.services.files.aliases import MergedFiles
from terminal.services.files.asked import ERASE, Asked, Changed, changed_by
from terminal.services.files.journal import Journal
from terminal.services.files.records import BASICS, TABLE, File, Records
from terminal.services.media_life.asked import By
from terminal.services.refunds.effects import PAYABLE
from terminal.services.refunds.payouts import OWING
from terminal.services.refunds.records import GIVEN_UP, PAID_OUT, RIGHT, name_of
from terminal.services.staff import MANAGER
from terminal.store.database import Database, sync_folder

REMEMBERED_FILE: Final = "erased.members"
PSEUDONYM_CHARS: Final = 8
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# What the shop owes the member, or promised.
_VALUE: Final = ("principal", "bonus", "bonus_locked", "deposit")
_HELD: Final = (*_VALUE, "pass", "points", "coupon", "points_owed", "release_skip")
_ENDING: Final = (*_HELD, RIGHT)
# What was paid in, and what stands for a debt, does not lapse: it is given up.
_SPENT: Final = frozenset({"principal", "deposit", "points_owed", "release_skip"})
_BREAKAGE: Final = "sales/breakage"
_MONEY: Final = frozenset(CREDIT_ACCOUNT)
_SETTLED: Final = (PAID_OUT, GIVEN_UP)
_PAYABLE_LEFT: Final = "SELECT 1 FROM account_balance WHERE account = ? GROUP BY account HAVING sum(amount) <> 0"


@dataclass(frozen=True, slots=True)
class Standing:
    """What binds shop and member now: the name masked, and money (fen), sessions and debts."""

    account: AccountId
    masked_name: str
    ties: Ties


class Erasing:
    """Erases members. Used by the dispatcher."""

    def __init__(self, database: Database, book: Book, draw: Draw = os.urandom) -> None:
        """Post to `book`; pseudonyms and ids come from `draw`."""
        self._database = database
        self._book = book
        self._draw = draw
        self._records = Records(database)
        self._merged = MergedFiles(database)
        self._journal = Journal(database, book, draw)

    def standing(self, account: str) -> Standing:
        """Return what binds shop and member; raise `Refusal` `member_unknown` or `erase_done`."""
        file = self._records.living(self._main(account))
        owners = self._merged.owners(file.account)
        return Standing(file.account, file.masked, self._ties(owners, self._lots(owners)))

    def erase(self, asked: Asked, account: str, *, give_up: bool = False) -> Changed:
        """Erase a member for good; with `give_up`, what is left of value is given up first, in the manager's name.

        Rights to refunds end with it: what was given up is not paid back later. Raises `Refusal` `member_unknown`,
        `erase_manager_only`, `erase_lots`, and those of `privacy.erased`.
        """
        with self._database.write():
            what: dict[str, Canonical] = {"account": account, "give_up": give_up}
            turn, earlier = self._journal.turn(ERASE, asked, what, {})
            if earlier is not None:
                return changed_by(earlier)
            if give_up and asked.by.actor != MANAGER:
                raise Refusal("erase_manager_only")
            file = self._records.living(self._main(account))
            owners = self._merged.owners(file.account)
            lots = self._lots(owners)
            ties = self._ties(owners, lots)
            if give_up:
                ties = Ties(owed_fen=ties.owed_fen, open_bills=ties.open_bills)
            left = privacy.erased(MemberFile(file.account, level=file.level), ties, self._pseudonym()).file
            ending = [lot for lot in lots if lot.facts.asset in _HELD]
            if len(ending) > EFFECTS_MAX:
                raise Refusal("erase_lots", most=EFFECTS_MAX)
            self._end_rights(asked, file.account, [lot for lot in lots if lot.facts.asset == RIGHT])
            draft = self._journal.begin(turn, file.account)
            given_up_fen = sum(_give_up(draft, lot) for lot in ending)
            media = self._wipe(owners, left.name, draft.at)
            return changed_by(self._post(draft, file, owners, media, left.name, given_up_fen))

    def again(self, accounts: Iterable[AccountId]) -> list[AccountId]:
        """Erase who was erased before, in a store put back to an older state; return those whose file was still here.

        What the store says they held stays held, under a pseudonym: whether it was paid out since, it cannot know. A
        till that has to rejoin writes no entry of it, since the numbers that would bear may be taken by others by now.
        """
        done = []
        with self._database.write():
            rejoins = bool(self._book.life().rejoin_id)
            for account in accounts:
                try:
                    file = self._records.living(account)
                except Refusal:
                    continue
                # The first erasing's own id is not known here, and may be of a life that is not in this store.
                asked = Asked(ActionId(new_id(self._draw)), By("till"))
                turn, _ = self._journal.turn(ERASE, asked, {"account": account, "again": True}, {})
                draft, pseudonym = self._journal.begin(turn, account), self._pseudonym()
                media = self._wipe((account,), pseudonym, draft.at)
                if not rejoins:
                    self._post(draft, file, (account,), media, pseudonym)
                done.append(account)
        return done

    def heard(self, account: AccountId) -> None:
        """Remove what leads to a person whom the chain has erased, in the caller's transaction.

        There is no entry of it: that is the other till's. What is held stays held, under a pseudonym. Raises `Refusal`
        `member_unknown`.
        """
        self._wipe((account,), self._pseudonym(), self._book.life().trusted_ms or 1)

    def _main(self, account: str) -> AccountId:
        if not is_id(account):
            raise Refusal("member_unknown")
        return self._merged.main(AccountId(account))

    def _lots(self, owners: Iterable[AccountId]) -> list[Lot]:
        assets = (*_ENDING, "owed")
        return [lot for owner in owners for lot in self._book.lots(self._book.holdings(owner, assets))]

    def _ties(self, owners: Sequence[AccountId], lots: Sequence[Lot]) -> Ties:
        held: dict[str, int] = {}
        for lot in lots:
            held[lot.facts.asset] = held.get(lot.facts.asset, 0) + lot.amount
        return Ties(
            value_fen=sum(held.get(asset, 0) for asset in _VALUE),
            sessions=held.get("pass", 0),
            owed_fen=held.get("owed", 0),
            open_bills=self._open_bills(owners, lots) + self._unpaid(owners),
        )

    def _open_bills(self, owners: Sequence[AccountId], lots: Sequence[Lot]) -> int:
        """Return how many bills are open for a member, or hold units of theirs (a visit, a refund that waits)."""
        own, held = ", ".join("?" * len(owners)), ", ".join("?" * len(lots))
        row = self._database.row(
            f"SELECT count(*) FROM (SELECT id FROM open_bill WHERE account IN ({own})"  # noqa: S608 - marks only
            f" UNION SELECT holder FROM unit_hold WHERE bucket IN ({held}))",
            [*(bytes.fromhex(owner) for owner in owners), *(lot.n for lot in lots)],
        )
        return int(row[0]) if row else 0

    def _unpaid(self, owners: Sequence[AccountId]) -> int:
        """Return how many refunds of a member's are approved and not paid out yet, by what entries say is payable."""
        if self._database.row(_PAYABLE_LEFT, (PAYABLE,)) is None:
            return 0
        kinds = (*OWING, *_SETTLED)
        own, marks = ", ".join("?" * len(owners)), ", ".join("?" * len(kinds))
        rows = self._database.rows(
            "SELECT entry.bytes FROM deed JOIN entry USING (life, seq)"  # noqa: S608 - marks only
            f" WHERE deed.account IN ({own}) AND deed.account <> x'' AND deed.kind IN ({marks})",
            [*(bytes.fromhex(owner) for owner in owners), *kinds],
        )
        left: dict[str, int] = {}
        for (data,) in rows:
            made = from_bytes(data)
            name = str(made.payload["undoes"]) if made.kind in _SETTLED else name_of(made)
            left[name] = left.get(name, 0) + sum(fen for account, fen in made.postings if account == PAYABLE)
        return sum(fen != 0 for fen in left.values())

    def _end_rights(self, asked: Asked, account: AccountId, rights: Sequence[Lot]) -> None:
        """End rights to refunds, of which there are as many as bills, in as many entries as they need."""
        for first in range(0, len(rights), EFFECTS_MAX):
            what: dict[str, Canonical] = {"account": account, "rights": first}
            turn, _ = self._journal.turn(ERASE, Asked(ActionId(new_id(self._draw)), asked.by), what, {})
            draft = self._journal.begin(turn, account)
            for lot in rights[first : first + EFFECTS_MAX]:
                draft.expire(lot, lot.amount)
            self._book.post(draft)

    def _pseudonym(self) -> str:
        return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in self._draw(PSEUDONYM_CHARS))

    def _wipe(self, owners: Sequence[AccountId], pseudonym: str, at_ms: int) -> list[str]:
        """Remove what leads to the person from the store, written over; return the chain's ids of their media."""
        self._database.run("PRAGMA secure_delete = ON")
        media = [name for owner in owners for name in self._end_media(owner)]
        for owner in owners:
            self._empty(self._records.get(owner), pseudonym, at_ms)
        self._journal.erase([*owners, *media])
        for key in (*owners, *media):
            self._database.run("UPDATE chain_row SET body = x'' WHERE key = ? AND name IN ('member', 'medium')", (key,))
        self._database.run("PRAGMA secure_delete = OFF")
        return media

    def _post(
        self,
        draft: Draft,
        file: File,
        owners: Sequence[AccountId],
        media: Sequence[str],
        pseudonym: str,
        given_up_fen: int = 0,
    ) -> Posted:
        """Post the entry, by which the chain knows which rows it has to empty."""
        draft.payload |= {"others": [*owners[1:]], "given_up_fen": given_up_fen, "file_version": file.version + 1}
        draft.payload |= {"table": TABLE, "key": file.account, "media": [*media], "pseudonym": pseudonym}
        return self._book.post(draft)

    def _empty(self, file: File, pseudonym: str, at_ms: int) -> None:
        """Leave the account, the level, the consents and a pseudonym of a file."""
        kept = replace(
            file,
            basics={**dict.fromkeys(BASICS, ""), "name": pseudonym},
            initials="",
            salt=b"",
            is_duplicate=False,
            erased_at=at_ms,
            version=file.version + 1,
            tags=(),
            fields={},
            marks_before=(),
            brought_by="",
        )
        self._records.write(kept)
        self._database.run("UPDATE member SET profile_hash = x'' WHERE n = ?", (file.n,))
        self._database.run("DELETE FROM member_note WHERE member = ?", (file.n,))
        account = bytes.fromhex(file.account)
        for table in ("member_pin", "pin_try"):
            self._database.run(f"DELETE FROM {table} WHERE account = ?", (account,))  # noqa: S608 - tables of ours
        self._database.run("DELETE FROM print_job WHERE account = ? AND state IN ('printed', 'cancelled')", (account,))

    def _end_media(self, owner: AccountId) -> list[str]:
        """Retire what led to an account, take the numbers away, and return the ids the chain knows them by."""
        ids = []
        key = bytes.fromhex(owner)
        for number, medium_id in self._database.rows("SELECT number, id FROM medium WHERE account = ?", (key,)):
            ids += [medium_id] if medium_id else []
            if len(number) % 2 == 0 and set(number) <= set("0123456789ABCDEF"):
                self._database.run("DELETE FROM card_tap WHERE uid = ?", (bytes.fromhex(number),))
        self._database.run(
            "UPDATE medium SET number = '', identity = '',"
            " state = CASE WHEN state = 'revoked' THEN state ELSE 'retired' END WHERE account = ?",
            (key,),
        )
        return ids


def remember(folder: Path, accounts: Iterable[AccountId]) -> None:
    """Write down beside the store who was erased, durable before this returns; raises `OSError`."""
    path = folder / REMEMBERED_FILE
    known = set(remembered(folder))
    fresh = [account for account in accounts if account not in known]
    if not fresh:
        return
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "w") as file:
        file.writelines(f"{account}\n" for account in fresh)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(folder)


def remembered(folder: Path) -> list[AccountId]:
    """Return who was erased on this machine, whatever store it had; a line that a power cut left half is none."""
    try:
        lines = (folder / REMEMBERED_FILE).read_text(encoding="ascii", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    return [AccountId(line) for line in lines if is_id(line)]


def _give_up(draft: Draft, lot: Lot) -> int:
    """End what is left of a lot, and return what of it the shop owed in money, in fen: that becomes its income."""
    fen = lot.amount * lot.facts.unit_value_fen if lot.facts.asset in _MONEY else 0
    if lot.facts.asset in _SPENT:
        draft.spend(lot, lot.amount)
        if fen:
            draft.debit(CREDIT_ACCOUNT[lot.facts.asset], fen)
            draft.credit(_BREAKAGE, fen)
    else:
        draft.expire(lot, lot.amount)
    return fen

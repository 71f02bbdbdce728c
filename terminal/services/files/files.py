"""Changing members' files: each change once for its action id, in one transaction with its one entry.

A change names only what it sets, so of two people who change different things of a file both are right, and of two who
change the same thing the later one is. Files that were merged are one member's: what is asked of any of them is done
with the one that stands for the others.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import replace

from terminal.base.clock import Clock
from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, Draw, is_id, new_ordered_id
from terminal.ledger.book import Book, Posted
from terminal.rules.canonical import Canonical
from terminal.rules.member import consents, merge, profile
from terminal.rules.member.consents import SENSITIVE, Consent
from terminal.rules.member.profile import Field
from terminal.services.files.aliases import MergedFiles
from terminal.services.files.asked import ADD, CHANGE, MERGE, NOTE, UNMERGE, Asked, Changed, Filled, changed_by
from terminal.services.files.filling import Right, checked
from terminal.services.files.journal import Journal, Turn
from terminal.services.files.notes import NoteSafe
from terminal.services.files.records import BASICS, File, Records
from terminal.services.files.referrers import Referrers
from terminal.services.proposals import SALT_BYTES
from terminal.store.database import Database

ShopFields = Callable[[], Sequence[Field]]


class Files:
    """Makes, changes and merges members' files. Used by the dispatcher."""

    def __init__(
        self, database: Database, book: Book, clock: Clock, shop_fields: ShopFields = tuple, draw: Draw = os.urandom
    ) -> None:
        """Post to `book`; `shop_fields` gives the shop's own fields as they are now, ids and salts come from `draw`."""
        self._database = database
        self._book = book
        self._clock = clock
        self._shop_fields = shop_fields
        self._draw = draw
        self._records = Records(database)
        self._merged = MergedFiles(database)
        self.referrers = Referrers(database)
        self._notes = NoteSafe(database, draw)
        self._journal = Journal(database, book, draw)

    def get(self, account: str) -> File:
        """Return the file that an account leads to; raise `Refusal` `member_unknown` or `erase_done`."""
        return self._records.living(self._main(account))

    def notes(self, account: str) -> dict[str, str]:
        """Return a member's sensitive notes by their kind; raise `Refusal` as `get`, or `note_unreadable`."""
        return self.notes_of(self.get(account))

    def notes_of(self, file: File) -> dict[str, str]:
        """Return the notes of exactly this file by their kind; raise `Refusal` `note_unreadable`."""
        return self._notes.read(file)

    def add(self, asked: Asked, filled: Filled) -> Changed:
        """Make a new file, its account named in the answer.

        A phone that others have marks them all as possible duplicates and is no mistake. Raises `FieldsWrong` with all
        that is wrong, and `Refusal` as `change`.
        """
        with self._database.write():
            turn, earlier = self._journal.turn(ADD, asked, {}, _private(filled))
            if earlier is not None:
                return changed_by(earlier)
            right = checked(self._shop_fields(), filled, is_new=True)
            account = AccountId(new_ordered_id(self._clock.now_ms(), self._draw))
            empty = File(0, account, dict.fromkeys(BASICS, ""), salt=self._draw(SALT_BYTES))
            after = self._filled(empty, filled, right)
            return changed_by(self._settle(turn, None, after, right))

    def change(self, asked: Asked, account: str, filled: Filled) -> Changed:
        """Set what is filled in; withdrawing the consent to sensitive notes removes them.

        Raises `FieldsWrong`, and `Refusal` `member_unknown`, `erase_done`, `file_nothing`, `file_full`,
        `consent_missing`, `brought_by_itself`, `brought_by_erased`, those of `consents.given` and `profile.tagged`.
        """
        return self._change(CHANGE, asked, account, filled)

    def note(self, asked: Asked, account: str, kind: str, text: str) -> Changed:
        """Keep a sensitive note in place of the earlier one, or (empty) remove it; raise as `change`, or `note_kind`.

        It needs the member's own consent, is encrypted, and stays in this store.
        """
        if kind not in consents.sensitive_keys(self._shop_fields()):
            raise Refusal("note_kind")
        return self._change(NOTE, asked, account, Filled(fields={kind: text}))

    def merge(self, asked: Asked, account: str, into: str) -> Changed:
        """Let a file lead to another one, which stands for both from now on; nothing is moved.

        Raises `Refusal` `member_unknown`, `erase_done`, `merge_itself` or `merge_already`.
        """
        with self._database.write():
            turn, earlier = self._journal.turn(MERGE, asked, {"account": account, "into": into}, {})
            if earlier is not None:
                return changed_by(earlier)
            before, end = self._records.living(account), self._records.living(self._main(into))
            _, link = merge.merged(self._merged.all(), account, into)
            marks = (before.is_duplicate, end.is_duplicate)
            after = replace(before, alias_of=link.into, is_duplicate=False, marks_before=marks)
            posted = self._post_link(turn, before, after, link.into)
            owners = self._merged.owners(AccountId(link.into))
            self._records.mark(link.into, is_duplicate=end.is_duplicate and self._records.shares(owners))
            return changed_by(posted)

    def unmerge(self, asked: Asked, account: str) -> Changed:
        """Let a file that was merged stand for itself again, as before; raise `Refusal` as `merge`, or `merge_none`.

        What was paid in or earned since stays with the account it went to.
        """
        with self._database.write():
            turn, earlier = self._journal.turn(UNMERGE, asked, {"account": account}, {})
            if earlier is not None:
                return changed_by(earlier)
            before = self._records.living(account)
            _, link = merge.parted(self._merged.all(), account)
            own, others = before.marks_before or (False, False)
            after = replace(before, alias_of="", is_duplicate=own, marks_before=())
            posted = self._post_link(turn, before, after, link.into)
            if others:
                self._records.mark(link.into, is_duplicate=True)
            return changed_by(posted)

    def _main(self, account: str) -> AccountId:
        if not is_id(account):
            raise Refusal("member_unknown")
        return self._merged.main(AccountId(account))

    def _change(self, kind: str, asked: Asked, account: str, filled: Filled) -> Changed:
        with self._database.write():
            turn, earlier = self._journal.turn(kind, asked, {"account": account}, _private(filled))
            if earlier is not None:
                return changed_by(earlier)
            before = self.get(account)
            right = checked(self._shop_fields(), filled, is_new=False)
            after = self._filled(before, filled, right)
            if after == before and not right.notes:
                raise Refusal("file_nothing")
            return changed_by(self._settle(turn, before, after, right))

    def _filled(self, file: File, filled: Filled, right: Right) -> File:
        """Return a file with what was filled in."""
        acts: tuple[Consent, ...] = file.consents
        for act in filled.consents:
            if act.on > self._book.today():
                raise Refusal("consent_future")
            held = consents.standing(acts, act.kind)
            # A consent is withdrawn from the text it was given to, which whoever withdraws it need not know.
            version = held.text_version if held is not None and not act.is_given else act.text_version
            acts = consents.given(acts, replace(act, text_version=version))
        if any(right.notes.values()) and consents.standing(acts, SENSITIVE) is None:
            raise Refusal("consent_missing")
        tags = file.tags
        for tag in filled.untags:
            tags = profile.untagged(tags, tag)
        for tag in filled.tags:
            tags = profile.tagged(tags, tag)
        fields = {key: text for key, text in {**file.fields, **right.fields}.items() if text}
        basics = {**file.basics, **right.basics}
        initials = filled.initials.upper() if "name" in right.basics else file.initials
        by = file.brought_by if filled.brought_by is None else self._referrer(file, filled.brought_by)
        said = replace(file, basics=basics, initials=initials, brought_by=by)
        return replace(said, fields=fields, tags=tags, consents=acts)

    def _referrer(self, file: File, account: str) -> str:
        """Return the account that stands for who brought a member, empty for nobody."""
        if not account:
            return ""
        by = self._records.get(self._main(account))
        if by.account == file.account:
            raise Refusal("brought_by_itself")
        if by.erased_at:
            raise Refusal("brought_by_erased")
        return by.account

    def _settle(self, turn: Turn, before: File | None, after: File, right: Right) -> Posted:
        """Write a file with its notes, and the entry that tells of it."""
        after = replace(after, version=after.version + 1)
        after = replace(after, n=self._records.write(after))
        draft = self._journal.begin(turn, after.account)
        dropped = {kind for kind, text in right.notes.items() if not text}
        if consents.standing(after.consents, SENSITIVE) is None:
            dropped |= set(self._notes.kinds(after))
        self._notes.drop(after, dropped)
        more: dict[str, Canonical] = {f"note/{kind}": "" for kind in sorted(dropped)}
        for kind, text in right.notes.items():
            if text:
                sealed = self._notes.keep(after, kind, text, draft.at)
                more[f"note/{kind}"] = hashlib.sha256(sealed).hexdigest()
        posted = self._journal.post(draft, turn, before, after, more)
        if before is None or before.basics["phone"] != after.basics["phone"]:
            self._records.mark_phone(after.basics["phone"])
        return posted

    def _post_link(self, turn: Turn, before: File, after: File, other: str) -> Posted:
        after = replace(after, version=after.version + 1)
        self._records.write(after)
        draft = self._journal.begin(turn, after.account)
        draft.payload["others"] = [other]
        return self._journal.post(draft, turn, before, after, {})


def _private(filled: Filled) -> dict[str, Canonical]:
    """Return what was filled in, to tell whether the same is asked again."""
    acts: list[Canonical] = [
        [act.kind, int(act.is_given), act.on.isoformat(), act.channel, act.text_version] for act in filled.consents
    ]
    return {
        "basics": [[key, text] for key, text in sorted(filled.basics.items())],
        "fields": [[key, text] for key, text in sorted(filled.fields.items())],
        "tags": [list(filled.tags), list(filled.untags)],
        "consents": acts,
        # What was asked before there was such a thing keeps its digest.
        **({} if filled.brought_by is None else {"brought_by": filled.brought_by}),
    }

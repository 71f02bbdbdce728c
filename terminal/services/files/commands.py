"""The verbs behind `terminal member`: arguments and answers are JSON values, each called in a thread of its own.

What shows a member in full, and what changes anything, is done in the name of somebody who gives their PIN.
"""

from __future__ import annotations

import datetime as dt
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, is_id
from terminal.rules.member.consents import Consent
from terminal.services.ask import Ask, at_once
from terminal.services.files.asked import Asked, Changed, FieldsWrong, Filled
from terminal.services.files.erasing import Erasing, remember
from terminal.services.files.exporting import ENTRIES_A_SLICE, Export
from terminal.services.files.files import Files, ShopFields
from terminal.services.files.finding import Finder, Wanted
from terminal.services.files.showing import Showing
from terminal.services.media_life.signing import Signing
from terminal.services.members import Members
from terminal.services.shifts.asked import Failed, unwatched
from terminal.services.staff import Staff
from terminal.services.storage import OpenStore

EXPORTS_MAX: Final = 4  # under way at once; the oldest of more is forgotten
Answer = Mapping[str, Any]


class FileCommands:
    """Shows, changes, finds, hands out and erases members' files for commands on this machine."""

    def __init__(
        self,
        store: OpenStore,
        members: Members,
        shop_fields: ShopFields = tuple,
        ask: Ask = at_once,
        failed: Failed = unwatched,
    ) -> None:
        """Work on an open store by `ask`; PINs are checked in the calling thread, and wrong ones judged by `failed`."""
        database, book, clock = store.database, store.book, store.clock
        self._ask = ask
        self._book = book
        self._folder = database.path.parent
        self._sign = Signing(database, Staff(database, book, clock, failed), ask)
        self._files = Files(database, book, clock, shop_fields)
        self._finder = Finder(database, book)
        self._erasing = Erasing(database, book)
        self._export = Export(database, book, clock, self._files)
        self._showing = Showing(members, self._files)
        self._under_way: dict[str, list[tuple[int, int]]] = {}
        self._lock = threading.Lock()

    def verbs(self) -> dict[str, Callable[..., Answer]]:
        """Return the functions by the name a command calls them."""
        return {
            "member_list": lambda **asked: self._ask(lambda: self.member_list(**asked)),
            "member_search": lambda **asked: self._ask(lambda: self.member_search(**asked)),
            "member_duplicates": lambda: self._ask(self.member_duplicates),
            "member_file": self.member_file,
            "member_add": self.member_add,
            "member_change": self.member_change,
            "member_note": self.member_note,
            "member_merge": self.member_merge,
            "member_standing": lambda **asked: self._ask(lambda: self.member_standing(**asked)),
            "member_erase": self.member_erase,
            "member_export": self.member_export,
            "member_export_entries": self.member_export_entries,
        }

    def member_list(self, by: str, value: str) -> Answer:
        """Answer the `members` with a phone, card number or id, or (`who`) whatever of these or a name it is; masked.

        Raises `Refusal` `member_unknown`, and those of `Members.by_card` and `Members.search`.
        """
        return {"members": [self._showing.masked(account) for account in self._showing.meant(by, value)]}

    def member_search(self, tags: Sequence[str] = (), level: str = "", month: int = 0) -> Answer:
        """Answer the `members` with these tags, this level, a birthday in this month; masked, and whether `more` are.

        Raises `Refusal` `find_nothing` or `find_month`.
        """
        found = self._finder.find(Wanted(tuple(tags), str(level), month))
        return {"members": [self._showing.line(account) for account in found.accounts], "more": found.more}

    def member_duplicates(self) -> Answer:
        """Answer the `groups` of members who share a telephone, each masked."""
        groups = self._finder.duplicates()
        lines = [[self._showing.line(AccountId(account)) for account in group.accounts] for group in groups]
        return {"groups": lines}

    def member_file(self, account: str, staff: str, pin: str) -> Answer:
        """Answer the whole `file` of a member with notes and balances; raise `Refusal` as `member_change`."""
        self._sign(staff, pin)
        return {"file": self._ask(lambda: self._showing.whole(account))}

    def member_add(self, *, action: str, staff: str, pin: str, filled: Mapping[str, Any], initials: str = "") -> Answer:
        """Make a file; answer what it did, as `Changed`, or all that is `wrong` as (key, code, values)."""

        def add(asked: Asked) -> Changed:
            return self._files.add(asked, filled_in(filled, initials, self._book.today()))

        return self._changed(staff, pin, action, add)

    def member_change(
        self, *, action: str, staff: str, pin: str, account: str, filled: Mapping[str, Any], initials: str = ""
    ) -> Answer:
        """Set what is filled in; answer like `member_add`.

        Raises `Refusal`: `staff_unknown`, `pin_wrong`, `pin_locked`, `action_bad` and those of `Files`.
        """

        def change(asked: Asked) -> Changed:
            return self._files.change(asked, account, filled_in(filled, initials, self._book.today()))

        return self._changed(staff, pin, action, change)

    def member_note(self, *, action: str, staff: str, pin: str, account: str, kind: str, text: str) -> Answer:
        """Keep or (empty) remove a sensitive note; answer like `member_add`, raise like `member_change`."""
        return self._changed(staff, pin, action, lambda asked: self._files.note(asked, account, kind, text))

    def member_merge(self, *, action: str, staff: str, pin: str, account: str, into: str = "") -> Answer:
        """Merge a file into another one, or (no `into`) undo that; answer like `member_add`."""

        def link(asked: Asked) -> Changed:
            return self._files.merge(asked, account, into) if into else self._files.unmerge(asked, account)

        return self._changed(staff, pin, action, link)

    def member_standing(self, account: str) -> Answer:
        """Answer the masked `name`, and `value_fen`, `sessions`, `owed_fen`, `open_bills` that bind shop and member."""
        standing = self._erasing.standing(account)
        return {"account": standing.account, "name": standing.masked_name, **asdict(standing.ties)}

    def member_erase(self, *, action: str, staff: str, pin: str, account: str, give_up: bool = False) -> Answer:
        """Erase a member for good, and write down that this was done for when a backup is restored."""

        def erase(asked: Asked) -> Changed:
            return self._erasing.erase(asked, account, give_up=give_up)

        answer = self._changed(staff, pin, action, erase)
        try:
            remember(self._folder, [AccountId(answer["account"]), *map(AccountId, answer["others"])])
        except OSError as error:
            raise Refusal("erase_unremembered", reason=error.strerror or str(error)) from error
        return answer

    def member_export(self, account: str, staff: str, pin: str) -> Answer:
        """Answer the `document` without its entries, how many `entries` there are, and a `ticket` to ask for them."""
        self._sign(staff, pin)
        document, names = self._ask(lambda: self._export.begin(account))
        ticket = secrets.token_hex(16)
        with self._lock:
            self._under_way[ticket] = names
            while len(self._under_way) > EXPORTS_MAX:
                del self._under_way[next(iter(self._under_way))]
        return {"document": document, "entries": len(names), "ticket": ticket}

    def member_export_entries(self, ticket: str, after: int) -> Answer:
        """Answer the next `entries` and `bills` behind the first `after`, and where to go on (`next`).

        Raises `Refusal` `export_over` for an export nobody began, or that was forgotten.
        """
        with self._lock:
            names = self._under_way.get(ticket)
            if names is not None and after + ENTRIES_A_SLICE >= len(names):
                del self._under_way[ticket]
        if names is None or after < 0:
            raise Refusal("export_over")
        some = names[after : after + ENTRIES_A_SLICE]
        entries, bills = self._ask(lambda: self._export.entries(some))
        return {"entries": entries, "bills": bills, "next": after + len(some)}

    def _changed(self, staff: str, pin: str, action: str, work: Callable[[Asked], Changed]) -> Answer:
        if not is_id(action):
            raise Refusal("action_bad")
        asked = Asked(ActionId(action), self._sign(staff, pin))
        try:
            return asdict(self._ask(lambda: work(asked)))
        except FieldsWrong as error:
            return {"wrong": [[each.key, each.code, dict(each.values)] for each in error.wrong]}


def filled_in(values: Mapping[str, Any], initials: str, today: dt.date) -> Filled:
    """Return what JSON says is to be set, a consent without a day on `today`.

    Raises `Refusal` `consent_day` for a day that is none, and `ValueError` or `TypeError` for what has another shape.
    """
    acts = tuple(
        Consent(kind, bool(is_given), _day(on) if on else today, channel, version)
        for kind, is_given, on, channel, version in values.get("consents", ())
    )
    by = values.get("brought_by")
    return Filled(
        basics={str(key): str(text) for key, text in values.get("basics", {}).items()},
        fields={str(key): str(text) for key, text in values.get("fields", {}).items()},
        tags=tuple(map(str, values.get("tags", ()))),
        untags=tuple(map(str, values.get("untags", ()))),
        consents=acts,
        initials=initials,
        brought_by=None if by is None else str(by),
    )


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Refusal("consent_day") from None


def file_commands(
    store: OpenStore,
    members: Members,
    shop_fields: ShopFields = tuple,
    ask: Ask = at_once,
    failed: Failed = unwatched,
) -> FileCommands:
    """Return the commands of an open store, all of whose work is done by `ask`; `failed` judges wrong PINs."""
    return FileCommands(store, members, shop_fields, ask, failed)

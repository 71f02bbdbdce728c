"""The verbs behind `terminal media`: arguments and answers are JSON values, each called in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, Final

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, is_id
from terminal.rules.card_numbers import tail
from terminal.rules.media import states
from terminal.rules.media.fees import CardFees
from terminal.services.ask import Ask, at_once
from terminal.services.media_life.asked import Asked, By, CardRules, Changed
from terminal.services.media_life.life import MediaLife
from terminal.services.media_life.records import Blank, Kept
from terminal.services.members import Members
from terminal.services.staff import Staff, pin_is_right
from terminal.services.storage import OpenStore
from terminal.store.database import Database

# Events that need nothing but the medium itself.
_ALONE: Final = MappingProxyType(
    {
        states.REGISTER: MediaLife.register,
        states.REPORT_LOSS: MediaLife.report_loss,
        states.CANCEL_LOSS: MediaLife.cancel_loss,
        states.BLACKLIST: MediaLife.blacklist,
        states.RETURN: MediaLife.take_back,
    }
)
_SWAPS: Final = MappingProxyType({states.REPLACE: MediaLife.replace, states.EXCHANGE: MediaLife.exchange})
MEDIA_MAX = 200


class MediaCommands:
    """Shows media and changes them for commands on this machine, in the name of somebody who gives their PIN."""

    def __init__(self, database: Database, life: MediaLife, members: Members, staff: Staff, ask: Ask = at_once) -> None:
        """Work on an open store by `ask`; PINs are checked in the calling thread."""
        self._database = database
        self._life = life
        self._members = members
        self._staff = staff
        self._ask = ask

    def verbs(self) -> dict[str, Callable[..., Mapping[str, Any]]]:
        """Return the functions by the name a command calls them."""
        return {
            "media_list": lambda **asked: self._ask(lambda: self.media_list(**asked)),
            "media_change": self.media_change,
        }

    def media_list(self, by: str, value: str) -> Mapping[str, Any]:
        """Answer the `media` of an account (`by` is `id`) or with a number (`card`), in any state, oldest first.

        At most the newest `MEDIA_MAX`. Raises `Refusal` `member_unknown`, `card_number_bad` or `medium_unknown`.
        """
        if by == "card":
            media = self._life.by_number(value)
            if not media:
                raise Refusal("medium_unknown")
        else:
            media = self._life.of(self._account(value))
        return {"media": [self._told(kept) for kept in media[-MEDIA_MAX:]]}

    def media_change(  # noqa: PLR0913 - the parts of one wish, each by its name
        self,
        *,
        event: str,
        action: str,
        staff: str,
        pin: str,
        n: int = 0,
        account: str = "",
        number: str = "",
        is_named: bool = True,
        fee_fen: int = 0,
        deposit_fen: int = 0,
        shown: Sequence[str] = (),
    ) -> Mapping[str, Any]:
        """Do one event in the name of the staff member called `staff`; answer what it did, as `Changed`.

        Raises `Refusal`: `staff_unknown`, `pin_wrong`, `pin_locked`, `action_bad` and those of `MediaLife`.
        """
        if not is_id(action):
            raise Refusal("action_bad")
        by = self._signed(staff, pin)
        asked = Asked(ActionId(action), by, frozenset(shown))
        # What a card costs is said with the command until the shop's set-up says it.
        prices = CardFees(issue_fen=fee_fen, replace_fen=fee_fen, exchange_fen=fee_fen, deposit_fen=deposit_fen)
        rules, blank = CardRules(fees=prices), Blank(number)

        def work() -> Changed:
            if event == states.ISSUE:
                return self._life.issue(asked, AccountId(account), blank, rules, is_named=is_named)
            if event in _SWAPS:
                return _SWAPS[event](self._life, asked, n, blank, rules)
            if event == states.BLACKLIST and number:
                return self._life.blacklist_number(asked, number)
            if event not in _ALONE:
                raise Refusal("medium_event")
            return _ALONE[event](self._life, asked, n)

        return asdict(self._ask(work))

    def _account(self, value: str) -> AccountId:
        if not is_id(value):
            raise Refusal("member_unknown")
        return AccountId(value)

    def _signed(self, name: str, pin: str) -> By:
        """Return who acts, with the shift they have open; raise `Refusal` as `media_change`."""
        staff_id = self._ask(lambda: self._staff_id(name))
        pin_hash = self._ask(lambda: self._staff.pin_hash(staff_id))
        if not pin_is_right(pin_hash, pin):
            raise self._ask(lambda: self._staff.note_wrong(staff_id))
        return self._ask(lambda: By(self._staff.role(staff_id), staff_id, self._shift_no(staff_id)))

    def _staff_id(self, name: str) -> str:
        row = self._database.row("SELECT id FROM staff WHERE name = ? AND active = 1", (name,))
        if row is None:
            raise Refusal("staff_unknown")
        return str(row[0])

    def _shift_no(self, staff_id: str) -> int:
        """Return the number of somebody's open shift, 0 where there is none."""
        row = self._database.row("SELECT max(number) FROM shift WHERE staff = ? AND closed_at = 0", (staff_id,))
        return int((row[0] if row else 0) or 0)

    def _told(self, kept: Kept) -> dict[str, Any]:
        """Return a medium as commands show it: the number as its end, as on all screens."""
        medium = kept.medium
        return {
            "n": kept.n,
            "account": medium.account,
            "name": self._members.masked_name(AccountId(medium.account)),
            "kind": kept.kind,
            "tail": tail(kept.number),
            "state": medium.state,
            "ended_by": medium.ended_by,
            "assurance": kept.assurance,
            "named": medium.is_named,
            "deposit": bool(kept.deposit),
        }


def media_commands(store: OpenStore, members: Members, ask: Ask = at_once) -> MediaCommands:
    """Return the commands of an open store, all of whose work is done by `ask`."""
    life = MediaLife(store.database, store.book, members)
    return MediaCommands(store.database, life, members, Staff(store.database, store.book, store.clock), ask)

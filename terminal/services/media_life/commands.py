"""The verbs behind `terminal media`: arguments and answers are JSON values, each called in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import Any, Final

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, is_id
from terminal.rules.card_numbers import tail
from terminal.rules.media import fees, states
from terminal.rules.rulebook import Rulebook
from terminal.services.ask import Ask, at_once
from terminal.services.media_life.asked import Asked, By, CardRules, Changed, no_slip
from terminal.services.media_life.desk import CardDesk
from terminal.services.media_life.life import MediaLife
from terminal.services.media_life.pin_commands import PinCommands
from terminal.services.media_life.records import Blank, Kept
from terminal.services.media_life.signing import Signing
from terminal.services.member_pins import MemberPins, PinHasher
from terminal.services.members import Members
from terminal.services.rulebook import RuleStore
from terminal.services.shifts.asked import Failed, unwatched
from terminal.services.staff import Staff
from terminal.services.storage import OpenStore

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
# The fee of each event among the shop's `CardFees`.
_FEES: Final = MappingProxyType(
    {states.ISSUE: "issue_fen", states.REPLACE: "replace_fen", states.EXCHANGE: "exchange_fen"}
)
MEDIA_MAX = 200


class MediaCommands:
    """Shows media and changes them for commands on this machine, in the name of somebody who gives their PIN."""

    def __init__(
        self,
        life: MediaLife,
        members: Members,
        sign: Callable[[str, str], By],
        ask: Ask = at_once,
        *,
        rules: Callable[[], Rulebook] = Rulebook,
        desk: CardDesk | None = None,
        pins: PinCommands | None = None,
    ) -> None:
        """Work by `ask`; `sign` tells who acts, by a name and a PIN, in the calling thread.

        `rules` are those in force, `desk` has the counter's printer and drawer, where a till is running, and `pins` are
        the commands for members' PINs.
        """
        self._rules = rules
        self._desk = desk
        self._pins = pins
        self._life = life
        self._members = members
        self._sign = sign
        self._ask = ask

    def verbs(self) -> dict[str, Callable[..., Mapping[str, Any]]]:
        """Return the functions by the name a command calls them."""
        return {
            "media_list": lambda **asked: self._ask(lambda: self.media_list(**asked)),
            "media_prices": lambda **asked: self._ask(lambda: self.media_prices(**asked)),
            "media_change": self.media_change,
            **(self._pins.verbs() if self._pins is not None else {}),
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

    def media_prices(self, event: str, n: int = 0) -> Mapping[str, Any]:
        """Answer what the shop takes for an event of `states`: `fee_fen`, and `deposit_fen`, below 0 for given back.

        `n` is the card that a deposit was paid for. Raises `Refusal` `medium_unknown`, `medium_deposit_elsewhere`.
        """
        held_fen = self._life.deposit_fen(n) if event == states.RETURN else 0
        dues = fees.dues(self._rules().media, event, held_fen)
        deposit_fen = sum(due.fen for due in dues if due.account == fees.DEPOSIT_LIABILITY)
        return {"fee_fen": sum(due.fen for due in dues) - deposit_fen, "deposit_fen": deposit_fen}

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
        fee_fen: int | None = None,
        deposit_fen: int | None = None,
        shown: Sequence[str] = (),
    ) -> Mapping[str, Any]:
        """Do one event in the name of the staff member called `staff`; answer what it did, as `Changed`.

        A fee or deposit that is not said is the shop's. Raises `Refusal`: `staff_unknown`, `pin_wrong`, `pin_locked`,
        `action_bad` and those of `MediaLife`.
        """
        if not is_id(action):
            raise Refusal("action_bad")
        by = self._sign(staff, pin)
        asked, blank = Asked(ActionId(action), by, frozenset(shown)), Blank(number)

        def work() -> Changed:
            rules = self._priced(event, fee_fen, deposit_fen)
            if event == states.ISSUE:
                return self._life.issue(asked, AccountId(account), blank, rules, is_named=is_named)
            if event in _SWAPS:
                return _SWAPS[event](self._life, asked, n, blank, rules)
            if event == states.BLACKLIST and number:
                return self._life.blacklist_number(asked, number)
            if event not in _ALONE:
                raise Refusal("medium_event")
            return _ALONE[event](self._life, asked, n)

        return asdict(self._ask(lambda: self._settled(work())))

    def _priced(self, event: str, fee_fen: int | None, deposit_fen: int | None) -> CardRules:
        """Return the shop's rules for cards, or the same with a fee or deposit that was said and is another one."""
        rules = CardRules.of(self._rules())
        said: dict[str, int] = {}
        if fee_fen is not None and event in _FEES:
            said[_FEES[event]] = fee_fen
        if deposit_fen is not None and event == states.ISSUE:
            said["deposit_fen"] = deposit_fen
        prices = replace(rules.fees, **said)
        return rules if prices == rules.fees else replace(rules, version=0, fees=prices)

    def _settled(self, done: Changed) -> Changed:
        if self._desk is not None:
            self._desk.settled(done)
        return done

    def _account(self, value: str) -> AccountId:
        if not is_id(value):
            raise Refusal("member_unknown")
        return AccountId(value)

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


def media_commands(
    store: OpenStore,
    members: Members,
    ask: Ask = at_once,
    desk: CardDesk | None = None,
    rules: Callable[[], Rulebook] | None = None,
    failed: Failed = unwatched,
) -> MediaCommands:
    """Return the commands of an open store, all of whose work is done by `ask`; `desk` is a running till's counter.

    `rules` gives those in force, as a running till keeps them; without it they are read from the store. `failed` judges
    wrong PINs.
    """
    database, slip = store.database, desk.slip if desk is not None else no_slip
    life = MediaLife(database, store.book, members, slip=slip)
    sign = Signing(database, Staff(database, store.book, store.clock, failed), ask)

    def read() -> Rulebook:
        # Anew each time: whoever keeps rules hears of a set-up file, which may have been applied here since.
        return RuleStore(database).current()

    # No till is connected to a cloud yet, so a PIN's wrong tries are counted here.
    pins = MemberPins(database, store.book, store.clock, is_online=lambda: False)
    pin_commands = PinCommands(pins, PinHasher(), sign, ask)
    return MediaCommands(life, members, sign, ask, rules=rules or read, desk=desk, pins=pin_commands)

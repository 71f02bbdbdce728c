"""How a command hands out prepaid value: in whose name, within an open shift, and with the printer told afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, is_id
from terminal.base.money import FEN_MAX
from terminal.rules.canonical import Canonical
from terminal.rules.rulebook import Rulebook
from terminal.services.ask import Ask
from terminal.services.bills.asked import number
from terminal.services.bills.known import never_met
from terminal.services.prepaid.buying import Buyer
from terminal.services.prepaid.till import Answer, Till
from terminal.services.shifts.asked import Wish
from terminal.services.shifts.records import require_open
from terminal.services.shifts.signing import Signing

T = TypeVar("T")
LETTERS_LEAST = 6
# By what a command says who buys.
BUYER = ("at_once_fen", "unit", "identified")


@dataclass(frozen=True, slots=True)
class Who:
    """Who wants something done under which action id, and who approves it, by their names and PINs."""

    action: str
    staff: str
    pin: str
    approver: str = ""
    approver_pin: str = ""


class Doing:
    """Has the store's work done by the dispatcher; PINs are checked in the calling thread."""

    def __init__(
        self, till: Till, signing: Signing, rulebook: Callable[[], Rulebook], ask: Ask, printed: Callable[[], None]
    ) -> None:
        """Work by `ask`; `printed` tells the printer that a slip may wait."""
        self._till = till
        self._signing = signing
        self._rulebook = rulebook
        self._ask = ask
        self._printed = printed

    def look(self, work: Callable[[Rulebook], T]) -> T:
        """Return what there is to see by the rules in force."""
        return self._ask(lambda: work(self._rulebook()))

    def do(self, who: Who, work: Callable[[Rulebook, Wish], T]) -> T:
        """Have something done in an open shift of who asks; what was done before is answered without one.

        An approver approves what the shop's watch stops, and what somebody may not give out of the shop's hand alone.
        Raises `Refusal` as `Signing.done`, `shift_missing`, `shift_counted`, and as `work`.
        """

        def asked(wish: Wish) -> T:
            if self.before(wish.action_id) is None:
                require_open(self._till.database, wish.by)
            return work(self._rulebook(), wish)

        done = self._signing.done(who.action, (who.staff, who.pin), (who.approver, who.approver_pin), asked)
        self._printed()
        return done

    def before(self, action_id: ActionId) -> Mapping[str, Canonical] | None:
        """Return what the entry notes that an action posted before, None where it did nothing yet.

        What it names then may be gone by now: whoever reads names looks here first. Raises `Refusal` `action_past`.
        """
        done = self._till.book.done(action_id)
        return None if done is None else done.entry.payload

    def signed(self, who: Who) -> Wish:
        """Return the wish of who asks, before anything is done; raise `Refusal` as `Signing.wish`."""
        return self._signing.wish(who.action, (who.staff, who.pin))

    def account(self, text: object) -> AccountId:
        """Return the account that is meant by its id, of all files merged into it the one that stands for them.

        Raises `Refusal` `member_unknown`.
        """
        if not isinstance(text, str) or not is_id(text):
            raise Refusal("member_unknown")
        return self._till.merged.main(AccountId(text))

    def alone(self) -> bool:
        """Tell whether this till has always been alone, so that it holds all there is of everybody."""
        return never_met(self._till.database)()


def fen_of(asked: object) -> int:
    """Return an amount in fen that can be booked, 0 and below too; raise `Refusal` `amount_bad`, `TypeError`."""
    amount_fen = number(asked)
    if abs(amount_fen) > FEN_MAX:
        raise Refusal("amount_bad")
    return amount_fen


def buyer_of(*, at_once_fen: object = 0, unit: object = False, identified: object = False) -> Buyer:
    """Return who buys, as a command says it; raise as `fen_of`."""
    return Buyer(fen_of(at_once_fen), unit=unit is True, identified=identified is True)


def answered(answer: Answer) -> dict[str, Any]:
    """Return what an action answered, as JSON has it."""
    told = {"number": answer.number, "kind": answer.kind, "account": answer.account, "repeated": answer.repeated}
    return {**told, **{name: answer.noted[name] for name in ("ends_on", "until", "amount_fen") if name in answer.noted}}


def one_of(names: list[str], text: object, unknown: str) -> str:
    """Return the one id that begins with what was typed, at least so many letters; raise `Refusal` `unknown`."""
    found = [name for name in names if isinstance(text, str) and len(text) >= LETTERS_LEAST and name.startswith(text)]
    if len(found) != 1:
        raise Refusal(unknown)
    return found[0]

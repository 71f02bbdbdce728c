"""The verbs behind `terminal prepaid points` and `redeem`: points shown, spent with a proof, and given back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.rules.deed import sale_name
from terminal.rules.media.factors import COUNTER, PHONE, PHOTO, PIN, REDEEM
from terminal.rules.rulebook import Rulebook
from terminal.services.ask import Ask
from terminal.services.bills.asked import number as whole
from terminal.services.bills.proofs import by_factors
from terminal.services.bills.values import Proof
from terminal.services.factors import Factors, Spend
from terminal.services.member_pins import PinCheck, PinHasher
from terminal.services.prepaid.allowing import Allow
from terminal.services.prepaid.doing import Doing, Who, answered
from terminal.services.prepaid.points import Redeeming, is_count
from terminal.services.prepaid.telling import told_points
from terminal.services.prepaid.till import Till
from terminal.services.shifts.asked import Wish
from terminal.services.shifts.records import require_open

Told = Mapping[str, Any]
# How a cashier may have known a member. The end of the telephone number is no proof beside the number itself.
CONFIRMED = ("", PHOTO)
# By what the command line has a member prove who they are, of the ways that the rules say would be enough.
_WAYS = (("factor_pin", PIN), ("factor_confirm_photo", PHOTO))


@dataclass(frozen=True, slots=True)
class Allows:
    """What asks for the right to give cash for points (in fen), and for that to take a reward back (in points)."""

    give: Allow
    back: Allow


class PointsCommands:
    """Spends points for commands on this machine, in the name of somebody who gives their PIN.

    Nobody holds a card to anything there: the member gives a PIN, or the cashier compares the photo.
    """

    def __init__(
        self, till: Till, doing: Doing, allows: Allows, factors: Factors, ask: Ask, hasher: PinHasher | None = None
    ) -> None:
        """Judge proofs by `factors`; PINs are checked by `hasher` in the calling thread, all else by `ask`."""
        self._till = till
        self._doing = doing
        self._factors = factors
        self._ask = ask
        self._hasher = hasher or PinHasher()
        self._redeeming = Redeeming(till, allow=allows.give, prove=by_factors(factors), back=allows.back)

    def verbs(self) -> dict[str, Callable[..., Told]]:
        """Return the functions by the name a command calls them."""
        return {
            "prepaid_points": self.points,
            "prepaid_redeem_look": self.redeem_look,
            "prepaid_redeem": self.redeem,
            "prepaid_redeem_back": self.redeem_back,
        }

    def points(self, *, account: str) -> Told:
        """Answer a member's points, and what there is for points; raise `Refusal` `member_unknown`."""

        def look(rules: Rulebook) -> Told:
            of = self._doing.account(account)
            return told_points(self._till, rules, of, self._redeeming.spendable(of))

        return self._doing.look(look)

    def redeem_look(self, *, account: str, reward: str, quantity: int = 1) -> Told:
        """Answer by what the member may prove who they are (`ways`: `pin`, `photo`); raise `Refusal` as `redeem`."""

        def look(rules: Rulebook) -> Told:
            if all(each.id != reward for each in rules.redeem.rewards):
                # Before anybody types a PIN for it.
                raise Refusal("reward_unknown")
            of, fen = self._doing.account(account), _worth(rules, reward, whole(quantity))
            spend = Spend(of, fen, PHONE, wish=REDEEM)
            verdict = self._factors.look(rules.purse.factors, spend, self._till.book.today())
            codes = {each.code for each in verdict.ways}
            return {"ways": [way for code, way in _WAYS if code in codes]}

        return self._doing.look(look)

    def redeem(
        self,
        *,
        account: str,
        reward: str,
        quantity: int = 1,
        confirmed: str = "",
        member_pin: str = "",
        **who: str,
    ) -> Told:
        """Take points and give a reward, to a member whose PIN is right or whom the cashier knew (`CONFIRMED`).

        A wrong PIN is counted, and that after the PIN of who asks. Raises `Refusal` `confirmation_missing`, as
        `MemberPins.asked` and `note_wrong`, `Redeeming.redeem` and `Doing.do`.
        """
        if confirmed not in CONFIRMED:
            raise Refusal("confirmation_missing")

        def work(rules: Rulebook, wish: Wish) -> Told:
            of = self._doing.account(account)
            done = self._redeeming.redeem(rules, wish.by, wish.action_id, of, reward, whole(quantity), proof=proof)
            told = {name: done.figure(name) for name in ("points_spent", "bonus_fen", "cash_fen")}
            return {**answered(done), **told}

        asks = Who(**who)
        is_right = bool(member_pin) and self._try_pin(self._doing.signed(asks), account, member_pin)
        proof = Proof(confirmed, frozenset((PIN,)) if is_right else frozenset(), PHONE)
        return self._doing.do(asks, work)

    def redeem_back(self, *, number: str, goods_back: bool = False, **who: str) -> Told:
        """Take a reward back and give its points again; raise `Refusal` as `Redeeming.take_back` and `Doing.do`."""

        def work(_: Rulebook, wish: Wish) -> Told:
            return answered(
                self._redeeming.take_back(wish.by, wish.action_id, self._sale(number), goods_back=goods_back)
            )

        return self._doing.do(Who(**who), work)

    def _try_pin(self, wish: Wish, account: str, pin: str) -> bool:
        """Tell whether the member's PIN was tried and right; False for an action that was booked before.

        A wrong one is counted, and refused as `MemberPins.note_wrong`. The slow part is done in the calling thread.
        """
        pins, by = self._factors.pins, wish.by

        def begin() -> PinCheck | None:
            if self._doing.before(wish.action_id) is not None:
                return None
            require_open(self._till.database, by)
            of = self._doing.account(account)
            self._till.members.require(of)
            return pins.asked(of)

        check = self._ask(begin)
        if check is None:
            return False
        of: AccountId = check.account
        if not self._hasher.is_right(check, pin):
            raise self._ask(lambda: pins.note_wrong(of, COUNTER, by.staff_id, by.shift_no))
        self._ask(lambda: pins.note_right(of))
        return True

    def _sale(self, number: str) -> str:
        """Return the name of one of this box's entries by the number people call it by, and anything else as it is."""
        epoch, sign, seq = number.partition("-")
        if not sign or not is_count(epoch) or not is_count(seq):
            return number
        return sale_name(self._till.book.numbered(int(epoch), int(seq)))


def _worth(rules: Rulebook, reward: str, quantity: int) -> int:
    """Return what so many of a reward are worth in money, in fen; 0 for those that are no money."""
    return sum(each.value_fen * quantity for each in rules.redeem.rewards if each.id == reward)

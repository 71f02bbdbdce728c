"""The verbs behind `terminal refund`: arguments and answers are JSON values, each called in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.rules.refunds.bill import PASS
from terminal.rules.rulebook import Rulebook
from terminal.services.ask import Ask
from terminal.services.members import Members
from terminal.services.refunds.asking import Wish
from terminal.services.refunds.deeds import DEEDS
from terminal.services.refunds.desk import BackDesk
from terminal.services.refunds.doing import Doing, Needed, Now, Who
from terminal.services.refunds.earlier import LOT_LETTERS_LEAST, Earlier, Pairs
from terminal.services.refunds.owed_commands import OwedCommands
from terminal.services.refunds.passes import PassBack, PassWish
from terminal.services.refunds.planning import Plan
from terminal.services.refunds.prepayments import PrepaidBack, PrepaidWish
from terminal.services.refunds.records import BILLS, IMPORTED, TOP_UPS, name_of, number_of, text
from terminal.services.refunds.reopening import OpenAgain
from terminal.services.refunds.telling import told_done, told_pass, told_plan, told_prepaid
from terminal.services.refunds.top_ups import key_of
from terminal.services.shifts.allowing import People
from terminal.services.shifts.signing import Signing

Answer = Mapping[str, Any]


class RefundCommands:
    """Gives back what was settled for commands on this machine, in the name of somebody who gives their PIN."""

    def __init__(
        self,
        back: BackDesk,
        members: Members,
        signing: Signing,
        rulebook: Callable[[], Rulebook],
        ask: Ask,
        printed: Callable[[], None],
        *,
        open_again: OpenAgain | None = None,
    ) -> None:
        """Work by `ask`; `printed` tells the printer that a slip may wait.

        `open_again` rings a voided bill up again; a till without it has no verb for that.
        """
        self._back = back
        self._open_again = open_again
        self._doing = Doing(back.records, members, signing, rulebook, ask, printed)
        self._earlier = Earlier(back.records)
        self._owed = OwedCommands(back, self._doing)

    def verbs(self) -> dict[str, Callable[..., Answer]]:
        """Return the functions by the name a command calls them."""
        own: dict[str, Callable[..., Answer]] = {
            "refund_found": self.found,
            "refund_may": self.may,
            "refund_bill_look": self.bill_look,
            "refund_bill": self.bill,
            "refund_void_look": self.void_look,
            "refund_void": self.void,
            "refund_top_up_look": self.top_up_look,
            "refund_top_up": self.top_up,
            "refund_pass_look": self.pass_look,
            "refund_pass": self.sold_pass,
        }
        if self._open_again is not None:
            own["refund_reopen"] = self.reopen
        return own | self._owed.verbs()

    def found(self, *, what: str, action: str, **asked: Any) -> Answer:
        """Answer what an action of the command `what` did before, as `Earlier.found` tells it."""
        return self._doing.look(lambda _: self._earlier.found(what, action, asked))

    def may(self, *, what: str, action: str = "", staff: str, approver: str = "") -> Answer:
        """Pass people who may do this at all, before they give their PINs; raise `Refusal` as `Doing.may`."""
        self._doing.may(action, People(staff, approver), DEEDS[what])
        return {}

    def bill_look(self, *, number: str, lines: Pairs | None = None, goods: Pairs = (), **people: str) -> Answer:
        """Answer what a refund of a bill's lines would do; without `lines` of all that is left but sold passes.

        Raises `Refusal` as `Refunds.preview`, and for `staff` who is going to do it as `Doing.look_for`.
        """

        def look(now: Now) -> tuple[Answer, int]:
            wish = self._wish(number, lines, goods)
            plan = self._back.bills.preview(now.rulebook, wish, alone=now.alone)
            member = self._doing.name_of(plan.settled.note.account)
            return {**told_plan(plan, wish.goods_back or {}), "member": member}, plan.done.value_fen

        return self._doing.look_for(People(**people), DEEDS["bill"], look)

    def bill(
        self, *, number: str, lines: Pairs, goods: Pairs = (), expected_fen: int | None = None, **who: str
    ) -> Answer:
        """Refund lines of a bill, each with its quantity; raise `Refusal` as `Refunds.refund` and `Doing.do`."""
        wish = Wish(number, _by_place(lines), _by_place(goods), expected_fen)

        def fen(now: Now) -> int:
            planned: Plan = self._back.bills.preview(now.rulebook, wish, alone=now.alone)
            return planned.done.value_fen

        needed = Needed("refund", fen)
        return told_done(self._doing.do(Who(**who), lambda by: self._back.bills.refund(by, wish), needed))

    def void_look(self, *, number: str, what: str = "void", **people: str) -> Answer:
        """Answer whose bill or top-up a number means, and its amount; raise `Refusal` `refund_bill_unknown`.

        For `staff` who is going to void or reopen it (`what`) also as `Voids.look`, where no approval helps, and as
        `Doing.look_for`.
        """

        def first(now: Now, shift: int) -> None:
            self._back.voids.look(now.rulebook, shift, number, reopen=what == "reopen")

        def look(_: Now) -> tuple[Answer, int]:
            records = self._back.records
            made = records.entry(records.source(number), (*BILLS, *TOP_UPS))
            member, fen = self._doing.name_of(text(made.payload, "account")), self._amount_fen(number)
            return {"number": number_of(made), "amount_fen": fen, "member": member}, fen

        return self._doing.look_for(People(**people), DEEDS[what], look, first)

    def void(self, *, number: str, reason: str, **who: str) -> Answer:
        """Undo a bill or top-up; raise `Refusal` as `Voids.void` and `Doing.do`."""
        needed = Needed("void", lambda _: self._amount_fen(number))
        return told_done(self._doing.do(Who(**who), lambda by: self._back.voids.void(by, number, reason), needed))

    def reopen(self, *, number: str, reason: str, **who: str) -> Answer:
        """Undo a bill and open it again with the same lines; raise `Refusal` as `Voids.reopen` and `Doing.do`."""
        open_again = self._open_again
        assert open_again is not None, "the verb is there only with it"
        needed = Needed("reopen_bill", lambda _: self._amount_fen(number))
        return told_done(
            self._doing.do(Who(**who), lambda by: self._back.voids.reopen(by, number, reason, open_again), needed)
        )

    def top_up_look(self, *, number: str, reason: str, received: bool = False, **people: str) -> Answer:
        """Answer what the refund of a top-up would do, by both formulas.

        Raises `Refusal` as `Prepayments.preview`, and for `staff` who is going to do it as `Doing.look_for`.
        """

        def look(now: Now) -> tuple[Answer, int]:
            wish = self._prepaid(number, reason, received=received)
            back = self._back.prepayments.preview(now.rulebook, wish, alone=now.alone)
            return {**told_prepaid(back, now.rulebook), **self._whose(wish.account)}, back.result.fen

        return self._doing.look_for(People(**people), DEEDS["top_up"], look)

    def top_up(
        self,
        *,
        account: str,
        top_up: str,
        reason: str,
        received: bool = False,
        expected_fen: int | None = None,
        **who: str,
    ) -> Answer:
        """Refund a top-up by its own name, as it was looked at; raise `Refusal` as `Prepayments.refund`, `Doing.do`."""
        owner = self._doing.account(account)
        wish = PrepaidWish(owner, top_up, reason, received_before=received, expected_fen=expected_fen)

        def fen(now: Now) -> int:
            back: PrepaidBack = self._back.prepayments.preview(now.rulebook, wish, alone=now.alone)
            return back.result.fen

        needed = Needed("refund_prepayment", fen)
        return told_done(
            self._doing.do(Who(**who), lambda by: self._back.prepayments.refund(by, wish), needed, in_shift=False)
        )

    def pass_look(self, *, account: str, lot: str, reason: str, agreed_fen: int | None = None, **people: str) -> Answer:
        """Answer what the refund of a pass would do; `lot` may be the first letters of one.

        Raises `Refusal` as `PassRefunds.preview`, and for `staff` who is going to do it as `Doing.look_for`.
        """
        owner = self._doing.account(account)

        def look(now: Now) -> tuple[Answer, int]:
            wish = PassWish(owner, self._lot(owner, lot), reason, agreed_fen)
            back = self._back.passes.preview(now.rulebook, wish, alone=now.alone)
            return {**told_pass(back), **self._whose(owner)}, back.done.given_fen

        return self._doing.look_for(People(**people), DEEDS["pass"], look)

    def sold_pass(
        self,
        *,
        account: str,
        lot: str,
        reason: str,
        agreed_fen: int | None = None,
        expected_fen: int | None = None,
        **who: str,
    ) -> Answer:
        """Refund a pass by its whole lot; raise `Refusal` as `PassRefunds.refund` and `Doing.do`."""
        wish = PassWish(self._doing.account(account), lot, reason, agreed_fen, expected_fen)

        def fen(now: Now) -> int:
            back: PassBack = self._back.passes.preview(now.rulebook, wish, alone=now.alone)
            return back.done.given_fen

        needed = Needed("refund_prepayment", fen)
        return told_done(self._doing.do(Who(**who), lambda by: self._back.passes.refund(by, wish), needed))

    def _wish(self, number: str, lines: Pairs | None, goods: Pairs) -> Wish:
        """Return what is asked, with quantities in place of those that stand for all of it."""
        if lines is None and not goods:
            return Wish(number)
        sold = self._back.bills.sale(number).sale.lines
        left = {place: line.quantity_left for place, line in enumerate(sold)}
        wanted = None if lines is None else {at: n or left.get(at, 0) or 1 for at, n in _by_place(lines).items()}
        back = left if wanted is None else wanted
        return Wish(number, wanted, {at: n or back.get(at, 0) for at, n in _by_place(goods).items()})

    def _amount_fen(self, number: str) -> int:
        records = self._back.records
        return records.figures(records.source(number)).amount_fen

    def _prepaid(self, number: str, reason: str, *, received: bool) -> PrepaidWish:
        """Return which top-up a number means, and whose it is now.

        Raises `Refusal` `refund_bill_unknown`, `refund_done` once it was taken back, `refund_rights_elsewhere`.
        """
        records = self._back.records
        made = records.entry(records.source(number), (*TOP_UPS, IMPORTED))
        name = name_of(made)
        held = [lot for lot in records.rights(name) if lot.facts.attributes.get("of") == "top_up"]
        if not held:
            raise Refusal("refund_done" if records.deeds.undone(name) else "refund_rights_elsewhere")
        return PrepaidWish(held[0].facts.owner, key_of(held[0].facts), reason, received_before=received)

    def _lot(self, owner: AccountId, text: str) -> str:
        """Return the lot of the one pass of a member's that begins with these letters, else the text itself."""
        held = {lot.facts.lot for lot in self._back.records.held(owner, PASS)}
        found = [lot for lot in held if len(text) >= LOT_LETTERS_LEAST and lot.startswith(text)]
        return found[0] if len(found) == 1 else text

    def _whose(self, account: AccountId) -> dict[str, str]:
        return {"account": account, "member": self._doing.name_of(account)}


def _by_place(pairs: Pairs) -> dict[int, int]:
    """Return the quantities by place of the line, from 0; raise `Refusal` `refund_line_twice`."""
    found: dict[int, int] = {}
    for line, quantity in pairs:
        if line - 1 in found:
            raise Refusal("refund_line_twice", line=line)
        found[line - 1] = quantity
    return found

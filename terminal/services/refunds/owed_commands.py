"""The verbs for what is owed: payouts to members, card returns until they are paid out, and members' own debts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from terminal.base.clock import business_day
from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId
from terminal.rules.deed import sale_name, sale_of
from terminal.rules.refunds.card_return import ACCOUNT, IDENTITY, RECORD
from terminal.services.refunds.asking import By
from terminal.services.refunds.cases import Case
from terminal.services.refunds.deeds import DEEDS
from terminal.services.refunds.desk import BackDesk
from terminal.services.refunds.doing import Doing, Needed, Now, Who
from terminal.services.refunds.payouts import ENDED, FAILED, PAID, SENT, Payout
from terminal.services.refunds.records import accounts_of
from terminal.services.refunds.telling import told_case, told_payout
from terminal.services.shifts.allowing import Deed, People

Answer = Mapping[str, Any]
NO_RETURN = "none"
# A payout that goes by another means than was approved.
_OTHERWISE = Deed("refund")


class OwedCommands:
    """Lists and pays what is owed for commands on this machine, in the name of somebody who gives their PIN."""

    def __init__(self, back: BackDesk, doing: Doing) -> None:
        """Have the work of `back` done by `doing`."""
        self._back = back
        self._doing = doing

    def verbs(self) -> dict[str, Callable[..., Answer]]:
        """Return the functions by the name a command calls them."""
        return {
            "refund_payouts": self.payouts,
            "refund_pay_look": self.pay_look,
            "refund_pay": self.pay,
            "refund_payout_noted": self.noted,
            "refund_give_up": self.give_up,
            "refund_debts": self.debts,
            "refund_repay": self.repay,
            "refund_card_show": self.card_show,
            "refund_card_start": self.card_start,
            "refund_card_note": self.card_note,
            "refund_card_approve": self.card_approve,
            "refund_card_pay_out": self.card_pay_out,
            "refund_card_withdraw": self.card_withdraw,
        }

    def payouts(self, *, account: str = "") -> Answer:
        """Answer what is not paid out yet, of one member or of all, and what of it is too old to be listed."""

        def look(_: Now) -> Answer:
            payouts = self._back.payouts
            everything = payouts.owed()
            owners = accounts_of(self._back.records, AccountId(account))
            mine = [each for each in everything if not account or each.account in owners]
            past_fen = payouts.owed_fen() - sum(each.fen for each in everything)
            return {"payouts": [self._told(each) for each in mine], "past_fen": past_fen}

        return self._doing.look(look)

    def pay_look(self, *, number: str, place: int = 0, tender: str = "", **people: str) -> Answer:
        """Answer a payout (its place from 1, or the only one that is not paid) and `by` which tender it would go.

        Raises `Refusal` `payout_several` (count) and as `Payouts.look`, and for `staff` who is going to book it as
        `Doing.look_for`: by another means than was approved it needs a right.
        """

        def look(now: Now) -> tuple[tuple[Payout, str], int]:
            name = self._name(number)
            return self._back.payouts.look(now.rulebook, name, (place or self._only_place(name)) - 1, tender), 0

        who = People(**people)
        payout, by = self._doing.look_for(who, DEEDS["pay"], look)
        if by != payout.tender:
            self._doing.look_for(who, _OTHERWISE, lambda _: (None, payout.fen))
        return {**self._told(payout), "by": by}

    def pay(self, *, number: str, place: int, tender: str = "", **who: str) -> Answer:
        """Book that a payout (its place from 1) arrived; raise `Refusal` as `Payouts.pay` and `Doing.do`."""

        def fen(_: Now) -> int:
            return self._payout(number, place).fen

        def work(by: By) -> Answer:
            return self._told(self._back.payouts.pay(by, self._name(number), place - 1, tender))

        # What was approved needs no right but to go another way.
        return self._doing.do(Who(**who), work, Needed(_OTHERWISE.right, fen, always=False))

    def noted(self, *, number: str, place: int, failed: bool, **who: str) -> Answer:
        """Note that a payout is under way, or that it came back; raise `Refusal` as `Payouts.note` and `Doing.do`."""

        def work(by: By) -> Answer:
            return self._told(self._back.payouts.note(by, self._name(number), place - 1, FAILED if failed else SENT))

        return self._doing.do(Who(**who), work)

    def give_up(self, *, number: str, reason: str, **who: str) -> Answer:
        """Give up a refund of prepaid value that nobody was paid for; raise `Refusal` as `Payouts.give_up`.

        A reason must be given: `void_reason_missing`.
        """
        if not reason.strip():
            raise Refusal("void_reason_missing")

        def fen(_: Now) -> int:
            return sum(each.fen for each in self._back.payouts.of(self._name(number)))

        def work(by: By) -> Answer:
            return {"entry": self._back.payouts.give_up(by, self._name(number), reason)}

        return self._doing.do(Who(**who), work, Needed("refund_prepayment", fen), in_shift=False)

    def debts(self, *, account: str) -> Answer:
        """Answer what a member still owes, bill by bill, the oldest first."""
        owner = self._doing.account(account)

        def look(_: Now) -> Answer:
            debts = self._back.credit.debts(owner)
            told = [{"bill": self._number(sale_of(each.owed.facts)), "fen": each.owed.amount} for each in debts]
            member = self._doing.name_of(owner)
            return {"debts": told, "owed_fen": sum(each.owed.amount for each in debts), "member": member}

        return self._doing.look(look)

    def repay(self, *, account: str, amount_fen: int, tender: str, **who: str) -> Answer:
        """Take a payment of what a member owes; raise `Refusal` as `Credit.repay` and `Doing.do`."""
        owner = self._doing.account(account)

        def work(by: By) -> Answer:
            done = self._back.credit.repay(by, owner, amount_fen, tender)
            return {"entry": done.number, "amount_fen": done.amount_fen, "left_fen": done.left_fen}

        return self._doing.do(Who(**who), work)

    def card_show(self, *, account: str) -> Answer:
        """Answer a member's card return as it stands, and who began and approved it; `state` `none` without one."""
        owner = self._doing.account(account)
        return self._doing.look(lambda _: self._shown(owner))

    def card_start(self, *, account: str, reason: str, bank: bool = False, **who: str) -> Answer:
        """Note who was shown and recorded, with `bank` an account of the member's, and compute what is due.

        Each step is an entry under an action id of its own, which the same command has again. Raises `Refusal` as
        `CardReturns.note`, `compute` and `Doing.do`.
        """
        owner = self._doing.account(account)

        def work(by: By) -> Answer:
            for step in (IDENTITY, RECORD, *([ACCOUNT] if bank else [])):
                self._back.card_returns.note(_part(by, step), owner, step)
            self._back.card_returns.compute(by, owner, reason)
            return self._shown(owner)

        return self._doing.do(Who(**who), work)

    def card_note(self, *, account: str, step: str, **who: str) -> Answer:
        """Note a step of a card return that is done; raise `Refusal` as `CardReturns.note` and `Doing.do`."""
        owner = self._doing.account(account)

        def work(by: By) -> Answer:
            self._back.card_returns.note(by, owner, step)
            return self._shown(owner)

        return self._doing.do(Who(**who), work)

    def card_approve(self, *, account: str, **who: str) -> Answer:
        """Approve what was computed, as somebody else than who began it; raise `Refusal` as `CardReturns.approve`."""
        owner = self._doing.account(account)

        def work(by: By) -> Answer:
            self._back.card_returns.approve(by, owner)
            return self._shown(owner)

        needed = Needed("return_card", lambda _: self._due_fen(owner))
        return self._doing.do(Who(**who), work, needed, in_shift=False)

    def card_pay_out(self, *, account: str, **who: str) -> Answer:
        """Book that all that is left of an approved card return arrived, each payout in an entry of its own.

        Raises `Refusal` `card_return_not_approved`, and as `Payouts.pay` and `Doing.do`.
        """
        owner = self._doing.account(account)

        def work(by: By) -> Answer:
            case = self._back.card_returns.latest(owner)
            if case is None or not case.approved:
                raise Refusal("card_return_not_approved")
            for each in self._back.payouts.of(case.approved):
                if each.state != PAID:
                    self._back.payouts.pay(_part(by, str(each.place)), case.approved, each.place)
            return self._shown(owner)

        return self._doing.do(Who(**who), work)

    def card_withdraw(self, *, account: str, **who: str) -> Answer:
        """Give an approved card return up: everything is there again; raise `Refusal` as `CardReturns.give_up`."""
        owner = self._doing.account(account)

        def work(by: By) -> Answer:
            self._back.card_returns.give_up(by, owner)
            return self._shown(owner)

        needed = Needed("refund_prepayment", lambda _: self._due_fen(owner))
        return self._doing.do(Who(**who), work, needed, in_shift=False)

    def _shown(self, owner: AccountId) -> Answer:
        case = self._back.card_returns.latest(owner)
        member = self._doing.name_of(owner)
        if case is None:
            return {"account": owner, "state": NO_RETURN, "member": member}
        named = self._back.records.staff_name
        people = {"begun_by": named(case.state.operator), "approved_by": named(case.state.approved_by)}
        return {**told_case(case), **people, "number": self._number(case.approved), "member": member}

    def _due_fen(self, owner: AccountId) -> int:
        case: Case | None = self._back.card_returns.latest(owner)
        return 0 if case is None else case.state.due_fen

    def _told(self, payout: Payout) -> dict[str, Any]:
        day = business_day(self._back.records.clock, payout.at_ms).isoformat()
        return {**told_payout(payout), "day": day, "member": self._doing.name_of(payout.account)}

    def _payout(self, number: str, place: int) -> Payout:
        found = self._back.payouts.of(self._name(number))
        if not 0 < place <= len(found):
            raise Refusal("payout_unknown")
        return found[place - 1]

    def _only_place(self, name: str) -> int:
        """Return the place of the one payout of an entry that is not paid, else the first, which tells why not."""
        left = [each for each in self._back.payouts.of(name) if each.state not in {PAID, ENDED}]
        if len(left) > 1:
            raise Refusal("payout_several", count=len(left))
        return left[0].place + 1 if left else 1

    def _name(self, number: str) -> str:
        return sale_name(self._back.records.source(number))

    def _number(self, name: str) -> str:
        return self._back.records.number(name) if name else ""


def _part(by: By, step: str) -> By:
    """Return who asks for one step of a command: the same command asks for it under the same action id."""
    digest = hashlib.sha256(f"{by.action_id} {step}".encode()).hexdigest()
    return replace(by, action_id=ActionId(digest[:32]))

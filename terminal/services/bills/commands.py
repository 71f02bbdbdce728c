"""The verbs behind `terminal bill`: arguments and answers are JSON values, each called in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, is_id
from terminal.rules.media.factors import PHONE
from terminal.rules.rulebook import Rulebook
from terminal.services.ask import Ask
from terminal.services.bills.asked import LETTERS_LEAST, Reader, number, split_from, tenders_from
from terminal.services.bills.bills import Bills
from terminal.services.bills.looking import Looking
from terminal.services.bills.on_sale import OnSale
from terminal.services.bills.said import NOTHING, said_of, said_paying
from terminal.services.bills.settling import SELL_ON_CREDIT
from terminal.services.bills.telling import told_open, told_quote, told_settled
from terminal.services.bills.values import Chosen, OpenBill, Order, Proof, Settled, Settling
from terminal.services.members import Members
from terminal.services.prepaid.gift_payment import IN_HAND
from terminal.services.shifts.allowing import Allowing, Deed, People
from terminal.services.shifts.asked import Wish
from terminal.services.shifts.hand_prices import decisions
from terminal.services.shifts.signing import Signing

Answer = Mapping[str, Any]
CONFIRMED = ("", "phone_tail", "photo", IN_HAND)


class BillCommands:
    """Opens, prices and settles bills for commands on this machine, in the name of somebody who gives their PIN."""

    def __init__(
        self,
        bills: Bills,
        looking: Looking,
        members: Members,
        signing: Signing,
        rulebook: Callable[[], Rulebook],
        ask: Ask,
        *,
        allowing: Allowing,
        printed: Callable[[], None],
    ) -> None:
        """Work by `ask`; `allowing` says who may do what, `printed` tells the printer that a slip may wait."""
        self._bills = bills
        self._looking = looking
        self._members = members
        self._signing = signing
        self._rulebook = rulebook
        self._ask = ask
        self._allowing = allowing
        self._printed = printed
        self._on_sale = OnSale(looking, rulebook, ask)
        self._reader = Reader(
            lambda account, bill: bills.held(rulebook(), account, bill), looking.ids_of, self._on_sale.codes
        )

    def verbs(self) -> dict[str, Callable[..., Answer]]:
        """Return the functions by the name a command calls them."""
        return {
            "bill_found": lambda **asked: self._ask(lambda: self.found(**asked)),
            "bill_list": lambda **asked: self._ask(lambda: self.list(**asked)),
            "bill_show": lambda **asked: self._ask(lambda: self.show(**asked)),
            "bill_quote": lambda **asked: self._ask(lambda: self.quote(**asked)),
            "bill_open": self.open,
            "bill_change": self.change,
            "bill_hold": self.hold,
            "bill_resume": self.resume,
            "bill_drop": self.drop,
            "bill_settle_look": self.settle_look,
            "bill_settle": self.settle,
            **self._on_sale.verbs(),
        }

    def list(self, account: str = "") -> Answer:
        """Answer the `bills` that are not settled, of a member or of everybody, the oldest first."""
        if account and not is_id(account):
            raise Refusal("member_unknown")
        names = self._looking.names()
        return {"bills": [self._told(bill, names) for bill in self._bills.list_open(account)]}

    def show(self, bill: str) -> Answer:
        """Answer a bill by its number, or by its id while it was open or the first letters of that.

        A settled one is answered as `settled`, an open one as `quote` does. Raises `Refusal` `bill_unknown`,
        `bill_gone`, `bill_several`.
        """
        if "-" in bill:
            return {"settled": self._told_settled(self._looking.settled(bill))}
        try:
            return self.quote(bill)
        except Refusal as refusal:
            known = len(bill) >= LETTERS_LEAST and refusal.code == "bill_gone"
            number = self._bills.settled_as(bill) if known else ""
            if not number:
                raise
        return {"settled": self._told_settled(self._looking.settled(number))}

    def quote(self, bill: str, order: Mapping[str, Any] = NOTHING, *, best: bool = False) -> Answer:
        """Answer the `open` bill with its `quote`, as it would be with an `order` like `change` takes; changes nothing.

        With `best` the cheapest coupons are chosen. A bill that cannot be priced now has the reason as `trouble`.
        """
        found = self._find(bill)
        answer: dict[str, Any] = {"open": self._told(found, self._looking.names())}
        try:
            asked = self._order(found, order, best=best)
            return {**answer, "quote": told_quote(self._bills.quote_of(self._rulebook(), asked, found.id), asked)}
        except Refusal as refusal:
            if order or best:
                raise
            return {**answer, "trouble": {"code": refusal.code, "values": dict(refusal.values)}}

    def open(
        self, *, action: str, staff: str, pin: str, order: Mapping[str, Any], label: str = "", best: bool = False
    ) -> Answer:
        """Open a bill; answer it as `quote` does.

        Raises `Refusal` as `Bills.open` and `Reader.order`, and `staff_unknown`, `pin_wrong`, `pin_locked`.
        """
        wish = self._signing.wish(action, (staff, pin))
        said = said_of("open", order=order, label=label, best=best)

        def work() -> Answer:
            # Before any name is read: the coupons that were chosen are on the bill by then, and nobody's to choose.
            if earlier := self._bills.opened_by(wish.action_id, said):
                return self.quote(earlier.id)
            asked = self._chosen(self._reader.order(order), best=best)
            return self.quote(self._bills.open(self._rulebook(), wish.by, wish.action_id, asked, label, said=said).id)

        return self._ask(work)

    def change(
        self,
        *,
        action: str,
        staff: str,
        pin: str,
        bill: str,
        version: int,
        order: Mapping[str, Any],
        best: bool = False,
    ) -> Answer:
        """Change what a bill is about, as `Reader.order` says; answer like `open`.

        Raises `Refusal` as `open`, `Bills.change` and `Bills.changed_by`.
        """
        wish = self._signing.wish(action, (staff, pin))
        said = said_of("change", action=action, order=order, best=best)

        def work() -> Answer:
            found = self._find(bill)
            if not self._bills.changed_by(wish.action_id, found.id, said):
                asked = self._order(found, order, best=best)
                self._bills.change(self._rulebook(), found.id, version, asked, (wish.action_id, said))
            return self.quote(found.id)

        return self._ask(work)

    def hold(self, *, action: str, staff: str, pin: str, bill: str, version: int, label: str = "") -> Answer:
        """Put a bill aside; answer it. Raises `Refusal` as `Bills.hold` and `open`."""
        return self._moved((action, staff, pin), lambda: self._bills.hold(self._find(bill).id, version, label))

    def resume(self, *, action: str, staff: str, pin: str, bill: str, version: int) -> Answer:
        """Take a bill up again; answer it. Raises `Refusal` as `Bills.resume` and `open`."""
        return self._moved((action, staff, pin), lambda: self._bills.resume(self._find(bill).id, version))

    def drop(self, *, action: str, staff: str, pin: str, bill: str, version: int) -> Answer:
        """Give a bill up; answer its id, also of one that was given up before.

        Raises `Refusal` as `Bills.drop` and `open`.
        """
        self._signing.wish(action, (staff, pin))

        def work() -> Answer:
            if is_id(bill) and self._bills.dropped_as(bill):
                return {"id": bill}
            found = self._find(bill)
            self._bills.drop(found.id, version)
            return {"id": found.id}

        return self._ask(work)

    def settle_look(self, *, bill: str, paying: Mapping[str, Any], staff: str, approver: str = "") -> Answer:
        """Pass a bill that these people could settle so now, before they give their PINs; `paying` is as in `settle`.

        Raises `Refusal` as `Bills.look`, `Allowing.check` and `settle`. What a rule of odd things stops is not told
        here: it is noted in somebody's name, who is asked for the PIN first.
        """
        asked, proof = _settling(paying)
        people = People(staff, approver)

        def work() -> Answer:
            rules = self._rulebook()
            self._allowing.check(rules.roles, people, Deed())
            found = self._find(bill)
            agreed = self._bills.look(rules, found.id, self._whole(found, asked, paying), proof)
            if fen := agreed.payments.credit_fen:
                self._allowing.check(rules.roles, people, Deed(SELL_ON_CREDIT), fen)
            for right, amount_bp in decisions(agreed.sale, self._looking.prices):
                self._allowing.check(rules.roles, people, Deed(right), amount_bp)
            return {}

        return self._ask(work)

    def settle(
        self,
        *,
        action: str,
        staff: str,
        pin: str,
        bill: str,
        version: int,
        paying: Mapping[str, Any],
        approver: str = "",
        approver_pin: str = "",
    ) -> Answer:
        """Settle a bill at the price that was shown; answer it as `settled`, the same again for the same action.

        `paying` says `payable_fen`, `tenders` as (name, fen, reference, person), what each person is to pay (`split`)
        and how the cashier knew the member (`confirmed`); an `order` and `best` change the bill before, as `change`
        does. The approver says yes to what is left owing, to prices that were typed, to coupons that staff gave, and
        to what a rule of odd things stops. Raises `Refusal` as `Bills.settle` in a shift, `open` and `Signing.done`.
        """
        asked, proof = _settling(paying)
        said = said_paying(paying)

        def work(wish: Wish) -> Settled:
            if earlier := self._bills.settled_by(wish.action_id, bill, said):
                return earlier
            found = self._find(bill)
            whole = self._whole(found, asked, paying)
            what = (wish.by, wish.action_id, (found.id, version), whole, proof)
            return self._bills.settle(self._rulebook(), *what, said=said, in_shift=True)

        settled = self._signing.done(action, (staff, pin), (approver, approver_pin), work)
        self._printed()
        return {"settled": self._ask(lambda: self._told_settled(settled))}

    def found(self, *, action: str, bill: str, paying: Mapping[str, Any] = NOTHING, dropped: bool = False) -> Answer:
        """Answer whether a bill, by its id or first letters, was settled by this action, or was given up (`dropped`).

        Of a settled one `payable_fen` is told, and with `paying` as `settle` takes it the bill as `settled`; of one
        that was given up its `id`. Raises `Refusal` `action_bad`, `action_conflict`, `action_past`.
        """
        if not is_id(action):
            raise Refusal("action_bad")
        if dropped:
            name = self._bills.dropped_as(bill)
            return {"found": name != "", "id": name}
        settled = self._bills.settled_before(ActionId(action))
        if settled is None:
            return {"found": False}
        answer: dict[str, Any] = {"found": True, "payable_fen": settled.note.payable_fen}
        if paying:
            again = self._bills.settled_by(ActionId(action), bill, said_paying(paying))
            assert again is not None, "it was settled"
            answer["settled"] = self._told_settled(again)
        return answer

    def _moved(self, who: tuple[str, str, str], move: Callable[[], OpenBill]) -> Answer:
        action, staff, pin = who
        self._signing.wish(action, (staff, pin))
        return self._ask(lambda: {"open": self._told(move(), self._looking.names())})

    def _find(self, bill: str) -> OpenBill:
        if not is_id(bill):
            if len(bill) < LETTERS_LEAST:
                raise Refusal("bill_gone")
            bill = self._bills.bill_like(bill)
        return self._bills.get(bill)

    def _whole(self, bill: OpenBill, asked: Settling, paying: Mapping[str, Any]) -> Settling:
        """Return a settling with the order that is to take the place of the bill's own, where one is."""
        order, best = paying.get("order") or NOTHING, paying.get("best") is True
        return replace(asked, order=self._order(bill, order, best=best) if order or best else None)

    def _order(self, bill: OpenBill, asked: Mapping[str, Any], *, best: bool) -> Order:
        return self._chosen(self._reader.order(asked, bill.order, bill.id), bill.id, best=best)

    def _chosen(self, order: Order, bill: str = "", *, best: bool) -> Order:
        """Return an order, with the coupons it is cheapest with where those are wanted."""
        if not best:
            return order
        quote = self._bills.quote_of(self._rulebook(), replace(order, coupons=()), bill)
        uses = quote.best.uses if quote.best else ()
        return replace(order, coupons=tuple(Chosen(each.coupon.id, each.line) for each in uses))

    def _told(self, bill: OpenBill, names: Mapping[str, str]) -> dict[str, Any]:
        return told_open(bill, self._member(bill.order.account), names, self._looking.time_text(bill.opened_at))

    def _told_settled(self, settled: Settled) -> dict[str, Any]:
        back = self._looking.taken_back(settled)
        time_text = self._looking.time_text
        return told_settled(settled, self._member(settled.account), self._looking.names(), time_text, back)

    def _member(self, account: str) -> str:
        """Return the masked name, empty for a walk-in and for whoever has no file."""
        return self._members.masked_name(AccountId(account)) if account else ""


def _settling(paying: Mapping[str, Any]) -> tuple[Settling, Proof]:
    """Return how a bill is paid, and what the cashier knew the member by; raise `Refusal` `confirmation_missing`."""
    tenders, split = tenders_from(paying["tenders"]), split_from(paying.get("split"))
    # A bill says whose it is and not how they were found: it may have been by the number whose end was compared.
    proof = Proof(paying.get("confirmed", ""), assurance=PHONE)
    if proof.confirmed not in CONFIRMED:
        raise Refusal("confirmation_missing")
    return Settling(tenders, number(paying["payable_fen"]), split), proof

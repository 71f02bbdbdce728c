"""What members and staff do at the counters of several tills, by the product's own use cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, new_id
from terminal.ledger.draft import Lot
from terminal.services.bills.holds import Holds
from terminal.services.bills.values import Chosen, OpenBill, Order, OrderLine, Settling, Tender
from terminal.services.refunds.asking import Wish
from tests.sim.accounts import Accounts
from tests.sim.counter import CUT, RULES, Counter
from tests.sim.machine import Machine

if TYPE_CHECKING:
    from tests.sim.simulator import Deed, Simulator

# Of a rejoining till it is known that it refuses; all else that staff are told is noted with its code.
REJOINS = "till_rejoining"
BILLS_OPEN_MOST = 4
CARDS_MOST = 6
SALES_LOOKED_AT = 12
RESERVED = ("principal", "bonus", "points", "coupon", "pass")


class Shopping:
    """Days at the counters. A deed that cannot be is refused as staff would be told, and leaves nothing behind."""

    def __init__(self, simulator: Simulator) -> None:
        """Act at the tills of a simulator."""
        self.sim = simulator
        self.rng = simulator.rng
        self.accounts = Accounts(simulator, self)
        self.cards: list[tuple[AccountId, str]] = []

    def deeds(self) -> list[Deed]:
        """Return what may happen, with weights."""
        deeds: tuple[tuple[int, Callable[[Machine, Counter], str]], ...] = (
            (5, self.ring_up),
            (4, self.pay_in),
            (2, self.take_up),
            (3, self.give_back),
            (2, self.void),
            (1, self.swap_points),
            (1, self.put_back),
            (1, self.gift_card),
            (1, self.load_card),
            (1, self.repay),
            (1, self.work_shift),
            (2, self.reserve),
            *self.accounts.deeds(),
        )
        return [(deed.__name__.replace("_", " "), weight, self._at_counter(deed)) for weight, deed in deeds]

    def _at_counter(self, deed: Callable[[Machine, Counter], str]) -> Callable[[], str]:
        return lambda: self.sim.at(self.sim.some(), lambda till: self.do(till, deed))

    def do(self, till: Machine, deed: Callable[[Machine, Counter], str]) -> str:
        """Do something at a till's counter; what is refused is noted, and nothing of it stays."""
        counter = till.counter
        try:
            if not counter.staff().shift_no and self.rng.random() < 0.9:
                counter.open_shift(self.rng.randint(0, 50))
            return deed(till, counter)
        except Refusal as refusal:
            if refusal.code == REJOINS:
                raise
            self.sim.happened[f"told {refusal.code}"] += 1
            return ""

    def member(self, till: Machine) -> AccountId:
        """Return some member whom a till knows."""
        known = [one for one in self.sim.actors.members if self._knows(till, one)]
        if not known:
            raise Refusal("member_unknown")
        return self.rng.choice(known)

    def _knows(self, till: Machine, account: AccountId) -> bool:
        row = till.database.row("SELECT erased_at FROM member WHERE account = ?", (bytes.fromhex(account),))
        return row is not None and not row[0]

    # Bills

    def ring_up(self, till: Machine, counter: Counter, owner: AccountId | None = None) -> str:
        """A bill is opened, then settled, put aside or given up."""
        if len(counter.bills.list_open()) >= BILLS_OPEN_MOST:
            return self.take_up(till, counter)
        account = owner or (self.member(till) if self.rng.random() < 0.95 else AccountId(""))
        bill = counter.bills.open(RULES, counter.staff(), counter.action(), self._order(counter, account))
        if owner is None and self.rng.random() < 0.25:
            counter.bills.hold(bill.id, bill.version, "later")
            return f"puts a bill of {account[:6]} aside"
        return self._settle(counter, bill)

    def take_up(self, _: Machine, counter: Counter) -> str:
        """A bill that was put aside is settled or given up."""
        waiting = counter.bills.list_open()
        if not waiting:
            return ""
        bill = self.rng.choice(waiting)
        if self.rng.random() < 0.3:
            counter.bills.drop(bill.id, bill.version)
            return f"gives up the bill {bill.id[:6]}"
        if bill.state == "held":
            bill = counter.bills.resume(bill.id, bill.version)
        return self._settle(counter, bill)

    def _order(self, counter: Counter, account: AccountId) -> Order:
        rng, lines, coupons, points = self.rng, list[OrderLine](), list[Chosen](), 0
        lines.append(OrderLine(name="care", list_fen=rng.randint(4, 160), quantity=rng.choice((1, 1, 2))))
        if account:
            passes = [lot.facts.lot for lot in self.lots(counter, account, "pass") if lot.facts.attributes.get("pass")]
            if passes and rng.random() < 0.5:
                lines.append(OrderLine(CUT, pass_lot=rng.choice(passes)))
            elif rng.random() < 0.2:
                lines.append(OrderLine(pass_code=rng.choice(("six", "later"))))
            owned = [lot for lot in self.lots(counter, account, "coupon") if lot.facts.attributes.get("template")]
            if owned and rng.random() < 0.7:
                coupons.append(Chosen(rng.choice(owned).bucket))
            held = sum(lot.amount for lot in self.lots(counter, account, "points"))
            points = rng.randint(0, held) if rng.random() < 0.3 else 0
        return Order(account, tuple(lines), tuple(coupons), points)

    def _settle(self, counter: Counter, bill: OpenBill) -> str:
        quote = counter.bills.quote(RULES, bill.id)
        payable = quote.priced.payable_fen
        tenders, left = list[Tender](), payable
        if bill.order.account and quote.purse_most_fen and self.rng.random() < 0.8:
            part = min(left, quote.purse_most_fen)
            part = part if self.rng.random() < 0.6 else self.rng.randint(0, part)
            tenders += [Tender("purse", part)] if part else []
            left -= part
        if left and bill.order.account and self.rng.random() < 0.2:
            tenders, left = [*tenders, Tender("on_credit", left)], 0
        if left > 1 and self.rng.random() < 0.4:
            part = self.rng.randint(1, left - 1)
            tenders, left = [*tenders, Tender("wechat", part)], left - part
        tenders += [Tender("cash", left)] if left else []
        asked = Settling(tuple(tenders), payable)
        done = counter.bills.settle(RULES, counter.staff(), counter.action(), (bill.id, bill.version), asked)
        for name, there in (
            ("coupon", bool(bill.order.coupons)),
            ("session", any(line.pass_lot for line in bill.order.lines)),
            ("pass", any(line.pass_code for line in bill.order.lines)),
            ("points", bool(done.note.points_used)),
            ("release", bool(done.note.released)),
            ("split tender", len(tenders) > 1),
            ("credit", any(each.tender == "on_credit" for each in tenders)),
        ):
            self.sim.happened[f"bill with {name}"] += there
        return f"settles a bill of {payable} by {', '.join(each.tender for each in tenders)}"

    def give_back(self, till: Machine, counter: Counter, sale: str = "") -> str:
        """Some lines of a bill, or all, are refunded."""
        name = sale or self._sale(counter, ("bill",))
        if not name:
            return ""
        quantities = None if self.rng.random() < 0.5 else {0: 1}
        done = counter.back.bills.refund(counter.by(), Wish(name, quantities))
        self.sim.happened["bill refunded in part"] += quantities is not None
        own = name.startswith(f"{till.device}/{till.disk.epoch}/")
        self.sim.happened["bill of an earlier life refunded"] += not own
        return f"refunds {done.given_fen} of {name[-8:]}"

    def void(self, _: Machine, counter: Counter) -> str:
        """A bill or top-up of the shift is undone."""
        name = self._sale(counter, ("bill", "top_up"))
        if not name:
            return ""
        counter.back.voids.void(counter.by(), name, "wrong")
        return f"voids {name[-8:]}"

    def _sale(self, counter: Counter, kinds: tuple[str, ...]) -> str:
        marks = ", ".join("?" * len(kinds))
        rows = counter.database.rows(
            "SELECT device || '/' || epoch || '/' || deed.seq FROM deed JOIN life ON life.n = deed.life"  # noqa: S608 - marks
            f" WHERE kind IN ({marks}) AND operator <> '' ORDER BY life DESC, deed.seq DESC LIMIT ?",
            (*kinds, SALES_LOOKED_AT),
        )
        return str(self.rng.choice(rows)[0]) if rows else ""

    def repay(self, till: Machine, counter: Counter) -> str:
        """A member pays what was sold on credit."""
        for account in self.sim.actors.members:
            owed = sum(debt.owed.amount for debt in counter.back.credit.debts(account))
            if owed and self._knows(till, account):
                done = counter.back.credit.repay(counter.by(), account, self.rng.randint(1, owed), "cash")
                return f"is repaid {done.amount_fen}"
        return ""

    # Value

    def pay_in(self, till: Machine, counter: Counter) -> str:
        """A member tops up, by the offer that applies."""
        account, fen = self.member(till), self.rng.randint(20, 400)
        offered = counter.top_ups.preview(RULES, account, fen)
        counter.top_ups.top_up(
            RULES, counter.staff(), counter.action(), account, fen, offered.bonus_fen, expected_key=offered.key
        )
        self.sim.happened[f"offer {offered.offer or 'none'}"] += 1
        return f"takes {fen} and gives {offered.bonus_fen} by {offered.offer or 'no offer'}"

    def swap_points(self, till: Machine, counter: Counter) -> str:
        """Points become a cup, a coupon or bonus."""
        account, reward = self.member(till), self.rng.choice(("cup", "money", "off"))
        counter.redeeming.redeem(RULES, counter.staff(), counter.action(), account, reward, self.rng.randint(1, 2))
        return f"gives a {reward} for points"

    def put_back(self, _: Machine, counter: Counter) -> str:
        """A redemption is taken back."""
        name = self._sale(counter, ("redeem",))
        if not name:
            return ""
        counter.redeeming.take_back(counter.staff(), counter.action(), name, goods_back=True)
        return f"takes the reward of {name[-8:]} back"

    def gift_card(self, _: Machine, counter: Counter) -> str:
        """A card without a name is issued, and money put on it."""
        if len(self.cards) >= CARDS_MOST:
            return ""
        card, number = AccountId(new_id(counter.draw)), f"8{len(self.cards):07d}"
        self.accounts.issue(counter, card, number, is_named=False)
        self.cards.append((card, number))
        counter.gift_cards.sell(
            RULES, counter.staff(), counter.action(), card, self.rng.randint(10, 200), valid_months=36
        )
        return f"sells the gift card {number}"

    def load_card(self, till: Machine, counter: Counter, owner: AccountId | None = None) -> str:
        """What is on a gift card is loaded into a member's account, as far as it is here."""
        if not self.cards:
            return ""
        card, number = self.rng.choice([one for one in self.cards if owner in {None, one[0]}])
        counter.gift_cards.load(RULES, counter.staff(), counter.action(), card, self.member(till))
        return f"loads the gift card {number}"

    def reserve(self, till: Machine, counter: Counter) -> str:
        """Something is reserved that no bill is about, or let go of again."""
        holds, row = (
            Holds(counter.database),
            counter.database.row("SELECT holder FROM unit_hold WHERE holder LIKE 'x:%'"),
        )
        if row is not None and self.rng.random() < 0.5:
            with counter.database.write():
                holds.drop(row[0])
            return "lets go of what was reserved"
        lots = counter.till.free(self.member(till), *RESERVED)
        if not lots:
            return ""
        lot = self.rng.choice(lots)
        with counter.database.write():
            holds.put(f"x:{lot.n}", {lot.n: self.rng.randint(1, lot.amount)})
        return f"reserves some {lot.facts.asset}"

    # Shifts

    def work_shift(self, _: Machine, counter: Counter) -> str:
        """Cash is moved, or the shift is counted and closed; the next deed opens another."""
        if not counter.staff().shift_no:
            return ""
        shifts, roles = counter.shifts, RULES.roles
        if self.rng.random() < 0.5:
            shifts.move_cash(roles, counter.wish(), "in", self.rng.randint(1, 40), "change")
            return "puts cash into the drawer"
        if shifts.shown(counter.staff().shift_no).shift.counted_fen is None:
            shifts.count(roles, counter.wish(), 0, self.rng.randint(0, 900))
            if self.rng.random() < 0.2:
                return "counts its cash"
        done = shifts.close(roles, counter.wish(), 0, "counted twice")
        self.sim.happened["shift closed"] += 1
        return f"closes its shift, {done.kept.shift.over_fen} over"

    # Below

    def all_here(self, till: Machine, account: AccountId) -> bool:
        """Tell whether a till holds all there is of a member: nothing in the cloud, at another till or on its way."""
        world = self.sim.world
        return all(
            self.sim.invariants.books.there[name] == till.disk.held.get(name, 0)
            for name, facts in world.buckets.items()
            if facts.owner == account
        )

    def lots(self, counter: Counter, account: AccountId, asset: str) -> list[Lot]:
        """Return what a till holds of a member's asset and nobody has reserved."""
        return counter.till.free(account, asset)

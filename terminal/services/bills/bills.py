"""Bills, from the first line to the entry: opened, changed, put aside, taken up again, quoted, settled or dropped."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from terminal.base.clock import Clock, business_day
from terminal.base.errors import Refusal
from terminal.base.ids import ActionId, is_id
from terminal.ledger.book import Book, Posted, request_digest
from terminal.ledger.deeds import Deeds
from terminal.rules.bucket import Source
from terminal.rules.canonical import Canonical
from terminal.rules.rulebook import Rulebook
from terminal.services.bills.asked import LETTERS_LEAST, Held
from terminal.services.bills.asks import Asks
from terminal.services.bills.holds import Holds
from terminal.services.bills.kept import written
from terminal.services.bills.quoting import Quotes, held_in
from terminal.services.bills.rows import OpenBills
from terminal.services.bills.sessions import still_fitting
from terminal.services.bills.settling import Agreed, Due, Settler, settled_of
from terminal.services.bills.typed import one_line
from terminal.services.bills.values import (
    HELD,
    NOTHING_SHOWN,
    OPEN,
    OpenBill,
    Order,
    Proof,
    Quote,
    Reserved,
    Settled,
    Settling,
)
from terminal.services.shifts.records import require_open
from terminal.services.standing import Standings
from terminal.services.views import SignedIn
from terminal.store.database import Database

LABEL_CHARS_MAX = 40


@dataclass(frozen=True, slots=True)
class _Moment:
    """Now, as the shop counts: civil time, business day, and UTC milliseconds."""

    at: dt.datetime
    day: dt.date
    ms: int


class Bills:
    """Everything that happens with bills; each method that writes is one transaction, done by the dispatcher.

    A bill's id is the action id it was opened with. Whoever changes one names the version seen; `bill_changed` says
    that somebody else was quicker, `bill_gone` that it was settled or dropped.
    """

    def __init__(self, database: Database, book: Book, clock: Clock, asks: Asks) -> None:
        """Post to `book`."""
        self._database = database
        self._book = book
        self._clock = clock
        self._asks = asks
        self._holds = Holds(database)
        self._rows = OpenBills(database, self._holds)
        deeds = Deeds(database, lambda at_ms: business_day(clock, at_ms))
        self._settler = Settler(database, book, clock, asks, Standings(database, deeds))
        self._quotes = Quotes(self._settler, asks.section)

    def open(
        self,
        rules: Rulebook,
        staff: SignedIn,
        action_id: ActionId,
        order: Order,
        label: str = "",
        *,
        said: str = "",
    ) -> OpenBill:
        """Open a bill, locking its coupons and reserving its sessions; the same action again answers the same.

        `said` is the digest of the order as somebody said it with names, for `opened_by`.
        Raises `Refusal` `action_conflict` when the action opened another order, `bill_gone` when what it opened was
        settled or dropped since, `member_unknown`, `bill_label_bad`,
        `coupon_locked`, `coupon_unknown`, what pricing raises, and for sessions what `Sessions.reserve` raises.
        """
        with self._database.write():
            earlier = self._rows.find(action_id)
            if earlier is not None:
                if earlier.version == 1 and earlier.order != order:
                    raise Refusal("action_conflict")
                return earlier
            if self._book.done(action_id) is not None or self._rows.changed_by(action_id) is not None:
                raise Refusal("action_conflict")
            if self._rows.is_closed(action_id):
                raise Refusal("bill_gone")
            now = self._now()
            opened = OpenBill(action_id, OPEN, order, staff.staff_id, _label(label), 0, now.ms, now.ms, asked=said)
            return self._keep(rules, opened, order, (), now)

    def opened_by(self, action_id: ActionId, said: str) -> OpenBill | None:
        """Return the bill that this action opened, None where it opened none that is known by what was said.

        Raises `Refusal` `action_conflict` when it said another thing, `bill_gone` when the bill is closed.
        """
        found = self._rows.find(action_id)
        if found is None:
            if self._rows.is_closed(action_id):
                raise Refusal("bill_gone")
            return None
        if found.version == 1 and found.asked not in {"", said}:
            raise Refusal("action_conflict")
        # One opened by a release that kept nothing of what was said is compared by its order.
        return found if found.asked or found.version > 1 else None

    def change(
        self, rules: Rulebook, bill: str, version: int, order: Order, action: tuple[str, str] = ("", "")
    ) -> OpenBill:
        """Put another order in place of a bill's own; what was asked for again already is answered as it is.

        Sessions reserved for a line that stays keep the day they were reserved on. `action` is the action id and the
        digest of what was said with names, kept as `OpenBill.asked` for `changed_by`. Raises as `open`.
        """
        with self._database.write():
            before = self._require(bill)
            if (before.order, before.version) == (order, version + 1):
                return before
            _check_version(before, version)
            kept = still_fitting(before.order, order, before.reserved)
            return self._keep(rules, replace(before, asked=before.asking(*action)), order, kept, self._now())

    def changed_by(self, action_id: ActionId, bill: str, said: str) -> bool:
        """Tell whether this action changed an open bill so before.

        Raises `Refusal` `bill_gone`, and `action_conflict` where it changed the bill otherwise, changed another one
        that is open, opened one, or did anything that is in the book.
        """
        if self._require(bill).was_asked(said):
            return True
        rows = self._rows
        is_bill = rows.find(action_id) is not None or rows.is_closed(action_id)
        if is_bill or rows.changed_by(action_id) is not None or self._book.done(action_id) is not None:
            raise Refusal("action_conflict")
        return False

    def hold(self, bill: str, version: int, label: str = "") -> OpenBill:
        """Put a bill aside; it keeps what it has on hold."""
        return self._move(bill, version, HELD, _label(label))

    def resume(self, bill: str, version: int) -> OpenBill:
        """Take up a bill that was put aside."""
        return self._move(bill, version, OPEN, None)

    def drop(self, bill: str, version: int) -> None:
        """Give a bill up, letting go of all it has on hold; one that is gone already is fine."""
        with self._database.write():
            found = self._rows.find(bill)
            if found is not None:
                _check_version(found, version)
                self._rows.close(found)

    def dropped_as(self, start: str) -> str:
        """Return the id of the one bill that was given up and whose id began so, empty for none.

        Letters that an open bill's id begins with mean that one, whatever was given up before.
        """
        if len(start) < LETTERS_LEAST or self._rows.like(start):
            return ""
        return self._rows.dropped_as(start)

    def get(self, bill: str) -> OpenBill:
        """Return a bill that is not settled; raise `Refusal` `bill_gone`."""
        return self._require(bill)

    def list_open(self, account: str = "") -> list[OpenBill]:
        """Return the bills that are not settled, of an account or of everybody, the oldest first."""
        return self._rows.all(account)

    def on_hold(self) -> Holds:
        """Return what tells how much is on hold, for whoever gives units away (`Holds.on`)."""
        return self._holds

    def quote(self, rules: Rulebook, bill: str) -> Quote:
        """Return what an open bill costs now and what could pay it; raise `Refusal` as `settle` does."""
        found = self._require(bill)
        return self.quote_of(rules, found.order, found.id)

    def quote_of(self, rules: Rulebook, order: Order, bill: str = "") -> Quote:
        """Return the same of an order that is no bill yet."""
        now = self._now()
        return self._quotes.of(rules, order, (now.at, now.day), bill)

    def held(self, rules: Rulebook, account: str, bill: str = "") -> Held:
        """Return the coupons and passes an account has here that may be on a bill; raise `Refusal` as `quote`."""
        self._settler.require(account)
        wallet = self._settler.wallets.of(account, self._book.today(), f"bill:{bill}" if bill else "")
        return held_in(rules, wallet, wallet.coupons(rules, self._asks.section))

    def bill_like(self, start: str) -> str:
        """Return the id of the one open bill whose id begins so.

        Raises `Refusal` `bill_gone` where there is none, `bill_several` where there are more.
        """
        found = self._rows.like(start)
        if len(found) != 1:
            raise Refusal("bill_several" if found else "bill_gone")
        return found[0]

    def settled_as(self, start: str) -> str:
        """Return the number (`1-000042`) that the one open bill whose id began so was settled as, empty for none."""
        return self._rows.settled_as(start)

    def look(self, rules: Rulebook, bill: str, asked: Settling, proof: Proof = NOTHING_SHOWN) -> Agreed:
        """Return how an open bill would be settled now, by whoever may; raise `Refusal` as `Settler.look`."""
        found = self._require(bill)
        order = found.order if asked.order is None else asked.order
        kept = still_fitting(found.order, order, found.reserved)
        return self._settler.look(rules, Due(order, asked, proof, kept, found.id))

    def settle(
        self,
        rules: Rulebook,
        staff: SignedIn,
        action_id: ActionId,
        bill: tuple[str, int],
        asked: Settling,
        proof: Proof = NOTHING_SHOWN,
        *,
        said: str = "",
        in_shift: bool = False,
    ) -> Settled:
        """Settle an open bill (id and the version that was shown) as one entry, once for each `action_id`.

        With `in_shift` money goes over a counter, and nobody without an open shift may ask. `said` is the digest that
        tells whether the action is asked for again, where the order was said with names that are used up by it.
        An order in `asked` takes the place of the bill's own first, as `change` does it. What was shown as a proof is
        no part of what was asked for: the answer to a repeated action needs none. Raises `Refusal` `bill_gone`,
        `bill_changed`, `price_changed`, `shift_missing`, `shift_counted`, and what `Settler.settle` raises; nothing is
        then written, and the bill stays as it is.
        """
        name, version = bill
        request = said or request_digest({"do": "bill", "bill": name, "version": version, **_asked(asked)})
        with self._database.write():
            if earlier := self._book.find(action_id, request):
                return self.answer_of(earlier)
            if in_shift:
                require_open(self._database, staff)
            found = self._require(name)
            _check_version(found, version)
            if asked.order is not None and asked.order != found.order:
                kept = still_fitting(found.order, asked.order, found.reserved)
                found = self._keep(rules, found, asked.order, kept, self._now())
            draft = self._book.begin(action_id, "bill", request)
            due = Due(found.order, asked, proof, found.reserved, found.id)
            settled = self._settler.settle(draft, rules, staff, due)
            made = settled.posted.entry
            self._rows.close(found, Source(made.device, made.epoch, made.seq))
            return settled

    def settle_at_once(
        self,
        rules: Rulebook,
        staff: SignedIn,
        action: tuple[ActionId, str],
        order: Order,
        asked: Settling,
        proof: Proof = NOTHING_SHOWN,
    ) -> Settled:
        """Settle an order that never was an open bill; `action` is the action id and the digest of what was asked.

        Raises `Refusal` as `settle` does.
        """
        action_id, request = action
        with self._database.write():
            if earlier := self._book.find(action_id, request):
                return self.answer_of(earlier)
            draft = self._book.begin(action_id, "bill", request)
            return self._settler.settle(draft, rules, staff, Due(order, asked, proof))

    def settled_by(self, action_id: ActionId, bill: str, said: str) -> Settled | None:
        """Return what this action settled a bill as, by its id or the first letters of that; None where it did nothing.

        Raises `Refusal` `action_conflict` where it settled another bill or said another thing, and `action_past`.
        """
        done = self._book.find(action_id, said)
        if done is None:
            return None
        if len(bill) < LETTERS_LEAST or not str(done.entry.payload.get("bill", "")).startswith(bill):
            raise Refusal("action_conflict")
        return self.answer_of(done)

    def settled_before(self, action_id: ActionId) -> Settled | None:
        """Return what this action settled, whatever is asked now; None where it did nothing.

        Raises `Refusal` `action_conflict` where it settled nothing but did another thing, and `action_past`.
        """
        done = self._book.done(action_id)
        if done is not None and done.entry.kind != "bill":
            raise Refusal("action_conflict")
        return None if done is None else self.answer_of(done)

    def answer_of(self, posted: Posted) -> Settled:
        """Return what the settling that posted an entry answered."""
        settled = settled_of(posted)
        row = self._database.row("SELECT min(id) FROM print_job WHERE bill_no = ?", (settled.bill_no,))
        return replace(settled, print_job=row[0] if row else None)

    @property
    def settler(self) -> Settler:
        """What settles, for previews of single amounts."""
        return self._settler

    def _keep(
        self, rules: Rulebook, bill: OpenBill, order: Order, kept: tuple[Reserved, ...], now: _Moment
    ) -> OpenBill:
        """Write a bill with its order, and put on hold what that takes."""
        self._settler.require(order.account)
        wallet = self._settler.wallets.of(order.account, now.day, bill.holder)
        sale = self._settler.sale(rules, order, wallet, now.at)
        visit = self._settler.visit(rules, order, now.at, now.day, bill.id)
        reserved = self._settler.sessions.reserve(visit, kept)
        units = self._settler.units_of(order, now.day, bill.holder) if reserved else {}
        amounts: dict[int, int] = {}
        wanted = [(each.lot, 1) for each in sale.used.values()]
        wanted += [(units[name], n) for each in reserved for name, n in each.taken if name in units]
        for lot, amount in wanted:
            amounts[lot.n] = amounts.get(lot.n, 0) + amount
        self._holds.put(bill.holder, amounts)
        changed = replace(bill, order=order, reserved=reserved, version=bill.version + 1, changed_at=now.ms)
        self._rows.write(changed)
        return changed

    def _move(self, bill: str, version: int, state: str, label: str | None) -> OpenBill:
        with self._database.write():
            before = self._require(bill)
            if (before.state, before.version) == (state, version + 1):
                return before
            _check_version(before, version)
            moved = replace(before, state=state, version=version + 1, changed_at=self._clock.now_ms())
            if label is not None:
                moved = replace(moved, label=label or before.label)
            self._rows.write(moved)
            return moved

    def _require(self, bill: str) -> OpenBill:
        found = self._rows.find(bill) if is_id(bill) else None
        if found is None:
            raise Refusal("bill_gone")
        return found

    def _now(self) -> _Moment:
        ms = self._clock.now_ms()
        return _Moment(self._clock.local(ms), self._book.today(), ms)


def _check_version(bill: OpenBill, version: int) -> None:
    if bill.version != version:
        raise Refusal("bill_changed")


def _label(label: str) -> str:
    return one_line(label, LABEL_CHARS_MAX, Refusal("bill_label_bad", most=LABEL_CHARS_MAX))


def _asked(asked: Settling) -> dict[str, Canonical]:
    """Return what the settling asks for, so that the action id is not used again for another thing."""
    tenders: list[Canonical] = [[each.tender, each.amount_fen, each.reference, each.person] for each in asked.tenders]
    return {
        "tenders": tenders,
        "payable_fen": asked.expected_payable_fen,
        "split": list[Canonical](asked.split),
        **({"order": written(asked.order, ())} if asked.order is not None else {}),
    }

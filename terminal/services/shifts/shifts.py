"""Shifts of a till: opened with a counted float, counted blind, closed, handed over; each step once, with one entry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from terminal.base.clock import Clock, business_day
from terminal.base.errors import Refusal
from terminal.base.ids import ActionId, new_id
from terminal.base.money import FEN_MAX
from terminal.ledger.book import Book, Posted, request_digest
from terminal.ledger.draft import Draft
from terminal.rules.canonical import Canonical
from terminal.rules.entry import Entry
from terminal.rules.till import shift as rules
from terminal.rules.till.roles import Roles
from terminal.rules.till.shift import TERMINAL, Shift
from terminal.services.money import bill_number
from terminal.services.shifts.asked import Wish
from terminal.services.shifts.figures import ClosedShift, Figures
from terminal.services.shifts.opening import CASH, CASH_MOVES, Opening
from terminal.services.shifts.records import KeptShift, Records
from terminal.services.shifts.rights import Rights
from terminal.services.views import SignedIn
from terminal.store.database import Database

OVER_SHORT = "cash_over_short"
TERMINAL_ROLE = "terminal"


class Shifts:
    """Opens, counts and closes shifts. Everything is done by the dispatcher."""

    def __init__(
        self,
        database: Database,
        book: Book,
        clock: Clock,
        rights: Rights,
        *,
        slip: Callable[[ClosedShift], None],
        closed: Callable[[int], None],
        cash: Callable[[Entry], None] = lambda _: None,
    ) -> None:
        """Post to `book`; `slip` stores the slip of a closed shift in its transaction.

        `closed` is told the number of each shift that was closed, so that sign-ins to it end. `cash` has the drawer
        opened for cash that is put in or taken out, in the transaction of its entry.
        """
        self._database = database
        self._book = book
        self._clock = clock
        self._rights = rights
        self._slip = slip
        self._closed = closed
        self._cash = cash
        self._records = Records(database, clock)
        self._figures = Figures(database, clock)
        self._opening = Opening(database, book, clock)

    def open(self, wish: Wish, float_fen: int) -> KeptShift:
        """Open a shift with the cash counted into the drawer; one that signing in opened gets it as its float.

        Raises `Refusal` `float_bad`, and `shift_till_taken` where a shift with a float or with cash in it is not
        closed, be it somebody else's or the own one.
        """
        person = wish.by.staff_id
        request = request_digest({"do": rules.OPENING, "staff": person, "float_fen": float_fen})
        with self._database.write():
            if earlier := self._book.find(wish.action_id, request):
                return self._records.get(_number(earlier, "shift"))
            shift = rules.open_shift(self._drawers(), "", "", person, self._now(), float_fen)
            return self._begin(shift, wish.action_id, request, {})

    def hand_over(self, wish: Wish, float_fen: int) -> KeptShift:
        """Open the next person's shift with a float out of the cash that was counted at the last closing.

        Raises `Refusal` `shift_not_closed` where no shift was, and as `open`.
        """
        person = wish.by.staff_id
        request = request_digest({"do": "hand_over", "staff": person, "float_fen": float_fen})
        with self._database.write():
            if earlier := self._book.find(wish.action_id, request):
                return self._records.get(_number(earlier, "shift"))
            last = self._records.last_closed()
            if last is None:
                raise Refusal("shift_not_closed")
            shift = rules.hand_over(last.shift, self._drawers(), "", person, self._now(), float_fen)
            return self._begin(shift, wish.action_id, request, {"from_shift": last.number})

    def move_cash(self, roles: Roles, wish: Wish, kind: str, fen: int, reason: str) -> str:
        """Put cash into the drawer or take it out (`PUT_IN`, `TAKEN_OUT`) and return the number of the entry.

        Raises `Refusal` `cash_move_bad`, `reason_missing`, `reason_long`, `cash_not_enough`, `shift_missing`,
        `shift_counted`, and what `Rights.check` raises for taking out (`cash_out`).
        """
        entry_kind = {rules.PUT_IN: rules.CASH_IN, rules.TAKEN_OUT: rules.CASH_OUT}.get(kind, "")
        request = request_digest({"do": "move_cash", "kind": kind, "fen": fen, "reason": reason})
        with self._database.write():
            if earlier := self._book.find(wish.action_id, request):
                return _entry_no(earlier)
            kept = self._own(wish)
            facts: dict[str, Canonical] = {"amount_fen": fen, "reason": reason.strip()}
            if kind == rules.TAKEN_OUT and 0 < fen <= FEN_MAX:
                # First of all: whoever may not take cash out could else try what the drawer should hold.
                facts |= self._rights.check(roles, wish.by, wish.action_id, rules.CASH_OUT, fen, approval=wish.approval)
                facts["versions"] = {"roles": roles.version}
            rules.move_cash(kept.shift, kind, fen, reason, self._figures.cash_moves(kept.number))
            draft = self._draft(entry_kind, wish, request, kept.number, facts)
            sign = 1 if kind == rules.PUT_IN else -1
            draft.debit(CASH, sign * fen)
            draft.credit(CASH_MOVES, sign * fen)
            posted = self._book.post(draft)
            self._cash(posted.entry)
            return _entry_no(posted)

    def count(self, roles: Roles, wish: Wish, number: int, counted_fen: int) -> Shift:
        """Write down the cash that was counted; only the answer knows what was expected. No count is made twice.

        Shift 0 is the own one. Raises `Refusal` `count_bad`, `shift_missing`, `shift_counted`, and for somebody
        else's shift what `Rights.check` raises (`close_shift_of_other`).
        """
        request = request_digest({"do": rules.COUNTING, "shift": number, "counted_fen": counted_fen})
        with self._database.write():
            if earlier := self._book.find(wish.action_id, request):
                return self._records.get(_number(earlier, "shift")).shift
            kept = self._meant(wish, number)
            counted = rules.count(kept.shift, counted_fen, self._figures.cash_moves(kept.number))
            facts = self._right_to(roles, wish, kept)
            facts |= {"counted_fen": counted_fen, "expected_fen": counted.expected_fen or 0}
            self._book.post(self._draft(rules.COUNTING, wish, request, kept.number, facts))
            self._records.note_count(kept.number, counted)
            return counted

    def close(self, roles: Roles, wish: Wish, number: int, reason: str = "") -> ClosedShift:
        """Close a counted shift: cash over or short is booked, what was counted leaves the drawer, the slip is printed.

        Raises `Refusal` `shift_not_counted`, `shift_missing`, `shift_reason_missing` (`difference_fen`), `reason_long`,
        and for somebody else's shift what `Rights.check` raises.
        """
        request = request_digest({"do": rules.CLOSING, "shift": number, "reason": reason})
        with self._database.write():
            if earlier := self._book.find(wish.action_id, request):
                return self._figures.closed(self._records.get(_number(earlier, "shift")))
            kept = self._meant(wish, number)
            made = self._close(wish, request, kept, reason, self._right_to(roles, wish, kept))
        self._closed(made.kept.number)
        return made

    def own(self) -> SignedIn:
        """Return who takes money at the kiosk: the terminal, signed in to its own shift of this business day.

        The one of a day before is closed first. One with cash in it stays open until somebody counts that.
        """
        kept = self._records.open_of(TERMINAL)
        if kept is not None and self._is_over(kept):
            self._close_own(kept)
            kept = None
        if kept is None:
            action_id = ActionId(new_id())
            with self._database.write():
                request = request_digest({"do": rules.OPENING, "action": action_id})
                kept = self._opening.new(TERMINAL, 0, action_id, request)
        return _terminal(kept.number)

    def shown(self, number: int) -> KeptShift:
        """Return a shift by its number, 0: the newest of a person; raise `Refusal` `shift_unknown` or `shift_none`."""
        if number:
            return self._records.get(number)
        newest = [kept for kept in self._records.newest(2) if kept.shift.person != TERMINAL]
        if not newest:
            raise Refusal("shift_none")
        return newest[0]

    def closed(self, number: int) -> ClosedShift:
        """Return a closed shift with its slip; raise `Refusal` `shift_unknown` or `shift_not_closed`."""
        return self._figures.closed(self._records.get(number))

    def name_of(self, staff_id: str) -> str:
        """Return somebody's name."""
        return self._records.name_of(staff_id)

    def _begin(self, shift: Shift, action_id: ActionId, request: str, facts: dict[str, Canonical]) -> KeptShift:
        kept = self._records.open_of(shift.person)
        if kept is None:
            return self._opening.new(shift.person, shift.float_fen, action_id, request, facts)
        return self._opening.give_float(kept, shift.float_fen, action_id, request, facts)

    def _drawers(self) -> list[Shift]:
        """Return the shifts that the cash in the drawer belongs to: signing in to look at something takes no till."""
        return [
            kept.shift
            for kept in self._records.unclosed()
            if kept.shift.float_fen or kept.shift.counted_fen is not None or self._figures.cash_moves(kept.number)
        ]

    def _own(self, wish: Wish) -> KeptShift:
        kept = self._records.open_of(wish.by.staff_id)
        if kept is None:
            raise Refusal("shift_missing")
        return kept

    def _meant(self, wish: Wish, number: int) -> KeptShift:
        return self._records.get(number) if number else self._own(wish)

    def _right_to(self, roles: Roles, wish: Wish, kept: KeptShift) -> dict[str, Canonical]:
        """Return what the entry notes of who may count and close a shift: whose it is, or who is allowed to."""
        if kept.shift.person == wish.by.staff_id:
            return {}
        noted = self._rights.check(roles, wish.by, wish.action_id, "close_shift_of_other", approval=wish.approval)
        return {**noted, "versions": {"roles": roles.version}}

    def _draft(self, kind: str, wish: Wish, request: str, number: int, facts: dict[str, Canonical]) -> Draft:
        draft = self._book.begin(wish.action_id, kind, request)
        draft.payload |= {"account": "", "operator": wish.by.staff_id, "shift": number, **facts}
        return draft

    def _close(
        self, wish: Wish, request: str, kept: KeptShift, reason: str, facts: dict[str, Canonical]
    ) -> ClosedShift:
        draft = self._draft(rules.CLOSING, wish, request, kept.number, facts)
        shift = rules.close(kept.shift, self._records.local(draft.at), reason)
        counted_fen, over_fen = shift.counted_fen or 0, shift.over_fen or 0
        pending = self._figures.pending()
        draft.payload |= {
            "float_fen": shift.float_fen,
            "counted_fen": counted_fen,
            "expected_fen": counted_fen - over_fen,
            "over_fen": over_fen,
            "reason": shift.reason,
            "pending": {"unsettled": pending.unsettled, "held": pending.held, "unknown": pending.unknown},
            "drawer_openings": self._figures.drawer_openings(kept, draft.at),
        }
        draft.debit(CASH, over_fen)
        draft.credit(OVER_SHORT, over_fen)
        # All that was counted leaves the drawer: the next float is counted into it again.
        draft.credit(CASH, counted_fen)
        draft.debit(CASH_MOVES, counted_fen)
        self._book.post(draft)
        self._records.note_close(kept.number, shift, draft.at)
        made = self._figures.closed(self._records.get(kept.number))
        self._slip(made)
        return made

    def _close_own(self, kept: KeptShift) -> None:
        counted = rules.count(kept.shift, 0, ())
        wish = Wish(_terminal(kept.number), ActionId(new_id()))
        request = request_digest({"do": rules.CLOSING, "shift": kept.number, "reason": ""})
        with self._database.write():
            self._records.note_count(kept.number, counted)
            self._close(wish, request, KeptShift(kept.number, counted), "", {})

    def _is_over(self, kept: KeptShift) -> bool:
        day = business_day(self._clock, round(kept.shift.opened_at.timestamp() * 1000))
        return day < self._book.today() and not self._figures.cash_moves(kept.number)

    def _now(self) -> dt.datetime:
        return self._records.local(self._clock.now_ms())


def _terminal(number: int) -> SignedIn:
    return SignedIn("", TERMINAL, "", number, TERMINAL_ROLE)


def _number(posted: Posted, name: str) -> int:
    value = posted.entry.payload[name]
    assert isinstance(value, int)
    return value


def _entry_no(posted: Posted) -> str:
    return bill_number(posted.entry.epoch, posted.entry.seq)

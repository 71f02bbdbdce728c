"""The verbs behind `terminal shift`: arguments and answers are JSON values, each called in a thread of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from terminal.base.errors import Refusal
from terminal.rules.entry import Entry
from terminal.rules.rulebook import Rulebook
from terminal.rules.till.shift import CASH_OUT, CLOSED, COUNTED, PUT_IN, TAKEN_OUT, TERMINAL
from terminal.services.ask import Ask, at_once
from terminal.services.shifts.asked import Failed, unwatched
from terminal.services.shifts.figures import ClosedShift
from terminal.services.shifts.records import KeptShift
from terminal.services.shifts.rights import Rights
from terminal.services.shifts.shifts import Shifts
from terminal.services.shifts.signing import Signing, signing
from terminal.services.shifts.slips import ShiftSlips
from terminal.services.storage import OpenStore

OF_OTHER = "close_shift_of_other"


class ShiftCommands:
    """Shows shifts and works them for commands on this machine, in the name of somebody who gives their PIN."""

    def __init__(
        self,
        shifts: Shifts,
        signing: Signing,
        rulebook: Callable[[], Rulebook],
        slips: ShiftSlips | None = None,
        ask: Ask = at_once,
    ) -> None:
        """Work by `ask`; `signing` checks PINs in the calling thread. Without `slips` nothing is printed."""
        self._shifts = shifts
        self._signing = signing
        self._rulebook = rulebook
        self._slips = slips
        self._ask = ask

    def verbs(self) -> dict[str, Callable[..., Mapping[str, Any]]]:
        """Return the functions by the name a command calls them."""
        return {
            "staff_known": self.known,
            "shift_show": lambda **asked: self._ask(lambda: self.show(**asked)),
            "shift_print": lambda **asked: self._ask(lambda: self.print(**asked)),
            "shift_open": self.open,
            "shift_hand_over": self.hand_over,
            "shift_move_cash": self.move_cash,
            "shift_count": self.count,
            "shift_close": self.close,
        }

    def known(self, *, names: Sequence[str]) -> Mapping[str, Any]:
        """Answer nothing where everybody of these names works here; else raise `Refusal` `staff_unknown`."""
        self._signing.known(names)
        return {}

    def show(self, number: int = 0) -> Mapping[str, Any]:
        """Answer a shift: before the count nothing of what should be in the drawer, once closed its whole slip.

        Of one whose entries were dropped when they were old there is what was counted, and no other figure.
        Raises `Refusal` `shift_unknown`, `shift_none`.
        """
        kept = self._shifts.shown(number)
        return self._told_past(kept) if kept.shift.state == CLOSED else self._told(kept)

    def print(self, number: int = 0) -> Mapping[str, Any]:
        """Print the slip of a closed shift again, marked; answer its figures where the till still has them.

        Raises `Refusal` `shift_not_closed`, `printer_unavailable`, and `shift_past` where neither the slip nor its
        figures are here any more.
        """
        if self._slips is None:
            raise Refusal("printer_unavailable")
        kept = self._shifts.shown(number)
        if kept.shift.state == CLOSED and self._slips.again(kept):
            return self._told_past(kept)
        made = self._shifts.closed(kept.number)
        self._slips.print(made)
        return self._told_closed(made)

    def open(self, *, action: str, staff: str, pin: str, float_fen: int) -> Mapping[str, Any]:
        """Open somebody's shift; raise `Refusal` as `Shifts.open`, `staff_unknown`, `pin_wrong`, `pin_locked`."""
        wish = self._signing.wish(action, (staff, pin))
        return self._ask(lambda: self._told(self._shifts.open(wish, float_fen)))

    def hand_over(self, *, action: str, staff: str, pin: str, float_fen: int) -> Mapping[str, Any]:
        """Open the next person's shift out of what was counted; raise `Refusal` as `Shifts.hand_over` and `open`."""
        wish = self._signing.wish(action, (staff, pin))
        return self._ask(lambda: self._told(self._shifts.hand_over(wish, float_fen)))

    def move_cash(
        self,
        *,
        action: str,
        staff: str,
        pin: str,
        out: bool,
        fen: int,
        reason: str,
        approver: str = "",
        approver_pin: str = "",
    ) -> Mapping[str, Any]:
        """Put cash in or take it out; answer the `entry`. Raises `Refusal` as `Shifts.move_cash` and `open`."""
        wish = self._signing.approved(action, (staff, pin), (approver, approver_pin), CASH_OUT, fen)
        kind = TAKEN_OUT if out else PUT_IN
        return {"entry": self._ask(lambda: self._shifts.move_cash(self._rulebook().roles, wish, kind, fen, reason))}

    def count(
        self,
        *,
        action: str,
        staff: str,
        pin: str,
        counted_fen: int,
        number: int = 0,
        approver: str = "",
        approver_pin: str = "",
    ) -> Mapping[str, Any]:
        """Count a shift's cash; answer what was expected and the difference. Raises `Refusal` as `Shifts.count`."""
        wish = self._signing.approved(action, (staff, pin), (approver, approver_pin), OF_OTHER)

        def work() -> Mapping[str, Any]:
            counted = self._shifts.count(self._rulebook().roles, wish, number, counted_fen)
            return {
                "counted_fen": counted.counted_fen,
                "expected_fen": counted.expected_fen,
                "over_fen": counted.over_fen,
            }

        return self._ask(work)

    def close(
        self,
        *,
        action: str,
        staff: str,
        pin: str,
        reason: str = "",
        number: int = 0,
        approver: str = "",
        approver_pin: str = "",
    ) -> Mapping[str, Any]:
        """Close a counted shift; answer its slip. Raises `Refusal` as `Shifts.close` and `open`."""
        wish = self._signing.approved(action, (staff, pin), (approver, approver_pin), OF_OTHER)

        def work() -> Mapping[str, Any]:
            made = self._shifts.close(self._rulebook().roles, wish, number, reason)
            if self._slips is not None:
                self._slips.notify()
            return self._told_closed(made)

        return self._ask(work)

    def _told(self, kept: KeptShift) -> dict[str, Any]:
        shift = kept.shift
        told: dict[str, Any] = {
            "number": kept.number,
            "person": "" if shift.person == TERMINAL else self._shifts.name_of(shift.person),
            "state": shift.state,
            "opened_at": _text(shift.opened_at),
            "float_fen": shift.float_fen,
        }
        if shift.state in {COUNTED, CLOSED}:
            told |= {"counted_fen": shift.counted_fen, "expected_fen": shift.expected_fen, "over_fen": shift.over_fen}
        return told

    def _told_past(self, kept: KeptShift) -> dict[str, Any]:
        """Return what there is to be told of a closed shift, whose entries may be gone."""
        try:
            return self._told_closed(self._shifts.closed(kept.number))
        except Refusal as refusal:
            if refusal.code != "shift_past":
                raise
            closed_at = _text(kept.shift.closed_at)
            return {**self._told(kept), "closed_at": closed_at, "reason": kept.shift.reason}

    def _told_closed(self, made: ClosedShift) -> dict[str, Any]:
        told = self._told(made.kept)
        told |= {"closed_at": _text(made.kept.shift.closed_at), "reason": made.kept.shift.reason}
        figures = asdict(made.slip)
        del figures["shift"]
        for each in figures["undone"]:
            each["name"] = self._shifts.name_of(each["operator"])
        return {**told, "entry": made.entry_no, **figures}


def _text(at: dt.datetime | None) -> str:
    return at.isoformat(sep=" ", timespec="seconds") if at else ""


def shift_commands(
    store: OpenStore,
    rulebook: Callable[[], Rulebook],
    *,
    slips: ShiftSlips | None = None,
    closed: Callable[[int], None] = lambda _: None,
    cash: Callable[[Entry], None] = lambda _: None,
    failed: Failed = unwatched,
    ask: Ask = at_once,
) -> ShiftCommands:
    """Return the commands of an open store, all of whose work is done by `ask`.

    `closed` and `cash` are as `Shifts` is told them; `failed` judges wrong PINs.
    """
    database, book, clock = store.database, store.book, store.clock
    rights = Rights(database, clock)
    slip: Callable[[ClosedShift], None] = (lambda _: None) if slips is None else slips.add
    shifts = Shifts(database, book, clock, rights, slip=slip, closed=closed, cash=cash)
    return ShiftCommands(shifts, signing(store, rulebook, ask, failed), rulebook, slips, ask)

"""The cash drawer: each opening asked for by somebody, for a reason, once, and written down whatever becomes of it.

An opening is never repeated by itself: a drawer that opens when nobody stands before it is an open till.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from terminal.base.clock import Clock
from terminal.base.errors import Refusal
from terminal.base.events import DrawerFailed, DrawerKicked, PrinterStatus
from terminal.base.ids import ActionId
from terminal.base.printing import DrawerKick
from terminal.rules.bill_note import bill_number
from terminal.rules.entry import Entry
from terminal.rules.till.shift import CASH_IN, CASH_OUT
from terminal.rules.till.shift_deeds import TENDER
from terminal.services.views import SignedIn
from terminal.store.database import Database

UNAVAILABLE = "drawer_unavailable"
IN_DOUBT = "drawer_in_doubt"
# Whoever asked stands before the drawer; later than this nobody does.
WAIT_MS = 3_000
STOPPED = "terminal_stopped"
BY_STAFF = "staff"
# What it is opened for, as each opening is written down: cash of customers, taken and given back, and other cash.
FOR_CASH, CASH_BACK = "top_up", "cash_back"
_CASH = f"{TENDER}cash"
_MOVES = frozenset({CASH_IN, CASH_OUT})

# Passes somebody who may open it without a sale, in the transaction that writes the opening down, or refuses.
May = Callable[[SignedIn, ActionId], None]


def anybody(_staff: SignedIn, _action_id: ActionId) -> None:
    """Pass everybody: a shop without roles."""


@dataclass(frozen=True, slots=True)
class Opening:
    """An opening as it was written down: `state` is `waiting`, `sent`, `done` or `failed` (then with a `code`).

    `name` is whose id `staff` is, `at_ms` is in UTC milliseconds. `approver` is the name of whoever approved it last,
    empty where nobody had to.
    """

    n: int
    state: str
    code: str
    staff: str
    name: str
    reason: str
    bill_no: str
    at_ms: int
    approver: str = ""


class Drawer:
    """The drawer of the counter. Everything is done by the dispatcher."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        printer: str,
        pin: int,
        *,
        notify: Callable[[], None],
        alarm: Callable[[str], None],
        calm: Callable[[Collection[str]], None],
        may: May = anybody,
    ) -> None:
        """Open the drawer on `printer`'s socket (empty: none); `notify` wakes it.

        `alarm` tells staff a code, and `calm` takes codes back that are no longer so. `may` is asked about whoever
        opens it by hand.
        """
        self._database = database
        self._clock = clock
        self._printer = printer
        self._pin = pin
        self._notify = notify
        self._alarm = alarm
        self._calm = calm
        self._may = may
        self._there = False

    @property
    def exists(self) -> bool:
        """Tell whether this till has a drawer."""
        return bool(self._printer)

    def printer_there(self, device: str, *, there: bool) -> None:
        """A device came or went; only the drawer's printer matters here."""
        if device == self._printer:
            self._there = there
            if not there:
                self._give_up("waiting", UNAVAILABLE)

    def printer_status(self, event: PrinterStatus) -> None:
        """A printer can or cannot print: once the drawer's can, it is no news any more that it could not."""
        if event.device == self._printer and not event.blocked:
            self._calm((UNAVAILABLE,))

    def open(self, staff: SignedIn, action_id: ActionId, reason: str, bill_no: str = "") -> None:
        """Write an opening down and have it done, once for each `action_id`.

        Raises `Refusal` `drawer_unavailable` where there is no drawer or its printer is away; that is written down
        too. By hand (`BY_STAFF`) only who may does it: refused as `may` does, nothing is written down.
        """
        if self._is_known(action_id):
            return
        with self._database.write():
            if reason == BY_STAFF:
                self._may(staff, action_id)
            reachable = self._write(action_id, staff.staff_id, reason, bill_no)
        if not reachable:
            raise Refusal(UNAVAILABLE)
        self._notify()

    def for_cash(self, made: Entry) -> None:
        """Have the drawer opened for the cash that an entry takes or gives, in the transaction that posts it.

        Nothing happens for one that moves no cash, nor at a till without a drawer. The entry stands whatever the drawer
        does: where its printer is away staff are told, and it is not tried again.
        """
        cash_fen = sum(fen for name, fen in made.postings if name == _CASH)
        if not (cash_fen and self._printer) or self._is_known(made.action_id):
            return
        reason = made.kind if made.kind in _MOVES else FOR_CASH if cash_fen > 0 else CASH_BACK
        operator = str(made.payload.get("operator", ""))
        if self._write(made.action_id, operator, reason, bill_number(made.epoch, made.seq)):
            # The printer's thread asks the dispatcher for it, which is done with this transaction by then.
            self._notify()
        else:
            self._alarm(UNAVAILABLE)

    def state(self, action_id: ActionId) -> tuple[str, str]:
        """Return state and code of the opening of this action (see `Opening`); two empty texts where there is none."""
        row = self._database.row(
            "SELECT state, code FROM drawer_opening WHERE action_id = ?", (bytes.fromhex(action_id),)
        )
        return (row[0], row[1]) if row else ("", "")

    def take(self, printer: str) -> DrawerKick | None:
        """Return the next opening for that printer, durably marked as sent, or None.

        One that waited too long is given up, and so is one sent before of which nothing was heard.
        """
        if printer != self._printer:
            return None
        self._give_up("sent", IN_DOUBT)
        self._give_up("waiting", UNAVAILABLE, self._clock.now_ms() - WAIT_MS)
        with self._database.write():
            row = self._database.row("SELECT n FROM drawer_opening WHERE state = 'waiting' ORDER BY n LIMIT 1")
            if row is None:
                return None
            self._database.run("UPDATE drawer_opening SET state = 'sent' WHERE n = ?", (row[0],))
        return DrawerKick(row[0], self._pin)

    def kicked(self, event: DrawerKicked) -> None:
        """The printer gave the pulse."""
        self._end(event.job, "done", "")
        self._calm((UNAVAILABLE, IN_DOUBT))

    def failed(self, event: DrawerFailed) -> None:
        """The pulse was not confirmed: tell staff, who see the drawer."""
        self._end(event.job, "failed", event.code)
        self._alarm(event.code)

    def recover(self) -> None:
        """Give up what was asked for before the till stopped: nobody waits for it any more. Done once at start."""
        with self._database.write():
            self._database.run(
                "UPDATE drawer_opening SET state = 'failed', code = ? WHERE state IN ('waiting', 'sent')", (STOPPED,)
            )

    def _is_known(self, action_id: ActionId) -> bool:
        key = (bytes.fromhex(action_id),)
        return self._database.row("SELECT 1 FROM drawer_opening WHERE action_id = ?", key) is not None

    def _write(self, action_id: ActionId, staff_id: str, reason: str, bill_no: str) -> bool:
        """Write an opening down inside the transaction; return whether the printer is there to do it."""
        reachable = bool(self._printer) and self._there
        state, code = ("waiting", "") if reachable else ("failed", UNAVAILABLE)
        self._database.run(
            "INSERT INTO drawer_opening (action_id, state, code, staff, reason, bill_no, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (bytes.fromhex(action_id), state, code, staff_id, reason, bill_no, self._clock.now_ms()),
        )
        return reachable

    def _give_up(self, state: str, code: str, before_ms: int | None = None) -> None:
        """Fail what is in `state`, where given only what was asked for before a time, and tell staff."""
        which, values = ("", ()) if before_ms is None else (" AND at < ?", (before_ms,))
        rows = self._database.rows(f"SELECT n FROM drawer_opening WHERE state = ?{which}", (state, *values))  # noqa: S608 - constants of ours
        if not rows:
            return
        with self._database.write():
            for (n,) in rows:
                self._database.run("UPDATE drawer_opening SET state = 'failed', code = ? WHERE n = ?", (code, n))
        self._alarm(code)

    def _end(self, n: int, state: str, code: str) -> None:
        with self._database.write():
            self._database.run(
                "UPDATE drawer_opening SET state = ?, code = ? WHERE n = ? AND state = 'sent'", (state, code, n)
            )


def openings(database: Database, limit: int) -> list[Opening]:
    """Return the newest openings, at most `limit`, newest first."""
    rows = database.rows(
        "SELECT o.n, o.state, o.code, o.staff, coalesce(s.name, ''), o.reason, o.bill_no, o.at, coalesce((SELECT p.name"
        " FROM approval a JOIN staff p ON p.id = a.approver"
        " WHERE o.reason = ? AND a.action_id = lower(hex(o.action_id)) AND a.used_at > 0"
        " ORDER BY a.used_at DESC, a.id LIMIT 1), '') FROM drawer_opening o"
        " LEFT JOIN staff s ON s.id = o.staff ORDER BY o.n DESC LIMIT ?",
        (BY_STAFF, limit),
    )
    return [Opening(*row) for row in rows]

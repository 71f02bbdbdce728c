"""The print spool: at least once, in order, and a copy that may be the second says so.

States: `queued` -> `sending` -> `printed`, beside them `doubt` (bytes left, nothing proves paper) and `cancelled`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId
from terminal.base.printing import PrintJob
from terminal.rules.counter import DoubtView
from terminal.services.undone import Undone, undone
from terminal.store.database import Database

RECENT_MAX = 30
PROCESS_IDS = 10_000  # four digits
# A slip nobody waits for at a counter is tried once more by itself, marked; after that it stays in doubt.
UNATTENDED_ATTEMPTS_MAX = 2
# The session of a kiosk's slip whose customer has left.
GONE = "gone"


@dataclass(frozen=True, slots=True)
class Above:
    """What stands above a slip: the attempt it is a copy of (0: the first print), and what became of its bill."""

    attempt: int = 0
    undone: Undone | None = None


# Draws that for a printer.
Mark = Callable[[str, Above], bytes]


@dataclass(frozen=True, slots=True)
class NewSlip:
    """A receipt to be stored in the transaction of what it tells; `session` is set where a kiosk customer waits.

    A slip of nobody (`account` empty: a print test, the self-check) is paper only. It is in no list, asks the cashier
    nothing, is never printed twice, and does not outlive the till.
    """

    printer: str
    body: bytes
    kind: str
    bill_no: str
    account: AccountId
    amount_fen: int
    at_ms: int
    session: str = ""
    action_id: ActionId | None = None


@dataclass(frozen=True, slots=True)
class StoredSlip:
    """A receipt in the spool, without its bytes."""

    job: int
    bill_no: str
    kind: str
    account: AccountId
    amount_fen: int
    at_ms: int
    state: str
    session: str


_SLIP = "SELECT id, bill_no, kind, lower(hex(account)), amount_fen, at, state, session FROM print_job"


class Spool:
    """Print jobs in the store. Everything that writes is done by the dispatcher; `wait` is the printers'."""

    def __init__(self, database: Database, mark: Mark, printers: Sequence[str] = ()) -> None:
        """Keep jobs in an open store; `mark` draws the lines above a possible second copy, or one of what is undone.

        `printers` are those there are now: slips of any other come out on the first of them.
        """
        self._printers = tuple(printers)
        self._database = database
        self._mark = mark
        self._news = threading.Condition()
        self._changed: Callable[[], None] = lambda: None

    def when_changed(self, changed: Callable[[], None]) -> None:
        """Call `changed` with each slip that is new, or of which something else is known, inside its transaction."""
        self._changed = changed

    def add(self, slip: NewSlip) -> int:
        """Queue a receipt inside the caller's transaction and return its job number."""
        cursor = self._database.run(
            "INSERT INTO print_job (printer, state, attempt, process_id, body, kind, bill_no, account, amount_fen, at,"
            " session, action_id) VALUES (?, 'queued', 0, x'', ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                slip.printer,
                slip.body,
                slip.kind,
                slip.bill_no,
                bytes.fromhex(slip.account),
                slip.amount_fen,
                slip.at_ms,
                slip.session,
                bytes.fromhex(slip.action_id) if slip.action_id else None,
            ),
        )
        self._changed()
        return int(cursor.lastrowid)

    def earlier(self, action_id: ActionId, account: AccountId, session: str) -> int | None:
        """Return the job this action queued before, or None; one that was dropped meanwhile is queued for `session`.

        Inside the caller's transaction. Raises `Refusal` `action_conflict` when the action was another account's.
        """
        row = self._database.row("SELECT id, account FROM print_job WHERE action_id = ?", (bytes.fromhex(action_id),))
        if row is None:
            return None
        if row[1] != bytes.fromhex(account):
            raise Refusal("action_conflict")
        self._database.run(
            "UPDATE print_job SET state = 'queued', session = ?, marked = attempt > 0"
            " WHERE id = ? AND state IN ('cancelled', 'doubt')",
            (session, row[0]),
        )
        return int(row[0])

    def take(self, printer: str) -> PrintJob | None:
        """Mark the printer's oldest queued job as being sent, durably, and return it; None when nothing waits.

        A printer that asks is done with what it had: a job still marked as being sent is one whose end never
        reached the till, so it is in doubt.
        """
        self._doubt_all_sent("printer = ?", (printer,))
        with self._database.write():
            row = self._database.row(
                "SELECT id, attempt, body, marked, bill_no FROM print_job WHERE printer = ? AND state = 'queued'"
                " ORDER BY id LIMIT 1",
                (printer,),
            )
            if row is None:
                return None
            job, attempt = row[0], row[1] + 1
            process_id = b"%04d" % ((job * 97 + attempt) % PROCESS_IDS)
            self._database.run(
                "UPDATE print_job SET state = 'sending', attempt = ?, process_id = ? WHERE id = ?",
                (attempt, process_id, job),
            )
            # A slip that comes out after its bill was taken back says so, the first one too.
            above = Above(attempt if row[3] else 0, undone(self._database, [row[4]]).get(row[4]))
        mark = b"" if above == Above() else self._mark(printer, above)
        return PrintJob(job, process_id, mark, row[2])

    def put_back(self, job: int) -> None:
        """Queue a job again of which not one byte was sent."""
        with self._database.write():
            self._database.run(
                "UPDATE print_job SET state = 'queued', attempt = attempt - 1 WHERE id = ? AND state = 'sending'",
                (job,),
            )

    def printed(self, job: int) -> StoredSlip | None:
        """Note that a job is on paper; return it, or None when that was known."""
        return self._move(job, ("sending", "doubt"), "printed")

    def in_doubt(self, job: int) -> StoredSlip | None:
        """Note that a job may be on paper or not; return it if it stays so.

        A kiosk customer's is queued once more with the mark instead, and dropped where the customer is gone.
        """
        slip = self._move(job, ("sending",), "doubt")
        if slip is not None and slip.session == GONE:
            self._move(job, ("doubt",), "cancelled")
            return None
        if slip is not None and slip.session:
            row = self._database.row("SELECT attempt FROM print_job WHERE id = ?", (job,))
            if row is not None and row[0] < UNATTENDED_ATTEMPTS_MAX:
                self.again(job)
                return None
        return slip

    def leave(self, job: int) -> None:
        """Note that the customer of a kiosk's slip is gone: it is dropped, or comes out and is not tried again."""
        if not self.cancel(job):
            with self._database.write():
                self._database.run("UPDATE print_job SET session = ? WHERE id = ? AND state = 'sending'", (GONE, job))

    def recover(self) -> int:
        """Put every job that was being sent when the till stopped in doubt; return how many. Done once at start.

        Slips whose kiosk customer is gone are dropped, and those of nobody.
        """
        with self._database.write():
            self._database.run("UPDATE print_job SET session = ? WHERE state = 'sending' AND session <> ''", (GONE,))
            self._database.run(
                "UPDATE print_job SET state = 'cancelled' WHERE state = 'queued' AND (session <> '' OR account = x'')"
            )
            if self._printers:
                # A printer that was renamed or replaced leaves its slips to another, with the bytes they were made of.
                self._database.run(
                    "UPDATE print_job SET printer = ? WHERE state IN ('queued', 'sending', 'doubt')"  # noqa: S608 - marks only
                    f" AND printer NOT IN ({', '.join('?' * len(self._printers))})",
                    (self._printers[0], *self._printers),
                )
        return self._doubt_all_sent("1 = 1", ())

    def settle(self, job: int, *, got_it: bool) -> None:
        """Settle a doubtful job: it is there, or print a marked copy; settling again changes nothing."""
        if got_it:
            self._move(job, ("doubt",), "printed")
        else:
            self.again(job)

    def cancel(self, job: int) -> bool:
        """Drop a job nobody waits for any more, if nothing of it was sent; tell whether it was dropped."""
        return self._move(job, ("queued",), "cancelled") is not None

    def again(self, job: int) -> None:
        """Queue a doubtful job once more; the copy will carry the mark."""
        with self._database.write():
            self._database.run(
                "UPDATE print_job SET state = 'queued', marked = 1 WHERE id = ? AND state = 'doubt' AND account <> x''",
                (job,),
            )
        self.notify()

    def copy(self, job: int, action_id: ActionId) -> int:
        """Queue a marked copy of a stored receipt, once for each action; raise `Refusal` `receipt_unknown`."""
        with self._database.write():
            earlier = self._database.row(
                "SELECT id, copy_of FROM print_job WHERE action_id = ?", (bytes.fromhex(action_id),)
            )
            if earlier is not None:
                if earlier[1] != job:
                    raise Refusal("action_conflict")
                return int(earlier[0])
            cursor = self._database.run(
                "INSERT INTO print_job (printer, state, attempt, process_id, body, kind, bill_no, account, amount_fen,"
                " at, copy_of, marked, action_id) SELECT ?, 'queued',"
                " max(attempt, 1) + (SELECT count(*) FROM print_job AS made WHERE made.copy_of = job.id),"
                " x'', body, kind, bill_no, account, amount_fen, at, id, 1, ? FROM print_job AS job"
                " WHERE id = ? AND copy_of = 0 AND account <> x''",
                (self._printer_of(job), bytes.fromhex(action_id), job),
            )
            if cursor.rowcount != 1:
                raise Refusal("receipt_unknown")
            made = int(cursor.lastrowid)
        self.notify()
        return made

    def _printer_of(self, job: int) -> str:
        """Return the printer a copy of this job comes out on: its own, or the first where that is gone."""
        row = self._database.row("SELECT printer FROM print_job WHERE id = ?", (job,))
        if row is None:
            raise Refusal("receipt_unknown")
        printer = str(row[0])
        return printer if printer in self._printers or not self._printers else self._printers[0]

    def state(self, job: int) -> str:
        """Return the state of a receipt or copy; empty for an unknown job."""
        row = self._database.row("SELECT state FROM print_job WHERE id = ?", (job,))
        return str(row[0]) if row else ""

    def recent(self) -> list[StoredSlip]:
        """Return the newest receipts without copies, newest first."""
        rows = self._database.rows(
            f"{_SLIP} WHERE copy_of = 0 AND account <> x'' ORDER BY id DESC LIMIT ?", (RECENT_MAX,)
        )
        return [_stored(row) for row in rows]

    def recent_bills(self) -> list[tuple[StoredSlip, Undone | None]]:
        """Return the same with what was taken back of their bills."""
        slips = self.recent()
        back = undone(self._database, {slip.bill_no for slip in slips})
        return [(slip, back.get(slip.bill_no)) for slip in slips]

    def doubts(self) -> tuple[DoubtView, ...]:
        """Return the receipts a cashier has to decide on, oldest first."""
        rows = self._database.rows(
            "SELECT id, bill_no FROM print_job WHERE state = 'doubt' AND account <> x'' ORDER BY id"
        )
        return tuple(DoubtView(*row) for row in rows)

    def waiting(self) -> int:
        """Return how many receipts wait for paper."""
        row = self._database.row("SELECT count(*) FROM print_job WHERE state IN ('queued', 'sending')")
        return int(row[0]) if row else 0

    def notify(self) -> None:
        """Wake the printers: there may be a job."""
        with self._news:
            self._news.notify_all()

    def wait(self, timeout_s: float) -> None:
        """Return when there may be a job, or after the timeout."""
        with self._news:
            self._news.wait(timeout_s)

    def _doubt_all_sent(self, which: str, parameters: tuple[str, ...]) -> int:
        rows = self._database.rows(
            f"SELECT id FROM print_job WHERE state = 'sending' AND {which} ORDER BY id",  # noqa: S608 - a constant of ours
            parameters,
        )
        for row in rows:
            self.in_doubt(row[0])
        return len(rows)

    def _move(self, job: int, before: Sequence[str], after: str) -> StoredSlip | None:
        marks = ", ".join("?" * len(before))
        with self._database.write():
            cursor = self._database.run(
                f"UPDATE print_job SET state = ? WHERE id = ? AND state IN ({marks})",  # noqa: S608 - marks only
                (after, job, *before),
            )
            if cursor.rowcount != 1:
                return None
            row = self._database.row(f"{_SLIP} WHERE id = ?", (job,))
            self._changed()
        assert row is not None, "it was just changed"
        return _stored(row)


def _stored(row: Sequence[object]) -> StoredSlip:
    return StoredSlip(*row)  # type: ignore[arg-type]  # the columns of _SLIP

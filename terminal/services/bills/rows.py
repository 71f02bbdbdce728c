"""Open bills in the store: rows that come and go, with what they have on hold."""

from __future__ import annotations

from terminal.rules.bill_note import bill_number
from terminal.rules.bucket import Source
from terminal.services.bills.holds import Holds
from terminal.services.bills.kept import read, written
from terminal.services.bills.values import OpenBill
from terminal.store.database import Database, Row

LIST_MAX = 200
_BEHIND = "g"  # behind every hexadecimal digit
_COLUMNS = "id, state, account, staff, label, version, opened_at, changed_at, body"


class OpenBills:
    """Reads and keeps open bills; whatever writes does so in its caller's transaction."""

    def __init__(self, database: Database, holds: Holds) -> None:
        """Keep bills in an open store, and their holds in `holds`."""
        self._database = database
        self._holds = holds

    def find(self, bill: str) -> OpenBill | None:
        """Return a bill that is not settled, or None."""
        row = self._database.row(f"SELECT {_COLUMNS} FROM open_bill WHERE id = ?", (bill,))  # noqa: S608 - columns of ours
        return None if row is None else _bill(row)

    def all(self, account: str = "") -> list[OpenBill]:
        """Return the bills of an account or of everybody, the oldest first, at most `LIST_MAX`."""
        where, values = ("WHERE account = ? ", (bytes.fromhex(account),)) if account else ("", ())
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM open_bill {where}ORDER BY opened_at, id LIMIT ?",  # noqa: S608 - columns of ours
            (*values, LIST_MAX),
        )
        return [_bill(row) for row in rows]

    def write(self, bill: OpenBill) -> None:
        """Keep a bill as it is now."""
        values = (bill.id, bill.state, bytes.fromhex(bill.order.account), bill.staff, bill.label, bill.version)
        self._database.run(
            f"INSERT OR REPLACE INTO open_bill ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - columns of ours
            (*values, bill.opened_at, bill.changed_at, written(bill.order, bill.reserved, bill.asked)),
        )

    def close(self, bill: OpenBill, posted: Source | None = None) -> None:
        """Let go of a bill and of all it has on hold; remember by which entry it was settled, None: it was dropped."""
        self._holds.drop(bill.holder)
        self._database.run("DELETE FROM open_bill WHERE id = ?", (bill.id,))
        if posted is None:
            self._database.run("INSERT OR IGNORE INTO closed_bill VALUES (?, 0, 0)", (bill.id,))
        else:
            self._database.run(
                "INSERT OR IGNORE INTO closed_bill SELECT ?, n, ? FROM life WHERE device = ? AND epoch = ?",
                (bill.id, posted.seq, posted.device, posted.epoch),
            )

    def changed_by(self, action: str) -> OpenBill | None:
        """Return the bill that an action changed and that is not settled, or None."""
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM open_bill WHERE instr(body, ?)", (f"{action}:",))  # noqa: S608 - columns of ours
        return next((bill for bill in map(_bill, rows) if bill.was_changed_by(action)), None)

    def is_closed(self, bill: str) -> bool:
        """Tell whether a bill was settled or dropped."""
        return self._database.row("SELECT 1 FROM closed_bill WHERE id = ?", (bill,)) is not None

    def dropped_as(self, start: str) -> str:
        """Return the id of the one bill that was given up and whose id began so, empty where there is not one."""
        rows = self._database.rows(
            "SELECT id FROM closed_bill WHERE id >= ? AND id < ? AND seq = 0 LIMIT 2", (start, start + _BEHIND)
        )
        return str(rows[0][0]) if len(rows) == 1 else ""

    def settled_as(self, start: str) -> str:
        """Return the number (`1-000042`) of the one bill whose open one's id began so, empty where there is not one."""
        rows = self._database.rows(
            "SELECT epoch, closed_bill.seq FROM closed_bill JOIN life ON life.n = closed_bill.life"
            " WHERE id >= ? AND id < ? LIMIT 2",
            (start, start + _BEHIND),
        )
        return bill_number(*rows[0]) if len(rows) == 1 else ""

    def like(self, start: str) -> list[str]:
        """Return the ids of open bills that begin so, at most two."""
        rows = self._database.rows(
            "SELECT id FROM open_bill WHERE id >= ? AND id < ? ORDER BY id LIMIT 2", (start, start + _BEHIND)
        )
        return [str(row[0]) for row in rows]


def _bill(row: Row) -> OpenBill:
    name, state, _, staff, label, version, opened_at, changed_at, body = row
    order, reserved, asked = read(body)
    return OpenBill(name, state, order, staff, label, version, opened_at, changed_at, reserved, asked)

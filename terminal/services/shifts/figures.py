"""The figures of a shift: its cash as the book has it, and all that stands on its slip, read from its entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from terminal.base.clock import Clock, business_day
from terminal.base.errors import Refusal
from terminal.base.ids import BucketId, is_id
from terminal.ledger.deeds import Deeds
from terminal.rules import entry
from terminal.rules.till import shift_slip
from terminal.rules.till.shift import CLOSING, CashMove, moves_of
from terminal.rules.till.shift_deeds import Undone, deeds_of
from terminal.rules.till.shift_slip import Deed, Journal, Pending, Slip
from terminal.services.drawer import BY_STAFF
from terminal.services.money import bill_number
from terminal.services.shifts.opening import CASH
from terminal.services.shifts.records import KeptShift
from terminal.store.database import Database

_ENTRIES = (
    "SELECT entry.hash, entry.bytes FROM deed JOIN entry ON entry.life = deed.life AND entry.seq = deed.seq"
    " WHERE deed.shift = ? ORDER BY deed.life, deed.seq"
)
_DROPPED = (
    "SELECT count(*) FROM deed LEFT JOIN entry ON entry.life = deed.life AND entry.seq = deed.seq"
    " WHERE deed.shift = ? AND entry.seq IS NULL"
)
_NAMED = (
    "SELECT entry.bytes FROM life JOIN entry ON entry.life = life.n"
    " WHERE life.device = ? AND life.epoch = ? AND entry.seq = ?"
)
# Each half repeats the condition of an index, by which it is found.
_ASSETS = (
    "SELECT lower(hex(bucket.id)), asset FROM held JOIN bucket ON bucket.n = held.bucket"
    " WHERE owner = ? AND asset IN ('principal', 'bonus', 'pass') AND amount > 0 UNION"
    " SELECT lower(hex(bucket.id)), asset FROM held JOIN bucket ON bucket.n = held.bucket"
    " WHERE owner = ? AND asset IN ('principal', 'bonus', 'pass') AND amount = 0"
)
# States of bills that were not settled yet, as the slip tells them.
_PENDING = MappingProxyType({"open": "unsettled", "held": "held", "paying": "unknown"})


@dataclass(frozen=True, slots=True)
class ClosedShift:
    """A closed shift, the number of the entry that closed it, and its slip."""

    kept: KeptShift
    entry_no: str
    slip: Slip


class Figures:
    """Adds up shifts. Read inside the caller's transaction or outside any."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Read in `database`."""
        self._database = database
        self._deeds = Deeds(database, lambda at_ms: business_day(clock, at_ms))

    def cash_moves(self, number: int) -> list[CashMove]:
        """Return what came into a shift's drawer and left it, its float aside."""
        return moves_of(
            [(each.kind, each.fen) for each in self._deeds.takings_of_shift(number) if each.account == CASH]
        )

    def pending(self) -> Pending:
        """Return how many bills are not settled now."""
        rows = self._database.rows("SELECT state, count(*) FROM open_bill GROUP BY state")
        return Pending(**{_PENDING[state]: int(number) for state, number in rows if state in _PENDING})

    def drawer_openings(self, kept: KeptShift, until_ms: int) -> int:
        """Return how often the drawer was opened without a sale by whose shift it is, from its opening on."""
        since_ms = round(kept.shift.opened_at.timestamp() * 1000)
        row = self._database.row(
            "SELECT count(*) FROM drawer_opening WHERE at >= ? AND at <= ? AND staff = ? AND reason = ? AND state <> ?",
            (since_ms, until_ms, kept.shift.person, BY_STAFF, "failed"),
        )
        return int(row[0]) if row else 0

    def closed(self, kept: KeptShift) -> ClosedShift:
        """Return a closed shift with its slip; raise `Refusal` `shift_not_closed`, and `shift_past` (number).

        Entries that were dropped when they were old are in no figure, so there are none without them.
        """
        if (row := self._database.row(_DROPPED, (kept.number,))) and row[0]:
            raise Refusal("shift_past", number=kept.number)
        rows = self._database.rows(_ENTRIES, (kept.number,))
        entries = [entry.from_bytes(row[1]) for row in rows]
        deeds = [deed for made in entries for deed in deeds_of(made, self._undone)]
        closing = next((made for made in reversed(entries) if made.kind == CLOSING), None)
        noted = {} if closing is None else closing.payload
        deeds += [Deed(shift_slip.DRAWER, kept.shift.person)] * _number(noted, "drawer_openings")
        left = noted.get("pending")
        pending = Pending(**{name: _number(left, name) for name in _PENDING.values()} if isinstance(left, dict) else {})
        numbers = [bill_number(made.epoch, made.seq) for made in entries] or [""]
        journal = Journal(numbers[0], numbers[-1], rows[-1][0].hex() if rows else "")
        return ClosedShift(kept, numbers[-1], shift_slip.slip(kept.shift, deeds, pending, journal))

    def _undone(self, name: str) -> Undone:
        """Return the entry of a name, and the assets of what value its member has or had here."""
        device, _, rest = name.partition("/")
        epoch, _, seq = rest.partition("/")
        row = self._database.row(_NAMED, (device, epoch, seq))
        if row is None or not row[0]:
            return Undone()
        original = entry.from_bytes(row[0])
        account = original.payload.get("account", "")
        if not (isinstance(account, str) and is_id(account)):
            return Undone(original)
        owner = bytes.fromhex(account)
        return Undone(original, {BucketId(name): asset for name, asset in self._database.rows(_ASSETS, (owner, owner))})


def _number(noted: Mapping[str, object], name: str) -> int:
    value = noted.get(name, 0)
    return value if type(value) is int else 0

"""Pay: what each person brought in, delivered and earned in a month, read from the bills that were settled.

Every bill is worked out by the rules of commission that it was settled under; a refund counts in its own month.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from terminal.base.clock import Clock
from terminal.base.errors import Refusal
from terminal.base.ids import is_id
from terminal.rules import entry
from terminal.rules.bill_note import BillNote, NotABill
from terminal.rules.entry import Entry
from terminal.rules.pay import sales
from terminal.rules.pay.commission import CommissionRules
from terminal.rules.pay.performance import Item, Month, Performance, Tiers, months
from terminal.rules.pay.sales import Sold
from terminal.rules.when import add_months
from terminal.services.pay_payloads import CARD_RETURN, number, objects, parts, sellers
from terminal.services.rulebook import RuleStore
from terminal.store.database import Database, Row

TOP_UPS = ("top_up", "gift_card_sale")
SALES = ("bill", "charge", *TOP_UPS)
BACK = ("refund", "pass_refund", "void", "prepayment_refund")
# A repayment names the sales it is for, as a card return does; the other undoes a refund of prepaid value.
REPAY, GIVEN_UP = "repay", "given_up"
_ALL = (
    "SELECT deed.life, deed.seq, day, kind, device || '/' || epoch || '/' || deed.seq, undoes, bytes FROM deed"
    " JOIN life ON life.n = deed.life LEFT JOIN entry ON entry.life = deed.life AND entry.seq = deed.seq WHERE {}"
    " ORDER BY deed.at, deed.life, deed.seq"
)
_MONTH = _ALL.format("deed.at >= ? AND deed.at < ?")
_UNDOING = _ALL.format("undoes = ? AND undoes <> ''")
_OF_SEVERAL = _ALL.format("account = ? AND account <> x'' AND kind IN ('repay', 'card_return')")
_NAMED = _ALL.format("deed.life = (SELECT n FROM life WHERE device = ? AND epoch = ?) AND deed.seq = ?")

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class PayRow:
    """One person's month; `staff` and `name` are empty for work that nobody was named for."""

    staff: str
    name: str
    month: Month


@dataclass(frozen=True, slots=True)
class PayMonth:
    """A month of pay; `missing` entries of it cannot be read on this till any more, and are in no figure."""

    rows: tuple[PayRow, ...]
    missing: int = 0


class PastCommission:
    """The rules of commission as they were when something was sold."""

    def __init__(self, database: Database, store: RuleStore) -> None:
        """Read the versions of `store`."""
        self._database = database
        self._store = store
        self._known: dict[int, CommissionRules] = {}

    def of(self, payload: Mapping[str, object], at_ms: int) -> CommissionRules:
        """Return the rules that an entry notes, or where it notes none those in force at its time."""
        noted = payload.get("versions")
        version = noted.get("commission") if isinstance(noted, dict) else None
        if type(version) is not int:
            row = self._database.row(
                "SELECT max(version) FROM rule WHERE name = 'commission' AND since_ms <= ?", (at_ms,)
            )
            version = int(row[0] or 0) if row else 0
        if version not in self._known:
            found = self._store.section("commission", version)
            assert isinstance(found, CommissionRules)
            self._known[version] = found
        return self._known[version]


@dataclass(frozen=True, slots=True)
class _Done:
    """A deed with its entry, None where that is no longer here."""

    name: str
    day: dt.date
    kind: str
    undoes: str
    entry: Entry | None


class Pay:
    """Works out months of pay. It only reads, and may do so beside a running till."""

    def __init__(self, database: Database, clock: Clock, commission: PastCommission) -> None:
        """Read in `database`; `commission` gives the rules of each time."""
        self._database = database
        self._clock = clock
        self._commission = commission
        # What each sale and each refund of it put to people, by the name of the sale and of the entry.
        self._folded: dict[str, dict[str, tuple[Item, ...]]] = {}

    def month(
        self, month: str, tiers: Tiers | None = None, progress: Progress = lambda _done, _whole: None
    ) -> PayMonth:
        """Return a month (`2026-11`); `progress` is told the entries done and all. Raises `Refusal` `month_bad`."""
        first = _first_day(month)
        rows = self._database.rows(_MONTH, self._between(first))
        items: list[Item] = []
        missing = 0
        for place, row in enumerate(rows):
            progress(place, len(rows))
            if row[2][:7] != month or row[3] not in {*SALES, *BACK, REPAY, CARD_RETURN, GIVEN_UP}:
                continue
            found = self._of(_done(row))
            missing += found is None
            items += found or ()
        progress(len(rows), len(rows))
        names: dict[str, str] = {row[0]: row[1] for row in self._database.rows("SELECT id, name FROM staff")}
        made = [PayRow(each.staff, names.get(each.staff, ""), each) for each in months(items, tiers)]
        return PayMonth(tuple(sorted(made, key=lambda row: (not row.staff, row.name, row.staff))), missing)

    def _between(self, first: dt.date) -> tuple[int, int]:
        """Return the UTC milliseconds that a month's business days lie between, a day more at its end."""
        zone = self._clock.local(self._clock.now_ms()).tzinfo
        ends = (first, add_months(first, 1) + dt.timedelta(days=1))
        since, until = (
            round(dt.datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000) for day in ends
        )
        return since, until

    def _of(self, done: _Done) -> tuple[Item, ...] | None:
        """Return what one deed put to people's months, or None where that cannot be known here any more."""
        # What gives a refund up is about the sales that the refund was about.
        said = self._named(done.undoes) if done.kind == GIVEN_UP else done
        if said is None or said.entry is None:
            return None
        if said.kind in SALES:
            return self._sale(said.name, said).get(done.name)
        if said.kind in BACK:
            return self._part(said.undoes, done.name)
        return self._of_several(said.entry, done)

    def _of_several(self, made: Entry, done: _Done) -> tuple[Item, ...]:
        """Return what a deed put to people of all sales that an entry names."""
        items: list[Item] = []
        for sale, fen in parts(made):
            found = self._part(sale, done.name) if sale else None
            if found is None:
                found = sales.unplaced(fen, done.day) if made.kind == REPAY else ()
            items += found
        return tuple(items)

    def _part(self, sale: str, name: str) -> tuple[Item, ...] | None:
        """Return what an entry put to people of a sale; nothing of what was brought in with the members."""
        found = self._sale(sale).get(name)
        if found is None and (original := self._named(sale)) is not None and original.kind not in SALES:
            return ()
        return found

    def _sale(self, name: str, known: _Done | None = None) -> dict[str, tuple[Item, ...]]:
        """Return by entry what a sale, its refunds, voids and repayments put to people, in their order."""
        if name not in self._folded:
            self._folded[name] = self._fold(known or self._named(name))
        return self._folded[name]

    def _fold(self, done: _Done | None) -> dict[str, tuple[Item, ...]]:
        if done is None or done.entry is None or done.kind not in SALES:
            return {}
        sold = self._sold(done.entry)
        if sold is None:
            return {}
        found = {done.name: sold.items(done.day)}
        before: dict[str, Sold] = {}
        for later in self._later(done, sold):
            before[later.name] = sold
            if later.entry is None:
                continue
            if later.kind == GIVEN_UP:
                found[later.name] = sales.opposite(found.get(later.undoes, ()), later.day)
                sold = before.get(later.undoes, sold)
                continue
            # One that does not fit the sale is told as missing; the others count.
            with suppress(Refusal, LookupError):
                found[later.name], sold = _after(sold, later, done.name)
        return found

    def _later(self, done: _Done, sold: Sold) -> list[_Done]:
        """Return what happened to a sale afterwards, in its order."""
        later = list(self._rows(_UNDOING, done.name))
        account = "" if done.entry is None else str(done.entry.payload.get("account", ""))
        if is_id(account) and (done.kind in TOP_UPS or any(line.on_credit_fen for line in sold.lines)):
            several = self._rows(_OF_SEVERAL, bytes.fromhex(account))
            later += [
                each for each in several if each.entry and any(part[0] == done.name for part in parts(each.entry))
            ]
        for each in [each for each in later if each.kind in {"prepayment_refund", CARD_RETURN}]:
            later += [given_up for given_up in self._rows(_UNDOING, each.name) if given_up.kind == GIVEN_UP]
        return sorted(later, key=lambda each: (0, 0) if each.entry is None else (each.entry.epoch, each.entry.seq))

    def _sold(self, made: Entry) -> Sold | None:
        """Return what an entry sold, None where it cannot be read."""
        rules = self._commission.of(made.payload, made.at)
        if made.kind in TOP_UPS:
            return sales.sold_top_up(number(made, "amount_fen"), sellers(made), rules)
        try:
            return sales.sold_bill(BillNote.from_note(made.payload), rules)
        except (NotABill, Refusal):
            if made.kind != "charge":
                return None
        # From before there were bills: a service paid from the purse, by nobody who is named.
        fen = number(made, "amount_fen")
        return sales.sold_by_nobody(Performance(0, fen), fen)

    def _named(self, name: str) -> _Done | None:
        device, _, rest = name.partition("/")
        epoch, _, seq = rest.partition("/")
        return next(self._rows(_NAMED, device, epoch, seq), None)

    def _rows(self, query: str, *values: object) -> Iterator[_Done]:
        return (_done(row) for row in self._database.rows(query, values))


def _after(sold: Sold, later: _Done, name: str) -> tuple[tuple[Item, ...], Sold]:
    """Return what a refund, void or repayment puts to people, and what is left of the sale."""
    assert later.entry is not None, "an entry that was read"
    payload, day = later.entry.payload, later.day
    if later.kind == "void":
        return sales.undo(sold, day)
    if later.kind == REPAY:
        return sales.repaid(sold, sum(fen for sale, fen in parts(later.entry) if sale == name), day)
    if later.kind == CARD_RETURN:
        return sales.refund_value(sold, 0, sum(fen for sale, fen in parts(later.entry) if sale == name), day)
    given_fen = max(0, -number(later.entry, "amount_fen"))
    if later.kind != "refund":
        return sales.refund_value(sold, number(later.entry, "pass_place"), given_fen, day)
    lines = objects(payload, "lines")
    return sales.refund_lines(sold, {each["place"]: each["quantity"] for each in lines if each.get("quantity")}, day)


def _done(row: Row) -> _Done:
    _, _, day, kind, name, undoes, data = row
    return _Done(name, dt.date.fromisoformat(day), kind, undoes, entry.from_bytes(data) if data else None)


def _first_day(month: str) -> dt.date:
    try:
        first = dt.date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise Refusal("month_bad") from error
    if len(month) != len("2026-11") or first.year < 2000:
        raise Refusal("month_bad")
    return first

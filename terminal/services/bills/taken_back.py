"""What was taken back of a settled bill: by which entries and lines, how it was paid back, and what may still be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.rules.bill_note import CASH, EXTERNAL, BillNote
from terminal.rules.deed import sale_name
from terminal.rules.entry import Entry
from terminal.rules.refunds.bill import BONUS, OWED, PRINCIPAL
from terminal.services.bills.values import Settled
from terminal.services.refunds.payouts import Payouts
from terminal.services.refunds.records import (
    VOID,
    Records,
    name_of,
    number,
    number_of,
    parts,
    source_of,
    text,
)
from terminal.services.refunds.settled import check_due, read

_KINDS = "SELECT kind FROM deed WHERE undoes = ? AND undoes <> '' ORDER BY at, life, seq"
UNITS = frozenset({OWED, PRINCIPAL, BONUS})


@dataclass(frozen=True, slots=True)
class Way:
    """Money that went back by a means of payment, in fen; `state` is that of a payout, empty for what came at once."""

    means: str
    fen: int
    state: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """An entry that took something back: `lines` are place, quantity and fen; `at` is UTC milliseconds."""

    number: str
    kind: str
    at: int
    staff: str
    given_fen: int
    lines: tuple[tuple[int, int, int], ...]
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class TakenBack:
    """All that was taken back, oldest first, and by line what may still be refunded, as quantity and fen.

    `kinds` are those of the entries, also where they are no longer kept. `until` is the last day to refund (ISO, empty
    for no end). `trouble` is the code of why nothing may be refunded any more.
    """

    kinds: tuple[str, ...] = ()
    taken: tuple[Taken, ...] = ()
    left: tuple[tuple[int, int], ...] = ()
    until: str = ""
    trouble: str = ""


def taken_back(records: Records, settled: Settled) -> TakenBack:
    """Return what was taken back of a settled bill, nothing of one of which nothing was."""
    name = sale_name(source_of(settled.posted.entry))
    kinds = tuple(str(row[0]) for row in records.database.rows(_KINDS, (name,)))
    if not kinds:
        return TakenBack()
    try:
        entries = records.undoing(name)
    except Refusal as refusal:
        # What was taken back is no longer kept, so what is left is not known either.
        return TakenBack(kinds, trouble=refusal.code)
    taken = tuple(_taken(records, each, settled.note) for each in entries)
    try:
        left = read(records, name)
    except Refusal as refusal:
        return TakenBack(kinds, taken, trouble=refusal.code)
    lines = dict(enumerate(left.sale.lines)) | {each.place: each.sale.lines[0] for each in left.passes}
    amounts = tuple((lines[place].quantity_left, lines[place].left_fen) for place in sorted(lines))
    try:
        check_due(left, records.book.today().isoformat())
    except Refusal as refusal:
        return TakenBack(kinds, taken, amounts, left.ends_on, refusal.code)
    return TakenBack(kinds, taken, amounts, left.ends_on)


def _taken(records: Records, made: Entry, note: BillNote) -> Taken:
    payload = made.payload
    lines = tuple((each["place"], each["quantity"], each["value_fen"]) for each in parts(payload, "lines"))
    return Taken(
        number=number_of(made),
        kind=made.kind,
        at=made.at,
        staff=text(payload, "operator"),
        given_fen=-number(payload, "amount_fen"),
        lines=lines,
        ways=(*_at_once(made, note), *_paid_out(records, made)),
    )


def _at_once(made: Entry, note: BillNote) -> Sequence[Way]:
    """Return what went back with the entry itself: cash, and what led to units or debts of the member's."""
    found: dict[str, int] = {CASH: number(made.payload, "cash_fen")}
    if made.kind == VOID:
        found |= {each.tender: each.amount_fen for each in note.tenders if each.tender not in EXTERNAL}
    for back in parts(made.payload, "backs"):
        if back["asset"] in UNITS:
            found[back["means"]] = found.get(back["means"], 0) + back["given"]
    return [Way(means, fen) for means, fen in found.items() if fen]


def _paid_out(records: Records, made: Entry) -> Sequence[Way]:
    """Return what a provider or a bank pays back, and how far that is."""
    if not parts(made.payload, "payouts"):
        return ()
    return [Way(each.tender, each.fen, each.state) for each in Payouts(records).of(name_of(made))]

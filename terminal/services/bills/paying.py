"""How a bill is paid: the means that were named, brought to exactly what is payable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from terminal.base.errors import Refusal
from terminal.base.money import FEN_MAX
from terminal.rules.bill_note import CASH, EXTERNAL, ON_CREDIT
from terminal.rules.split import largest_remainder
from terminal.services.bills.values import MEANS, PURSE, Settling, Tender

REFERENCE_CHARS_MAX = 64
PEOPLE_MAX = 50


@dataclass(frozen=True, slots=True)
class Payments:
    """What pays a bill, together exactly what is payable; `change_fen` of the cash that was given is given back."""

    external: tuple[Tender, ...] = ()
    purse: Tender | None = None
    credit: Tender | None = None
    change_fen: int = 0
    split: tuple[int, ...] = ()

    @property
    def purse_fen(self) -> int:
        """What stored value pays."""
        return self.purse.amount_fen if self.purse else 0

    @property
    def credit_fen(self) -> int:
        """What stays owed."""
        return self.credit.amount_fen if self.credit else 0


def payments_of(asked: Settling, payable_fen: int) -> Payments:
    """Return how a bill of `payable_fen` is paid.

    Raises `Refusal`: `tender_unknown`, `amount_bad`, `tender_reference_bad`, `tender_twice` (stored value or credit
    named twice), `tenders_short` (missing_fen), `tenders_over` (over_fen, beyond what cash can give back), and for a
    bill that is split `split_person_bad`, `split_unequal` (person).
    """
    for tender in asked.tenders:
        _check(tender)
    for means in (PURSE, ON_CREDIT):
        if sum(tender.tender == means for tender in asked.tenders) > 1:
            raise Refusal("tender_twice")
    over_fen = sum(tender.amount_fen for tender in asked.tenders) - payable_fen
    if over_fen < 0:
        raise Refusal("tenders_short", missing_fen=-over_fen)
    tenders = _less_change(asked.tenders, over_fen)
    return Payments(
        external=tuple(tender for tender in tenders if tender.tender in EXTERNAL),
        purse=next((tender for tender in tenders if tender.tender == PURSE), None),
        credit=next((tender for tender in tenders if tender.tender == ON_CREDIT), None),
        change_fen=over_fen,
        split=_split(tenders, asked.split, payable_fen),
    )


def split_evenly(payable_fen: int, people: int) -> list[int]:
    """Return what each of so many people pays of a bill; the first ones pay the fen that do not divide.

    Raises `Refusal` `split_person_bad` for fewer than two or more than `PEOPLE_MAX`.
    """
    if not 2 <= people <= PEOPLE_MAX:
        raise Refusal("split_person_bad", most=PEOPLE_MAX)
    return largest_remainder(payable_fen, [1] * people)


def _check(tender: Tender) -> None:
    if tender.tender not in MEANS:
        raise Refusal("tender_unknown")
    if not 0 < tender.amount_fen <= FEN_MAX:
        raise Refusal("amount_bad")
    if len(tender.reference) > REFERENCE_CHARS_MAX or not (tender.reference.isprintable()):
        raise Refusal("tender_reference_bad", most=REFERENCE_CHARS_MAX)


def _less_change(tenders: Sequence[Tender], change_fen: int) -> list[Tender]:
    """Return the tenders without what cash gives back, the last cash first; one that paid nothing is left out."""
    kept: list[Tender] = []
    for tender in reversed(tenders):
        back_fen = min(change_fen, tender.amount_fen) if tender.tender == CASH else 0
        change_fen -= back_fen
        if tender.amount_fen > back_fen:
            kept.insert(0, replace(tender, amount_fen=tender.amount_fen - back_fen))
    if change_fen:
        raise Refusal("tenders_over", over_fen=change_fen)
    return kept


def _split(tenders: Sequence[Tender], wanted: Sequence[int], payable_fen: int) -> tuple[int, ...]:
    """Return what each person pays, who all pay something; nothing where the bill is not split."""
    people = {tender.person for tender in tenders}
    if not wanted and people <= {0}:
        return ()
    most = len(wanted) if wanted else max(people)
    if people != set(range(1, most + 1)) or most > PEOPLE_MAX:
        raise Refusal("split_person_bad", most=PEOPLE_MAX)
    sums = [sum(each.amount_fen for each in tenders if each.person == person) for person in range(1, most + 1)]
    for person, (paid_fen, wanted_fen) in enumerate(zip(sums, wanted or sums, strict=True), start=1):
        if paid_fen != wanted_fen:
            raise Refusal("split_unequal", person=person, wanted_fen=wanted_fen, paid_fen=paid_fen)
    assert sum(sums) == payable_fen, "the tenders were brought to what is payable"
    return tuple(sums)

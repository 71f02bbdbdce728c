"""How a bill is paid: the means that were named, brought to exactly what is payable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from terminal.base.errors import Refusal
from terminal.base.money import FEN_MAX
from terminal.rules.bill_note import CASH, EXTERNAL, ON_CREDIT
from terminal.rules.split import largest_remainder
from terminal.services.bills.typed import reference
from terminal.services.bills.values import MEANS, PURSE, Settling, Tender

PEOPLE_MAX = 50


@dataclass(frozen=True, slots=True)
class Payments:
    """What pays a bill, together exactly what is payable; `change_fen` of the cash that was given is given back.

    `changes` are (person, fen) of a bill that was split: to whom.
    """

    external: tuple[Tender, ...] = ()
    purse: Tender | None = None
    credit: Tender | None = None
    change_fen: int = 0
    split: tuple[int, ...] = ()
    changes: tuple[tuple[int, int], ...] = ()

    @property
    def purse_fen(self) -> int:
        """What stored value pays."""
        return self.purse.amount_fen if self.purse else 0

    @property
    def credit_fen(self) -> int:
        """What stays owed."""
        return self.credit.amount_fen if self.credit else 0


def payments_of(asked: Settling, payable_fen: int) -> Payments:
    """Return how a bill of `payable_fen` is paid; change goes to whoever paid too much.

    Raises `Refusal`: `tender_unknown`, `amount_bad`, `tender_reference_bad`, `text_is_payment_code`, `tender_twice`
    (stored value or credit named twice), `tenders_short` (missing_fen), `tenders_over` (over_fen, beyond what cash can
    give back), and for a bill that is split `split_person_bad`, `split_sum_bad` (payable_fen, split_fen),
    `split_unequal` (person) and `split_change_unclear`.
    """
    given = [_checked(tender) for tender in asked.tenders]
    for means in (PURSE, ON_CREDIT):
        if sum(tender.tender == means for tender in given) > 1:
            raise Refusal("tender_twice")
    over_fen = sum(tender.amount_fen for tender in given) - payable_fen
    if over_fen < 0:
        raise Refusal("tenders_short", missing_fen=-over_fen)
    changes = _changes(given, asked.split, over_fen, payable_fen)
    tenders = list(given)
    for person, change_fen in changes.items():
        tenders = _less_change(tenders, person, change_fen)
    return Payments(
        external=tuple(tender for tender in tenders if tender.tender in EXTERNAL),
        purse=next((tender for tender in tenders if tender.tender == PURSE), None),
        credit=next((tender for tender in tenders if tender.tender == ON_CREDIT), None),
        change_fen=over_fen,
        split=_split(tenders, asked.split, payable_fen),
        changes=tuple((person, fen) for person, fen in changes.items() if person and fen),
    )


def split_evenly(payable_fen: int, people: int) -> list[int]:
    """Return what each of so many people pays of a bill; the first ones pay the fen that do not divide.

    Raises `Refusal` `split_person_bad` for fewer than two or more than `PEOPLE_MAX`.
    """
    if not 2 <= people <= PEOPLE_MAX:
        raise Refusal("split_person_bad", most=PEOPLE_MAX)
    return largest_remainder(payable_fen, [1] * people)


def _checked(tender: Tender) -> Tender:
    """Return a tender with its reference as it is kept."""
    if tender.tender not in MEANS:
        raise Refusal("tender_unknown")
    if not 0 < tender.amount_fen <= FEN_MAX:
        raise Refusal("amount_bad")
    return replace(tender, reference=reference(tender.reference))


def _changes(tenders: Sequence[Tender], wanted: Sequence[int], over_fen: int, payable_fen: int) -> dict[int, int]:
    """Return by person what each gets back in cash; person 0 is the one who pays a bill that is not split."""
    if not wanted and not any(tender.person for tender in tenders):
        return {0: over_fen}
    if not wanted:
        # Only cash is given back, so it is clear whose change it is where one person alone paid in cash.
        in_cash = {tender.person for tender in tenders if tender.tender == CASH}
        if over_fen and len(in_cash) > 1:
            raise Refusal("split_change_unclear")
        return {next(iter(in_cash), 0): over_fen}
    if sum(wanted) != payable_fen:
        raise Refusal("split_sum_bad", payable_fen=payable_fen, split_fen=sum(wanted))
    _check_people(tenders, len(wanted))
    overs = {
        person: sum(each.amount_fen for each in tenders if each.person == person) - wanted_fen
        for person, wanted_fen in enumerate(wanted, start=1)
    }
    if any(fen < 0 for fen in overs.values()):
        person, fen = next((person, fen) for person, fen in overs.items() if fen)
        wanted_fen = wanted[person - 1]
        raise Refusal("split_unequal", person=person, wanted_fen=wanted_fen, paid_fen=wanted_fen + fen)
    return overs


def _less_change(tenders: Sequence[Tender], person: int, change_fen: int) -> list[Tender]:
    """Return the tenders without what a person's cash gives back, the last cash first.

    One that paid nothing is left out.
    """
    kept: list[Tender] = []
    for tender in reversed(tenders):
        is_theirs = tender.tender == CASH and tender.person == person
        back_fen = min(change_fen, tender.amount_fen) if is_theirs else 0
        change_fen -= back_fen
        if tender.amount_fen > back_fen:
            kept.insert(0, replace(tender, amount_fen=tender.amount_fen - back_fen))
    if change_fen:
        raise Refusal("tenders_over", over_fen=change_fen)
    return kept


def _check_people(tenders: Sequence[Tender], most: int) -> None:
    """Raise `Refusal` `split_person_bad` unless persons 1 to `most` all pay, and nobody else."""
    # The number is tested first: it is anybody's, and a set up to it may be larger than the memory.
    if not 1 <= most <= PEOPLE_MAX or {tender.person for tender in tenders} != set(range(1, most + 1)):
        raise Refusal("split_person_bad", most=PEOPLE_MAX)


def _split(tenders: Sequence[Tender], wanted: Sequence[int], payable_fen: int) -> tuple[int, ...]:
    """Return what each person pays, who all pay something; nothing where the bill is not split."""
    people = {tender.person for tender in tenders}
    if not wanted and people <= {0}:
        return ()
    most = len(wanted) if wanted else max(people)
    _check_people(tenders, most)
    sums = [sum(each.amount_fen for each in tenders if each.person == person) for person in range(1, most + 1)]
    assert sum(sums) == payable_fen, "the tenders were brought to what is payable"
    return tuple(sums)

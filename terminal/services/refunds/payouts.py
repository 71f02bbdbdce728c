"""Payouts: money that is owed back until a provider or a bank has paid it, visible as long as it has not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import dropwhile

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.ledger.book import Posted, request_digest
from terminal.ledger.draft import Draft, Lot
from terminal.rules import entry
from terminal.rules.bill_note import EXTERNAL
from terminal.rules.canonical import Canonical
from terminal.rules.entry import KINDS_ADDING, Entry
from terminal.rules.refunds.card_return import MEDIUM
from terminal.rules.rulebook import Rulebook
from terminal.services.bills.typed import one_line
from terminal.services.refunds.asking import By
from terminal.services.refunds.effects import CASH, PAYABLE
from terminal.services.refunds.levels import grant_again
from terminal.services.refunds.posting import Slip, no_slip
from terminal.services.refunds.records import (
    CARD_RETURN,
    CARD_RETURN_NOTED,
    GIVEN_UP,
    PAID_OUT,
    PASS_REFUND,
    PAYOUT_NOTED,
    PREPAYMENT_REFUND,
    REFUND,
    VOID,
    Records,
    accounts_of,
    name_of,
    number,
    number_of,
    owner_of,
    parts,
    text,
    texts,
)

OPEN, SENT, FAILED, PAID, ENDED = "open", "sent", "failed", "paid", "given_up"
OWING = (REFUND, VOID, PASS_REFUND, PREPAYMENT_REFUND, CARD_RETURN)
# What may be given up: approvals that only moved stored value, never the refund of something that was handed over.
TO_GIVE_UP = (PREPAYMENT_REFUND, CARD_RETURN)
REASON_MAX = 200
_OWED = "SELECT coalesce(-sum(amount), 0) FROM account_balance WHERE account = ?"
_OWING = (
    "SELECT entry.bytes FROM (SELECT DISTINCT shift, kind FROM taking WHERE account = ?) AS moved"
    " JOIN deed ON deed.shift = moved.shift AND deed.kind = moved.kind JOIN entry USING (life, seq)"
    " ORDER BY deed.at DESC, deed.life DESC, deed.seq DESC"
)


@dataclass(frozen=True, slots=True)
class Payout:
    """Money owed back: which entry made it (name and number) at which place of its payouts, to whom, by which tender.

    `state` is OPEN, SENT (under way; neither paid nor failed yet), FAILED, PAID or ENDED (given up).
    """

    of: str
    number: str
    kind: str
    place: int
    account: str
    tender: str
    fen: int
    at_ms: int
    state: str


class Payouts:
    """What is still to be paid out. `owed` reads; the rest writes and is done by the dispatcher."""

    def __init__(self, records: Records, slip: Slip = no_slip) -> None:
        """Post to the book of `records`."""
        self._records = records
        self._slip = slip

    def owed(self, account: AccountId | None = None) -> list[Payout]:
        """Return everything that is not paid out yet, of one member or of all, the newest first, failed ones with it.

        Entries are read from the newest on until all that the book owes is found.
        """
        owed_fen, found = self.owed_fen(), list[Payout]()
        if not owed_fen:
            return []
        for data in self._records.database.rows(_OWING, (PAYABLE,)):
            made = entry.from_bytes(data[0])
            if made.kind in OWING:
                left = [each for each in self.of(name_of(made)) if each.state not in {PAID, ENDED}]
                owed_fen -= sum(each.fen for each in left)
                found += left
            if owed_fen <= 0:
                break
        owners = None if account is None else accounts_of(self._records, account)
        return [each for each in found if owners is None or each.account in owners]

    def owed_fen(self) -> int:
        """Return all that the book owes; more than `owed` adds up to where old entries are no longer kept."""
        row = self._records.database.row(_OWED, (PAYABLE,))
        assert row is not None, "a sum is always a row"
        return int(row[0])

    def of(self, name: str) -> list[Payout]:
        """Return the payouts of one entry in their order.

        Raises `Refusal` `payout_unknown` where it made none, and as `Records.entry` where it is no longer kept.
        """
        made = self._made(name)
        states: dict[int, tuple[str, str]] = {}
        given_up = False
        for later in self._records.undoing(name):
            given_up |= later.kind == GIVEN_UP
            if later.kind in {PAID_OUT, PAYOUT_NOTED}:
                states[number(later.payload, "place")] = (text(later.payload, "state"), text(later.payload, "tender"))
        found: list[Payout] = []
        for place, each in enumerate(parts(made.payload, "payouts")):
            state, tender = states.get(place, (OPEN, each["tender"]))
            found.append(
                Payout(
                    of=name,
                    number=number_of(made),
                    kind=made.kind,
                    place=place,
                    account=text(made.payload, "account"),
                    tender=tender,
                    fen=each["fen"],
                    at_ms=made.at,
                    state=ENDED if given_up else state,
                )
            )
        return found

    def note(self, by: By, name: str, place: int, state: str) -> Payout:
        """Note that a payout is under way (SENT, before anybody is asked to pay) or came back (FAILED).

        A failed one stays owed, and may be sent again or paid another way. Raises `Refusal` `payout_unknown`,
        `payout_done`, `payout_under_way` for one that is sent twice, `payout_not_sent` where nothing came back.
        """
        request = request_digest({"do": PAYOUT_NOTED, "of": name, "place": place, "state": state})
        records = self._records
        with records.database.write():
            if records.book.find(by.action_id, request) is None:
                payout = self._unpaid(name, place)
                sent, sending = payout.state == SENT, state == SENT
                if sent == sending:
                    raise Refusal("payout_under_way" if sent else "payout_not_sent")
                draft = self._begin(by, PAYOUT_NOTED, request, payout)
                draft.payload |= {"state": SENT if sending else FAILED, "tender": payout.tender}
                records.book.post(draft)
            return self.of(name)[place]

    def look(self, rulebook: Rulebook, name: str, place: int, tender: str = "") -> tuple[Payout, str]:
        """Return a payout that may be paid now, and the tender it goes by: its own unless another is named.

        Raises `Refusal` `payout_unknown`, `payout_done`, `payout_under_way` when it is to go by another tender while it
        may still arrive by its own, and `payout_cash_most` (most_fen) for cash above what the rules let go of one
        refund instead.
        """
        payout = self._unpaid(name, place)
        used = tender or payout.tender
        if used not in EXTERNAL:
            raise Refusal("payout_unknown")
        if payout.state == SENT and used != payout.tender:
            raise Refusal("payout_under_way")
        if used == CASH != payout.tender:
            self._check_cash(rulebook, payout)
        return payout, used

    def pay(self, by: By, name: str, place: int, tender: str = "") -> Payout:
        """Book that a payout arrived, by its own tender unless another was used (`bank`, say), once for each action.

        Raises `Refusal` as `look` and `By.moving`, and where it goes by another tender as `By.check`.
        """
        records = self._records
        request = request_digest({"do": PAID_OUT, "of": name, "place": place, "tender": tender})
        with records.database.write():
            if records.book.find(by.action_id, request) is not None:
                return self.of(name)[place]
            payout, used = self.look(by.rulebook, name, place, tender)
            draft = self._begin(by, PAID_OUT, request, payout)
            # What was approved needs no second approval, but for going another way than was approved.
            draft.payload |= by.moving(records) if used == payout.tender else by.check(records, "refund", payout.fen)
            draft.payload |= {"state": PAID, "tender": used, "paid_out_fen": payout.fen}
            draft.debit(PAYABLE, payout.fen)
            draft.credit(f"tender/{used}", payout.fen)
            self._slip(records.book.post(draft))
            return self.of(name)[place]

    def give_up(self, by: By, name: str, reason: str = "") -> str:
        """Undo a refund of prepaid value that nobody was paid for yet; return the number of the entry that does.

        Raises `Refusal` as `give_up_as` and `typed.one_line`, and `void_reason_missing` for a reason of more than a few
        words.
        """
        reason = one_line(reason, REASON_MAX, Refusal("void_reason_missing"))
        records = self._records
        asked: dict[str, Canonical] = {"do": GIVEN_UP, "of": name}
        request = request_digest(asked | ({"reason": reason} if reason else {}))
        with records.database.write():
            if earlier := records.book.find(by.action_id, request):
                return number_of(earlier.entry)
            return number_of(self.give_up_as(by, request, name, reason).entry)

    def give_up_as(self, by: By, request: str, name: str, reason: str = "") -> Posted:
        """Give a refund up in the caller's transaction, which saw that the action did not do this `request` before.

        What the approval spent or ended is created again, exactly. Raises `Refusal` `payout_unknown` for anything
        else, `payout_done` once anything was paid or it was given up, `payout_under_way` while anything may arrive,
        `card_return_retired` once the medium was, and `refund_rights_elsewhere` where this till no longer knows what
        it spent.
        """
        made, payouts, undoing = self._made(name), self.of(name), self._records.undoing(name)
        if made.kind not in TO_GIVE_UP:
            raise Refusal("payout_unknown")
        if any(each.state in {PAID, ENDED} for each in payouts) or any(each.kind == GIVEN_UP for each in undoing):
            raise Refusal("payout_done")
        if any(each.state == SENT for each in payouts):
            raise Refusal("payout_under_way")
        if made.kind == CARD_RETURN and self._is_retired(made):
            raise Refusal("card_return_retired")
        said = by.check(self._records, "refund_prepayment", -number(made.payload, "amount_fen"))
        if reason:
            said["reason"] = reason
        return self._give_up(by, request, made, said)

    def _is_retired(self, made: Entry) -> bool:
        """Tell whether a step noted after the approval of a card return says that the medium is retired."""
        account, name = owner_of(text(made.payload, "account")), name_of(made)
        steps = self._records.of_member(account, (CARD_RETURN, CARD_RETURN_NOTED))
        later = dropwhile(lambda each: name_of(each) != name, steps)
        return any(MEDIUM in texts(each.payload, "noted") for each in later)

    def _check_cash(self, rulebook: Rulebook, payout: Payout) -> None:
        """Let no more of one refund go in cash than the rules say, however many payments it is of."""
        others = [each for each in self.of(payout.of) if (each.state, each.tender) == (PAID, CASH)]
        # Of a pass a part may have gone over the counter already; what a bill took in cash is no prepaid value.
        at_once_fen = number(self._made(payout.of).payload, "cash_fen") if payout.kind == PASS_REFUND else 0
        most_fen = rulebook.payout.cash_most_fen
        if payout.fen + at_once_fen + sum(each.fen for each in others) > most_fen:
            raise Refusal("payout_cash_most", most_fen=most_fen)

    def _give_up(self, by: By, request: str, made: Entry, said: dict[str, Canonical]) -> Posted:
        records = self._records
        draft = records.book.begin(by.action_id, GIVEN_UP, request)
        figures = records.figures(records.source(name_of(made))).undone()
        draft.payload |= {**said, **figures, "account": text(made.payload, "account")}
        draft.payload |= {"bill": number_of(made), "undoes": name_of(made), "versions": {}}
        reverse(draft, self._lots(made), made)
        posted = records.book.post(draft)
        if made.kind == PREPAYMENT_REFUND and by.rulebook.levels.levels:
            grant_again(records, by.rulebook.levels, made)
        return posted

    def _lots(self, made: Entry) -> Mapping[str, Lot]:
        wanted = {effect.bucket for effect in made.effects}
        lots = self._records.named(owner_of(text(made.payload, "account")), sorted(wanted)) if wanted else {}
        if wanted - set(lots):
            raise Refusal("refund_rights_elsewhere")
        return {str(bucket): lot for bucket, lot in lots.items()}

    def _made(self, name: str) -> Entry:
        try:
            return self._records.entry(self._records.source(name), OWING)
        except Refusal as refusal:
            if refusal.code != "refund_bill_unknown":
                raise
            raise Refusal("payout_unknown") from refusal

    def _unpaid(self, name: str, place: int) -> Payout:
        payouts = self.of(name)
        if not 0 <= place < len(payouts):
            raise Refusal("payout_unknown")
        if payouts[place].state in {PAID, ENDED}:
            raise Refusal("payout_done")
        return payouts[place]

    def _begin(self, by: By, kind: str, request: str, payout: Payout) -> Draft:
        draft = self._records.book.begin(by.action_id, kind, request)
        said: dict[str, Canonical] = {"account": payout.account, "amount_fen": 0, "visits": 0, "versions": {}}
        draft.payload |= {**by.said(), **said, "undoes": payout.of, "bill": payout.number, "place": payout.place}
        return draft


def reverse(draft: Draft, lots: Mapping[str, Lot], made: Entry) -> None:
    """Add the reverse of an entry to a draft: every unit it took is there again, every posting turned round."""
    for effect in made.effects:
        lot = lots[effect.bucket]
        if effect.kind in KINDS_ADDING:
            draft.spend(lot, effect.amount)
        else:
            draft.add(lot, effect.amount)
    for account, fen in made.postings:
        draft.debit(account, -fen)

"""What happens to media: each event once for its action id, in one transaction with its one entry.

The entry says who, in which shift, what was shown, which medium (by an id that is no number) and which money moved; the
numbers are in the salted profile that it names by a digest, as for all rows the chain owns.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, Draw, is_id, new_id
from terminal.ledger.book import Book, Posted
from terminal.ledger.draft import Draft, Lot
from terminal.rules.canonical import Canonical
from terminal.rules.card_numbers import tail
from terminal.rules.media import fees, states
from terminal.rules.media.fees import DEPOSIT_LIABILITY, Due
from terminal.rules.media.states import Request
from terminal.services.media_life.asked import Asked, CardCash, CardRules, Changed, Slip, changed_by, no_slip
from terminal.services.media_life.journal import Journal, Turn
from terminal.services.media_life.records import CARD, NOBODY, Blank, Kept, Records
from terminal.services.members import Members
from terminal.services.shifts.records import require_open
from terminal.services.views import SignedIn
from terminal.store.database import Database

CASH = "tender/cash"
DEPOSIT = "deposit"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What an event makes of media: the one after it, and the one it ends where those are two."""

    after: Kept
    ended: Kept | None = None


class MediaLife:
    """Issues media and ends them. Used by the dispatcher.

    What moves money needs an open shift of who asks whose cash was not counted yet: `shift_missing`, `shift_counted`.
    """

    def __init__(
        self, database: Database, book: Book, members: Members, draw: Draw = os.urandom, slip: Slip = no_slip
    ) -> None:
        """Post to `book`; ids and salts come from `draw`, and `slip` stores what is printed where cash moves."""
        self._database = database
        self._book = book
        self._members = members
        self._draw = draw
        self._slip = slip
        self._records = Records(database)
        self._journal = Journal(database, book, draw)

    def of(self, account: AccountId) -> list[Kept]:
        """Return all media an account has or had, oldest first."""
        return self._records.of(account)

    def by_number(self, text: str) -> list[Kept]:
        """Return all media with a number, whatever their state; raise `Refusal` `card_number_bad`."""
        return self._records.by_number(text)

    def deposit_fen(self, n: int) -> int:
        """Return the deposit that goes back with a medium; raise `Refusal` as `take_back` for one that cannot."""
        lot = self._deposit_of(self._records.get(n))
        return 0 if lot is None else lot.amount

    def issue(
        self, asked: Asked, account: AccountId, blank: Blank, rules: CardRules, *, is_named: bool = True
    ) -> Changed:
        """Bind a blank to an account and take its fee and deposit.

        An anonymous card needs no member's file, only an account. Raises `Refusal`: what `Records.fresh` and
        `states.issued` raise, `member_unknown`, `shift_missing`, or `fees.mistakes`' code.
        """
        what: dict[str, Canonical] = {"account": account, "named": is_named, **_prices(rules, states.ISSUE)}
        with self._database.write():
            turn, earlier = self._journal.turn(states.ISSUE, asked, what, blank)
            if earlier is not None:
                return changed_by(earlier)
            if is_named or not is_id(account):
                self._members.require(account)
            number, fresh = self._records.fresh(blank)
            made = states.issued(fresh, account, _request(asked), is_named=is_named)
            after = Kept(0, number, CARD, blank.assurance, "", "", "", made)
            return self._settle(turn, _Wanted(after), rules)

    def register(self, asked: Asked, n: int) -> Changed:
        """Make an anonymous medium the named one of its account's member; raise `Refusal` as `states.moved`.

        Also `member_unknown` while the account has no member's file.
        """
        return self._move(states.REGISTER, asked, n)

    def report_loss(self, asked: Asked, n: int) -> Changed:
        """Freeze a medium at once; raise `Refusal` as `states.moved`."""
        return self._move(states.REPORT_LOSS, asked, n)

    def cancel_loss(self, asked: Asked, n: int) -> Changed:
        """Lift the freeze, for who showed who they are; raise `Refusal` as `states.moved`."""
        return self._move(states.CANCEL_LOSS, asked, n)

    def blacklist(self, asked: Asked, n: int) -> Changed:
        """Block a medium for good; a deposit paid for it stays owed. Raises `Refusal` as `states.moved`."""
        return self._move(states.BLACKLIST, asked, n)

    def blacklist_number(self, asked: Asked, number: str) -> Changed:
        """Block a number that is nobody's, so that it never becomes a card.

        Raises `Refusal` as `states.moved`, `card_number_bad`, or `medium_in_use` where it is or was somebody's.
        """
        blank = Blank(number)
        with self._database.write():
            turn, earlier = self._journal.turn(states.BLACKLIST, asked, {}, blank)
            if earlier is not None:
                return changed_by(earlier)
            if self._records.by_number(number):
                raise Refusal("medium_in_use")
            kept_as, fresh = self._records.fresh(blank)
            made = states.moved(fresh, states.BLACKLIST, _request(asked))
            after = Kept(0, kept_as, CARD, blank.assurance, "", "", "", made)
            return self._settle(turn, _Wanted(after), CardRules())

    def replace(self, asked: Asked, n: int, blank: Blank, rules: CardRules) -> Changed:
        """Give the account a new card for a lost one, which never works again; its deposit goes on with the new one.

        Raises `Refusal` as `states.swapped`, `Records.fresh`, `medium_unknown` and `shift_missing`.
        """
        return self._swap(states.REPLACE, asked, n, blank, rules)

    def exchange(self, asked: Asked, n: int, blank: Blank, rules: CardRules) -> Changed:
        """Give the account a new card for one that is handed in; raise `Refusal` as `replace`."""
        return self._swap(states.EXCHANGE, asked, n, blank, rules)

    def take_back(self, asked: Asked, n: int) -> Changed:
        """Take a card back for good and give its deposit back in cash; what the account holds stays where it is.

        Raises `Refusal` as `states.moved`, `shift_missing`, or `medium_deposit_elsewhere` while another holder of the
        chain has the deposit.
        """
        return self._move(states.RETURN, asked, n)

    def _move(self, event: str, asked: Asked, n: int) -> Changed:
        with self._database.write():
            turn, earlier = self._journal.turn(event, asked, {"n": n}, None)
            if earlier is not None:
                return changed_by(earlier)
            before = self._records.get(n)
            if event == states.REGISTER:
                self._members.require(AccountId(before.medium.account))
            after = replace(before, medium=states.moved(before.medium, event, _request(asked)))
            return self._settle(turn, _Wanted(after), CardRules())

    def _swap(self, event: str, asked: Asked, n: int, blank: Blank, rules: CardRules) -> Changed:
        with self._database.write():
            turn, earlier = self._journal.turn(event, asked, {"n": n, **_prices(rules, event)}, blank)
            if earlier is not None:
                return changed_by(earlier)
            old = self._records.get(n)
            value_fen = self._members.holdings(AccountId(old.medium.account)).balance_fen
            request = Request(asked.by.actor, asked.shown, value_fen)
            # What is wrong with the old card is told before what is wrong with the new number.
            states.moved(old.medium, event, request)
            number, fresh = self._records.fresh(blank)
            ended, made = states.swapped(old.medium, fresh, event, request, rules.manager_from_fen)
            named = replace(old, medium=ended, id=old.id or new_id(self._draw), deposit="")
            after = Kept(0, number, CARD, blank.assurance, "", named.id, old.deposit, made)
            return self._settle(turn, _Wanted(after, named), rules)

    def _settle(self, turn: Turn, wanted: _Wanted, rules: CardRules) -> Changed:
        """Post the entry of an event with its money, and write the media it changes."""
        account = AccountId(wanted.after.medium.account)
        lot = self._deposit_of(wanted.after) if turn.event == states.RETURN else None
        dues = _dues(rules, turn.event, 0 if lot is None else lot.amount)
        draft = self._journal.begin(turn)
        if account != NOBODY:
            draft.payload["account"] = account
        if dues:
            by = turn.asked.by
            require_open(self._database, SignedIn("", by.staff_id, "", by.shift_no, by.actor))
            draft.payload |= {"tender": "cash", "versions": {"media": rules.version}}
        deposit = self._post_money(draft, account, dues, lot)
        after = replace(
            wanted.after,
            id=wanted.after.id or new_id(self._draw),
            deposit="" if turn.event == states.RETURN else deposit or wanted.after.deposit,
        )
        draft.payload |= {
            "fee_fen": sum(due.fen for due in dues if due.account != DEPOSIT_LIABILITY),
            "deposit_fen": sum(due.fen for due in dues if due.account == DEPOSIT_LIABILITY),
        }
        posted = self._post(draft, turn, after, wanted.ended)
        done = changed_by(posted)
        if dues:
            made = posted.entry
            self._slip(CardCash(made, done, turn.event, tail(after.number), turn.asked.by.staff_id, made.at))
        return done

    def _post(self, draft: Draft, turn: Turn, after: Kept, ended: Kept | None) -> Posted:
        """Write the media and the entry that tells the chain of them.

        Of a swap the chain is told the new medium, which says what it stands in place of: whoever knows that the old
        one has a successor never takes it again, whatever is said of it later by those who did not know.
        """
        fields = after.fields()
        if ended is not None:
            draft.payload["replaces"] = ended.id
            fields["replaces_by"] = turn.event
            self._records.write(ended)
        base = self._records.version(after.id)
        if base:
            before = self._records.get(after.n).fields()
            fields = {name: value for name, value in fields.items() if value != before.get(name)}
        self._records.write(after)
        return self._journal.post(draft, turn, after.id, base, fields)

    def _post_money(self, draft: Draft, account: AccountId, dues: Sequence[Due], lot: Lot | None) -> str:
        """Post what is taken or given back in cash, and return the lot of a new deposit, empty for none."""
        made = ""
        for due in dues:
            draft.debit(CASH, due.fen)
            draft.credit(due.account, due.fen)
            if due.account == DEPOSIT_LIABILITY and lot is not None:
                draft.spend(lot, lot.amount)
            elif due.account == DEPOSIT_LIABILITY:
                facts: dict[str, Canonical] = {"paid_fen": due.fen, "tender": "cash"}
                made = draft.create(DEPOSIT, account, due.fen, unit_value_fen=1, attributes=facts).lot
        return made

    def _deposit_of(self, kept: Kept) -> Lot | None:
        """Return the deposit paid for a medium, None where none was; raise `Refusal` `medium_deposit_elsewhere`."""
        if not kept.deposit:
            return None
        held = self._book.lots(self._book.holdings(AccountId(kept.medium.account), (DEPOSIT,)))
        lot = next((lot for lot in held if lot.facts.lot == kept.deposit), None)
        if lot is None or lot.amount != lot.facts.attributes.get("paid_fen"):
            raise Refusal("medium_deposit_elsewhere")
        return lot


def _request(asked: Asked) -> Request:
    return Request(asked.by.actor, asked.shown)


def _dues(rules: CardRules, event: str, deposit_held_fen: int = 0) -> tuple[Due, ...]:
    """Return what an event costs; raise `Refusal` with the code of the first mistake of the fees."""
    if wrong := fees.mistakes(rules.fees):
        raise Refusal(wrong[0][1])
    return fees.dues(rules.fees, event, deposit_held_fen)


def _prices(rules: CardRules, event: str) -> dict[str, Canonical]:
    """Return what an event costs, as part of what is asked: the same action at another price is another action."""
    return {due.account: due.fen for due in _dues(rules, event)}

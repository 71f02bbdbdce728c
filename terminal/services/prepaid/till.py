"""What every use case of prepaid value works with, and the steps all of them take: find, begin, answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from terminal.base.clock import Clock
from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, is_id
from terminal.ledger.book import Book, Posted
from terminal.ledger.deeds import Deeds
from terminal.ledger.draft import Draft, Holding, Lot
from terminal.rules.bill_note import bill_number
from terminal.rules.canonical import Canonical
from terminal.services.bills.asks import at_counter
from terminal.services.bills.holds import Holds
from terminal.services.bills.values import Place
from terminal.services.files.aliases import MergedFiles
from terminal.services.members import Members
from terminal.services.standing import Standings
from terminal.services.views import SignedIn
from terminal.store.database import Database


@dataclass(frozen=True, slots=True)
class Answer:
    """What an action did, read back from its entry: its number for people, whose it was, and what the entry notes."""

    number: str
    kind: str
    account: AccountId
    noted: Mapping[str, Canonical]
    repeated: bool = False

    def figure(self, name: str) -> int:
        """Return a number the entry notes, 0 where it notes none."""
        value = self.noted.get(name, 0)
        return value if type(value) is int else 0


def answer_of(posted: Posted) -> Answer:
    """Return what the action that posted an entry answers, the first time and ever after."""
    made = posted.entry
    account = AccountId(str(made.payload.get("account", "")))
    return Answer(bill_number(made.epoch, made.seq), made.kind, account, made.payload, posted.repeated)


def anybody(_: AccountId) -> bool:
    """Return that an account may take and spend value: where no cards are returned."""
    return True


def no_slip(_: Posted) -> int | None:
    """Print nothing: a shop without a printer."""
    return None


class Till:
    """The store, the book, the members and the clock of this till, where it stands, and where members stand."""

    def __init__(
        self,
        database: Database,
        book: Book,
        members: Members,
        clock: Clock,
        deeds: Deeds,
        may_spend: Callable[[AccountId], bool] = anybody,
        *,
        slip: Callable[[Posted], int | None] = no_slip,
        place: Callable[[], Place] = at_counter,
    ) -> None:
        """Work in an open store; growth is added up from `deeds`.

        `may_spend` tells that an account is not being closed (`CardReturns.may_spend`), `slip` stores the slip of
        what is posted, in its transaction; `place` says for whom offers and rewards of a store or channel are here.
        """
        self.database = database
        self.book = book
        self.members = members
        self.clock = clock
        self.deeds = deeds
        self.merged = MergedFiles(database)
        self.standings = Standings(database, deeds)
        self.may_spend = may_spend
        self.place = place
        self._slip = slip

    def begin(
        self, action_id: ActionId, kind: str, request: str, staff: SignedIn, account: AccountId, amount_fen: int = 0
    ) -> Draft:
        """Return the draft of an entry that notes whose it is, who does it, and in which shift."""
        draft = self.book.begin(action_id, kind, request)
        draft.payload |= {"account": account, "operator": staff.staff_id, "shift": staff.shift_no}
        draft.payload["amount_fen"] = amount_fen
        return draft

    def done(self, draft: Draft) -> Answer:
        """Post a draft with its slip, inside the transaction, and return what it answers."""
        posted = self.book.post(draft)
        self._slip(posted)
        return answer_of(posted)

    def local(self, draft: Draft) -> dt.datetime:
        """Return the civil time of the shop at which a draft was begun."""
        return self.clock.local(draft.at)

    def require_open(self, *accounts: AccountId) -> None:
        """Raise `Refusal` `account_closing` for an account whose value is being given back, or was."""
        if not all(self.may_spend(account) for account in accounts):
            raise Refusal("account_closing")

    def is_named(self, account: AccountId) -> bool:
        """Tell whether an account is a known person's; raise `Refusal` `member_unknown` where nobody has it (any more).

        An account without a member's file is an anonymous card's.
        """
        key = bytes.fromhex(account) if is_id(account) else b""
        file = self.database.row("SELECT erased_at FROM member WHERE account = ?", (key,))
        if file is not None:
            if file[0]:
                raise Refusal("member_unknown")
            return True
        if self.database.row("SELECT 1 FROM medium WHERE account = ? AND state = 'active' LIMIT 1", (key,)) is None:
            raise Refusal("member_unknown")
        return False

    def held(self, account: AccountId, *assets: str) -> list[Holding]:
        """Return what this till holds of a member's assets, of all files that were merged, oldest bucket first."""
        found = [each for owner in self.merged.owners(account) for each in self.book.holdings(owner, assets)]
        return sorted(found, key=lambda each: each.n)

    def balance(self, account: AccountId, asset: str) -> int:
        """Return how many units of an asset a member has here, whatever their dates."""
        return sum(each.amount for each in self.held(account, asset))

    def free(self, account: AccountId, *assets: str) -> list[Lot]:
        """Return what this till holds of a member's assets and nobody has on hold, oldest bucket first."""
        return self.book.lots(Holds(self.database).free(self.held(account, *assets)))

    def whole(self, account: AccountId, *assets: str) -> list[Lot]:
        """Return all this till holds of a member's assets, to be moved; raise `Refusal` `units_on_hold`.

        What an open bill, a check-in or a refund that waits has reserved cannot be moved from under it.
        """
        held = self.held(account, *assets)
        if Holds(self.database).free(held) != held:
            raise Refusal("units_on_hold")
        return self.book.lots(held)

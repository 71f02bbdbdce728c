"""Media as the store keeps them: their rows, and what the chain is told of a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.base.events import AUTHENTICATED
from terminal.base.ids import AccountId
from terminal.rules import card_numbers
from terminal.rules.canonical import Canonical
from terminal.rules.media import states
from terminal.rules.media.states import Medium
from terminal.store.database import Database, Row

TABLE = "medium"  # of the rows that the chain owns
CARD = "card"
BY_NUMBER = "id-only"
# A blank that is blocked before it was anybody's.
NOBODY = ""
ROW_MAX = (1 << 63) - 1
_COLUMNS = "n, account, number, kind, state, assurance, id, identity, named, ended_by, replaces, deposit"


@dataclass(frozen=True, slots=True)
class Blank:
    """What is to become a card: its number in any spelling, and the name of its key where it proves one.

    A card without a key is known by its number alone.
    """

    number: str
    key: str = ""

    @property
    def assurance(self) -> str:
        """Return what the card will prove."""
        return AUTHENTICATED if self.key else BY_NUMBER


@dataclass(frozen=True, slots=True)
class Kept:
    """A medium with its row: `n` is 0 before it is written, `id` empty before the first event of its life.

    `replaces` is the id of the medium it stands in place of, `deposit` the lot of the deposit paid for it.
    """

    n: int
    number: str
    kind: str
    assurance: str
    id: str
    replaces: str
    deposit: str
    medium: Medium

    def fields(self) -> dict[str, Canonical]:
        """Return what the chain is told of it."""
        return {
            "account": self.medium.account,
            "number": self.number,
            "kind": self.kind,
            "state": self.medium.state,
            "assurance": self.assurance,
            "identity": self.medium.identity,
            "named": int(self.medium.is_named),
            "ended_by": self.medium.ended_by,
            "replaces": self.replaces,
            "deposit": self.deposit,
        }


class Records:
    """Reads and writes rows of media; what writes is called inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        """Use an open store."""
        self._database = database

    def get(self, n: int) -> Kept:
        """Return a medium by its row; raise `Refusal` `medium_unknown`, also for what is no row's number at all."""
        if type(n) is not int or not 0 < n <= ROW_MAX:
            raise Refusal("medium_unknown")
        row = self._database.row(f"SELECT {_COLUMNS} FROM medium WHERE n = ?", (n,))  # noqa: S608 - columns of ours
        if row is None:
            raise Refusal("medium_unknown")
        return _kept(row)

    def of(self, account: AccountId) -> list[Kept]:
        """Return all media an account has or had, oldest first."""
        return self._found("account = ?", (bytes.fromhex(account),))

    def by_number(self, text: str) -> list[Kept]:
        """Return all media with a number, given in any spelling; raise `Refusal` `card_number_bad`."""
        spellings = _spellings(text)
        return self._found(f"number IN ({', '.join('?' * len(spellings))})", spellings)

    def fresh(self, blank: Blank) -> tuple[str, Medium]:
        """Return the number a blank will be kept under, and the blank itself.

        Raises `Refusal` `card_number_bad`, `medium_in_use`, or `medium_same_identity` where it was a medium before and
        comes without a key of its own that is new: a number by itself is the same identity in every spelling.
        """
        number = _spellings(blank.number)[0]
        earlier = [kept.medium for kept in self.by_number(blank.number)]
        known_by = earlier[0].identity if earlier else number
        return number, states.reissued(earlier, blank.key or known_by)

    def version(self, medium_id: str) -> int:
        """Return the version of the chain's row of a medium as this till knows it, 0 where it knows none."""
        row = self._database.row("SELECT version FROM chain_row WHERE name = ? AND key = ?", (TABLE, medium_id))
        return 0 if row is None else int(row[0])

    def write(self, kept: Kept) -> None:
        """Write a medium to its row, or to a new one."""
        medium = kept.medium
        life = (kept.id, _stored_identity(kept), int(medium.is_named), medium.ended_by, kept.replaces, kept.deposit)
        if kept.n:
            self._database.run(
                "UPDATE medium SET state = ?, assurance = ?, id = ?, identity = ?, named = ?, ended_by = ?,"
                " replaces = ?, deposit = ? WHERE n = ?",
                (medium.state, kept.assurance, *life, kept.n),
            )
        else:
            self._database.run(
                "INSERT INTO medium (account, number, kind, state, assurance, id, identity, named, ended_by, replaces,"
                " deposit) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (bytes.fromhex(medium.account), kept.number, kept.kind, medium.state, kept.assurance, *life),
            )

    def _found(self, where: str, values: Sequence[object]) -> list[Kept]:
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM medium WHERE {where} ORDER BY n",  # noqa: S608 - columns and marks of ours
            tuple(values),
        )
        return [_kept(row) for row in rows]


def _spellings(text: str) -> tuple[str, ...]:
    try:
        return card_numbers.candidates(text)
    except ValueError:
        raise Refusal("card_number_bad") from None


def _stored_identity(kept: Kept) -> str:
    """Return what the row says of the identity: nothing where that is the number."""
    return "" if kept.medium.identity == kept.number else kept.medium.identity


def _kept(row: Row) -> Kept:
    n, account, number, kind, state, assurance, chain_id, identity, named, ended_by, replaces, deposit = row
    medium = Medium(identity or number, state, bytes(account).hex(), bool(named), ended_by)
    return Kept(n, number, kind, assurance, chain_id, replaces, deposit, medium)

"""Media as the chain says them, written into the till's own: a card that was blocked anywhere is refused here too.

What ended a medium ends it for good, whatever is said of it by those who did not know; a row that says less than is
known here was forgotten by a cloud that was put back, and the dispatcher is asked to say it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from terminal.base.ids import AccountId, is_id
from terminal.ledger.lives import Mailbox
from terminal.rules import card_numbers
from terminal.rules.canonical import Canonical
from terminal.rules.media.states import EXCHANGE, FINAL, MOVES, REPLACE, RETIRED, REVOKED, STATES, Medium
from terminal.services import letters
from terminal.services.letters import Forgotten
from terminal.services.media_life.records import BY_NUMBER, CARD, Kept, Records
from terminal.services.media_life.retelling import forgotten
from terminal.store.database import Database

Body = Mapping[str, Canonical]
_SWAPS = (REPLACE, EXCHANGE)


class OwnMedia:
    """Writes rows of media. Called in the transaction that keeps the row."""

    def __init__(self, database: Database) -> None:
        """Write to an open store."""
        self._database = database
        self._records = Records(database)
        self._mailbox = Mailbox(database)

    def take(self, key: str, body: Body) -> None:
        """Write what a row says of a medium; one of no known state is left as it is."""
        state, number = _text(body, "state"), _text(body, "number")
        if not key or state not in STATES:
            return
        known = self._find(key, body)
        if known is None and not _is_number(number):
            return
        kept = known or _new(key, body)
        if not kept.number and _is_number(number):
            self._name(kept, number, _text(body, "account"))
            kept = replace(kept, number=number)
        after = _after(kept, key, body)
        if after != known:
            self._records.write(after)
        if replaced := _text(body, "replaces"):
            self._end(replaced, after, _text(body, "replaces_by"))
        if forgotten(after, body):
            self._ask_to_tell(Forgotten(key))

    def erase(self, key: str) -> None:
        """Retire a medium whose row was emptied, and take its number away; a revoked one stays that."""
        self._database.run(
            "UPDATE medium SET number = '', identity = '', state = CASE WHEN state = ? THEN state ELSE ? END"
            " WHERE id = ? AND id <> ''",
            (REVOKED, RETIRED, key),
        )

    def _ask_to_tell(self, letter: Forgotten) -> None:
        """Leave a letter to the dispatcher, once."""
        kind, said = letters.kind_of(letter), letter.to_bytes()
        if not self._mailbox.has(kind, said):
            self._mailbox.put(kind, said)

    def _find(self, key: str, body: Body) -> Kept | None:
        """Return the medium of a row: by its id, or one that had no id yet by account and number."""
        row = self._database.row("SELECT n FROM medium WHERE id = ? AND id <> ''", (key,))
        if row is not None:
            return self._records.get(row[0])
        account, number = _text(body, "account"), _text(body, "number")
        if not is_id(account) or not number:
            return None
        found = self._records.of(AccountId(account))
        return next((each for each in found if not each.id and each.number == number), None)

    def _name(self, kept: Kept, number: str, account: str) -> None:
        """Give a medium its number and account: until now only what took its place was known."""
        owner = bytes.fromhex(account) if is_id(account) else b""
        self._database.run("UPDATE medium SET number = ?, account = ? WHERE id = ?", (number, owner, kept.id))

    def _end(self, key: str, by: Kept, event: str) -> None:
        """End the medium that another one stands in place of, also one of which nothing was heard so far."""
        if event not in _SWAPS:
            return
        target = MOVES[event].target
        row = self._database.row("SELECT n FROM medium WHERE id = ? AND id <> ''", (key,))
        if row is None:
            medium = Medium("", target, by.medium.account, by.medium.is_named, event)
            self._records.write(Kept(0, "", CARD, BY_NUMBER, key, "", "", medium))
            return
        old = self._records.get(row[0])
        if old.medium.state not in FINAL:
            self._records.write(replace(old, medium=replace(old.medium, state=target, ended_by=event)))


def _new(key: str, body: Body) -> Kept:
    """Return an unwritten medium of a row."""
    account, number = _text(body, "account"), _text(body, "number")
    medium = Medium(number, account=account if is_id(account) else "")
    return Kept(0, number, _text(body, "kind") or CARD, BY_NUMBER, key, "", "", medium)


def _after(kept: Kept, key: str, body: Body) -> Kept:
    """Return a medium as its row has it; what is final stays final."""
    state, ended_by = _text(body, "state"), _text(body, "ended_by")
    was = kept.medium.state
    if (was == REVOKED and state != REVOKED) or (was == RETIRED and state not in FINAL):
        state, ended_by = kept.medium.state, kept.medium.ended_by
    medium = replace(
        kept.medium,
        identity=_text(body, "identity") or kept.medium.identity or kept.number,
        state=state,
        is_named=bool(body.get("named", kept.medium.is_named)),
        ended_by=ended_by,
    )
    return replace(
        kept,
        id=key,
        assurance=_text(body, "assurance") or kept.assurance,
        replaces=_text(body, "replaces") or kept.replaces,
        deposit=_text(body, "deposit") if "deposit" in body else kept.deposit,
        medium=medium,
    )


def _is_number(text: str) -> bool:
    try:
        return bool(card_numbers.candidates(text))
    except ValueError:
        return False


def _text(body: Body, name: str) -> str:
    value = body.get(name, "")
    return value if isinstance(value, str) else ""

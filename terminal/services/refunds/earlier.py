"""What an action gave back before, told from its own entry: whatever became since of what it was about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, is_id
from terminal.ledger.book import request_digest
from terminal.rules.canonical import Canonical
from terminal.rules.deed import sale_name
from terminal.rules.entry import Entry
from terminal.services.refunds.asking import Wish
from terminal.services.refunds.passes import PassWish
from terminal.services.refunds.posting import refunded
from terminal.services.refunds.prepayments import PrepaidWish
from terminal.services.refunds.records import PAID_OUT, Records, parts, text
from terminal.services.refunds.records import number as number_in
from terminal.services.refunds.telling import told_done

# Pairs of a line (from 1) and a quantity; 0 stands for all of it.
Pairs = Sequence[Sequence[int]]
LOT_LETTERS_LEAST = 6


class Earlier:
    """Reads the journal; used where a command is repeated with the id of its action."""

    def __init__(self, records: Records) -> None:
        """Read in the book of `records`."""
        self._records = records
        self._asked: Mapping[str, Callable[..., dict[str, Canonical]]] = {
            "bill": _bill,
            "void": _void("void"),
            "reopen": _void("reopen_bill"),
            "top_up": _top_up,
            "pass": _pass,
            "pay": self._pay,
        }

    def found(self, what: str, action: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return what an action did as `done`, where it is of the commands that look first; whether it is `found`.

        Of a note about a payout its `place` (from 1) is told. Raises `Refusal` `action_bad`, `action_conflict` where it
        did another thing than is `asked` of the command `what`, and `action_past`.
        """
        if not is_id(action):
            raise Refusal("action_bad")
        action_id = ActionId(action)
        done = self._records.book.done(action_id)
        if done is None:
            return {"found": False}
        if what not in self._asked:
            return {"found": True, "place": _place(done.entry)}
        request = request_digest(self._asked[what](done.entry, **asked))
        again = self._records.book.find(action_id, request)
        assert again is not None, "it was done"
        return {"found": True, "done": _paid(again.entry) if what == "pay" else told_done(refunded(again))}

    def _pay(self, made: Entry, *, number: str, place: int = 0, tender: str = "") -> dict[str, Canonical]:
        name = sale_name(self._records.source(number))
        return {"do": PAID_OUT, "of": name, "place": (place or _place(made)) - 1, "tender": tender}


def _place(made: Entry) -> int:
    place = made.payload.get("place")
    return place + 1 if type(place) is int else 0


def _paid(made: Entry) -> dict[str, Any]:
    """Return what was paid out: the number of what owed it and the place, by which means and how much."""
    of, fen = text(made.payload, "bill"), number_in(made.payload, "paid_out_fen")
    return {"number": of, "place": _place(made), "means": text(made.payload, "tender"), "fen": fen}


def _bill(made: Entry, *, number: str, lines: Pairs | None = None, goods: Pairs = ()) -> dict[str, Canonical]:
    """Return what was asked, all that was left then in place of a quantity that stands for it."""
    given = {each["place"]: each["quantity"] for each in parts(made.payload, "lines")}
    wanted = given if lines is None else {line - 1: n or given.get(line - 1, 0) for line, n in lines}
    back = {line - 1: n or wanted.get(line - 1, 0) for line, n in goods}
    return {"do": "refund", **Wish(number, wanted, back).request()}


def _void(action: str) -> Callable[..., dict[str, Canonical]]:
    return lambda _, *, number, reason: {"do": action, "sale": number, "reason": reason}


def _top_up(made: Entry, *, number: str, reason: str, received: bool = False) -> dict[str, Canonical]:
    if text(made.payload, "bill") != number:
        raise Refusal("action_conflict")
    owner = AccountId(text(made.payload, "account"))
    wish = PrepaidWish(owner, text(made.payload, "top_up"), reason, received_before=received)
    return {"do": "prepayment_refund", **wish.request()}


def _pass(made: Entry, *, account: str, lot: str, reason: str, agreed_fen: int | None = None) -> dict[str, Canonical]:
    whole = text(made.payload, "pass_lot")
    meant = whole if len(lot) >= LOT_LETTERS_LEAST and whole.startswith(lot) else lot
    return PassWish(AccountId(account), meant, reason, agreed_fen).request()

"""The one order in which things are given back: known again, looked at, allowed, watched, posted, settled, printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.base.ids import is_id
from terminal.ledger.book import Posted, request_digest
from terminal.ledger.draft import Draft
from terminal.rules.canonical import Canonical
from terminal.rules.till import anomaly
from terminal.services.bills.noting import after
from terminal.services.bills.wallet import Wallets
from terminal.services.refunds.asking import By
from terminal.services.refunds.levels import settle_standing
from terminal.services.refunds.records import VOID, Records, number, number_of, parts, text
from terminal.services.refunds.watching import Act, Watching, unwatched

# Writes the slip of what was posted in the same transaction; returns the print job, or None where there is no printer.
Slip = Callable[[Posted], int | None]


@dataclass(frozen=True, slots=True)
class Refunded:
    """What a refund did, read back from its entry; amounts are fen.

    `given_fen` is all money given back, `cash_fen` what is handed out now, `payable_fen` what is owed until a provider
    has paid it back; `points` the earned ones taken back.
    """

    number: str
    kind: str
    bill: str
    given_fen: int
    cash_fen: int
    payable_fen: int
    deducted_fen: int
    points: int
    print_job: int | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """What is about to be given back: an entry of a `kind`, asked of the roles as `right` to `asked_fen`.

    `given_fen` is what is given back by it, `said` what its payload keeps, and `move` adds its effects and postings.
    `then` is done once it is posted, in the same transaction.
    """

    kind: str
    right: str
    asked_fen: int
    given_fen: int
    said: Mapping[str, Canonical]
    move: Callable[[Draft], None]
    then: Callable[[], None] = lambda: None


def no_slip(_: Posted) -> None:
    """Print nothing."""


class Posting:
    """Gives back what is ready, once for each action, in one transaction and one entry. Used by the dispatcher."""

    def __init__(self, records: Records, slip: Slip = no_slip, watch: Watching = unwatched) -> None:
        """Post to the book of `records`; `watch` judges what is about to be posted."""
        self._records = records
        self._slip = slip
        self._watch = watch

    def once(
        self, by: By, asked: dict[str, Canonical], look: Callable[[], Ready], expected_fen: int | None = None
    ) -> Refunded:
        """Return what was given back for what is `asked`; `look` is asked only where it was not done before.

        Raises `Refusal` as `look`, `refund_changed` where it no longer gives what was shown (`expected_fen`), as
        `By.check` for who may not, and as `Watch.guard`.
        """
        records, request = self._records, request_digest(asked)
        with records.database.write():
            if earlier := records.book.find(by.action_id, request):
                return refunded(earlier)
            ready = look()
            if expected_fen is not None and expected_fen != ready.given_fen:
                raise Refusal("refund_changed", given_fen=ready.given_fen)
            said = by.check(records, ready.right, ready.asked_fen)
            said |= self._watch(by, _act(ready))
            draft = records.book.begin(by.action_id, ready.kind, request)
            draft.payload |= {**said, **ready.said}
            ready.move(draft)
            draft.payload |= _left(records, draft, text(ready.said, "account"))
            posted = records.book.post(draft)
            ready.then()
            settle_standing(records, by.rulebook.levels, posted.entry)
            return refunded(posted, self._slip(posted))


def _left(records: Records, draft: Draft, account: str) -> dict[str, Canonical]:
    """Return for the payload what a member may spend after all of it (`balance_after_fen`, `points_after`)."""
    if not is_id(account):
        return {}
    return after(draft, Wallets(records.database, records.book).of(account, records.book.day_of(draft)))


def _act(ready: Ready) -> Act:
    kind = anomaly.VOID if ready.kind == VOID else anomaly.REFUND
    return Act(kind, text(ready.said, "account"), ready.asked_fen, text(ready.said, "undoes"))


def refunded(posted: Posted, job: int | None = None) -> Refunded:
    """Return what an entry that gave back money says."""
    payload = posted.entry.payload
    return Refunded(
        number=number_of(posted.entry),
        kind=posted.entry.kind,
        bill=text(payload, "bill"),
        given_fen=-number(payload, "amount_fen"),
        cash_fen=number(payload, "cash_fen"),
        payable_fen=sum(each["fen"] for each in parts(payload, "payouts")),
        deducted_fen=number(payload, "deducted_fen"),
        points=number(payload, "points_back"),
        print_job=job,
    )

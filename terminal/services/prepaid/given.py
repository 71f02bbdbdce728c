"""How often members had an offer, a reward, a coupon by hand or a milestone, or used a coupon, as this till knows."""

from __future__ import annotations

import datetime as dt

from terminal.base.ids import AccountId
from terminal.ledger.draft import Draft
from terminal.rules.deed import sale_name
from terminal.services.files.aliases import MergedFiles
from terminal.store.database import Database

OFFER, REWARD, COUPON, MILESTONE, REFERRAL = "offer", "reward", "coupon", "milestone", "referral"
USED = "used"  # a coupon of a template, on a bill
# What a void took back was never given. A prepayment refund is no void: the offer was had.
COUNT_SQL = (
    "SELECT coalesce(sum(count), 0) FROM given WHERE {} AND NOT EXISTS"
    " (SELECT 1 FROM deed WHERE undoes = given.sale AND undoes <> '' AND kind IN ('void', 'return_reward'))"
)
BEFORE_SQL = (
    "SELECT 1 FROM deed AS one WHERE account = ? AND account <> x'' AND {} AND NOT EXISTS (SELECT 1 FROM deed AS other"
    " WHERE other.undoes <> '' AND other.kind = 'void' AND other.undoes ="
    " (SELECT device || '/' || epoch || '/' || one.seq FROM life WHERE n = one.life)) LIMIT 1"
)


class GivenBook:
    """Notes what an entry gives, in its transaction, and counts what was given before it, to merged files together."""

    def __init__(self, database: Database) -> None:
        """Count in `database`."""
        self._database = database
        self._merged = MergedFiles(database)

    def note(self, draft: Draft, day: dt.date, what: tuple[str, str], account: AccountId, count: int = 1) -> None:
        """Note that the entry a draft will be gives so many pieces: (kind, code), such as (OFFER, "new-year")."""
        self._database.run(
            "INSERT INTO given (what, account, sale, day, count) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (what, account, sale) DO UPDATE SET count = count + excluded.count",
            ("/".join(what), bytes.fromhex(account), sale_name(draft.source), day.isoformat(), count),
        )

    def of_member(self, what: tuple[str, str], account: AccountId, day: dt.date | None = None) -> int:
        """Return how many pieces a member was given, in all or on one day."""
        owners = [bytes.fromhex(owner) for owner in self._merged.owners(account)]
        on_day = " AND day = ?" if day else ""
        where = f"what = ? AND account IN ({', '.join('?' * len(owners))}){on_day}"
        return self._sum(where, ("/".join(what), *owners, *([day.isoformat()] if day else [])))

    def of_all(self, what: tuple[str, str]) -> int:
        """Return how many pieces everybody together was given."""
        return self._sum("what = ?", ("/".join(what),))

    def topped_up_before(self, account: AccountId, least_fen: int = 1) -> bool:
        """Tell whether this till knows of a top-up of at least so much that was not voided."""
        return self._was("top_up_fen >= ?", account, least_fen)

    def paid_before(self, account: AccountId, least_fen: int = 1) -> bool:
        """Tell whether this till knows of a bill on which at least so much was paid and that was not voided."""
        return self._was("visits > 0 AND paid_fen >= ?", account, least_fen)

    def _was(self, condition: str, account: AccountId, least_fen: int) -> bool:
        sql, least = BEFORE_SQL.format(condition), max(1, least_fen)
        owners = self._merged.owners(account)
        return any(self._database.row(sql, (bytes.fromhex(owner), least)) is not None for owner in owners)

    def _sum(self, where: str, values: tuple[object, ...]) -> int:
        row = self._database.row(COUNT_SQL.format(where), values)
        assert row is not None, "a sum is always a row"
        return int(row[0])

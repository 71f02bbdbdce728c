"""Units on hold: locked coupons and reserved sessions, which nobody else may use and no recall takes away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from terminal.base.ids import BucketId
from terminal.ledger.draft import Holding
from terminal.store.database import Database

# Few bills are open at a time, so going through their holds is quicker than an index of bucket ids would be.
_OF_BUCKET = (
    "SELECT coalesce(sum(unit_hold.amount), 0) FROM unit_hold CROSS JOIN bucket ON bucket.n = unit_hold.bucket"
    " WHERE bucket.id = ?"
)


class Holds:
    """Reads and keeps what is on hold; whatever writes does so in its caller's transaction."""

    def __init__(self, database: Database) -> None:
        """Keep holds in an open store."""
        self._database = database

    def on(self, bucket: BucketId) -> int:
        """Return how many units of a bucket anybody here has on hold."""
        row = self._database.row(_OF_BUCKET, (bytes.fromhex(bucket),))
        assert row is not None, "a sum is always a row"
        return int(row[0])

    def free(self, holdings: Sequence[Holding], holder: str = "") -> list[Holding]:
        """Return holdings less what others than `holder` have on hold, without those of which nothing is left."""
        if not holdings:
            return []
        marks = ", ".join("?" * len(holdings))
        rows = self._database.rows(
            f"SELECT bucket, sum(amount) FROM unit_hold WHERE bucket IN ({marks}) AND holder <> ? GROUP BY bucket",  # noqa: S608 - marks only
            (*[each.n for each in holdings], holder),
        )
        taken = {bucket: amount for bucket, amount in rows}  # noqa: C416 - rows have no length for the type checker
        free = [each._replace(amount=each.amount - taken.get(each.n, 0)) for each in holdings]
        return [each for each in free if each.amount > 0]

    def put(self, holder: str, amounts: Mapping[int, int]) -> None:
        """Have `holder` hold so many units by row of their bucket, and nothing else."""
        self.drop(holder)
        values = [value for bucket, amount in sorted(amounts.items()) for value in (holder, bucket, amount)]
        if values:
            marks = ", ".join(["(?, ?, ?)"] * len(amounts))
            self._database.run(f"INSERT INTO unit_hold VALUES {marks}", values)  # noqa: S608 - marks only

    def drop(self, holder: str) -> None:
        """Let go of all that `holder` holds."""
        self._database.run("DELETE FROM unit_hold WHERE holder = ?", (holder,))

"""The member QRs that were taken: each is genuine, fresh, and taken once."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.base.clock import Clock
from terminal.base.ids import AccountId
from terminal.ledger.book import Book
from terminal.rules.media import member_qr
from terminal.store.database import Database


class MemberQrs:
    """Takes member QRs, for as many as are shown. Used by the dispatcher."""

    def __init__(self, database: Database, book: Book, clock: Clock, keys: Mapping[int, bytes]) -> None:
        """Keep in an open store what was taken; `keys` are the chain's public keys, 32 bytes each, by number."""
        self._database = database
        self._book = book
        self._clock = clock
        self._keys = keys

    def take(self, text: str) -> AccountId:
        """Return whose genuine, fresh member QR a scanned text is, and never take that one again.

        Raises `Refusal` as `member_qr.verified`; nothing is taken then.
        """
        chain = self._book.life().chain
        with self._database.write():
            signed = member_qr.decode(text).signed
            before = self._taken(signed)
            account, after = member_qr.verified(text, self._keys, chain, self._clock.now_ms() // 1000, before)
            self._database.run("UPDATE qr_clock SET latest_s = ?", (after.latest_s,))
            self._database.run("DELETE FROM qr_taken WHERE until_s < ?", (after.latest_s,))
            self._database.run("INSERT INTO qr_taken VALUES (?, ?)", (signed, after.until_s[signed]))
        return account

    def _taken(self, signed: bytes) -> member_qr.Taken:
        """Return all that matters of what was taken: whether this one was, and the latest time."""
        latest = self._database.row("SELECT latest_s FROM qr_clock")
        assert latest is not None, "the store has its one row"
        rows = self._database.rows("SELECT signed, until_s FROM qr_taken WHERE signed = ?", (signed,))
        return member_qr.Taken({bytes(key): until_s for key, until_s in rows}, latest[0])

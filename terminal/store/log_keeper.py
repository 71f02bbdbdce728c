"""Keeps the write-ahead log short beside the work, so that no commit has to carry it over into the file."""

from __future__ import annotations

import logging
import threading
from typing import Final

from terminal.base.errors import Refusal
from terminal.store.database import Database

logger = logging.getLogger(__name__)

# Some ten bills: carried over in a few milliseconds where storage is quick, and a start after a power cut stays short.
ENOUGH_PAGES: Final = 500
LOOK_AGAIN_S: Final = 1.0
STOP_S: Final = 10.0


class LogKeeper:
    """Looks at the log of a store from time to time, in a thread with a connection of its own."""

    def __init__(self, database: Database, look_again_s: float = LOOK_AGAIN_S) -> None:
        """Keep the log of a store whose connections belong to threads; nothing happens until `start`."""
        self._database = database
        self._look_again_s = look_again_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-keeper", daemon=True)
        self._failed = False

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End, and return when the connection is closed; a storage that hangs holds nobody up for long."""
        self._stop.set()
        self._thread.join(STOP_S)

    def keep(self) -> int:
        """Carry the log over where it has grown enough; return how many pages that took.

        It waits for nobody, and no reader or writer waits for it: what they are busy with stays for the next time.
        Raises `Refusal` like every statement.
        """
        _, pages, carried = self._log("NOOP")
        if pages - carried < ENOUGH_PAGES:
            return 0
        _, _, after = self._log("PASSIVE")
        return after - carried

    def attempt(self) -> None:
        """Do the same as the thread does: a storage that fails is told once, and tried again the next time."""
        try:
            self.keep()
        except Refusal as refusal:
            if not self._failed:
                logger.warning("the log of the store cannot be carried over now: %s", refusal.code)
            self._failed = True
        else:
            self._failed = False

    def _log(self, how: str) -> tuple[int, int, int]:
        """Return whether somebody was in the way, the pages in the log, and how many of them the file has already."""
        busy, pages, carried = self._database.rows(f"PRAGMA wal_checkpoint({how})")[0]
        return busy, pages, carried

    def _run(self) -> None:
        try:
            while not self._stop.wait(self._look_again_s):
                self.attempt()
        finally:
            self._database.close()

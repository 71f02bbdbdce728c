"""The spool and the drawer as a printer's thread sees them."""

from __future__ import annotations

from contextlib import suppress

from terminal.base.errors import Overloaded, Refusal
from terminal.base.printing import DrawerKick, PrintJob
from terminal.runtime.dispatcher import Dispatcher
from terminal.services.drawer import Drawer
from terminal.services.spool import Spool


class SpoolJobs:
    """Where a printer's thread gets its work: each step is done by the dispatcher."""

    def __init__(self, dispatcher: Dispatcher, spool: Spool, drawer: Drawer) -> None:
        """Join them."""
        self._dispatcher = dispatcher
        self._spool = spool
        self._drawer = drawer

    def take(self, device: str) -> PrintJob | None:
        """Return the next job, durably marked as being sent; None when nothing waits or the till is too busy."""
        try:
            return self._dispatcher.ask(lambda: self._spool.take(device))
        except (Overloaded, Refusal):
            return None

    def put_back(self, device: str, job: int) -> None:  # noqa: ARG002 - the spool knows the job's printer
        """Queue a job again of which nothing was sent; where the till is too busy, it comes back as doubtful."""
        with suppress(Overloaded, Refusal):
            self._dispatcher.ask(lambda: self._spool.put_back(job))

    def take_kick(self, device: str) -> DrawerKick | None:
        """Return the drawer's next opening, durably marked as sent; None when there is none or the till is too busy."""
        try:
            return self._dispatcher.ask(lambda: self._drawer.take(device))
        except (Overloaded, Refusal):
            return None

    def wait(self, timeout_s: float) -> None:
        """Return when there may be a job, or after the timeout."""
        self._spool.wait(timeout_s)

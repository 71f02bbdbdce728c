"""The card service's client library with a limit on every call, which the library itself does not have.

libpcsclite waits for the daemon's answer in a read without a time limit, also where SCardGetStatusChange was given one
(it first reads the readers' states and last an acknowledgement), and SCardCancel asks the same daemon over a connection
of its own. A daemon that takes connections and answers none would so hold its callers for ever. The only thing that
ends such a read is the end of its connection: it is shut down from outside, and the call returns with an error.

libpcsclite keeps its one lock from the beginning of SCardEstablishContext to the daemon's answer, and pyscard frees the
memory of SCardListReaders, for which it needs that lock, without letting other threads of Python run. Both at once stop
the whole program for as long as the daemon takes, so they are kept apart.
"""

from __future__ import annotations

import logging
import os
import pathlib
import socket
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from types import ModuleType
from typing import Any

SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"
SOCKET_PATH = "/run/pcscd/pcscd.comm"  # where libpcsclite looks unless the variable names another place

# Far above what a reader takes for one command or the powering of a card, and above the longest wait asked for.
ANSWER_LIMIT_S = 5.0
HURRIED_LIMIT_S = 0.3
LOOK_S = 0.1
# One of them at a time; SCardStatus gives memory back in the same way.
APART = frozenset({"SCardEstablishContext", "SCardListReaders", "SCardStatus"})

_log = logging.getLogger(__name__)


class WatchedLibrary:
    """`smartcard.scard`, whose calls return with an error when the daemon has not answered within `limit_s`.

    Its functions and constants are had by their names, as from the module. Between `start` and `end` a thread watches.
    Those of one process that may overlap are given the same lock `apart`.
    """

    def __init__(
        self,
        library: ModuleType,
        limit_s: float = ANSWER_LIMIT_S,
        *,
        apart: threading.Lock | None = None,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._library = library
        self._limit_s = limit_s
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._apart = apart or threading.Lock()
        self._begun_s: dict[int, float] = {}
        self._hurried_s: float | None = None
        self._ended = threading.Event()
        self.broken_off = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the module has by that name
        found = getattr(self._library, name)
        if not name.startswith("SCard"):
            return found

        def call(*arguments: object) -> Any:  # noqa: ANN401 - whatever the function returns
            caller = threading.get_ident()
            with self._lock:
                self._begun_s[caller] = self._monotonic_s()
            try:
                # Waiting for the others counts as well: what holds them up is then broken off for both.
                with self._apart if name in APART else nullcontext():
                    return found(*arguments)
            finally:
                with self._lock:
                    del self._begun_s[caller]

        return call

    def start(self) -> None:
        """Watch the calls from now on."""
        threading.Thread(target=self._watch, name="pcsc-watch", daemon=True).start()

    def end(self) -> None:
        """Watch no more once the calls under way are over, which get only a moment; safe at any time, also twice."""
        self.hurry()
        self._ended.set()

    def hurry(self) -> None:
        """Give calls only a moment more from now on: somebody waits for the end."""
        with self._lock:
            if self._hurried_s is None:
                self._hurried_s = self._monotonic_s()

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_S):
            self._look()
        pause = threading.Event()
        while self._busy():
            pause.wait(LOOK_S)
            self._look()

    def _look(self) -> None:
        if self._overdue():
            # Said before it is done: the call returns at once, and its caller asks why.
            self.broken_off += 1
            cut = _shut_down_connections()
            if cut:
                _log.warning("the card service does not answer: %d connections broken off", cut)

    def _busy(self) -> bool:
        with self._lock:
            return bool(self._begun_s)

    def _overdue(self) -> bool:
        now_s = self._monotonic_s()
        with self._lock:
            for begun_s in self._begun_s.values():
                if now_s - begun_s > self._limit_s:
                    return True
                if self._hurried_s is not None and now_s - max(begun_s, self._hurried_s) > HURRIED_LIMIT_S:
                    return True
        return False


def _shut_down_connections() -> int:
    """Shut down this process's connections to the card service and return how many there were."""
    service = os.path.realpath(os.environ.get(SOCKET_VARIABLE) or SOCKET_PATH)
    return sum(_shut_down(int(entry.name), service) for entry in pathlib.Path("/proc/self/fd").iterdir())


def _shut_down(number: int, service: str) -> bool:
    """Shut the file `number` down if it is a connection to the socket `service`; it stays the library's to close."""
    try:
        link = socket.socket(fileno=number)
    except OSError:
        return False  # no socket, or closed meanwhile
    try:
        peer = link.getpeername() if link.family == socket.AF_UNIX else ""
        if not peer or os.path.realpath(peer) != service:
            return False
        link.shutdown(socket.SHUT_RDWR)
    except OSError:
        return False
    else:
        return True
    finally:
        # Never closed here, not even as a copy: closing any copy of a file gives back the store's locks (fcntl(2)).
        link.detach()

"""The card service's client library with a limit on every call, which the library itself does not have.

libpcsclite waits for the daemon's answer in a read without a time limit, also where SCardGetStatusChange was given one
(it first reads the readers' states and last an acknowledgement), and SCardCancel asks the same daemon over a connection
of its own. A daemon that takes connections and answers none would so hold its callers for ever. The only thing that
ends such a read is the end of its connection: it is shut down from outside, and the call returns with an error.

Each context has a connection of its own, and the daemon a thread for it (pcsc-lite, `winscard_clnt.c` and
`winscard_svc.c`). So a call that concerns one reader hangs where that reader's driver hangs or another program holds
its card: then only this caller's connection is broken off. A call that concerns no reader is answered by the daemon
itself, at once: one that hangs means that the daemon is mute, and all connections are broken off. Those calls are given
up first, so that a mute daemon is not taken for a reader that hangs.

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
from dataclasses import dataclass
from types import ModuleType
from typing import Any

SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"
SOCKET_PATH = "/run/pcscd/pcscd.comm"  # where libpcsclite looks unless the variable names another place

# Far above what a reader takes for one command or the powering of a card, and above the longest wait asked for.
ANSWER_LIMIT_S = 5.0
# More than the longest wait that is asked for: by then a daemon that is mute has left another call unanswered as well.
READER_MORE_S = 1.5
HURRIED_LIMIT_S = 0.3
LOOK_S = 0.1
# One of them at a time; SCardStatus gives memory back in the same way.
APART = frozenset({"SCardEstablishContext", "SCardListReaders", "SCardStatus"})
# What the daemon answers when the reader's driver has, or when no other program holds the card any more. (SCardStatus
# does neither: it is asked inside a transaction, and of the daemon's own notes.)
OF_A_READER = frozenset(
    {
        *("SCardConnect", "SCardReconnect", "SCardDisconnect", "SCardBeginTransaction", "SCardEndTransaction"),
        *("SCardTransmit", "SCardControl", "SCardReleaseContext"),
    }
)

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Call:
    """A call under way; `connection` is its caller's own, by inode, or 0 where that is not known."""

    name: str
    begun_s: float
    connection: int
    given_up: bool = False


class WatchedLibrary:
    """`smartcard.scard`, whose calls return with an error when the daemon has not answered within `limit_s`.

    Its functions and constants are had by their names, as from the module. Between `start` and `end` a thread watches.
    A thread has one context at a time, as pcsc(3) wants it. Those of one process that may overlap are given the same
    lock `apart`.
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
        self._calls: dict[int, _Call] = {}
        self._connections: dict[int, int] = {}
        self._given_up: dict[int, str] = {}
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
                self._calls[caller] = _Call(name, self._monotonic_s(), self._connections.get(caller, 0))
            try:
                # Waiting for the others counts as well: what holds them up is then broken off for both.
                with self._apart if name in APART else nullcontext():
                    return self._establish(found, *arguments) if name == "SCardEstablishContext" else found(*arguments)
            finally:
                with self._lock:
                    del self._calls[caller]
                    if name == "SCardReleaseContext":
                        self._forget(caller)

        return call

    def _establish(self, establish: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - as above
        """Make a context, and note which connection has come with it."""
        caller = threading.get_ident()
        before = _connections()
        answer = establish(*arguments)
        # Only one context is made at a time. A cancellation may have a connection for a moment; then it is not known.
        new = _connections().keys() - before.keys()
        with self._lock:
            self._forget(caller)
            if len(new) == 1:
                self._connections[caller] = new.pop()
        return answer

    def _forget(self, caller: int) -> None:
        self._connections.pop(caller, None)
        self._given_up.pop(caller, None)

    def given_up(self) -> str:
        """Return which of the calling thread's calls its own context was broken off for, and nothing if none."""
        with self._lock:
            return self._given_up.get(threading.get_ident(), "")

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
        overdue = self._overdue()
        if not overdue:
            return
        connections = _connections()
        if all(_is_own(call, connections) for call in overdue.values()):
            self._give_up(overdue, connections)
            return
        # Said before it is done: the call returns at once, and its caller asks why.
        self.broken_off += 1
        cut = sum(_shut_down(number, inode) for inode, number in connections.items())
        if cut:
            _log.warning("the card service does not answer: %d connections broken off", cut)

    def _give_up(self, overdue: dict[int, _Call], connections: dict[int, int]) -> None:
        """Break off the connections of these callers, and of nobody else."""
        for caller, call in overdue.items():
            with self._lock:
                if self._calls.get(caller) is not call:
                    continue  # answered at the last moment
                self._given_up[caller] = call.name
                call.given_up = True
            _shut_down(connections[call.connection], call.connection)
            _log.warning("a card reader does not answer: %s broken off", call.name)

    def _busy(self) -> bool:
        with self._lock:
            return bool(self._calls)

    def _overdue(self) -> dict[int, _Call]:
        """Return the calls that have taken too long, by their callers."""
        now_s = self._monotonic_s()
        with self._lock:
            return {caller: call for caller, call in self._calls.items() if self._is_overdue(call, now_s)}

    def _is_overdue(self, call: _Call, now_s: float) -> bool:
        more_s = READER_MORE_S if call.name in OF_A_READER else 0.0
        if now_s - call.begun_s > self._limit_s + more_s:
            return True
        return self._hurried_s is not None and now_s - max(call.begun_s, self._hurried_s) > HURRIED_LIMIT_S


def _is_own(call: _Call, connections: dict[int, int]) -> bool:
    """Tell whether a call is to be ended by its caller's own connection alone, which did not fail to do so before."""
    return call.name in OF_A_READER and call.connection in connections and not call.given_up


def _connections() -> dict[int, int]:
    """Return this process's connections to the card service: each one's inode, and the number of its open file."""
    service = os.path.realpath(os.environ.get(SOCKET_VARIABLE) or SOCKET_PATH)
    numbers = (int(entry.name) for entry in pathlib.Path("/proc/self/fd").iterdir())
    return {inode: number for number in numbers if (inode := _inode(number, service))}


def _inode(number: int, service: str) -> int:
    """Return the inode of the file `number` if it is a connection to the socket `service`, else 0."""
    try:
        link = socket.socket(fileno=number)
    except OSError:
        return 0  # no socket, or closed meanwhile
    try:
        peer = link.getpeername() if link.family == socket.AF_UNIX else ""
        return os.fstat(number).st_ino if peer and os.path.realpath(peer) == service else 0
    except OSError:
        return 0
    finally:
        # Never closed here, not even as a copy: closing any copy of a file gives back the store's locks (fcntl(2)).
        link.detach()


def _shut_down(number: int, inode: int) -> bool:
    """Shut a connection down and tell whether that was possible; it stays the library's to close."""
    try:
        link = socket.socket(fileno=number)
    except OSError:
        return False
    try:
        if os.fstat(number).st_ino != inode:
            return False  # closed meanwhile, and the number is another file's
        link.shutdown(socket.SHUT_RDWR)
    except OSError:
        return False
    else:
        return True
    finally:
        link.detach()

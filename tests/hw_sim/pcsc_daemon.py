"""A stand-in for pcscd: real, unchanged libpcsclite clients talk to it over `PCSCLITE_CSOCK_NAME`.

As a program:

    python -m tests.hw_sim.pcsc_daemon --socket PATH --control PATH [--readers NAME ...] [--cards FILE.json]

In tests: `PcscDaemon(socket_path)`, `start()`, `desk.insert(...)`, `crash()`, `start()`, `close()`. Control verbs
are the methods of `Desk` by name, and `crash`, `start`, `state`, `faults`, `quit`.
"""

from __future__ import annotations

import contextlib
import itertools
import pathlib
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any

from tests.hw_sim.card_base import Card
from tests.hw_sim.cards import read_deck
from tests.hw_sim.control import ControlServer, FaultCounter, Verb, arguments, run_until_told
from tests.hw_sim.pcsc_connection import Connection
from tests.hw_sim.pcsc_desk import FAULTS, Desk
from tests.hw_sim.pcsc_service import Service

DEFAULT_READERS = ("ACS ACR122U PICC Interface 00 00", "ACS ACR39U ICC Reader 01 00")
DESK_VERBS = (
    *("plug", "unplug", "insert", "mute", "remove", "swap", "add_card", "cards", "apdus"),
    *("delay", "fail_apdu", "garble", "busy", "reset", "deny", "silence", "escape", "calm"),
)
JOIN_S = 5.0


class PcscDaemon:
    """The daemon on one socket path: it can crash and come back, the readers and cards stay on the desk."""

    def __init__(
        self,
        socket_path: str,
        readers: Sequence[str] = DEFAULT_READERS,
        deck: dict[str, Card] | None = None,
    ) -> None:
        """Prepare readers and cards (the demonstration deck by default); `start` listens."""
        self.fault_counter = FaultCounter("pcsc", FAULTS)
        self.desk = Desk(readers, read_deck(None) if deck is None else deck, self.fault_counter)
        self._path = pathlib.Path(socket_path)
        self._service = Service(self.desk)
        self._numbers = itertools.count(1)
        self._listener: socket.socket | None = None
        self._threads: dict[threading.Thread, Connection | None] = {}
        self._threads_lock = threading.Lock()

    def start(self) -> None:
        """Listen; does nothing when it already does."""
        if self._listener:
            return
        self._path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(self._path))
        listener.listen(64)
        self._listener = listener
        self._spawn(lambda: self._accept(listener), None)

    def _spawn(self, work: Callable[[], None], connection: Connection | None) -> None:
        thread = threading.Thread(target=work, name="pcsc", daemon=True)
        with self._threads_lock:
            self._threads = {known: value for known, value in self._threads.items() if known.is_alive()}
            thread.start()
            self._threads[thread] = connection

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                stream, _ = listener.accept()
                connection = Connection(stream, next(self._numbers), self._service, self.desk)
                self._spawn(connection.run, connection)

    def crash(self) -> None:
        """Drop every client and stop listening, as after SIGKILL: the socket file stays behind."""
        if self._listener:
            self._stop()
            self.fault_counter.hit("daemon_crash")

    def _stop(self) -> None:
        listener, self._listener = self._listener, None
        if listener is None:
            return
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        with self._threads_lock:
            acceptors = [thread for thread, connection in self._threads.items() if connection is None]
        for thread in acceptors:
            thread.join(JOIN_S)
        listener.close()
        with self._threads_lock:
            serving, self._threads = self._threads, {}
        for connection in filter(None, serving.values()):
            connection.cut()
        self.desk.silence(on=False)
        self._service.restart()
        for thread in serving:
            thread.join(JOIN_S)

    def close(self) -> None:
        """End for good; safe to call twice."""
        self._stop()
        self._path.unlink(missing_ok=True)

    def state(self) -> dict[str, Any]:
        """All a person may want to see: whether it runs, its clients, readers and cards."""
        with self._threads_lock:
            clients = sum(1 for thread, link in self._threads.items() if link and thread.is_alive())
        return {
            "running": self._listener is not None,
            "clients": clients,
            "denied": self.desk.denied,
            "readers": self.desk.readers(),
            **self.desk.cards(),
        }

    def verbs(self) -> dict[str, Verb]:
        """What the control socket offers."""
        return {
            **{name: getattr(self.desk, name) for name in DESK_VERBS},
            "crash": self.crash,
            "start": self.start,
            "state": self.state,
            "faults": lambda: {"faults": self.fault_counter.counts()},
        }


def main(words: Sequence[str] | None = None) -> None:
    """Run the daemon until SIGTERM, SIGINT or the verb `quit`; prints one line `ready {json}`."""
    parser = arguments("A stand-in for pcscd.")
    parser.add_argument("--socket", required=True, help="path for PCSCLITE_CSOCK_NAME")
    parser.add_argument("--readers", action="append", help="a reader's name; repeat for more")
    parser.add_argument("--cards", help="deck in JSON")
    options = parser.parse_args(words)
    daemon = PcscDaemon(options.socket, options.readers or DEFAULT_READERS, read_deck(options.cards))
    daemon.start()
    control = ControlServer(options.control, daemon.verbs())
    run_until_told(control, daemon.close, socket=options.socket, **daemon.state())


if __name__ == "__main__":
    main()

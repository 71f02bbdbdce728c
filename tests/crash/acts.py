"""A program with a till inside that does what a test says, so that killing it often costs little.

`python -m tests.crash.acts --socket PATH` loads everything, prints `ready`, and forks a process for each connection.
One such process holds the real till as `terminal serve` builds it, with all its threads, drivers and pages; it takes
one JSON object a line and answers when the till's own call has returned, which is when a page would say "done":

- `start` (`config`): open the store and start every part
- `desk` (`method`, `arguments`): what the pages call
- `door` (`verb`, `arguments`): what commands call, through the till's own door
- `kiosk`: the newest screen; `spool`: the receipts and what became of them
- `stop`: end as `terminal serve` does when it is asked to
- `pragma` (`text`): change how the till's connection works, for example let it commit without syncing, to show that
  the tests would notice

Where `RECORDER_ACKS` names a file, each answer of `desk` and `door` is written there before it is given.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import os
import pathlib
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from terminal.app import Till
from terminal.base.config import load_config
from terminal.base.errors import Refusal
from terminal.rules.kiosk import KioskScreen
from terminal.runtime.admin import AdminClient
from terminal.services.receipts import KIOSK
from tests.crash.recorder import ACKS_VARIABLE

SPOOL = "SELECT id, bill_no, state, attempt, marked, copy_of, session FROM print_job ORDER BY id"
SPOOL_COLUMNS = ("job", "bill_no", "state", "attempt", "marked", "copy_of", "session")


class Actor:
    """One till, started and worked by requests."""

    def __init__(self) -> None:
        """Wait for `start`."""
        path = os.environ.get(ACKS_VARIABLE)
        self._acks = os.open(path, os.O_WRONLY | os.O_APPEND) if path else -1

    def verbs(self) -> Mapping[str, Callable[..., object]]:
        """Return what can be asked for."""
        return {
            "start": self.start,
            "desk": self.desk,
            "door": self.door,
            "kiosk": self.kiosk,
            "spool": self.spool,
            "pragma": self.pragma,
            "stop": self.stop,
        }

    def start(self, config: str) -> str:
        """Start the till and return the address of its pages."""
        self._config = load_config(pathlib.Path(config))
        self._till = Till(self._config)
        self._till.start()
        return self._till.address

    def desk(self, method: str, arguments: Sequence[Any]) -> object:
        """Do what a page would and return what it would be told."""
        answer = getattr(self._till._desk, method)(*arguments)
        return self._acknowledged(method, arguments, _plain(answer))

    def door(self, verb: str, arguments: Mapping[str, Any]) -> object:
        """Do what a command would and return what it would be told."""
        client = AdminClient(self._config.till.admin_socket)
        try:
            answer = client(verb, **arguments)
        finally:
            client.close()
        return self._acknowledged(verb, arguments, answer)

    def kiosk(self) -> Mapping[str, str]:
        """Return the kiosk's screen by name, session and code."""
        _, screen = self._till._board.newest(KIOSK)
        assert isinstance(screen, KioskScreen)
        return {"name": screen.name, "session": screen.session, "code": screen.code}

    def spool(self) -> list[dict[str, Any]]:
        """Return the receipts in the spool."""
        rows = self._till._dispatcher.ask(lambda: self._till._store.database.rows(SPOOL))
        return [dict(zip(SPOOL_COLUMNS, row, strict=True)) for row in rows]

    def pragma(self, text: str) -> None:
        """Change a setting of the connection through which the till writes."""
        self._till._dispatcher.ask(lambda: self._till._store.database.run(f"PRAGMA {text}"))

    def stop(self) -> None:
        """Stop every part and close the store."""
        self._till.stop()

    def _acknowledged(self, what: str, arguments: object, answer: object) -> object:
        if self._acks >= 0:
            ack = {"what": what, "arguments": arguments, "answer": answer}
            os.write(self._acks, json.dumps(ack).encode())
        return answer


def _plain(value: object) -> object:
    """Return dataclasses as JSON values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


def _serve(connection: socket.socket) -> None:
    """Answer one connection until it is closed."""
    verbs = Actor().verbs()
    with connection.makefile("rwb") as lines:
        lines.write(json.dumps({"pid": os.getpid()}).encode() + b"\n")
        lines.flush()
        for line in lines:
            request = json.loads(line)
            try:
                answer: Mapping[str, object] = {"answer": verbs[request.pop("do")](**request)}
            except Refusal as refusal:
                answer = {"refused": refusal.code}
            lines.write(json.dumps(answer).encode() + b"\n")
            lines.flush()


def main() -> None:
    """Fork a till for each connection until killed."""
    parser = argparse.ArgumentParser(description="A till that does what a test says.")
    parser.add_argument("--socket", required=True)
    path = parser.parse_args().socket
    logging.basicConfig(level=logging.WARNING)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead: the kernel buries them
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(4)
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            try:
                _serve(connection)
            finally:
                # The till's threads are not asked to end: for a crash test there is no tidy end.
                os._exit(0)
        connection.close()


if __name__ == "__main__":
    main()

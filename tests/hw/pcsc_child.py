"""The shipped card reader driver in a process of its own, for tests with more than one card service.

The client library reads the service's name once per process. This program writes each event of the driver as a line of
JSON and ends, with its exit code saying whether the driver obeyed, when its standard input is closed.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import threading
import time
from types import TracebackType
from typing import Any, Self

from terminal.base.events import DeviceEvent
from terminal.hw.pcsc import PcscDriver, ReaderMatch
from terminal.runtime.supervisor import Supervisor

PAUSES_S = (0.02, 0.05)
DEADLINE_S = 40.0
LEAVING_S = 10.0

Seen = dict[str, Any]


def _line(event: DeviceEvent) -> str:
    values = dataclasses.asdict(event)
    values.update({key: value.hex() for key, value in values.items() if isinstance(value, bytes)})
    return json.dumps({"event": type(event).__name__, **values}) + "\n"


def _write(event: DeviceEvent) -> None:
    # Readers tell from threads of their own, and `print` writes text and end of line apart: lines would run together.
    os.write(sys.stdout.fileno(), _line(event).encode())


def main(matches: list[str]) -> int:
    """Run the driver until standard input ends; `matches` are `id=part of a reader's name`."""
    wanted = [ReaderMatch(name, part) for name, _, part in (match.partition("=") for match in matches)]
    supervisor = Supervisor([PcscDriver("pcsc", wanted)], _write, PAUSES_S)
    supervisor.start()
    sys.stdin.read()
    return 1 if supervisor.stop() else 0


class Child:
    """A process with the driver, and the events it has reported."""

    def __init__(self, service: pathlib.Path, matches: dict[str, str]) -> None:
        """Start it on the service behind a socket; `matches` gives reader ids to parts of names."""
        self.seen: list[Seen] = []
        self._changed = threading.Condition(threading.RLock())
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, *(f"{name}={part}" for name, part in matches.items())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PCSCLITE_CSOCK_NAME": str(service)},
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None, "it was asked for"
        for line in self._process.stdout:
            with self._changed:
                self.seen.append(json.loads(line))
                self._changed.notify_all()

    def __enter__(self) -> Self:
        """Be used in a with statement."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it; fail when its driver did not obey."""
        assert self._process.stdin is not None, "it was asked for"
        assert self._process.stdout is not None, "it was asked for"
        self._process.stdin.close()
        try:
            code = self._process.wait(LEAVING_S)
        finally:
            self._process.kill()
            self._process.wait()
            self._thread.join()
            self._process.stdout.close()
        assert error is not None or code == 0, "the driver did not stop"

    def of(self, event: str, device: str) -> list[Seen]:
        """Return the events of one kind and device so far."""
        with self._changed:
            return [seen for seen in self.seen if seen["event"] == event and seen["device"] == device]

    def wait(self, event: str, device: str, count: int = 1) -> Seen:
        """Return the `count`-th event of a kind and device, waiting for it; fail at the deadline."""
        deadline_s = time.monotonic() + DEADLINE_S
        with self._changed:
            while len(found := self.of(event, device)) < count:
                left_s = deadline_s - time.monotonic()
                assert left_s > 0, f"waited for {event} number {count} of {device}; came: {self.seen}"
                self._changed.wait(left_s)
        return found[count - 1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

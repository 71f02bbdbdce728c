"""Asks a till for its health all the time, and a bare server (`bench.bare`) beside it at the same moments.

`python -m bench.asker TILL BARE` asks until its standard input ends, in a process of its own, so that nothing but the
two servers and the machine delays an answer. It prints `ready {}` once both answered, and at the end one line of JSON:
`answers` as [moment asked in ns of CLOCK_MONOTONIC, ms to the whole answer, status, ms to the bare server's], and
`late_ms`, how much later than asked for it was woken after each pause.
"""

from __future__ import annotations

import http.client
import json
import select
import sys
import time
import urllib.parse
from contextlib import ExitStack, closing

PAUSE_S = 0.02
TIMEOUT_S = 10.0
REFUSED = 0  # in the place of a status: no answer at all

Answer = tuple[int, float, int, float]


class Link:
    """One kept connection and the answer that is awaited on it."""

    def __init__(self, address: str) -> None:
        """Ask the server at `address`; nothing is connected yet."""
        self._link = http.client.HTTPConnection(urllib.parse.urlsplit(address).netloc, timeout=TIMEOUT_S)
        self.took_ms = 0.0
        self.status = REFUSED
        self._asked_ns = 0

    def ask(self) -> bool:
        """Send the question and return whether that was possible."""
        self._asked_ns, self.status = time.monotonic_ns(), REFUSED
        try:
            self._link.request("GET", "/healthz")
        except OSError:
            self._link.close()
            self._ended()
            return False
        return True

    def fileno(self) -> int:
        """Return the connection's number, for `select`."""
        return self._link.sock.fileno()

    def read(self) -> None:
        """Read the answer, which has begun to come or will not."""
        try:
            answer = self._link.getresponse()
            answer.read()
            self.status = answer.status
        except (OSError, http.client.HTTPException):
            self._link.close()
        self._ended()

    def close(self) -> None:
        """Hang up; the next question connects anew."""
        self._link.close()

    def _ended(self) -> None:
        self.took_ms = (time.monotonic_ns() - self._asked_ns) / 1e6


def main(till: str, bare: str) -> None:
    """Ask until nobody holds the other end of standard input."""
    with ExitStack() as open_links:
        links = [open_links.enter_context(closing(Link(address))) for address in (till, bare)]
        answers, late_ms = [_ask(*links)], list[float]()
        print("ready {}", flush=True)
        while True:
            paused_ns = time.monotonic_ns()
            if select.select([sys.stdin], [], [], PAUSE_S)[0]:
                break
            late_ms.append((time.monotonic_ns() - paused_ns) / 1e6 - PAUSE_S * 1e3)
            answers.append(_ask(*links))
    print(json.dumps({"answers": answers, "late_ms": late_ms}), flush=True)


def _ask(till: Link, bare: Link) -> Answer:
    """Ask both and take each answer as it comes."""
    asked_ns = time.monotonic_ns()
    waiting = [link for link in (till, bare) if link.ask()]
    while waiting:
        for link in select.select(waiting, [], [], TIMEOUT_S)[0] or list(waiting):
            link.read()
            waiting.remove(link)
    return asked_ns, till.took_ms, till.status, bare.took_ms


if __name__ == "__main__":
    main(*sys.argv[1:])

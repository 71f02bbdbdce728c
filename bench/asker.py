"""Asks a till for its health all the time: `python -m bench.asker ADDRESS`, until its standard input ends.

A process of its own, so that nothing but the till and the machine delays an answer. Prints `ready {}` once it was
answered, and at the end one line of JSON: `answers` as [moment asked in ns of CLOCK_MONOTONIC, ms to the whole answer,
status], and `late_ms`, how much later than asked for it was woken after each pause, which is the machine's own part.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import select
import sys
import time
import urllib.parse

PAUSE_S = 0.02
TIMEOUT_S = 10.0
REFUSED = 0  # in the place of a status: no answer at all

Answer = tuple[int, float, int]


def main(address: str) -> None:
    """Ask until nobody holds the other end of standard input."""
    link = http.client.HTTPConnection(urllib.parse.urlsplit(address).netloc, timeout=TIMEOUT_S)
    answers, late_ms = [_ask(link)], list[float]()
    print("ready {}", flush=True)
    with contextlib.closing(link):
        while True:
            paused_ns = time.monotonic_ns()
            if select.select([sys.stdin], [], [], PAUSE_S)[0]:
                break
            late_ms.append((time.monotonic_ns() - paused_ns) / 1e6 - PAUSE_S * 1e3)
            answers.append(_ask(link))
    print(json.dumps({"answers": answers, "late_ms": late_ms}), flush=True)


def _ask(link: http.client.HTTPConnection) -> Answer:
    asked_ns = time.monotonic_ns()
    try:
        link.request("GET", "/healthz")
        answer = link.getresponse()
        answer.read()
        status = answer.status
    except (OSError, http.client.HTTPException):
        link.close()
        status = REFUSED
    return asked_ns, (time.monotonic_ns() - asked_ns) / 1e6, status


if __name__ == "__main__":
    main(sys.argv[1])

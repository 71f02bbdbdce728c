"""The shipped card reader driver kept busy, and what that leaves behind: memory, threads, open files.

A program of its own, so that nothing but the driver is in its memory:
`python -m bench.steady --control PATH --reader NAME --neighbour NAME --card ID --other ID --taps N --replugs N
--restarts N`, with the card service's socket in `PCSCLITE_CSOCK_NAME`, and at PATH the control socket of the readers.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from terminal.base.events import CardRemoved, CardTapped, DeviceDown, DeviceEvent, DeviceUp
from terminal.hw.pcsc import PcscDriver, ReaderMatch
from terminal.runtime.supervisor import Supervisor
from tests.hw_sim.control import ControlClient

SERVICE, READER = "pcsc", "reader"
PAUSES_S = (0.01, 0.02)
DEADLINE_S = 60.0
SETTLE_S = 5.0
LOG_ROUNDS = 1_000  # the simulator remembers every command; it is emptied so often
Round = Callable[[int], None]


class Tally:
    """An `emit` that counts and keeps nothing, so that no memory of its own is mistaken for the driver's."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self._counts: Counter[tuple[str, str]] = Counter()
        self._changed = threading.Condition()

    def __call__(self, event: DeviceEvent) -> None:
        """Count one event."""
        with self._changed:
            self._counts[type(event).__name__, event.device] += 1
            self._changed.notify_all()

    def seen(self, kind: type[DeviceEvent], device: str = READER) -> int:
        """Return how many events of that kind came."""
        with self._changed:
            return self._counts[kind.__name__, device]

    def wait(self, kind: type[DeviceEvent], count: int, device: str = READER) -> None:
        """Return once there were so many; raise `TimeoutError` otherwise."""
        key = (kind.__name__, device)
        with self._changed:
            if not self._changed.wait_for(lambda: self._counts[key] >= count, DEADLINE_S):
                raise TimeoutError(f"{kind.__name__} number {count} of {device} did not come: {self._counts}")


class Hands:
    """What people and cables do to one reader beside another, each time until the driver has said that it noticed."""

    def __init__(self, do: ControlClient, tally: Tally, readers: tuple[str, str], cards: tuple[str, str]) -> None:
        """Work the first of the readers with both cards in turn."""
        self._do, self._tally, self._cards = do, tally, cards
        self._reader, self._neighbour = readers

    def tap(self, number: int) -> None:
        """Lay a card down and take it away."""
        taps, gone = self._tally.seen(CardTapped) + 1, self._tally.seen(CardRemoved) + 1
        self._do("insert", reader=self._reader, card=self._cards[number % len(self._cards)])
        self._tally.wait(CardTapped, taps)
        self._do("remove", reader=self._reader)
        self._tally.wait(CardRemoved, gone)
        if number % LOG_ROUNDS == 0:
            self._do("apdus", clear=True)

    def replug(self, _number: int) -> None:
        """Pull the reader out and plug it in, a card coming on the other reader and going with it.

        pcsc-lite 1.9 tells of a reader plugged in between two waits only after the second; the card ends that one.
        """
        lost, back = self._tally.seen(DeviceDown) + 1, self._tally.seen(DeviceUp) + 1
        self._do("unplug", reader=self._reader)
        self._tally.wait(DeviceDown, lost)
        self._do("plug", reader=self._reader)
        self._do("insert", reader=self._neighbour, card=self._cards[0])
        self._tally.wait(DeviceUp, back)
        self._do("remove", reader=self._neighbour)

    def restart(self, _number: int) -> None:
        """Kill the card service and start it."""
        lost, back = self._tally.seen(DeviceDown, SERVICE) + 1, self._tally.seen(DeviceUp) + 1
        self._do("crash")
        self._tally.wait(DeviceDown, lost, SERVICE)
        self._do("start")
        self._tally.wait(DeviceUp, back)


def held() -> dict[str, int]:
    """Return what this process holds: `rss_kb`, `threads` and open `files`."""
    facts = dict(
        line.split(":", 1) for line in pathlib.Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    )
    return {
        "rss_kb": int(facts["VmRSS"].split()[0]),
        "threads": int(facts["Threads"]),
        "files": len(os.listdir("/proc/self/fd")),  # noqa: PTH208 - a count, without an object for each
    }


def settled(before: dict[str, int]) -> dict[str, int]:
    """Return what is held once threads that end by themselves have ended, or after `SETTLE_S`."""
    deadline_s, pause = time.monotonic() + SETTLE_S, threading.Event()
    while (now := held())["threads"] > before["threads"] and time.monotonic() < deadline_s:
        pause.wait(0.05)
    return now


def added(rounds: int, work: Round) -> dict[str, Any]:
    """Return what was held `before` and `after` so many rounds, without those of a warm-up, and how long they took."""
    for number in range(20 + rounds // 50):
        work(number)
    before, began_s = held(), time.monotonic()
    for number in range(1, rounds + 1):
        work(number)
    took_s = time.monotonic() - began_s
    return {"took_s": took_s, "before": before, "after": settled(before)}


def main(arguments: Sequence[str] | None = None) -> None:
    """Do the work and print one line of JSON with what each sort of it left behind."""
    parser = argparse.ArgumentParser(prog="python -m bench.steady")
    for name in ("--control", "--reader", "--neighbour", "--card", "--other"):
        parser.add_argument(name, required=True)
    for name in ("--taps", "--replugs", "--restarts"):
        parser.add_argument(name, type=int, required=True)
    options = parser.parse_args(arguments)
    do, tally = ControlClient(options.control), Tally()
    supervisor = Supervisor([PcscDriver(SERVICE, [ReaderMatch(READER, options.reader)])], tally, PAUSES_S)
    supervisor.start()
    tally.wait(DeviceUp, 1)
    hands = Hands(do, tally, (options.reader, options.neighbour), (options.card, options.other))
    report = {
        "taps": added(options.taps, hands.tap),
        "replugs": added(options.replugs, hands.replug),
        "restarts": added(options.restarts, hands.restart),
    }
    assert supervisor.stop() == [], "the driver did not stop"
    do.close()
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()

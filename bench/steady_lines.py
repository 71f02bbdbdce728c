"""The shipped drivers of devices on serial lines kept busy, and what that leaves behind: memory, threads, open files.

A program of its own, so that nothing but one driver is in its memory: `python -m bench.steady_lines pn532|scanner
--link PATH --control PATH --uses N --replugs N [--cards ID ID]`, with a simulator's line and its control socket.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections.abc import Sequence
from typing import Any, Protocol

from bench.steady import DEADLINE_S, LOG_ROUNDS, PAUSES_S, READER, Tally, added
from terminal.base.events import CardTapped, CodeScanned, DeviceDown, DeviceUp
from terminal.hw.pn532 import Pn532Driver
from terminal.hw.serial_scanner import SerialScannerDriver
from terminal.runtime.supervisor import Driver, Supervisor
from tests.hw_sim.control import ControlClient

LOOK_S = 0.002
# A till's 60 ms between two searches would make a hundred thousand cards two hours of waiting.
POLL_S = 0.002


class Hands(Protocol):
    """What people do to a device, each time until the driver has said that it noticed."""

    def use(self, number: int) -> None:
        """Hold something to it."""
        ...

    def replug(self, number: int) -> None:
        """Pull the plug and put it in again."""
        ...


class Plug:
    """The cable of a device."""

    def __init__(self, do: ControlClient, tally: Tally) -> None:
        """Pull and plug it."""
        self._do, self._tally = do, tally

    def replug(self, _number: int) -> None:
        """Pull it out until that was noticed, and put it back until the device works."""
        lost, back = self._tally.seen(DeviceDown) + 1, self._tally.seen(DeviceUp) + 1
        self._do("unplug")
        self._tally.wait(DeviceDown, lost)
        self._do("plug")
        self._tally.wait(DeviceUp, back)


class BoardHands(Plug):
    """Two cards held to a PN532 in turn, so quickly that it never lies bare: each is a card that came."""

    def __init__(self, do: ControlClient, tally: Tally, cards: Sequence[str]) -> None:
        """Lay the first one down and wait until it was read."""
        super().__init__(do, tally)
        self._cards = cards
        self._next = 0
        do("insert", card=self._turn())
        tally.wait(CardTapped, 1)

    def use(self, number: int) -> None:
        """Hold the other card to it."""
        taps = self._tally.seen(CardTapped) + 1
        self._do("swap", card=self._turn())
        self._tally.wait(CardTapped, taps)
        if number % LOG_ROUNDS == 0:
            self._do("log", clear=True)

    def replug(self, number: int) -> None:
        """Pull it out and put it back, the card lying there all the time."""
        taps = self._tally.seen(CardTapped) + 1
        super().replug(number)
        self._tally.wait(CardTapped, taps)

    def _turn(self) -> str:
        self._next += 1
        return self._cards[self._next % len(self._cards)]


class ScannerHands(Plug):
    """Codes held before a scanner."""

    def use(self, number: int) -> None:
        """Scan a code that no other was."""
        scans = self._tally.seen(CodeScanned) + 1
        deadline_s, pause = time.monotonic() + DEADLINE_S, threading.Event()
        while not self._do("scan", text=f"{number:012d}")["heard"]:
            assert time.monotonic() < deadline_s, "nobody listens to the scanner"
            pause.wait(LOOK_S)
        self._tally.wait(CodeScanned, scans)


def main(arguments: Sequence[str] | None = None) -> None:
    """Do the work and print one line of JSON with what each sort of it left behind."""
    parser = argparse.ArgumentParser(prog="python -m bench.steady_lines")
    parser.add_argument("device", choices=("pn532", "scanner"))
    for name in ("--link", "--control"):
        parser.add_argument(name, required=True)
    for name in ("--uses", "--replugs"):
        parser.add_argument(name, type=int, required=True)
    parser.add_argument("--cards", nargs=2, default=())
    options = parser.parse_args(arguments)
    do, tally = ControlClient(options.control), Tally()
    supervisor = Supervisor([_driver(options)], tally, PAUSES_S)
    supervisor.start()
    tally.wait(DeviceUp, 1)
    hands: Hands = ScannerHands(do, tally) if options.device == "scanner" else BoardHands(do, tally, options.cards)
    report: dict[str, Any] = {
        "uses": added(options.uses, hands.use),
        "replugs": added(options.replugs, hands.replug),
    }
    assert supervisor.stop() == [], "the driver did not stop"
    do.close()
    print(json.dumps(report), flush=True)


def _driver(options: argparse.Namespace) -> Driver:
    if options.device == "scanner":
        return SerialScannerDriver(READER, options.link, suffix=True)
    return Pn532Driver(READER, options.link, poll_s=POLL_S)


if __name__ == "__main__":
    main()

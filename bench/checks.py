"""What the till itself adds to a tap by checking a card, and what a long code takes through the scanners' drivers.

A program of its own, because the card library asks one card service for the whole life of a process:
`python -m bench.checks --control PATH --reader NAME --count N`; prints one line of JSON with lists of milliseconds.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import random
import string
import threading
import time
import tty
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, cast

from terminal.base.events import AUTHENTICATED, CodeScanned, DeviceEvent, DeviceUp
from terminal.hw.card_reading import Identified, Unfit
from terminal.hw.cards.examining import examine
from terminal.hw.cards.keys import CardKeys, DesfireKeys, Ntag424Keys
from terminal.hw.pcsc_card import read_card
from terminal.hw.pcsc_watch import WatchedLibrary
from terminal.hw.serial_scanner import SerialScannerDriver
from terminal.hw.wedge import WedgeDriver
from terminal.hw.wedge_source import StreamSource
from terminal.runtime.supervisor import Driver, Supervisor
from tests.hw_sim import wedge_typist as typist
from tests.hw_sim.control import ControlClient

# The shop's application F53042, as it is sent.
AID, SYSTEM = bytes.fromhex("4230F5"), b"Bench"
DESFIRE_MASTER, NTAG_MASTER = bytes(range(1, 17)), bytes(range(17, 33))
KEYS = CardKeys(
    desfire=DesfireKeys(AID, 0, SYSTEM, "ev2first", DESFIRE_MASTER), ntag424=Ntag424Keys(0, SYSTEM, NTAG_MASTER)
)
KINDS = ("desfire", "ntag424")
CODE_CHARACTERS = 500
TYPED = string.ascii_letters + string.digits + "-_/?=&:.%+"
WARM_UP = 5
TIMEOUT_S = 20.0
# Between two codes, by the times in the events: longer than any code, so that each stands for itself.
CODE_SPAN_S = 10.0


def deck() -> list[dict[str, Any]]:
    """Return the cards that are checked, each with its own keys made from the masters."""
    desfire = f"{DESFIRE_MASTER.hex()}/{(AID + SYSTEM).hex()}"
    ntag = f"{NTAG_MASTER.hex()}/{SYSTEM.hex()}"
    application = {AID[::-1].hex(): {"keys": [desfire], "settings": "0F"}}
    return [
        {"id": "desfire", "kind": "desfire", "uid": "04582F6A1B6E80", "applications": application},
        {"id": "ntag424", "kind": "ntag424", "uid": "04582F6A1B6E81", "keys": [ntag] * 5},
    ]


class WaitingLibrary:
    """`smartcard.scard`, counting how long its calls waited for somebody else: their time less this thread's own."""

    def __init__(self, library: ModuleType) -> None:
        """Count from nothing."""
        self._library = library
        self.waited_ns = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the module has by that name
        """Return the module's function, timed, or its constant."""
        found = getattr(self._library, name)
        if not name.startswith("SCard"):
            return found

        def call(*arguments: object) -> Any:  # noqa: ANN401 - whatever the function returns
            began_ns, own_ns = time.monotonic_ns(), time.thread_time_ns()
            try:
                return found(*arguments)
            finally:
                passed_ns = time.monotonic_ns() - began_ns
                self.waited_ns += max(0, passed_ns - (time.thread_time_ns() - own_ns))

        return call


@dataclass(slots=True)
class Reading:
    """Conversations with the card on one reader through the shipped code, as the driver has them."""

    reader: str
    timed: WaitingLibrary
    scard: WatchedLibrary
    context: int
    stop: threading.Event = field(default_factory=threading.Event)

    def once(self, keys: CardKeys | None) -> tuple[float, float, Identified | Unfit]:
        """Return milliseconds of ours, milliseconds in all, and what the card is."""
        waited_ns, began_ns = self.timed.waited_ns, time.monotonic_ns()
        found = read_card(
            self.scard,
            self.context,
            self.reader,
            b"",
            self.stop,
            look=lambda atr, transmit: examine(atr, transmit, keys),
        )
        passed_ns = time.monotonic_ns() - began_ns
        return (passed_ns - (self.timed.waited_ns - waited_ns)) / 1e6, passed_ns / 1e6, found


def card_checks(do: ControlClient, reader: str, count: int) -> dict[str, list[float]]:
    """Return, by kind, what a full check adds: `KIND` ours, `KIND_all` with what the simulated card takes."""
    from smartcard import scard as library

    timed = WaitingLibrary(library)
    scard = WatchedLibrary(cast("ModuleType", timed))
    scard.start()
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    assert result == 0, f"no card service: {result:08X}"
    reading = Reading(reader, timed, scard, context)
    found: dict[str, list[float]] = {}
    for kind in KINDS:
        do("insert", reader=reader, card=kind)
        pairs = [(reading.once(None), reading.once(KEYS)) for _ in range(WARM_UP + count)][WARM_UP:]
        do("remove", reader=reader)
        for _, (_, _, card) in pairs:
            assert isinstance(card, Identified), card
            assert card.proof == AUTHENTICATED, card.proof
        found[kind] = [checked[0] - plain[0] for plain, checked in pairs]
        found[f"{kind}_all"] = [checked[1] - plain[1] for plain, checked in pairs]
    scard.SCardReleaseContext(context)
    scard.end()
    return found


def scans(driver: Driver, write: Callable[[str, int], None], count: int) -> list[float]:
    """Return the milliseconds from before a code's first byte is written to its event, for `count` codes."""
    events: queue.Queue[tuple[int, DeviceEvent]] = queue.Queue()
    supervisor = Supervisor([driver], lambda event: events.put((time.monotonic_ns(), event)))
    supervisor.start()
    _next(events, DeviceUp)
    draw = random.Random(500)
    took_ms = []
    for number in range(WARM_UP + count):
        text = "".join(draw.choices(TYPED, k=CODE_CHARACTERS))
        began_ns = time.monotonic_ns()
        write(text, number)
        at_ns, event = _next(events, CodeScanned)
        assert isinstance(event, CodeScanned), event
        assert event.text == text, "the code did not arrive whole"
        took_ms.append((at_ns - began_ns) / 1e6)
    assert supervisor.stop() == [], "the driver did not stop"
    return took_ms[WARM_UP:]


def _next(events: queue.Queue[tuple[int, DeviceEvent]], kind: type[DeviceEvent]) -> tuple[int, DeviceEvent]:
    at_ns, event = events.get(timeout=TIMEOUT_S)
    assert isinstance(event, kind), event
    return at_ns, event


def typed_scans(count: int) -> list[float]:
    """Return the milliseconds of codes typed by a keyboard scanner, all keys lying ready at once."""
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    codes = _typed_codes(WARM_UP + count)
    driver = WedgeDriver("typed", ["/dev/input/bench"], open_source=lambda path: StreamSource(read_end, path))
    try:
        return scans(driver, lambda _text, number: _write_all(write_end, codes[number]), count)
    finally:
        os.close(write_end)


def _typed_codes(count: int) -> list[bytes]:
    """Return the events of the codes that `scans` draws, made before so that the typist's work is not measured."""
    draw = random.Random(500)
    texts = ["".join(draw.choices(TYPED, k=CODE_CHARACTERS)) for _ in range(count)]
    return [typist.pack(typist.code(text), CODE_SPAN_S * number) for number, text in enumerate(texts, 1)]


def serial_scans(count: int) -> list[float]:
    """Return the milliseconds of codes on a serial line, each sent in one piece."""
    master, slave = os.openpty()
    tty.setraw(slave)
    driver = SerialScannerDriver("serial", os.ttyname(slave), suffix=True)
    try:
        return scans(driver, lambda text, _number: _write_all(master, f"{text}\r".encode()), count)
    finally:
        os.close(slave)
        os.close(master)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print one line of JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.checks")
    for name in ("--control", "--reader"):
        parser.add_argument(name, required=True)
    parser.add_argument("--count", type=int, required=True)
    options = parser.parse_args(arguments)
    do = ControlClient(options.control)
    report = card_checks(do, options.reader, options.count)
    do.close()
    report |= {"typed": typed_scans(options.count), "serial": serial_scans(options.count)}
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()

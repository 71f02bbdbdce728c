"""Slips and texts by the thousand, cards, floods: what the drivers keep of them, by Python's own account of its memory.

Only what was allocated in the product's own files counts, so that what the tests and simulators remember does not.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import pathlib
import socket
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

import terminal
from terminal.base.events import CardTapped, DeviceEvent, ReceiptInDoubt, ReceiptPrinted
from terminal.base.printing import PrintJob
from terminal.hw.customer_display import CustomerDisplayDriver
from terminal.hw.escpos_printer import EscposPrinterDriver
from terminal.hw.pn532 import Pn532Driver
from terminal.hw.tcp_transport import READ_BYTES_MAX, TcpTransport
from tests.hw.printer_desk import USUAL, job
from tests.hw.printer_peer import ID_REQUEST, QUESTION, Jobs, until
from tests.hw.recorder import DEADLINE_S
from tests.hw.test_customer_display import Far, Serving
from tests.hw_sim.cards import make_card
from tests.hw_sim.pn532 import Pn532

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

SETTLED, SLIPS, TEXTS, TAPS = 100, 1_000, 1_000, 400
# A board is asked for a card as often as it can answer: at the usual pace it would take minutes.
BOARD_POLL_S = 0.002
CARDS = {"even": "04A1B2C3D4E580", "odd": "04A1B2C3D4E581"}
KEPT_BYTES_MAX = 64_000  # 70 bytes of each slip or text would be as much
KEPT_OF_A_ROUND_BYTES_MAX = 7_000  # 70 bytes of each card
FLOOD_BYTES = 4_000_000
TALKS, BABBLE_BYTES = 11, 100_000
ON_LINE = 0x12
OURS = tracemalloc.Filter(True, f"{pathlib.Path(terminal.__file__).parent}/*")


@pytest.fixture
def kept_bytes() -> Iterator[Callable[[], int]]:
    """Return how many bytes are held by objects that the product made since the test began."""
    tracemalloc.start()
    try:
        yield lambda: sum(
            trace.size for trace in tracemalloc.take_snapshot().filter_traces([OURS]).statistics("filename")
        )
    finally:
        tracemalloc.stop()


class Tally:
    """An `emit` that only counts."""

    def __init__(self) -> None:
        self._counts: Counter[type] = Counter()
        self._changed = threading.Condition()

    def __call__(self, event: DeviceEvent) -> None:
        with self._changed:
            self._counts[type(event)] += 1
            self._changed.notify_all()

    def wait(self, kind: type, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._counts[kind] >= count, DEADLINE_S), self._counts

    def of(self, kind: type) -> int:
        with self._changed:
            return self._counts[kind]


class Forgetful:
    """The far end of a printer's connection: it answers as one and keeps nothing.

    Before each confirmation it says, `babble_bytes` times, that all is well.
    """

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._link: socket.socket | None = None
        self.babble_bytes = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            link, _ = self._listener.accept()
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._link = link
            rest = b""
            while data := link.recv(65536):
                rest += data
                for _ in QUESTION.finditer(rest):
                    self.say(bytes([ON_LINE]))
                for found in ID_REQUEST.finditer(rest):
                    self.say(bytes([ON_LINE]) * self.babble_bytes + b"\x37\x22" + found[1] + b"\x00")
                # What may still grow into a question; none is longer than an id's.
                asked = [found.end() for pattern in (QUESTION, ID_REQUEST) for found in pattern.finditer(rest)]
                rest = rest[max([len(rest) - 10, *asked]) :]

    def say(self, data: bytes) -> None:
        assert self._link is not None
        self._link.sendall(data)

    def reached(self) -> bool:
        return self._link is not None

    def close(self) -> None:
        for one in (self._listener, self._link):
            if one is not None:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
        self._thread.join(DEADLINE_S)


@contextlib.contextmanager
def serving(driver: EscposPrinterDriver | Pn532Driver, emit: Callable[[DeviceEvent], None]) -> Iterator[None]:
    """Serve a driver for as long as the block lasts; it must not fail."""
    stop, faults = threading.Event(), list[Exception]()

    def serve() -> None:
        try:
            driver.serve(stop, emit)
        except OSError as fault:
            faults.append(fault)

    driver.open()
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        driver.wake()
        thread.join(DEADLINE_S)
        driver.close()
    assert faults == []


def slip(pattern: PrintJob, number: int) -> PrintJob:
    return dataclasses.replace(pattern, job=number, process_id=f"{number % 10_000:04d}".encode())


def test_a_thousand_slips_cost_the_printers_driver_no_memory(kept_bytes: Callable[[], int]) -> None:
    pattern, tally, jobs = job(1), Tally(), Jobs()
    with (
        contextlib.closing(Forgetful()) as far,
        serving(EscposPrinterDriver("printer", far.address, jobs, USUAL), tally),
    ):
        before = 0
        for number in range(1, SLIPS + 1):
            jobs.add(slip(pattern, number))
            tally.wait(ReceiptPrinted, number)
            if number == SETTLED:
                before = kept_bytes()
        assert before > 0, "what the driver holds at all is seen"
        assert kept_bytes() - before < KEPT_BYTES_MAX
    assert tally.of(ReceiptInDoubt) == 0


def test_a_printer_that_says_too_much_costs_no_memory_and_prints_all_the_same(kept_bytes: Callable[[], int]) -> None:
    pattern, tally, jobs = job(1), Tally(), Jobs()
    with (
        contextlib.closing(Forgetful()) as far,
        serving(EscposPrinterDriver("printer", far.address, jobs, USUAL), tally),
    ):
        before = 0
        for number in range(1, TALKS + 1):
            jobs.add(slip(pattern, number))
            tally.wait(ReceiptPrinted, number)
            if number == 1:
                before, far.babble_bytes = kept_bytes(), BABBLE_BYTES
        assert before > 0, "what the driver holds at all is seen"
        assert kept_bytes() - before < KEPT_BYTES_MAX
    assert tally.of(ReceiptInDoubt) == 0


def test_one_read_of_a_flooded_connection_takes_a_bounded_piece() -> None:
    with contextlib.closing(Forgetful()) as far:
        transport = TcpTransport(far.address)
        transport.open()
        until(far.reached)
        talking = threading.Thread(target=far.say, args=(b"x" * FLOOD_BYTES,), daemon=True)
        talking.start()
        sizes, left = Counter[int](), FLOOD_BYTES
        deadline_s = time.monotonic() + DEADLINE_S
        while left:
            assert time.monotonic() < deadline_s, f"{left} bytes never came"
            transport.wait(1.0)
            piece = len(transport.read())
            sizes[piece] += 1
            left -= piece
        assert max(sizes) == READ_BYTES_MAX, "a connection with more to read gives just so much"
        transport.close()
        talking.join(DEADLINE_S)


def test_hundreds_of_cards_cost_a_board_no_memory(tmp_path: pathlib.Path, kept_bytes: Callable[[], int]) -> None:
    deck = {name: make_card({"id": name, "kind": "ntag213", "uid": uid}) for name, uid in CARDS.items()}
    board = Pn532(str(tmp_path / "board"), str(tmp_path / "control"), deck)
    board.start()
    board.insert("even")
    tally = Tally()
    driver = Pn532Driver("board", board.link, poll_s=BOARD_POLL_S)
    kept = []
    with contextlib.closing(board), serving(driver, tally):
        for number in range(1, TAPS + 1):
            tally.wait(CardTapped, number)
            if number % SETTLED == 0:
                kept.append(kept_bytes())
            board.swap(("even", "odd")[number % 2])
    assert kept[0] > 0, "what the driver holds at all is seen"
    # What is made once may come late; what is kept of each card comes each time.
    assert min(later - earlier for earlier, later in itertools.pairwise(kept)) < KEPT_OF_A_ROUND_BYTES_MAX


def test_a_thousand_texts_cost_the_displays_driver_no_memory(
    tmp_path: pathlib.Path, kept_bytes: Callable[[], int]
) -> None:
    far = Far(tmp_path / "ttyUSB1")
    driver = CustomerDisplayDriver("display", str(far.path))
    serving_one = Serving(driver)
    before = 0
    for number in range(1, TEXTS + 1):
        driver.show("TOTAL", f"{number}.00")
        wanted = f"{number}.00".encode()
        until(lambda wanted=wanted: wanted in far.read())  # type: ignore[misc]
        far.received = b""
        if number == SETTLED:
            before = kept_bytes()
    assert kept_bytes() - before < KEPT_BYTES_MAX
    serving_one.stop()
    far.unplug()

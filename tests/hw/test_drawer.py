"""The cash drawer: a pulse is given once, at once or not at all, and told exactly once."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from terminal.base.events import DeviceEvent, DrawerFailed, DrawerKicked, PrinterStatus, ReceiptInDoubt, ReceiptPrinted
from terminal.base.printing import DrawerKick
from terminal.hw.escpos_drawer import PATIENCE_S, Kicks, pulse_bytes
from terminal.hw.escpos_printer import EscposPrinterDriver, PrinterSettings
from terminal.hw.printer_transport import PrinterTransport
from terminal.hw.tcp_transport import TcpTransport
from tests.hw.printer_desk import job
from tests.hw.printer_links import LINKS, Bench, DrawerJobs, HurryingClock
from tests.hw.printer_peer import Jobs, Peer, Served, until
from tests.hw.recorder import Recorder

pytestmark = pytest.mark.slow

BenchMaker = Callable[..., Bench]


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[BenchMaker]:
    made: list[Bench] = []

    def make(*args: Any, **model: Any) -> Bench:
        link, *rest = args
        made.append(Bench(link, tmp_path, *rest, **model))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def peer() -> Iterator[Peer]:
    one = Peer()
    yield one
    one.close()


class Hooked:
    """A transport that calls back around the bytes of a pulse, of which only the first `count` go out."""

    def __init__(
        self,
        inner: PrinterTransport,
        before: Callable[[int], None],
        mark: Callable[[], int] = lambda: 0,
        after: Callable[[int], None] = lambda _mark: None,
        count: int | None = None,
    ) -> None:
        self._inner, self._before, self._mark, self._after, self._count = inner, before, mark, after, count

    def open(self) -> None:
        self._inner.open()

    def close(self) -> None:
        self._inner.close()

    def wait(self, timeout_s: float, *, to_write: bool = False) -> None:
        self._inner.wait(timeout_s, to_write=to_write)

    def read(self) -> bytes:
        return self._inner.read()

    def write(self, data: bytes | memoryview) -> int:
        if bytes(data[:2]) != b"\x1bp":
            return self._inner.write(data)
        self._before(len(data))
        mark = self._mark()
        taken = self._inner.write(data[: self._count])
        self._after(mark)
        return taken


def idle(shop: Bench) -> Served:
    served = Served(shop.driver, shop.seen)
    until(lambda: shop.driver._ready and not shop.driver._pad_due)
    return served


@pytest.mark.parametrize("link", LINKS)
def test_a_pulse_opens_the_drawer_once_and_is_confirmed(bench: BenchMaker, link: str) -> None:
    shop = bench(link)
    served = idle(shop)
    until(lambda: shop.driver.drawer_high is False)
    shop.jobs.kick(DrawerKick(7, pin=5, on_ms=100, off_ms=200))
    assert shop.seen.wait(DrawerKicked) == DrawerKicked("printer", 7)
    until(lambda: shop.driver.drawer_high is True)
    shop.printer.set_switch("drawer", value=False)
    until(lambda: shop.driver.drawer_high is False)
    served.stop()
    assert shop.pulses() == [{"pin": 5, "on_ms": 100, "off_ms": 200, "real_time": False}]
    assert shop.seen.of(DrawerFailed) == []
    assert shop.jobs.kicks_taken == [7]


@pytest.mark.parametrize("process_id", [True, False])
def test_receipts_and_pulses_take_turns_and_neither_confirms_the_other(bench: BenchMaker, *, process_id: bool) -> None:
    shop = bench("tcp", PrinterSettings(process_id=process_id), process_id="yes" if process_id else "silent")
    served = idle(shop)
    for number in range(10):
        shop.jobs.kick(DrawerKick(number))
        shop.jobs.add(job(number))
    shop.seen.wait(ReceiptPrinted, 10)
    shop.seen.wait(DrawerKicked, 10)
    served.stop()
    assert [event.job for event in shop.seen.of(DrawerKicked)] == list(range(10))
    assert [event.job for event in shop.seen.of(ReceiptPrinted)] == list(range(10))
    assert len(shop.pulses()) == 10
    assert len(shop.slips()) == 10


@pytest.mark.parametrize("switch", ["lid_open", "paper_end", "cutter_error"])
def test_a_printer_that_stands_still_refuses_at_once_and_no_drawer_opens_later(bench: BenchMaker, switch: str) -> None:
    shop = bench("tcp")
    served = idle(shop)
    shop.printer.set_switch(switch, value=True)
    until(lambda: shop.blocked()[-1:] != [""])
    shop.jobs.kick(DrawerKick(1))
    assert shop.seen.wait(DrawerFailed) == DrawerFailed("printer", 1, "drawer_unavailable")
    shop.printer.set_switch(switch, value=False)
    shop.printer.reload()
    shop.jobs.add(job(2))
    shop.seen.wait(ReceiptPrinted)
    served.stop()
    assert shop.pulses() == []


def test_a_pulse_asked_for_inside_a_receipt_comes_behind_it(bench: BenchMaker) -> None:
    shop = bench("tcp", speed_mm_s=60.0)
    served = idle(shop)
    shop.jobs.add(job(1))
    until(lambda: shop.jobs.taken)
    shop.jobs.kick(DrawerKick(2))
    outcome = shop.seen.wait(DrawerKicked)
    served.stop()
    events = [event for event in shop.seen.events if isinstance(event, ReceiptPrinted | DrawerKicked)]
    assert events == [ReceiptPrinted("printer", 1), outcome]
    assert len(shop.pulses()) == 1


def test_paper_that_ends_inside_a_receipt_refuses_the_pulse_that_waits_behind_it(bench: BenchMaker) -> None:
    shop = bench("tcp")
    served = idle(shop)
    shop.printer.paper_end_after(20)
    shop.jobs.add(job(1))
    until(lambda: "printer_paper_out" in shop.blocked())
    shop.jobs.kick(DrawerKick(2))
    assert shop.seen.wait(DrawerFailed).code == "drawer_unavailable"
    shop.printer.reload()
    shop.seen.wait(ReceiptPrinted)
    served.stop()
    assert shop.pulses() == []


@pytest.mark.parametrize("count", [1, 5, 9])
def test_a_link_that_dies_inside_a_pulse_leaves_it_in_doubt_and_it_is_not_sent_again(peer: Peer, count: int) -> None:
    jobs, seen = DrawerJobs(), Recorder()

    def cut(before: int) -> None:
        until(lambda: len(peer.received) >= before + count)
        peer.hang_up(reset=True)

    link = Hooked(TcpTransport(peer.address), lambda _count: None, lambda: len(peer.received), cut, count)
    driver = EscposPrinterDriver("printer", link, jobs, PrinterSettings())
    served = Served(driver, seen)
    until(lambda: driver._ready and not driver._pad_due)
    jobs.kick(DrawerKick(3))
    assert seen.wait(DrawerFailed) == DrawerFailed("printer", 3, "drawer_in_doubt")
    assert served.ended().code == "printer_link_lost"
    before = len(peer.received)
    again = Served(EscposPrinterDriver("printer", peer.address, jobs, PrinterSettings()), seen)
    jobs.add(job(1))
    seen.wait(ReceiptPrinted)
    again.stop()
    assert b"\x1bp" not in peer.received[before:]
    assert jobs.kicks_taken == [3]
    assert len(seen.of(DrawerFailed)) == 1


@pytest.mark.parametrize("link", ["serial", "usblp", "libusb"])
def test_unplugged_within_a_pulse_s_bytes_it_is_in_doubt(bench: BenchMaker, link: str) -> None:
    shop = bench(link)
    shop.driver = EscposPrinterDriver(
        "printer",
        Hooked(shop.transport, lambda _count: shop.plug.unplug_after(3)),
        shop.jobs,
        PrinterSettings(),
    )
    served = idle(shop)
    shop.jobs.kick(DrawerKick(4))
    assert shop.seen.wait(DrawerFailed) == DrawerFailed("printer", 4, "drawer_in_doubt")
    assert served.ended().code == "printer_link_lost"
    assert shop.pulses() == []


def test_a_pulse_that_is_never_confirmed_is_in_doubt_and_the_next_receipt_is_not_confirmed_by_it(peer: Peer) -> None:
    clock = HurryingClock()
    jobs, seen = DrawerJobs(), Recorder()
    driver = EscposPrinterDriver("printer", peer.address, jobs, PrinterSettings(), clock)
    served = Served(driver, seen)
    until(lambda: driver._ready and not driver._pad_due)
    late: list[bytes] = []

    def keep(digits: bytes) -> list[bytes]:
        late.append(digits)
        return []

    peer.answer_id = keep
    jobs.kick(DrawerKick(1004))
    until(lambda: late == [b"D004"])
    clock.hurry()
    assert seen.wait(DrawerFailed) == DrawerFailed("printer", 1004, "drawer_in_doubt")
    assert served.ended().code == "printer_silent"
    assert peer.received.count(b"\x1bp\x00\x19\xfa") == 1


def test_pulses_asked_for_while_the_printer_was_away_are_refused_when_it_is_back(bench: BenchMaker) -> None:
    shop = bench("tcp")
    shop.jobs.kick(DrawerKick(1))
    shop.jobs.kick(DrawerKick(2))
    served = idle(shop)
    assert [event.job for event in shop.seen.of(DrawerFailed)] == [1, 2]
    shop.jobs.kick(DrawerKick(3))
    shop.seen.wait(DrawerKicked)
    served.stop()
    assert len(shop.pulses()) == 1


def test_a_reprint_never_holds_a_pulse_and_a_source_without_drawer_prints(peer: Peer) -> None:
    jobs, seen = Jobs(), Recorder()
    served = Served(EscposPrinterDriver("printer", peer.address, jobs, PrinterSettings()), seen)
    jobs.add(job(1), job(1))
    seen.wait(ReceiptPrinted, 2)
    served.stop()
    assert b"\x1bp" not in peer.received
    assert seen.of(ReceiptInDoubt) == []
    assert seen.of(PrinterStatus)


@pytest.mark.parametrize(
    ("kick", "wire"),
    [
        (DrawerKick(1), "1b 70 00 19 fa"),
        (DrawerKick(1, 5, 100, 200), "1b 70 01 32 64"),
        (DrawerKick(1, 2, 510, 2), "1b 70 00 ff 01"),
    ],
)
def test_a_pulse_is_written_in_units_of_two_milliseconds(kick: DrawerKick, wire: str) -> None:
    assert pulse_bytes(kick) == bytes.fromhex(wire)


@pytest.mark.parametrize(("pin", "on_ms", "off_ms"), [(3, 50, 500), (2, 0, 500), (2, 511, 500), (5, 50, 512)])
def test_no_pulse_is_made_that_no_printer_gives(pin: int, on_ms: int, off_ms: int) -> None:
    with pytest.raises(ValueError, match="no such pulse"):
        DrawerKick(1, pin, on_ms, off_ms)


def test_a_pulse_is_held_behind_a_receipt_for_a_moment_only() -> None:
    now_s = [100.0]
    source, told = DrawerJobs(), list[DeviceEvent]()
    kicks = Kicks("printer", source, lambda: now_s[0])
    source.kick(DrawerKick(1))
    kicks.look(told.append, able=True)
    now_s[0] += PATIENCE_S - 0.1
    kicks.look(told.append, able=True)
    assert told == []
    now_s[0] += 0.2
    kicks.look(told.append, able=True)
    assert told == [DrawerFailed("printer", 1, "drawer_unavailable")]
    assert kicks.take() is None

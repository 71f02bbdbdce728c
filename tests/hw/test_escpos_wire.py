"""The shipped printer driver against a bare TCP peer, where single bytes and moments count."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator

import pytest

from terminal.base.events import PrinterStatus, ReceiptInDoubt, ReceiptPrinted
from terminal.base.printing import PrintJob
from terminal.hw.escpos_printer import FULL_PAD, EscposPrinterDriver, PrinterSettings
from terminal.hw.tcp_transport import parse_address
from tests.hw.printer_desk import USUAL, job
from tests.hw.printer_peer import HandClock, Jobs, Peer, Served, until
from tests.hw.recorder import Recorder
from tests.timing import fastest_s

pytestmark = pytest.mark.slow

AT_ONCE_S = 0.015
SOON_S = 1.0
STATUS_QUESTION = b"\x10\x04\x01"


@pytest.fixture
def peer() -> Iterator[Peer]:
    one = Peer()
    yield one
    one.close()


def serve(
    peer: Peer, settings: PrinterSettings = USUAL, clock: Callable[[], float] = time.monotonic
) -> tuple[Served, Jobs, Recorder]:
    """Serve a driver of the bare peer, past its first look at the printer."""
    jobs, seen = Jobs(), Recorder()
    served = Served(EscposPrinterDriver("printer", peer.address, jobs, settings, clock), seen)
    until(lambda: FULL_PAD in peer.received)
    return served, jobs, seen


def test_the_first_byte_of_a_job_leaves_at_once(peer: Peer) -> None:
    served, jobs, seen = serve(peer)
    numbers = itertools.count(1)

    def first_byte_s() -> float:
        number = next(numbers)
        one = job(number)
        # The driver has done all else and waits for work: each time the same moment of its round.
        waits = jobs.waits
        until(lambda: jobs.waits > waits)
        before = len(peer.received)
        begin_s = time.monotonic()
        jobs.add(one)
        seen.wait(ReceiptPrinted, number)
        at = peer.received.index(b"\x1b@", before)
        return max(at_s for at_s, offset in peer.arrivals if offset <= at) - begin_s

    shortest_s = fastest_s(AT_ONCE_S, 15, first_byte_s)
    served.stop()
    assert shortest_s < AT_ONCE_S


def test_the_bytes_of_a_job_are_pad_initialise_status_mark_body_and_id(peer: Peer) -> None:
    served, jobs, seen = serve(peer)
    one = PrintJob(1, b"Q~ 1", b"MARK\n", b"BODY\n")
    jobs.add(one)
    seen.wait(ReceiptPrinted)
    served.stop()
    wire = bytes(peer.received)
    assert bytes(16) + b"\x1b@\x1da\x0eMARK\nBODY\n\x1d(H\x06\x0000Q~ 1" in wire
    assert wire.count(FULL_PAD) == 1
    assert wire.index(FULL_PAD) < wire.index(b"\x1b@") < wire.index(b"MARK")
    assert len(FULL_PAD) >= 256 * 72


def test_the_pad_is_sent_only_once_the_printer_can_take_it(peer: Peer) -> None:
    peer.status = {1: 0x1A, 2: 0x16, 3: 0x12, 4: 0x12}
    jobs, seen = Jobs(), Recorder()
    jobs.add(job(1))
    served = Served(EscposPrinterDriver("printer", peer.address, jobs, USUAL), seen)
    assert seen.wait(PrinterStatus).blocked == "printer_lid_open"
    assert len(peer.received) < 200
    peer.status = dict.fromkeys((1, 2, 3, 4), 0x12)
    seen.wait(ReceiptPrinted)
    served.stop()


def test_an_id_split_over_reads_and_mixed_with_status_confirms(peer: Peer) -> None:
    served, jobs, seen = serve(peer)
    peer.answer_id = lambda digits: [
        b"\x12\x14",
        b"\x00\x00",
        b"\x0f\x37",
        b"\x22" + digits[:1],
        digits[1:],
        b"\x00\x16",
    ]
    jobs.add(job(1), job(2))
    seen.wait(ReceiptPrinted, 2)
    served.stop()
    assert seen.of(ReceiptInDoubt) == []


def test_stray_status_bytes_neither_confirm_nor_block(peer: Peer) -> None:
    served, jobs, seen = serve(peer)
    for noise in (b"\x12", b"\x7e", b"\x37\x22zzzz\x00", b"\x00\x0c", b"\xff\xfe", b"_junk"):
        peer.say(noise)
    # Text that nothing ends would take the answer that follows into itself: first comes a question's, as on any day.
    rounds = peer.received.count(STATUS_QUESTION)
    until(lambda: peer.received.count(STATUS_QUESTION) > rounds + 1)
    jobs.add(job(1))
    seen.wait(ReceiptPrinted)
    served.stop()
    assert seen.of(ReceiptInDoubt) == []


def test_the_late_id_of_a_given_up_job_confirms_nothing(peer: Peer) -> None:
    clock = HandClock()
    served, jobs, seen = serve(peer, USUAL, clock)
    late: list[bytes] = []

    def keep(digits: bytes) -> list[bytes]:
        late.append(digits)
        return []

    peer.answer_id = keep
    jobs.add(job(1))
    until(lambda: late)
    clock.pass_s(14)
    clock.now_s += 2
    assert seen.wait(ReceiptInDoubt).job == 1
    jobs.add(job(2))
    until(lambda: len(late) == 2)
    peer.say(b"\x37\x22" + late[0] + b"\x00")
    clock.pass_s(1)
    assert seen.of(ReceiptPrinted) == []
    peer.say(b"\x37\x22" + late[1] + b"\x00")
    assert seen.wait(ReceiptPrinted).job == 2
    served.stop()
    assert bytes(peer.received).count(FULL_PAD) == 2


def test_an_id_just_within_the_limit_still_confirms(peer: Peer) -> None:
    clock = HandClock()
    served, jobs, seen = serve(peer, USUAL, clock)
    late: list[bytes] = []

    def keep(digits: bytes) -> list[bytes]:
        late.append(digits)
        return []

    peer.answer_id = keep
    jobs.add(job(1))
    until(lambda: late)
    clock.pass_s(14)
    peer.say(b"\x37\x22" + late[0] + b"\x00")
    assert seen.wait(ReceiptPrinted).job == 1
    served.stop()


def test_a_black_hole_after_the_first_byte_is_one_doubt_and_a_lost_printer(peer: Peer) -> None:
    clock = HandClock()
    served, jobs, seen = serve(peer, USUAL, clock)
    jobs.on_take = lambda: setattr(peer, "answering", False)
    jobs.add(job(1))
    until(lambda: b"slip 1" in peer.received)
    clock.pass_s(14)
    assert seen.of(ReceiptInDoubt) == []
    clock.now_s += 2
    assert seen.wait(ReceiptInDoubt) == ReceiptInDoubt("printer", 1, "printer_silent")
    assert served.ended().code == "printer_silent"
    assert len(seen.of(ReceiptInDoubt)) == 1
    assert jobs.put_backs == []


@pytest.mark.parametrize("reset", [False, True])
def test_a_peer_that_closes_an_idle_connection_is_noticed_and_costs_no_job(*, reset: bool) -> None:
    def noticed_s() -> float:
        with contextlib.closing(Peer()) as peer:
            served, jobs, seen = serve(peer)
            begin_s = time.monotonic()
            peer.hang_up(reset=reset)
            assert served.ended().code == "printer_link_lost"
            passed_s = time.monotonic() - begin_s
        assert (jobs.put_backs, seen.of(ReceiptInDoubt)) == ([], [])
        return passed_s

    assert fastest_s(SOON_S, 5, noticed_s) < SOON_S


@pytest.mark.parametrize("reset", [False, True])
def test_a_job_whose_first_byte_never_left_goes_back(peer: Peer, *, reset: bool) -> None:
    served, jobs, seen = serve(peer)

    def vanish() -> None:
        peer.hang_up(reset=reset)
        until(lambda: peer._link is not None and peer._link.fileno() == -1)

    jobs.on_take = vanish
    jobs.add(job(1))
    assert served.ended().code == "printer_link_lost"
    assert jobs.put_backs == [1]
    assert seen.of(ReceiptInDoubt) == []
    assert b"slip 1" not in peer.received


def test_a_printer_blocked_at_the_last_moment_gets_its_job_back_unsent(peer: Peer) -> None:
    served, jobs, seen = serve(peer)

    def open_lid() -> None:
        peer.status = {1: 0x1A, 2: 0x16, 3: 0x12, 4: 0x12}
        peer.say(bytes.fromhex("3800000f"))

    jobs.on_take = open_lid
    jobs.add(job(1))
    until(lambda: jobs.put_backs)
    assert seen.wait(PrinterStatus, 2).blocked == "printer_lid_open"
    served.stop()
    assert b"slip 1" not in peer.received


@pytest.mark.parametrize("answering", [True, False])
def test_serving_stops_within_a_second_idle_or_in_a_job(*, answering: bool) -> None:
    def stopped_s() -> float:
        with contextlib.closing(Peer()) as peer:
            served, jobs, seen = serve(peer)
            if not answering:
                peer.answer_id = lambda _digits: []
                jobs.add(job(1))
                until(lambda: b"slip 1" in peer.received)
            passed_s = served.stop()
        codes = [doubt.code for doubt in seen.of(ReceiptInDoubt)]
        assert codes == ([] if answering else ["terminal_stopped"])
        return passed_s

    assert fastest_s(SOON_S, 5, stopped_s) < SOON_S


@pytest.mark.parametrize("address", ["printer", ":9100", "host:", "host:0", "host:70000", "host:९१००"])
def test_a_malformed_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=address.replace("[", r"\[")):
        parse_address(address)


def test_addresses_may_be_names_or_either_kind_of_number() -> None:
    assert parse_address("printer.local:9100") == ("printer.local", 9100)
    assert parse_address("[fe80::1]:9100") == ("fe80::1", 9100)

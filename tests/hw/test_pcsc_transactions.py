"""Another program at the same reader: neither comes in between the other's commands, and neither waits for ever."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from smartcard import scard

from terminal.base.events import CardDetected, CardRefused, CardRemoved, CardTapped, DeviceDown, DeviceUp
from terminal.hw.pcsc import PcscDriver
from terminal.runtime.supervisor import Supervisor
from tests.hw.pcsc_bench import CONTACT, CONTACTLESS, COUNTER, KIOSK, MATCHES, QUICK_S, Bench
from tests.hw.printer_peer import until

pytestmark = pytest.mark.slow

LIMIT_S = 2.5
# What the other program says: a command that no conversation of the till has.
FOREIGN = "00A4040005F222222222"
WAS_RESET = 0x80100068
ANY = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    made.driver = PcscDriver("pcsc", MATCHES, answer_limit_s=LIMIT_S)
    made.supervisor = Supervisor([made.driver], made.seen, QUICK_S)
    yield made
    made.close()


class Rival:
    """Another program that uses the till's reader."""

    def __init__(self, apart: threading.Lock) -> None:
        # It is in the same process, and the driver tells its connections apart by making one at a time.
        with apart:
            self._context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)[1]
        # Without a card: it waits for the next one, as a bank's program does.
        result, self._handle, self._protocol = scard.SCardConnect(
            self._context, CONTACTLESS, scard.SCARD_SHARE_DIRECT, 0
        )
        assert result == 0

    def meet_the_card(self) -> None:
        """Take over the card that lies there now."""
        result, self._protocol = scard.SCardReconnect(
            self._handle, scard.SCARD_SHARE_SHARED, ANY, scard.SCARD_LEAVE_CARD
        )
        assert result == 0

    def begin(self) -> int:
        """Return what became of a wish for the card, once it is fulfilled or refused."""
        return int(scard.SCardBeginTransaction(self._handle))

    def say(self) -> int:
        """Send the foreign command and return its result."""
        return int(scard.SCardTransmit(self._handle, self._protocol, list(bytes.fromhex(FOREIGN)))[0])

    def end(self) -> None:
        """Let others have the card."""
        assert scard.SCardEndTransaction(self._handle, scard.SCARD_LEAVE_CARD) == 0

    def close(self) -> None:
        """Go."""
        scard.SCardReleaseContext(self._context)


@pytest.fixture
def rival(bench: Bench) -> Iterator[Rival]:
    bench.ready()
    with contextlib.closing(Rival(bench.driver._apart)) as other:
        yield other


def said(bench: Bench) -> str:
    """Return who sent commands to the card, in order: t for the till and r for the rival, each run once."""
    senders = ["r" if entry["apdu"] == FOREIGN else "t" for entry in bench.desk.apdus()["apdus"]]
    return "".join(each for number, each in enumerate(senders) if not number or senders[number - 1] != each)


def test_another_program_comes_in_only_when_the_till_is_done_with_the_card(bench: Bench, rival: Rival) -> None:
    bench.desk.delay(CONTACTLESS, 0.1)
    bench.desk.insert(CONTACTLESS, "desfire")
    until(lambda: bench.desk.slot(CONTACTLESS).held_up == 1)
    rival.meet_the_card()
    with ThreadPoolExecutor(1) as pool:
        begun = pool.submit(rival.begin)
        assert bench.seen.wait(CardTapped).kind == "desfire"
        assert begun.result(40.0) == 0, "the till has let the card go although it still lies there"
    assert rival.say() == 0
    rival.end()
    assert said(bench) == "tr"


def test_the_till_comes_in_only_when_another_program_is_done_with_the_card(bench: Bench, rival: Rival) -> None:
    assert rival.begin() == 0
    bench.desk.insert(CONTACTLESS, "m1")
    bench.seen.wait(CardDetected)
    rival.meet_the_card()
    assert [rival.say() for _ in range(3)] == [0, 0, 0]
    assert bench.seen.of(CardTapped) == []
    rival.end()
    assert bench.seen.wait(CardTapped).kind == "m1"
    assert said(bench) == "rt"


def test_a_program_that_keeps_the_card_makes_it_unreadable_and_costs_no_other_reader(
    bench: Bench, rival: Rival
) -> None:
    assert rival.begin() == 0
    bench.desk.insert(CONTACTLESS, "m1")
    assert bench.seen.wait(CardRefused) == CardRefused(KIOSK, CONTACTLESS, "card_unreadable")
    assert bench.seen.wait(DeviceDown) == DeviceDown(KIOSK, "device_stalled", "SCardConnect")
    bench.desk.insert(CONTACT, "memory")
    assert bench.seen.wait(CardTapped).device == COUNTER
    rival.meet_the_card()
    rival.end()
    bench.desk.remove(CONTACTLESS)
    bench.seen.wait(DeviceUp, 2, device=KIOSK)
    bench.seen.wait(CardRemoved)
    bench.desk.insert(CONTACTLESS, "m1")
    bench.seen.wait(CardTapped, device=KIOSK)
    assert len(bench.seen.of(DeviceDown)) == 1


def test_the_till_can_be_stopped_while_another_program_keeps_the_card(bench: Bench, rival: Rival) -> None:
    assert rival.begin() == 0
    bench.desk.insert(CONTACTLESS, "m1")
    bench.seen.wait(CardDetected)
    assert bench.supervisor.stop(timeout_s=30.0) == []
    assert bench.seen.of(CardTapped) == []


def test_a_till_that_dies_in_a_conversation_leaves_the_card_to_others(bench: Bench, rival: Rival) -> None:
    bench.desk.delay(CONTACTLESS, 0.1)
    bench.desk.insert(CONTACTLESS, "desfire")
    until(lambda: bench.desk.slot(CONTACTLESS).held_up == 1)
    rival.meet_the_card()
    assert bench.supervisor.stop(timeout_s=30.0) == []
    begun = rival.begin()
    if begun & 0xFFFFFFFF == WAS_RESET:
        # The daemon resets a card whose program went in the midst of a transaction.
        rival.meet_the_card()
        begun = rival.begin()
    assert begun == 0
    assert rival.say() == 0

"""One reader that hangs costs the others nothing, and is back once the service sees something there again."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from terminal.base.events import CardRefused, CardRemoved, CardTapped, DeviceDown, DeviceUp
from terminal.hw.pcsc_watch import WatchedLibrary
from tests.hw.pcsc_bench import CONTACT, CONTACTLESS, COUNTER, KIOSK, WANG, Bench, kinds
from tests.hw.printer_peer import until

pytestmark = pytest.mark.slow

# Longer than the driver's own wait of a second, so that only what hangs goes over it.
LIMIT_S = 2.5
# No card answers within it.
FOREVER_S = 600.0
WATCHER_AND_READERS = 3


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench(answer_limit_s=LIMIT_S)
    yield made
    made.close()


def hang(bench: Bench) -> None:
    """Have one reader not answer, and return when its card's command is under way."""
    bench.desk.delay(CONTACTLESS, FOREVER_S)
    bench.desk.insert(CONTACTLESS, "m1")
    until(lambda: bench.desk.slot(CONTACTLESS).held_up == 1)


def test_a_reader_that_hangs_is_lost_alone_and_back_when_its_card_goes(bench: Bench) -> None:
    bench.ready()
    until(lambda: len(bench.daemon._service._contexts) == WATCHER_AND_READERS)
    contexts = set(bench.daemon._service._contexts)
    hang(bench)
    assert bench.seen.wait(DeviceDown) == DeviceDown(KIOSK, "device_stalled", "SCardTransmit")
    assert bench.seen.of(CardRefused) == [CardRefused(KIOSK, CONTACTLESS, "card_unreadable")]
    assert contexts <= set(bench.daemon._service._contexts), "nobody else's connection was broken off"
    bench.desk.insert(CONTACT, "memory")
    assert bench.seen.wait(CardTapped).device == COUNTER
    bench.desk.calm(CONTACTLESS)
    bench.desk.remove(CONTACTLESS)
    bench.seen.wait(CardRemoved, device=KIOSK)
    bench.desk.insert(CONTACTLESS, "m1")
    assert bench.seen.wait(CardTapped, device=KIOSK).uid == WANG
    assert kinds(bench.of_reader(KIOSK)) == [
        "DeviceUp",
        *("CardDetected", "CardRefused", "DeviceDown"),
        *("DeviceUp", "CardRemoved"),
        *("CardDetected", "CardTapped"),
    ]
    assert kinds(bench.of_reader(COUNTER)) == ["DeviceUp", "CardDetected", "CardTapped"]
    assert len(bench.seen.of(DeviceDown)) == 1


def test_a_reader_that_hangs_and_is_plugged_in_again_is_lost_once_and_back_once(bench: Bench) -> None:
    bench.ready()
    hang(bench)
    bench.seen.wait(DeviceDown, device=KIOSK)
    bench.desk.unplug(CONTACTLESS)
    bench.seen.wait(CardRemoved, device=KIOSK)
    bench.desk.plug(CONTACTLESS)
    bench.seen.wait(DeviceUp, 2, device=KIOSK)
    bench.desk.insert(CONTACTLESS, "m1")
    assert bench.seen.wait(CardTapped).device == KIOSK
    assert len(bench.seen.of(DeviceDown)) == 1


def test_a_reader_that_goes_on_hanging_is_told_once_and_uses_up_no_threads(bench: Bench) -> None:
    bench.ready()
    hang(bench)
    bench.seen.wait(DeviceDown, device=KIOSK)
    bench.desk.insert(CONTACT, "ntag")
    for number in range(1, 21):
        bench.seen.wait(CardTapped, number, device=COUNTER)
        bench.desk.swap(CONTACT, ("ntag", "ultralight")[number % 2])
    assert len(bench.seen.of(DeviceDown)) == 1
    assert len([thread for thread in threading.enumerate() if thread.name.startswith("pcsc ")]) == 2
    until(lambda: bench.daemon.state()["clients"] <= WATCHER_AND_READERS + 1)


def test_both_readers_that_hang_are_lost_and_the_service_is_not(bench: Bench) -> None:
    bench.ready()
    hang(bench)
    bench.desk.delay(CONTACT, FOREVER_S)
    bench.desk.insert(CONTACT, "memory")
    bench.seen.wait(DeviceDown, 2)
    assert {(event.device, event.code) for event in bench.seen.of(DeviceDown)} == {
        (KIOSK, "device_stalled"),
        (COUNTER, "device_stalled"),
    }


def test_a_call_is_charged_to_the_connection_its_thread_made_last(bench: Bench) -> None:
    from smartcard import scard as library

    bench.daemon.start()
    watched = WatchedLibrary(library, 0.5)
    watched.start()
    _, first = watched.SCardEstablishContext(library.SCARD_SCOPE_SYSTEM)
    watched.SCardReleaseContext(first)
    _, context = watched.SCardEstablishContext(library.SCARD_SCOPE_SYSTEM)
    other = library.SCardEstablishContext(library.SCARD_SCOPE_SYSTEM)[1]
    bench.desk.delay(CONTACTLESS, FOREVER_S)
    bench.desk.insert(CONTACTLESS, "m1")
    any_protocol = library.SCARD_PROTOCOL_T0 | library.SCARD_PROTOCOL_T1
    _, card, protocol = watched.SCardConnect(context, CONTACTLESS, library.SCARD_SHARE_SHARED, any_protocol)
    assert watched.given_up() == ""
    result, _ = watched.SCardTransmit(card, protocol, [0xFF, 0xCA, 0, 0, 0])
    assert (result != 0, watched.given_up(), watched.broken_off) == (True, "SCardTransmit", 0)
    assert library.SCardIsValidContext(other) == 0
    assert library.SCardListReaders(other, [])[0] == 0, "another's connection is as it was"
    watched.SCardReleaseContext(context)
    assert watched.given_up() == ""
    library.SCardReleaseContext(other)
    watched.end()

"""The keyboard-wedge driver under its supervisor, reading the kernel's bytes from pipes."""

from __future__ import annotations

import errno
import os
import pathlib
import resource
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from terminal.base.events import CardRefused, CardRemoved, CardTapped, CodeScanned, DeviceDown, DeviceUp, ScanRejected
from terminal.hw.wedge import WedgeDriver
from terminal.hw.wedge_source import EVENT, READ_EVENTS_MAX, StreamSource, WedgeSource
from terminal.kiosk_ui.wording import SENTENCES as SCREEN_WORDS
from terminal.rules.device_words import OUTCOMES
from terminal.runtime.supervisor import Supervisor
from tests.hw.recorder import Recorder
from tests.hw.wedge_typist import Event, Typist, pack
from tests.timing import fastest_s

QUICK_S = (0.02, 0.05)
AT_ONCE_S = 0.02
SOON_S = 1.0


class Desk:
    """Pipes in place of input devices, and the driver under its supervisor."""

    def __init__(self) -> None:
        self.seen = Recorder()
        self.typist = Typist()
        self.opened: list[str] = []
        self._ends: dict[str, int] = {}
        self._supervisor: Supervisor | None = None
        self.missing = threading.Event()

    def open_source(self, path: str) -> WedgeSource:
        if self.missing.is_set():
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        reading, writing = os.pipe()
        self.opened.append(path)
        self._ends[path] = writing
        return StreamSource(reading, f"pipe of {path}")

    def run(self, driver: WedgeDriver) -> None:
        self._supervisor = Supervisor([driver], self.seen, QUICK_S)
        self._supervisor.start()
        self.seen.wait(DeviceUp)

    def scanner(self, *ports: str, suffix: str = "line") -> None:
        # Where no pause is wanted the clock stands still, so that no busy machine makes one.
        clock = time.monotonic if suffix == "none" else lambda: 0.0
        ports = ports or ("a",)
        self.run(WedgeDriver("scanner", ports, suffix=suffix, open_source=self.open_source, monotonic_s=clock))

    def write(self, data: bytes, port: str = "a") -> None:
        while data:
            data = data[os.write(self._ends[port], data) :]

    def type(self, events: list[Event], port: str = "a") -> None:
        self.write(pack(events), port)

    def scan(self, text: str, end: str = "ENTER") -> None:
        self.type(self.typist.text(text, end).take())

    def unplug(self, port: str = "a") -> None:
        os.close(self._ends.pop(port))

    def texts(self) -> list[str]:
        return [event.text for event in self.seen.of(CodeScanned)]

    def stop(self) -> None:
        """Stop the driver, which must obey."""
        supervisor, self._supervisor = self._supervisor, None
        assert supervisor is not None
        assert supervisor.stop() == []

    def close(self) -> None:
        if self._supervisor is not None:
            self._supervisor.stop()
        for port in list(self._ends):
            self.unplug(port)


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.close()


def test_a_scan_becomes_a_code(desk: Desk) -> None:
    desk.scanner()
    desk.scan("CF1-aBcDeF")
    assert desk.seen.wait(CodeScanned).text == "CF1-aBcDeF"


def test_events_cut_anywhere_are_whole_again(desk: Desk) -> None:
    desk.scanner()
    data = pack(desk.typist.text("CF1-ABC").take())
    for at in range(0, len(data), 7):
        desk.write(data[at : at + 7])
    assert desk.seen.wait(CodeScanned).text == "CF1-ABC"


def test_a_code_is_reported_at_once_after_its_last_key(desk: Desk) -> None:
    desk.scanner()

    def reported_s() -> float:
        count = len(desk.texts()) + 1
        sent_s = time.monotonic()
        desk.scan(f"code {count}")
        return desk.seen.arrived_s(desk.seen.wait(CodeScanned, count)) - sent_s

    assert fastest_s(AT_ONCE_S, 20, reported_s) < AT_ONCE_S


def test_a_code_without_suffix_ends_by_itself(desk: Desk) -> None:
    desk.scanner(suffix="none")
    desk.scan("6901234567892", end="")
    assert desk.seen.wait(CodeScanned).text == "6901234567892"


def test_a_long_code_is_one_however_many_reads_it_takes(desk: Desk) -> None:
    desk.scanner()
    text = "aA09-_/?=&:.%+#@" * 250
    assert len(pack(Typist().text(text).events)) > 10 * READ_EVENTS_MAX * EVENT.size
    desk.scan(text)
    assert desk.seen.wait(CodeScanned).text == text


def test_keys_without_end_are_refused_once_and_cost_no_memory(desk: Desk) -> None:
    desk.scanner()
    burst = pack([(1, 10, value, 1000.0 + number * 0.001) for number in range(500) for value in (1, 0)])
    for _ in range(100):
        desk.write(burst)
    desk.seen.wait(ScanRejected)
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(500):
        desk.write(burst)
    desk.type(Typist(1001).text("the end of it").text("good").events)
    desk.seen.wait(CodeScanned)
    assert desk.texts() == ["good"]
    assert desk.seen.of(ScanRejected) == [ScanRejected("scanner", "scan_too_long")]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 8_000


def test_lost_events_are_refused_and_the_next_code_counts(desk: Desk) -> None:
    desk.scanner()
    desk.type(desk.typist.text("CF1-A", "").dropped().text("BC").text("good").take())
    assert desk.seen.wait(CodeScanned).text == "good"
    assert desk.seen.of(ScanRejected) == [ScanRejected("scanner", "scan_undecodable")]
    # A code that the screens and a device's test have words for, which the decoder's own is not.
    assert {"scan_undecodable", "scan_too_long"} <= SCREEN_WORDS.keys() & OUTCOMES.keys()


def test_a_half_code_before_unplugging_is_no_part_of_the_next(desk: Desk) -> None:
    desk.scanner()
    desk.scan("never whole", end="")
    desk.unplug()
    assert desk.seen.wait(DeviceDown).code == "device_missing"
    desk.seen.wait(DeviceUp, 2)
    desk.scan("after")
    desk.seen.wait(CodeScanned)
    assert desk.texts() == ["after"]
    assert len(desk.seen.of(DeviceDown)) == 1


def test_a_code_right_before_unplugging_counts(desk: Desk) -> None:
    desk.scanner("a", "b")
    desk.scan("last words")
    desk.unplug()
    assert desk.seen.wait(CodeScanned).text == "last words"
    assert desk.seen.wait(DeviceDown).code == "device_missing"


def test_a_device_that_is_not_there_at_start_is_found_when_it_comes(desk: Desk) -> None:
    desk.missing.set()
    supervisor = Supervisor([WedgeDriver("scanner", ["a"], open_source=desk.open_source)], desk.seen, QUICK_S)
    supervisor.start()
    try:
        assert desk.seen.wait(DeviceDown).code == "device_missing"
        desk.missing.clear()
        desk.seen.wait(DeviceUp)
    finally:
        supervisor.stop()


def test_two_nodes_of_one_device_are_one(desk: Desk) -> None:
    desk.scanner("a", "b")
    typist = desk.typist
    for keys in ("LEFTSHIFT+C", "LEFTSHIFT+F", "1"):
        *held, last = keys.split("+")
        desk.type(typist.down(*held).take(), "b")
        desk.type(typist.keys(last).take(), "a")
        desk.type(typist.up(*held).take(), "b")
    desk.type(typist.keys("ENTER").take(), "b")
    assert desk.seen.wait(CodeScanned).text == "CF1"


def test_two_nodes_that_say_the_same_say_it_once(desk: Desk) -> None:
    desk.scanner("a", "b")
    for letter in ("A", "B", "B", "C", "ENTER"):
        events = desk.typist.keys(letter).take()
        desk.type(events, "a")
        desk.type(events, "b")
    desk.typist.wait(2)
    desk.scan("the end")
    desk.seen.wait(CodeScanned, 2)
    assert desk.texts() == ["abbc", "the end"]


def test_two_names_of_one_device_are_opened_once(desk: Desk, tmp_path: pathlib.Path) -> None:
    device, by_id, by_path = tmp_path / "event3", tmp_path / "by-id", tmp_path / "by-path"
    device.touch()
    by_id.symlink_to(device)
    by_path.symlink_to(device)
    desk.scanner(str(by_id), str(by_path))
    assert len(desk.opened) == 1


def test_only_the_ports_given_are_opened(desk: Desk) -> None:
    desk.scanner("a", "b")
    assert desk.opened == ["a", "b"]


def test_a_card_reader_is_a_card_that_comes_and_goes(desk: Desk) -> None:
    desk.run(WedgeDriver("gate", ["a"], kind="reader", open_source=desk.open_source))
    desk.scan("0007756302")
    desk.typist.wait(2)
    desk.scan("118,23054")
    desk.seen.wait(CardRemoved, 2)
    cards = [event for event in desk.seen.events if not isinstance(event, DeviceUp)]
    assert [type(event) for event in cards] == [CardTapped, CardRemoved] * 2
    first, second = desk.seen.of(CardTapped)
    assert (first.device, first.slot, first.kind, first.uid, first.number) == (
        "gate",
        "gate",
        "em4100",
        b"",
        "0007756302",
    )
    assert second.number == "118,23054"
    assert "77563" not in repr(first)


def test_a_card_number_that_was_lost_on_the_way_is_to_be_presented_again(desk: Desk) -> None:
    desk.run(WedgeDriver("gate", ["a"], kind="reader", open_source=desk.open_source))
    desk.type(desk.typist.text("000775", "").dropped().text("6302").take())
    desk.seen.wait(CardRemoved)
    assert desk.seen.of(CardRefused) == [CardRefused("gate", "gate", "card_unreadable")]
    assert desk.seen.of(CardTapped) == []


def test_at_set_up_unknown_keys_stay_visible(desk: Desk) -> None:
    desk.run(WedgeDriver("scanner", ["a"], keep_unknown=True, open_source=desk.open_source))
    desk.type(desk.typist.text("abc", "").keys("RIGHTALT+Q", "ENTER").take())
    assert desk.seen.wait(CodeScanned).text == "abc\ufffd"


def test_stopping_in_silence_takes_less_than_a_second() -> None:
    def stopped_s() -> float:
        desk = Desk()
        desk.scanner()
        began_s = time.monotonic()
        desk.stop()
        desk.close()
        return time.monotonic() - began_s

    assert fastest_s(SOON_S, 5, stopped_s) < SOON_S


def pour(write: Callable[[bytes], object], stop: threading.Event) -> None:
    typist = Typist()
    while not stop.is_set():
        try:
            write(pack(typist.text("9" * 20, "").take()))
        except OSError:
            return


def test_stopping_while_keys_pour_in_takes_less_than_a_second() -> None:
    def stopped_s() -> float:
        desk = Desk()
        desk.scanner()
        end = threading.Event()
        pouring = threading.Thread(target=pour, args=(desk.write, end))
        pouring.start()
        desk.seen.wait(ScanRejected)
        began_s = time.monotonic()
        desk.stop()
        passed_s = time.monotonic() - began_s
        end.set()
        pouring.join(30)
        assert not pouring.is_alive()
        desk.close()
        return passed_s

    assert fastest_s(SOON_S, 3, stopped_s) < SOON_S


def test_waking_without_stopping_changes_nothing(desk: Desk) -> None:
    driver = WedgeDriver("scanner", ["a"], open_source=desk.open_source)
    desk.run(driver)
    desk.scan("CF1-", end="")
    for _ in range(1000):
        driver.wake()
    desk.scan("ABCD")
    assert desk.seen.wait(CodeScanned).text == "CF1-ABCD"


def test_what_devices_call_themselves_is_known_while_they_are_open(desk: Desk) -> None:
    driver = WedgeDriver("scanner", ["a"], open_source=desk.open_source)
    assert driver.source_names() == []
    desk.run(driver)
    assert driver.source_names() == ["pipe of a"]

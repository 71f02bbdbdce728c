"""The scanner driver through pyserial, against a scanner on a pseudo-terminal."""

from __future__ import annotations

import contextlib
import itertools
import os
import pathlib
import resource
import threading
import time
import tty
from collections.abc import Iterator

import pytest

from terminal.base.errors import DeviceFault
from terminal.base.events import CodeScanned, DeviceDown, DeviceUp, ScanRejected
from terminal.hw.serial_scanner import SerialScannerDriver
from terminal.runtime.supervisor import Supervisor
from tests.hw.recorder import Recorder
from tests.hw_sim.control import ControlClient
from tests.hw_sim.serial_scanner import SerialScanner
from tests.timing import fastest_s

QUICK_S = (0.02, 0.05)
AT_ONCE_S = 0.02
SOON_S = 1.0


class Clock:
    """A monotonic clock moved on by hand, which also knows how often the driver has looked at it: once per read."""

    def __init__(self) -> None:
        self._ahead_s = 0.0
        self._looks = 0
        self._looked = threading.Condition()

    def __call__(self) -> float:
        with self._looked:
            self._looks += 1
            self._looked.notify_all()
            return time.monotonic() + self._ahead_s

    def advance(self, seconds: float) -> None:
        with self._looked:
            self._ahead_s += seconds

    def let_the_driver_read(self) -> None:
        """Return when the driver has read at least once, from beginning to end, since the call."""
        with self._looked:
            enough = self._looks + 2
            assert self._looked.wait_for(lambda: self._looks >= enough, 30.0)


class Bench:
    """The simulated scanner, its knobs, and the driver under its supervisor."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.link = str(folder / "usb-scanner")
        self.seen = Recorder()
        self.clock = Clock()
        self.simulator = SerialScanner(self.link, str(folder / "scanner.control"))
        self.simulator.start()
        self.do = ControlClient(str(folder / "scanner.control"))
        self.supervisor: Supervisor | None = None

    def run(self, *, suffix: bool = False, aim_identifiers: bool = False) -> None:
        driver = SerialScannerDriver(
            "scanner", self.link, suffix=suffix, aim_identifiers=aim_identifiers, monotonic_s=self.clock
        )
        self.supervisor = Supervisor([driver], self.seen, QUICK_S)
        self.supervisor.start()
        self.seen.wait(DeviceUp)

    def texts(self) -> list[str]:
        return [event.text for event in self.seen.of(CodeScanned)]

    def close(self) -> None:
        if self.supervisor is not None:
            self.supervisor.stop()
        self.do.close()
        self.simulator.close()


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


def test_a_scan_becomes_a_code(bench: Bench) -> None:
    bench.run()
    bench.do("scan", text="CF1-ABCDEF")
    assert bench.seen.wait(CodeScanned).text == "CF1-ABCDEF"


def test_a_code_is_reported_at_once_after_its_last_byte(bench: Bench) -> None:
    bench.run()
    numbers = itertools.count(1)

    def reported_s() -> float:
        number = next(numbers)
        sent_s = time.monotonic()
        bench.do("scan", text=f"code {number}")
        return bench.seen.arrived_s(bench.seen.wait(CodeScanned, number)) - sent_s

    assert fastest_s(AT_ONCE_S, 20, reported_s) < AT_ONCE_S


def test_two_lines_at_once_and_slow_bytes_are_codes(bench: Bench) -> None:
    bench.run()
    bench.do("two", text1="first", text2="second")
    bench.do("slow", text="third")
    bench.seen.wait(CodeScanned, 3)
    assert bench.texts() == ["first", "second", "third"]


def test_chinese_in_gbk_and_wide_digits_arrive_as_they_are(bench: Bench) -> None:
    bench.run()
    bench.do("scan", text="会员王雨桐", encoding="gbk")
    bench.do("scan", text="１３８００１３８０００")
    bench.seen.wait(CodeScanned, 2)
    assert bench.texts() == ["会员王雨桐", "１３８００１３８０００"]


def test_a_code_without_suffix_ends_by_itself(bench: Bench) -> None:
    bench.run()
    bench.do("scan", text="6901234567892", suffix="")
    assert bench.seen.wait(CodeScanned).text == "6901234567892"


def test_half_a_line_is_no_code_where_the_scanner_ends_its_lines(bench: Bench) -> None:
    bench.run(suffix=True)
    bench.do("half", text="CF1-ABCDEFGHIJ")
    bench.clock.let_the_driver_read()
    bench.clock.advance(1.0)
    bench.clock.let_the_driver_read()
    bench.do("scan", text="CF1-WHOLE")
    bench.seen.wait(CodeScanned)
    assert bench.texts() == ["CF1-WHOLE"]


def test_noise_is_refused_and_the_next_code_counts(bench: Bench) -> None:
    bench.run()
    bench.do("noise")
    assert bench.seen.wait(ScanRejected).code == "scan_undecodable"
    bench.do("scan", text="good")
    assert bench.seen.wait(CodeScanned).text == "good"


@pytest.mark.slow
def test_an_endless_line_is_refused_once_costs_no_memory_and_the_next_line_counts(bench: Bench) -> None:
    bench.run()
    bench.do("endless", length=100_000)
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    bench.do("endless", length=1_000_000)
    bench.do("scan", text="the end of it")
    bench.clock.let_the_driver_read()
    bench.do("scan", text="good")
    bench.seen.wait(CodeScanned)
    assert bench.texts() == ["good"]
    assert bench.seen.of(ScanRejected) == [ScanRejected("scanner", "scan_too_long")]
    # The simulator lives in this process too and holds its million characters for a moment, a few times over.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 16_000


def test_unplugging_is_one_loss_and_plugging_in_again_is_one_return(bench: Bench) -> None:
    bench.run()
    bench.do("half", text="never whole")
    bench.do("unplug")
    assert bench.seen.wait(DeviceDown).code == "device_missing"
    bench.do("plug")
    bench.seen.wait(DeviceUp, 2)
    bench.do("scan", text="after")
    bench.seen.wait(CodeScanned)
    assert len(bench.seen.of(DeviceDown)) == 1
    assert bench.texts()[-1] == "after", "half a code from before is no part of it"


def test_a_scanner_that_is_not_there_at_start_is_found_when_it_comes(bench: Bench) -> None:
    bench.do("unplug")
    bench.supervisor = Supervisor([SerialScannerDriver("scanner", bench.link)], bench.seen, QUICK_S)
    bench.supervisor.start()
    assert bench.seen.wait(DeviceDown).code == "device_missing"
    assert bench.supervisor.states()["scanner"].state == "missing"
    bench.do("plug")
    bench.seen.wait(DeviceUp)


def stopped_s(supervisor: Supervisor) -> float:
    """Stop all drivers, which must obey, and return how many seconds it took."""
    began_s = time.monotonic()
    assert supervisor.stop() == []
    return time.monotonic() - began_s


def test_silence_is_waited_through_and_stopping_takes_less_than_a_second(bench: Bench) -> None:
    def stopped_in_silence_s() -> float:
        bench.seen = Recorder()
        bench.run()
        assert bench.supervisor is not None
        passed_s = stopped_s(bench.supervisor)
        assert bench.seen.events == [DeviceUp("scanner")]
        return passed_s

    assert fastest_s(SOON_S, 5, stopped_in_silence_s) < SOON_S


def stopped_while_bytes_pour_in_s() -> float:
    """Let bytes pour in without end, stop the driver, and return how many seconds stopping took."""
    far_end, near_end = os.openpty()
    tty.setraw(near_end)
    os.set_blocking(far_end, False)
    seen, done = Recorder(), threading.Event()

    def pour() -> None:
        while not done.is_set():
            with contextlib.suppress(BlockingIOError):
                os.write(far_end, b"9" * 512)

    supervisor = Supervisor([SerialScannerDriver("scanner", os.ttyname(near_end))], seen, QUICK_S)
    supervisor.start()
    pouring = threading.Thread(target=pour)
    pouring.start()
    try:
        seen.wait(ScanRejected)
        return stopped_s(supervisor)
    finally:
        done.set()
        pouring.join()
        supervisor.stop()
        os.close(far_end)
        os.close(near_end)


def test_stopping_takes_less_than_a_second_while_bytes_pour_in() -> None:
    assert fastest_s(SOON_S, 5, stopped_while_bytes_pour_in_s) < SOON_S


def test_a_port_in_use_by_another_program_is_busy(bench: Bench) -> None:
    bench.run()
    second = SerialScannerDriver("second", bench.link)
    seen = Recorder()
    supervisor = Supervisor([second], seen, QUICK_S)
    supervisor.start()
    assert seen.wait(DeviceDown).code == "device_busy"
    supervisor.stop()


def test_a_path_that_is_no_port_is_a_fault_not_a_bug(tmp_path: pathlib.Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("")
    driver = SerialScannerDriver("scanner", str(plain))
    with pytest.raises(DeviceFault) as caught:
        driver.open()
    assert caught.value.code == "device_fault"
    driver.close()
    driver.close()

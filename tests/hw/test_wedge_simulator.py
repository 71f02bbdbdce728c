"""The keyboard-wedge driver against the simulated scanner: the kernel's bytes through named pipes, with its faults."""

from __future__ import annotations

import os
import pathlib
import threading
from collections.abc import Iterator

import pytest

from terminal.base.events import CardRemoved, CardTapped, CodeScanned, DeviceDown, DeviceUp, ScanRejected
from terminal.hw.layout_check import TEST_CODE, check_layout
from terminal.hw.wedge import WedgeDriver
from terminal.hw.wedge_source import StreamSource, WedgeSource
from terminal.runtime.supervisor import Supervisor
from tests.hw.recorder import Recorder
from tests.hw_sim.control import ControlClient
from tests.hw_sim.wedge import Wedge

pytestmark = pytest.mark.slow

QUICK_S = (0.02, 0.05)
# A code that the simulator types in one delivery, so that a busy machine leaves no pauses in it.
AT_ONCE = {"key_s": 0.0}


class Clock:
    """A monotonic clock that only hands move on, so that no busy machine makes a silence."""

    def __init__(self) -> None:
        self._now_s = 100.0
        self._looks = 0
        self._looked = threading.Condition()

    def __call__(self) -> float:
        with self._looked:
            self._looks += 1
            self._looked.notify_all()
            return self._now_s

    def advance(self, seconds: float, driver: WedgeDriver) -> None:
        """Let `seconds` pass, and return when the driver has noticed."""
        with self._looked:
            self._now_s += seconds
            enough = self._looks + 2  # it looks twice a round, and once of these after it has read nothing
            driver.wake()
            assert self._looked.wait_for(lambda: self._looks >= enough, 30.0)


def open_node(path: str) -> WedgeSource:
    return StreamSource(os.open(path, os.O_RDONLY | os.O_NONBLOCK), pathlib.Path(path).name)


class Bench:
    """The simulated scanner, its knobs, and the driver under its supervisor."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.nodes = [str(folder / "usb-scanner-event-kbd"), str(folder / "usb-scanner-if01-event-kbd")]
        self.seen = Recorder()
        self.clock = Clock()
        self.simulator = Wedge(self.nodes, str(folder / "wedge.control"))
        self.simulator.start()
        self.do = ControlClient(str(folder / "wedge.control"))
        self._supervisor: Supervisor | None = None
        self.driver: WedgeDriver | None = None

    def run(self, **settings: str | bool) -> None:
        chosen = {"open_source": open_node, "monotonic_s": self.clock, **settings}
        self.driver = WedgeDriver("scanner", self.nodes, **chosen)  # type: ignore[arg-type]
        self._supervisor = Supervisor([self.driver], self.seen, QUICK_S)
        self._supervisor.start()
        self.seen.wait(DeviceUp)

    def silence(self, seconds: float) -> None:
        """Let the driver read all that was typed, and then find nothing for `seconds`."""
        assert self.driver is not None
        for _ in range(3):  # once for the round it may be in, once to read what is there, once to find nothing
            self.clock.advance(seconds, self.driver)

    def texts(self, count: int) -> list[str]:
        """Return the codes so far, once there are `count`."""
        self.seen.wait(CodeScanned, count)
        return [event.text for event in self.seen.of(CodeScanned)]

    def refusals(self) -> list[str]:
        return [event.code for event in self.seen.of(ScanRejected)]

    def close(self) -> None:
        if self._supervisor is not None:
            self._supervisor.stop()
        self.do.close()
        self.simulator.close()


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


ASCII = "aA09-_/?=&:.%+#@ !\"$'()*,;<>[\\]^`{|}~zZyYqQwWmM"


@pytest.mark.parametrize("layout", ["us", "de", "fr"])
@pytest.mark.parametrize(
    "habits", [{}, {"joined": False}, {"rollover": True}, {"caps": "wrapped"}, {"held_repeats": 1}, {"key_s": 0.0}]
)
def test_everything_that_can_be_typed_arrives(bench: Bench, layout: str, habits: dict[str, object]) -> None:
    bench.run(layout=layout)
    bench.do("scan", **{"text": ASCII, "layout": layout, "key_s": 0.002, **habits})
    assert bench.texts(1) == [ASCII]


@pytest.mark.parametrize("suffix", ["enter", "keypad_enter", "tab"])
def test_every_suffix_is_an_end(bench: Bench, suffix: str) -> None:
    bench.run()
    bench.do("scan", text="CF1-1234", suffix=suffix, keypad=True, **AT_ONCE)
    assert bench.texts(1) == ["CF1-1234"]


def test_a_pause_is_an_end_where_there_is_no_suffix(bench: Bench) -> None:
    bench.run(suffix="none")
    bench.do("scan", text="6901234567892", suffix="none", **AT_ONCE)
    bench.silence(0.25)
    assert bench.texts(1) == ["6901234567892"]


@pytest.mark.parametrize("gs", ["ctrl", "f8", "alt029"])
@pytest.mark.parametrize("layout", ["us", "de", "fr"])
def test_the_group_separator_comes_in_three_ways(bench: Bench, gs: str, layout: str) -> None:
    bench.run(gs=gs, layout=layout)
    bench.do("scan", text="0106\x1d17", gs=gs, layout=layout, **AT_ONCE)
    assert bench.texts(1) == ["0106\x1d17"]


@pytest.mark.parametrize("habits", [{"alt": "unicode"}, {"alt": "gbk"}, {"alt": "gbk", "alt_zero": True}])
@pytest.mark.parametrize("alt_all", [False, True])
@pytest.mark.parametrize("key_s", [0.0, 0.004])
def test_chinese_comes_as_numbers(bench: Bench, habits: dict[str, object], alt_all: bool, key_s: float) -> None:
    bench.run()
    bench.do("scan", **{"text": "会员王雨桐A1。", "alt_all": alt_all, "key_s": key_s, **habits})
    assert bench.texts(1) == ["会员王雨桐A1。"]


def test_the_test_code_tells_the_scanners_country(bench: Bench) -> None:
    bench.run(keep_unknown=True)
    for scanner, verdict in (("us", "layout_fits"), ("de", "layout_other"), ("fr", "layout_other")):
        bench.do("scan", text=TEST_CODE, layout=scanner, **AT_ONCE)
        count = ("us", "de", "fr").index(scanner) + 1
        found = check_layout(bench.texts(count)[-1], "us")
        assert found.code == verdict
        assert found.values.get("scanner", scanner) == scanner


def test_half_a_code_is_dropped_after_a_second_of_silence(bench: Bench) -> None:
    bench.run()
    bench.do("half", text="never whole", **AT_ONCE)
    bench.silence(1.0)
    bench.do("scan", text="whole", **AT_ONCE)
    assert bench.texts(1) == ["whole"]


def test_a_device_torn_out_in_a_code_leaves_nothing_of_it(bench: Bench) -> None:
    bench.run()
    bench.do("torn", text="never whole", **AT_ONCE)
    assert bench.seen.wait(DeviceDown).code == "device_missing"
    bench.do("plug")
    bench.seen.wait(DeviceUp, 2)
    bench.do("scan", text="whole", **AT_ONCE)
    assert bench.texts(1) == ["whole"]
    assert len(bench.seen.of(DeviceDown)) == 1


@pytest.mark.parametrize("lost", [1, 6, 12, 40])
def test_events_the_kernel_lost_are_a_code_to_scan_again(bench: Bench, lost: int) -> None:
    bench.run()
    bench.do("lossy", text="CF1-ABCDEFGH", lost=lost, **AT_ONCE)
    bench.seen.wait(ScanRejected)
    bench.do("scan", text="CF1-ABCDEFGH", **AT_ONCE)
    assert bench.texts(1) == ["CF1-ABCDEFGH"]
    assert bench.refusals() == ["scan_undecodable"]


def test_a_loss_of_the_end_itself_costs_no_further_code_after_a_second_of_silence(bench: Bench) -> None:
    bench.run()
    bench.do("lossy", text="CF1-ABCDEFGH", lost=1000, **AT_ONCE)
    bench.seen.wait(ScanRejected)
    bench.silence(1.0)
    bench.do("scan", text="CF1-ABCDEFGH", **AT_ONCE)
    assert bench.texts(1) == ["CF1-ABCDEFGH"]


def test_a_shift_key_that_sticks_spoils_one_code_only(bench: Bench) -> None:
    bench.run()
    bench.do("stuck", text="aB1c", **AT_ONCE)
    bench.do("scan", text="aB1c", **AT_ONCE)
    assert bench.texts(2) == ["aB!C", "aB1c"]


def test_codes_in_one_burst_are_all_there(bench: Bench) -> None:
    bench.run()
    bench.do("burst", texts=["first", "second", "third", "x" * 500])
    assert bench.texts(4) == ["first", "second", "third", "x" * 500]


def test_a_code_seen_again_and_again_counts_once(bench: Bench) -> None:
    bench.run()
    bench.do("again", text="CF1-STAND", times=4, pause_s=0.05)
    bench.do("scan", text="other", **AT_ONCE)
    assert bench.texts(2) == ["CF1-STAND", "other"]


def test_keys_that_repeat_themselves_type_once(bench: Bench) -> None:
    bench.run()
    bench.do("held", text="CF1-aa11")
    assert bench.texts(1) == ["CF1-aa11"]


@pytest.mark.parametrize("how", ["suffix", "alternate"])
def test_a_code_spread_over_two_nodes_is_one(bench: Bench, how: str) -> None:
    bench.run()
    bench.do("spread", text="CF1-aBcD11", how=how, key_s=0.002)
    assert bench.texts(1) == ["CF1-aBcD11"]


@pytest.mark.parametrize("suffix", ["line", "none"])
def test_what_a_person_types_is_no_scan(bench: Bench, suffix: str) -> None:
    bench.run(suffix=suffix)
    for seed in range(5):
        bench.do("person", text="13800138000", seed=seed, pace=0.0)
    bench.silence(1.0)
    bench.do("scan", text="scanned", suffix="enter", **AT_ONCE)
    assert bench.texts(1) == ["scanned"]
    assert bench.refusals() == []


def test_caps_lock_holds_until_it_is_pressed_again(bench: Bench) -> None:
    bench.run()
    bench.do("caps")
    bench.do("scan", text="aB1-", **AT_ONCE)
    bench.do("caps")
    bench.do("scan", text="aB1-", **AT_ONCE)
    assert bench.texts(2) == ["Ab1-", "aB1-"]


def test_unplugging_is_one_loss_and_plugging_in_again_one_return(bench: Bench) -> None:
    bench.run()
    assert bench.do("unplug")["heard"]
    assert bench.seen.wait(DeviceDown).code == "device_missing"
    bench.do("plug")
    bench.seen.wait(DeviceUp, 2)
    bench.do("scan", text="after", **AT_ONCE)
    assert bench.texts(1) == ["after"]
    assert len(bench.seen.of(DeviceDown)) == 1


def test_a_card_reader_types_numbers(bench: Bench) -> None:
    bench.run(kind="reader")
    bench.do("scan", text="0007756302", keypad=True, **AT_ONCE)
    bench.seen.wait(CardRemoved)
    assert [card.number for card in bench.seen.of(CardTapped)] == ["0007756302"]

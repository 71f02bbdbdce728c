"""Drivers are opened, served, reported, opened again and stopped, whatever they do."""

from __future__ import annotations

import errno
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from terminal.base.errors import DeviceFault, Overloaded
from terminal.base.events import CardRemoved, DeviceDown, DeviceEvent, DeviceUp
from terminal.runtime.supervisor import Emit, Supervisor, fault_code
from tests.hw.recorder import Recorder
from tests.timing import DEADLINE_S, wait_until

QUICK_S = (0.01,)

Step = Callable[[threading.Event, Emit], None]


def until_stopped(stop: threading.Event, _emit: Emit) -> None:
    stop.wait()


def failing(error: Exception) -> Step:
    def step(_stop: threading.Event, _emit: Emit) -> None:
        raise error

    return step


def waiting_for(something: threading.Event) -> Step:
    def step(_stop: threading.Event, _emit: Emit) -> None:
        something.wait(DEADLINE_S)

    return step


class Scripted:
    """A driver that opens as told and then serves its steps, one per opening; the last one again and again."""

    def __init__(
        self,
        steps: Sequence[Step],
        open_errors: Sequence[Exception | None] = (),
        name: str = "scanner",
        woken: threading.Event | None = None,
    ) -> None:
        self.name = name
        self._steps = list(steps)
        self._open_errors = list(open_errors)
        self.opened_s: list[float] = []
        self.closed = 0
        self.woken = woken or threading.Event()
        self.threads: set[str] = set()

    def open(self) -> None:
        self.opened_s.append(time.monotonic())
        self.threads.add(threading.current_thread().name)
        error = self._open_errors.pop(0) if self._open_errors else None
        if error is not None:
            raise error

    def serve(self, stop: threading.Event, emit: Emit) -> None:
        step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
        step(stop, emit)

    def close(self) -> None:
        self.closed += 1

    def wake(self) -> None:
        self.woken.set()


@pytest.fixture
def run() -> Iterator[Callable[..., Supervisor]]:
    started: list[Supervisor] = []

    def start(*drivers: Scripted, emit: Emit, backoff_s: Sequence[float] = QUICK_S) -> Supervisor:
        supervisor = Supervisor(drivers, emit, backoff_s)
        started.append(supervisor)
        supervisor.start()
        return supervisor

    yield start
    for supervisor in started:
        supervisor.stop()


Run = Callable[..., Supervisor]


def test_a_device_that_opens_is_up_once_and_ready(run: Run) -> None:
    seen = Recorder()
    driver = Scripted([until_stopped])
    supervisor = run(driver, emit=seen)
    seen.wait(DeviceUp)
    assert supervisor.states()["scanner"].state == "ready"
    supervisor.stop()
    assert seen.events == [DeviceUp("scanner")]
    assert driver.closed == 1


def test_the_thread_is_named_after_the_device(run: Run) -> None:
    seen = Recorder()
    driver = Scripted([until_stopped], name="kiosk-scanner")
    run(driver, emit=seen)
    seen.wait(DeviceUp)
    assert driver.threads == {"kiosk-scanner"}


def test_a_loss_is_reported_once_until_the_device_is_back(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    seen = Recorder()
    missing = FileNotFoundError(errno.ENOENT, "No such file")
    driver = Scripted(
        [failing(DeviceFault("device_missing", "unplugged")), until_stopped],
        open_errors=[None, missing, missing, PermissionError(errno.EACCES, "denied"), None],
    )
    run(driver, emit=seen)
    seen.wait(DeviceUp, 2)
    assert seen.events == [
        DeviceUp("scanner"),
        DeviceDown("scanner", "device_missing", "unplugged"),
        DeviceUp("scanner"),
    ]
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        "device scanner is up",
        "device scanner is down: device_missing unplugged",
        "device scanner is up",
    ]
    assert driver.closed == 4, "every failed opening is closed too"


def test_a_device_missing_at_start_is_reported_once_and_found_later(run: Run) -> None:
    seen = Recorder()
    missing = FileNotFoundError(errno.ENOENT, "No such file")
    run(Scripted([until_stopped], open_errors=[missing, missing, missing]), emit=seen)
    seen.wait(DeviceUp)
    assert seen.events == [DeviceDown("scanner", "device_missing", "No such file"), DeviceUp("scanner")]


def test_a_device_that_is_not_plugged_in_is_looked_for_every_second_however_long_it_was_away(run: Run) -> None:
    seen = Recorder()
    missing = FileNotFoundError(errno.ENOENT, "No such file")
    driver = Scripted([until_stopped], open_errors=[missing, DeviceFault("device_missing")])
    run(driver, emit=seen, backoff_s=(0.01, 60.0))
    seen.wait(DeviceUp)
    assert 0.9 <= driver.opened_s[2] - driver.opened_s[1] < 10


def test_a_device_that_is_gone_again_right_after_opening_still_waits_longer(run: Run) -> None:
    driver = Scripted([*[failing(DeviceFault("device_missing"))] * 3, until_stopped])
    seen = Recorder()
    run(driver, emit=seen, backoff_s=(0.01, 1.3))
    seen.wait(DeviceUp, 4)
    assert driver.opened_s[2] - driver.opened_s[1] >= 1.3


@pytest.mark.slow
def test_pauses_grow_and_the_last_one_repeats(run: Run) -> None:
    driver = Scripted([until_stopped], open_errors=[OSError(errno.EIO, "io")] * 5)
    seen = Recorder()
    run(driver, emit=seen, backoff_s=(0.02, 0.06, 0.12))
    seen.wait(DeviceUp)
    gaps_s = [later - earlier for earlier, later in zip(driver.opened_s, driver.opened_s[1:], strict=False)]
    for gap_s, least_s in zip(gaps_s, (0.02, 0.06, 0.12, 0.12, 0.12), strict=True):
        assert gap_s >= least_s


def test_a_device_that_fails_right_after_opening_also_waits_longer_each_time(run: Run) -> None:
    driver = Scripted([*[failing(DeviceFault("device_io"))] * 3, until_stopped])
    seen = Recorder()
    run(driver, emit=seen, backoff_s=(0.01, 0.05, 0.15))
    seen.wait(DeviceUp, 4)
    assert driver.opened_s[3] - driver.opened_s[2] >= 0.15


def test_a_bug_is_logged_once_with_its_stack_and_the_driver_goes_on(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    bug = failing(ZeroDivisionError("of ours"))
    driver = Scripted([bug, bug, bug, until_stopped])
    seen = Recorder()
    supervisor = run(driver, emit=seen)
    seen.wait(DeviceUp, 4)
    assert supervisor.states()["scanner"].state == "ready"
    assert seen.wait(DeviceDown) == DeviceDown("scanner", "driver_bug", "ZeroDivisionError")
    assert [record.getMessage() for record in caplog.records if record.exc_info] == ["driver scanner has a bug"]


def test_a_bug_in_close_does_not_end_the_thread(run: Run) -> None:
    class BadCloser(Scripted):
        def close(self) -> None:
            super().close()
            if self.closed == 1:
                raise KeyError("closing")

    seen = Recorder()
    run(BadCloser([failing(DeviceFault("device_io")), until_stopped]), emit=seen)
    seen.wait(DeviceUp, 2)
    assert seen.of(DeviceDown) == [DeviceDown("scanner", "driver_bug", "KeyError")]


def test_a_bug_in_the_inbox_does_not_end_the_thread_or_spin(run: Run) -> None:
    calls: list[float] = []

    def emit(_event: DeviceEvent) -> None:
        calls.append(time.monotonic())
        raise RuntimeError("the inbox has a bug")

    driver = Scripted([until_stopped])
    run(driver, emit=emit, backoff_s=(0.05,))
    wait_until(lambda: len(driver.opened_s) >= 3)
    assert driver.opened_s[2] - driver.opened_s[1] >= 0.05


def test_a_driver_that_returns_unasked_counts_as_lost(run: Run) -> None:
    seen = Recorder()
    run(Scripted([lambda _stop, _emit: None, until_stopped]), emit=seen)
    seen.wait(DeviceUp, 2)
    assert [event.code for event in seen.of(DeviceDown)] == ["device_closed"]


def test_a_permanent_fault_is_not_tried_again(run: Run) -> None:
    seen = Recorder()
    driver = Scripted([until_stopped], open_errors=[DeviceFault("library_missing", permanent=True)])
    other = Scripted([until_stopped], open_errors=[OSError(errno.EIO, "io")] * 5, name="other")
    supervisor = run(driver, other, emit=seen)
    seen.wait(DeviceUp, device="other")
    assert len(driver.opened_s) == 1
    assert supervisor.states()["scanner"].code == "library_missing"
    assert supervisor.stop(timeout_s=1) == []


def test_a_full_inbox_is_logged_once_counted_and_the_driver_goes_on(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    full = threading.Event()
    taken = Recorder()
    more = threading.Event()

    def emit(event: DeviceEvent) -> None:
        if full.is_set():
            raise Overloaded
        taken(event)

    def serve(stop: threading.Event, send: Emit) -> None:
        full.set()
        for number in range(5):
            send(CardRemoved("reader", str(number)))
        more.wait(DEADLINE_S)
        full.clear()
        send(CardRemoved("reader", "last"))
        stop.wait()

    supervisor = run(Scripted([serve]), emit=emit)
    wait_until(lambda: supervisor.dropped_events() == 5)
    more.set()
    assert taken.wait(CardRemoved).slot == "last"
    assert len(taken.of(DeviceUp)) == 1
    wait_until(lambda: inbox_lines(caplog)[1:] == ["the inbox takes events again; 5 dropped since start"])
    assert inbox_lines(caplog)[0] == "the inbox is full: events of devices are dropped"


def inbox_lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if "inbox" in record.getMessage()]


def test_a_loss_the_full_inbox_refused_is_told_later(run: Run) -> None:
    full = threading.Event()
    taken = Recorder()

    def emit(event: DeviceEvent) -> None:
        if full.is_set():
            raise Overloaded
        taken(event)

    def lose(_stop: threading.Event, _send: Emit) -> None:
        full.set()
        raise DeviceFault("device_missing")

    driver = Scripted([lose], open_errors=[None, *[OSError(errno.ENOENT, "gone")] * 1000])
    run(driver, emit=emit)
    wait_until(lambda: len(driver.opened_s) > 3)
    assert taken.of(DeviceDown) == []
    full.clear()
    assert taken.wait(DeviceDown).code == "device_missing"
    assert len(taken.of(DeviceDown)) == 1


def test_states_follow_the_driver_and_the_devices_it_reports(run: Run) -> None:
    gone = threading.Event()

    def serve(stop: threading.Event, send: Emit) -> None:
        send(DeviceUp("kiosk-reader"))
        gone.wait(DEADLINE_S)
        send(DeviceDown("kiosk-reader", "device_missing"))
        stop.wait()

    seen = Recorder()
    waiting = Supervisor([Scripted([serve])], seen)
    assert waiting.states()["scanner"].code == "starting"
    supervisor = run(Scripted([serve], name="pcsc"), emit=seen)
    seen.wait(DeviceUp, device="kiosk-reader")
    assert {name: state.state for name, state in supervisor.states().items()} == {
        "pcsc": "ready",
        "kiosk-reader": "ready",
    }
    gone.set()
    seen.wait(DeviceDown)
    assert supervisor.states()["kiosk-reader"].state == "missing"
    assert supervisor.states()["pcsc"].state == "ready"


def test_the_newest_fault_code_is_shown_though_told_once(run: Run) -> None:
    seen = Recorder()
    driver = Scripted([until_stopped], open_errors=[OSError(errno.ENOENT, "no"), *[OSError(errno.EACCES, "no")] * 1000])
    supervisor = run(driver, emit=seen)
    wait_until(lambda: supervisor.states()["scanner"].code == "device_no_rights")
    assert supervisor.states()["scanner"].state == "fault"
    assert [event.code for event in seen.of(DeviceDown)] == ["device_missing"]


def test_stop_wakes_a_driver_that_waits_for_its_library(run: Run) -> None:
    seen = Recorder()
    woken = threading.Event()
    driver = Scripted([waiting_for(woken)], woken=woken)
    supervisor = run(driver, emit=seen)
    seen.wait(DeviceUp)
    assert supervisor.stop() == []
    assert woken.is_set(), "it ended because it was woken, not because its own waiting was over"
    assert seen.of(DeviceDown) == []


def test_stop_names_a_driver_that_is_stuck_and_returns_all_the_same(run: Run) -> None:
    release = threading.Event()
    driver = Scripted([waiting_for(release)], name="stuck")

    class HangingWake(Scripted):
        def wake(self) -> None:
            release.wait(DEADLINE_S)

    seen = Recorder()
    supervisor = run(HangingWake([until_stopped], name="polite"), driver, emit=seen)
    seen.wait(DeviceUp, 2)
    assert supervisor.stop(timeout_s=0.2) == ["stuck"]
    release.set()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FileNotFoundError(errno.ENOENT, "x"), "device_missing"),
        (OSError(errno.ENODEV, "x"), "device_missing"),
        (PermissionError(errno.EACCES, "x"), "device_no_rights"),
        (BlockingIOError(errno.EAGAIN, "x"), "device_busy"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), "device_unreachable"),
        (TimeoutError("x"), "device_unreachable"),
        (OSError(errno.EHOSTUNREACH, "x"), "device_unreachable"),
        (OSError(errno.EIO, "x"), "device_io"),
        (OSError("no number"), "device_io"),
    ],
)
def test_operating_system_errors_have_stable_codes(error: OSError, code: str) -> None:
    assert fault_code(error) == code


def test_a_driver_that_no_longer_looks_at_its_stop_is_stalled_once_and_back_once() -> None:
    held, seen = threading.Event(), Recorder()

    def hang_then_look(stop: threading.Event, _emit: Emit) -> None:
        held.wait(DEADLINE_S)
        stop.wait()

    supervisor = Supervisor([Scripted([hang_then_look])], seen, QUICK_S, stall_s=0.2)
    supervisor.start()
    try:
        seen.wait(DeviceUp, device="scanner")
        lost = seen.wait(DeviceDown, device="scanner")
        assert lost.code == "device_stalled"
        assert supervisor.states()["scanner"].code == "device_stalled"
        held.set()
        deadline_s = time.monotonic() + DEADLINE_S
        while supervisor.states()["scanner"].state != "ready":
            assert time.monotonic() < deadline_s
    finally:
        held.set()
        assert supervisor.stop() == []
    assert sum(isinstance(event, DeviceDown) for event in seen.events) == 1


def test_a_driver_that_looks_at_its_stop_is_not_stalled_however_little_it_says() -> None:
    looks = threading.Semaphore(0)

    def quiet(stop: threading.Event, _emit: Emit) -> None:
        while not stop.wait(0.01):
            looks.release()

    seen = Recorder()
    supervisor = Supervisor([Scripted([quiet])], seen, QUICK_S, stall_s=5.0)
    supervisor.start()
    for _ in range(50):
        assert looks.acquire(timeout=DEADLINE_S)
    assert supervisor.stop() == []
    assert not [event for event in seen.events if isinstance(event, DeviceDown)]

"""Keeps every device driver running: one thread each, opened, served, and opened again after every fault."""

from __future__ import annotations

import errno
import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from terminal.base.errors import DeviceFault
from terminal.base.events import DeviceDown, DeviceUp
from terminal.runtime.device_states import DeviceState, Emit, Outlet

logger = logging.getLogger(__name__)

__all__ = ["DeviceState", "Driver", "Emit", "Supervisor", "fault_code"]

BACKOFF_S = (0.5, 1.0, 2.0, 5.0)
# Looking for a device that is not plugged in costs nothing, and whoever plugs it in stands there and waits.
LOOK_S = 1.0
WAKE_INTERVAL_S = 0.05
# Drivers look at their `stop` at least every few seconds; one that has not for so long hangs in a call that never ends.
STALL_S = 30.0
STALL_LOOK_S = 5.0

_CODE_OF_ERRNO = {
    errno.ENOENT: "device_missing",
    errno.ENODEV: "device_missing",
    errno.ENXIO: "device_missing",
    errno.EACCES: "device_no_rights",
    errno.EPERM: "device_no_rights",
    errno.EAGAIN: "device_busy",
    errno.EBUSY: "device_busy",
    errno.EHOSTUNREACH: "device_unreachable",
    errno.ENETUNREACH: "device_unreachable",
}


class Driver(Protocol):
    """What the supervisor asks of a device driver; drivers conform without importing this."""

    @property
    def name(self) -> str:
        """Return the device's name: of its thread, its events and its log lines."""
        ...

    def open(self) -> None:
        """Get the device ready; raise `DeviceFault` or `OSError` when it is not there."""
        ...

    def serve(self, stop: threading.Event, emit: Emit) -> None:
        """Work until `stop` is set (return) or the device fails (raise `DeviceFault` or `OSError`)."""
        ...

    def close(self) -> None:
        """Let go of the device; safe at any time, also twice."""
        ...

    def wake(self) -> None:
        """Help `serve` to notice within a second that it shall stop; called from other threads, perhaps often."""
        ...


def fault_code(error: OSError) -> str:
    """Return the stable fault code for an operating system error nobody translated before."""
    if isinstance(error, TimeoutError | ConnectionError):
        return "device_unreachable"
    return _CODE_OF_ERRNO.get(error.errno or 0, "device_io")


class _WatchedStop(threading.Event):
    """The stop of all drivers as one of them sees it, noting when it last looked."""

    def __init__(self, stop: threading.Event, monotonic_s: Callable[[], float]) -> None:
        super().__init__()
        self._stop = stop
        self._monotonic_s = monotonic_s
        self.looked_s = monotonic_s()

    def is_set(self) -> bool:
        self.looked_s = self._monotonic_s()
        return self._stop.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        self.looked_s = self._monotonic_s()
        stopped = self._stop.wait(timeout)
        self.looked_s = self._monotonic_s()
        return stopped


class _Runner:
    """One driver in its thread, from start to stop."""

    def __init__(
        self,
        driver: Driver,
        outlet: Outlet,
        stop: threading.Event,
        backoff_s: Sequence[float],
        monotonic_s: Callable[[], float],
    ) -> None:
        self._driver = driver
        self._outlet = outlet
        self._stop = stop
        self._watched = _WatchedStop(stop, monotonic_s)
        self._serving = self._stalled = False
        self._backoff_s = backoff_s
        self._monotonic_s = monotonic_s
        self._failures = 0
        self._last_code = ""
        self._opening = False
        # A daemon, so that a driver stuck in a library's call cannot keep the process from ending.
        self.thread = threading.Thread(target=self._run, name=driver.name, daemon=True)

    def wake(self) -> None:
        self._driver.wake()

    def watch(self, stall_s: float) -> None:
        """Report a driver that has not looked at its stop for `stall_s` as lost, and as back once it looks again."""
        silent = self._serving and self._monotonic_s() - self._watched.looked_s > stall_s
        if silent == self._stalled:
            return
        self._stalled = silent
        if silent:
            self._outlet.send(DeviceDown(self._driver.name, "device_stalled", f"silent for {stall_s:.0f} s"))
        elif self._serving:
            self._outlet.send(DeviceUp(self._driver.name))

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._round()
            except Exception as bug:
                # A bug in a driver must not end its thread. One that comes back at every attempt is logged once.
                if self._last_code != "driver_bug":
                    logger.exception("driver %s has a bug", self._driver.name)
                self._fail("driver_bug", type(bug).__name__)

    def _round(self) -> None:
        """Tell the last failure, wait as long as it asks for, and serve once more."""
        self._outlet.flush()
        if self._failures:
            self._stop.wait(self._pause_s())
        if self._stop.is_set():
            return
        try:
            self._session()
        except DeviceFault as fault:
            self._fail(fault.code, fault.detail)
            if fault.permanent:
                self._outlet.flush()
                self._stop.wait()
        except OSError as error:
            self._fail(fault_code(error), error.strerror or type(error).__name__)

    def _pause_s(self) -> float:
        """Return how long to wait before the next attempt: shorter for a device that is only not there."""
        pause_s = self._backoff_s[min(self._failures, len(self._backoff_s)) - 1]
        # One that opens and is gone again at once, over and over, must not fill the log: it waits as any other.
        not_there = self._opening and self._last_code == "device_missing"
        return min(pause_s, LOOK_S) if not_there else pause_s

    def _session(self) -> None:
        self._opening = True
        try:
            self._driver.open()
            self._opening = False
            opened_s = self._monotonic_s()
            self._outlet.send(DeviceUp(self._driver.name))
            self._watched.looked_s, self._serving = opened_s, True
            try:
                self._driver.serve(self._watched, self._outlet.send)
            finally:
                self._serving = False
                # Only a device that worked for a while starts with the shortest pause again: one that opens and
                # fails at once, over and over, must not fill the log twice a second.
                if self._monotonic_s() - opened_s >= self._backoff_s[-1]:
                    self._failures = 0
                    self._last_code = ""
        finally:
            self._driver.close()
        if not self._stop.is_set():
            raise DeviceFault("device_closed", "the driver ended by itself")

    def _fail(self, code: str, detail: str) -> None:
        self._failures += 1
        self._last_code = code
        self._outlet.owe(DeviceDown(self._driver.name, code, detail))


class Supervisor:
    """Runs the drivers until stopped; their events go to `emit`, which may raise `Overloaded`."""

    def __init__(
        self,
        drivers: Sequence[Driver],
        emit: Emit,
        backoff_s: Sequence[float] = BACKOFF_S,
        *,
        stall_s: float = STALL_S,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare one thread per driver; `backoff_s` are the pauses before reopening, the last one repeated.

        A driver that does not look at its stop for `stall_s` is reported as `device_stalled`.
        """
        self._stop = threading.Event()
        self._stall_s = stall_s
        self._monotonic_s = monotonic_s
        self._outlet = Outlet(emit, monotonic_s)
        self._runners = [_Runner(driver, self._outlet, self._stop, backoff_s, monotonic_s) for driver in drivers]
        for driver in drivers:
            self._outlet.starting(driver.name)

    def start(self) -> None:
        """Start all drivers' threads; a supervisor runs once."""
        for runner in self._runners:
            runner.thread.start()
        threading.Thread(target=self._watch, name="supervisor-watch", daemon=True).start()

    def _watch(self) -> None:
        while not self._stop.wait(min(STALL_LOOK_S, self._stall_s / 4)):
            for runner in self._runners:
                runner.watch(self._stall_s)

    def stop(self, timeout_s: float = 5.0) -> list[str]:
        """Stop all drivers and return the names of those that did not end within `timeout_s` (also logged)."""
        self._stop.set()
        # In a thread of its own: waking asks a library or a daemon, and even one that hangs must not hang the stop.
        threading.Thread(target=self._keep_waking, args=(timeout_s,), name="supervisor-wake", daemon=True).start()
        deadline_s = self._monotonic_s() + timeout_s
        for runner in self._runners:
            if runner.thread.ident is not None:
                runner.thread.join(max(0.0, deadline_s - self._monotonic_s()))
        stuck = [runner.thread.name for runner in self._runners if runner.thread.is_alive()]
        for name in stuck:
            logger.error("device %s did not stop within %.1f s", name, timeout_s)
        return stuck

    def states(self) -> dict[str, DeviceState]:
        """Return the state of each driver and of each device that a driver reported, by name."""
        return self._outlet.states()

    def dropped_events(self) -> int:
        """Return how many events a full inbox has cost since the start."""
        return self._outlet.dropped()

    def _keep_waking(self, timeout_s: float) -> None:
        # More than once: a driver that was about to begin waiting misses the first call.
        deadline_s = self._monotonic_s() + timeout_s
        pause = threading.Event()
        while self._monotonic_s() < deadline_s:
            waiting = [runner for runner in self._runners if runner.thread.is_alive()]
            if not waiting:
                return
            for runner in waiting:
                runner.wake()
            pause.wait(WAKE_INTERVAL_S)

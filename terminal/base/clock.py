"""Time as an argument: wall time for people, civil dates for rules, monotonic time for waiting."""

from __future__ import annotations

import ctypes
import datetime as dt
import functools
import time
from collections.abc import Callable
from typing import Protocol

# A business day may end after midnight; until so many minutes of the local day it is still yesterday's.
CUTOVER_MIN = 4 * 60
# adjtimex(2): the clock is not synchronised, or this program may not ask.
_UNTRUSTED_STATES = frozenset({5, -1})


class Clock(Protocol):
    """What the product asks of time."""

    def now_ms(self) -> int:
        """Return UTC milliseconds since 1970."""
        ...

    @property
    def cutover_min(self) -> int:
        """The minutes of a local day that still belong to the business day before."""
        ...

    def trusted(self) -> bool:
        """Tell whether wall time was set by somebody reliable since the machine started."""
        ...

    def local(self, at_ms: int) -> dt.datetime:
        """Return the shop's local time for UTC milliseconds."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds that never run back, for deadlines."""
        ...


class SystemClock:
    """The machine's clock in the shop's time zone."""

    def __init__(
        self, zone: dt.tzinfo, synchronised: Callable[[], bool] | None = None, cutover_min: int = CUTOVER_MIN
    ) -> None:
        """Use `zone` for civil dates; `synchronised` says whether the clock is right, the kernel's word if None.

        The first `cutover_min` minutes of a day belong to the business day before.
        """
        self.cutover_min = cutover_min
        self._zone = zone
        self._synchronised = synchronised or kernel_synchronised

    def now_ms(self) -> int:
        """Return UTC milliseconds since 1970."""
        return time.time_ns() // 1_000_000

    def trusted(self) -> bool:
        """Tell whether a time service keeps the clock, and nobody set it by hand since."""
        return self._synchronised()

    def local(self, at_ms: int) -> dt.datetime:
        """Return the shop's local time for UTC milliseconds."""
        return dt.datetime.fromtimestamp(at_ms / 1000, self._zone)

    def monotonic_s(self) -> float:
        """Return seconds that never run back."""
        return time.monotonic()


class _Timex(ctypes.Structure):
    """`struct timex` of adjtimex(2), of which only `modes` (0: change nothing) is ours; the kernel fills 208 bytes."""

    _fields_ = (("modes", ctypes.c_uint), ("told", ctypes.c_byte * 252))


@functools.cache
def _adjtimex() -> Callable[..., int]:
    """Return the system's adjtimex, found once: a library handle for each question costs more than the question."""
    found: Callable[..., int] = ctypes.CDLL(None).adjtimex
    return found


def kernel_synchronised() -> bool:
    """Tell whether the kernel holds its clock for synchronised.

    Any time service (systemd-timesyncd, chrony with `rtcsync`, ntpd) makes it so, and setting the clock by hand ends
    it: clock_settime clears the synchronisation state (kernel, kernel/time/ntp.c, ntp_clear).
    """
    return _adjtimex()(ctypes.byref(_Timex())) not in _UNTRUSTED_STATES


def business_day(clock: Clock, at_ms: int) -> dt.date:
    """Return the civil date the shop is working on then, which may end after midnight."""
    local = clock.local(at_ms)
    # Of a local time this is arithmetic of the wall's clock: where it jumps for the summer, the hour on it decides.
    return (local - dt.timedelta(minutes=clock.cutover_min)).date()

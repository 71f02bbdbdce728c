"""Time as an argument: wall time for people, civil dates for rules, monotonic time for waiting."""

from __future__ import annotations

import datetime as dt
import pathlib
import time
from typing import Protocol

# A business day may end after midnight; until this local hour it is still yesterday's.
BUSINESS_DAY_CUTOVER_H = 4
# systemd-timesyncd(8) makes this file once the clock was set from the network.
TIME_SYNCHRONISED = pathlib.Path("/run/systemd/timesync/synchronized")


class Clock(Protocol):
    """What the product asks of time."""

    def now_ms(self) -> int:
        """Return UTC milliseconds since 1970."""
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

    def __init__(self, zone: dt.tzinfo, trusted_mark: pathlib.Path = TIME_SYNCHRONISED) -> None:
        """Use `zone` for civil dates; `trusted_mark` is the file whose presence says the clock is right."""
        self._zone = zone
        self._trusted_mark = trusted_mark

    def now_ms(self) -> int:
        """Return UTC milliseconds since 1970."""
        return time.time_ns() // 1_000_000

    def trusted(self) -> bool:
        """Tell whether the time service has synchronised the clock since the machine started."""
        return self._trusted_mark.exists()

    def local(self, at_ms: int) -> dt.datetime:
        """Return the shop's local time for UTC milliseconds."""
        return dt.datetime.fromtimestamp(at_ms / 1000, self._zone)

    def monotonic_s(self) -> float:
        """Return seconds that never run back."""
        return time.monotonic()


def business_day(clock: Clock, at_ms: int) -> dt.date:
    """Return the civil date the shop is working on then, which ends `BUSINESS_DAY_CUTOVER_H` hours after midnight."""
    local = clock.local(at_ms)
    return (local - dt.timedelta(hours=BUSINESS_DAY_CUTOVER_H)).date()

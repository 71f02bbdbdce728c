"""The machine's clock: when it is believed, and which business day it is."""

from __future__ import annotations

import datetime as dt
import subprocess
import zoneinfo

import pytest

from terminal.base.clock import SystemClock, business_day, kernel_synchronised

SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize("told", [True, False])
def test_the_time_is_trusted_when_who_keeps_it_says_so(told: bool) -> None:
    assert SystemClock(SHANGHAI, lambda: told).trusted() is told


def test_the_kernel_is_asked_whether_its_clock_is_synchronised() -> None:
    # adjtimex(2) through another program: the state 5 is TIME_ERROR, a clock that nobody keeps right.
    asked = "import ctypes; print(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)))"
    state = subprocess.run(["python3", "-c", asked], capture_output=True, text=True, check=True).stdout
    assert kernel_synchronised() is (int(state) not in {5, -1})
    assert SystemClock(SHANGHAI).trusted() is kernel_synchronised()


@pytest.mark.parametrize(
    ("local", "day"),
    [
        ("2026-11-22 03:59", "2026-11-21"),
        ("2026-11-22 04:00", "2026-11-22"),
        ("2026-11-22 23:59", "2026-11-22"),
        ("2027-01-01 00:30", "2026-12-31"),
    ],
)
def test_a_business_day_ends_at_four_in_the_morning_of_the_shops_own_zone(local: str, day: str) -> None:
    at = dt.datetime.fromisoformat(local).replace(tzinfo=SHANGHAI)
    assert business_day(SystemClock(SHANGHAI), int(at.timestamp() * 1000)).isoformat() == day


@pytest.mark.parametrize(
    ("cutover_min", "local", "day"),
    [
        (0, "2026-11-22 00:00", "2026-11-22"),
        (0, "2026-11-21 23:59", "2026-11-21"),
        (330, "2026-11-22 05:29", "2026-11-21"),
        (330, "2026-11-22 05:30", "2026-11-22"),
        (720, "2026-11-22 11:59", "2026-11-21"),
    ],
)
def test_a_shop_says_when_its_business_day_ends(cutover_min: int, local: str, day: str) -> None:
    at = dt.datetime.fromisoformat(local).replace(tzinfo=SHANGHAI)
    clock = SystemClock(SHANGHAI, cutover_min=cutover_min)
    assert business_day(clock, int(at.timestamp() * 1000)).isoformat() == day


@pytest.mark.parametrize("local", ["2026-03-29 01:59", "2026-03-29 03:59", "2026-10-25 03:59"])
def test_where_the_clock_jumps_for_the_summer_the_hour_on_it_decides(local: str) -> None:
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    at = dt.datetime.fromisoformat(local).replace(tzinfo=berlin)
    before = (at.date() - dt.timedelta(days=1)).isoformat()
    assert business_day(SystemClock(berlin), int(at.timestamp() * 1000)).isoformat() == before

"""A running till under steady work for a while: memory, threads and files stay what they were."""

from __future__ import annotations

import itertools
import pathlib
import statistics
import time
from collections.abc import Iterator

import pytest

from tests.cli.pages import Live, Pages
from tests.cli.simulators import Devices, till_with_devices
from tests.hw_sim.shop_first_start import DEMO
from tests.journeys.conftest import until

pytestmark = pytest.mark.slow

PIN = "135790"
WORK_S = 32.0
STREAMS_MAX = 10
# Each round adds some 9 KiB until SQLite's cache is full, which takes some 1,900 rounds, more than there is time for:
# from there on nothing grows (looked at over 3,750 rounds: 77 MiB at first, 94 after 1,950 and at the end).
CACHED_KIB_PER_ROUND = 12
GROWTH_KIB_MAX = 512


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Devices]:
    """Give a till with devices, signed in."""
    members = (DEMO / "members.csv").read_text(encoding="utf-8")
    with till_with_devices(tmp_path_factory.mktemp("soak"), PIN, members) as devices:
        devices.pages.sign_in(PIN)
        yield devices


def resident_kib(pid: int) -> int:
    """Return the resident memory of a process."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


def threads(pid: int) -> int:
    """Return how many threads a process has."""
    return len(list(pathlib.Path(f"/proc/{pid}/task").iterdir()))


def files(pid: int) -> int:
    """Return how many files a process has open."""
    return len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))


def open_stream(pages: Pages, path: str = "/kiosk/live") -> Live | None:
    """Return an open stream, or None where all are taken."""
    live = pages.live(path)
    if live.status == 200:
        live.next()
        return live
    live.close()
    return None


def test_the_eleventh_stream_is_told_to_come_back_and_closed_ones_are_free_again(shop: Devices) -> None:
    pid = shop.till.process.pid
    for _ in range(3):
        streams: list[Live] = []

        def filled(streams: list[Live] = streams) -> bool:
            # A slot comes back when the till has noticed that its page is gone.
            while len(streams) < STREAMS_MAX and (live := open_stream(shop.pages)):
                streams.append(live)
            return len(streams) == STREAMS_MAX

        until(filled, "ten streams at once")
        eleventh = shop.pages.live("/kiosk/live")
        assert (eleventh.status, eleventh.retry_after.isdigit()) == (503, True)
        assert int(eleventh.retry_after) > 0
        eleventh.close()
        assert shop.pages.get("/healthz").status == 200, "other pages go on"
        for live in streams:
            live.close()
    assert threads(pid) < 60


def one_round(shop: Devices, accounts: Iterator[str]) -> None:
    """Tap, search, top up, watch, and leave."""
    live: Live = until(lambda: open_stream(shop.pages), "a free stream")
    shop.hold_card("kiosk", "wang")
    live.until(lambda message: message["state"] == "member", "the member")
    shop.lift_card("kiosk")
    account = next(accounts)
    assert shop.pages.post("/cashier/find", text="王").status == 200
    assert shop.pages.get(f"/cashier/members/{account}").status == 200
    done = shop.pages.pay_in(account, 1)
    assert done.status == 200, done.text
    counter: Live = until(lambda: open_stream(shop.pages, "/cashier/live"), "a free stream")
    counter.close()
    live.close()


def test_steady_work_makes_nothing_grow(shop: Devices) -> None:
    pid = shop.till.process.pid
    names = ("李书航", "王䶮", "欧阳若兰", "司徒静")
    accounts = itertools.cycle([shop.pages.open_member(name) for name in names])
    one_round(shop, accounts)
    before = (threads(pid), files(pid))
    memory_kib: list[int] = []
    began_s = time.monotonic()
    while time.monotonic() - began_s < WORK_S:
        one_round(shop, accounts)
        memory_kib.append(resident_kib(pid))
    # The first quarter fills caches (templates, pages of the store) that have a bound.
    settled = memory_kib[len(memory_kib) // 4 :]
    first, second = settled[: len(settled) // 2], settled[len(settled) // 2 :]
    grown_kib = statistics.median(second) - statistics.median(first)
    print(f"{len(memory_kib)} rounds, {memory_kib[0]} to {memory_kib[-1]} KiB, {grown_kib:+.0f} KiB in the later half")
    assert len(memory_kib) > 20, "hardly any work was done"
    # The medians of two neighbouring halves lie half of the rounds apart.
    assert grown_kib < GROWTH_KIB_MAX + CACHED_KIB_PER_ROUND * len(settled) / 2
    until(lambda: shop.pages.health()["inbox_depth"] == 0, "an empty inbox")
    until(lambda: threads(pid) <= before[0] and files(pid) <= before[1], f"threads and files as before: {before}")
    health = shop.pages.health()
    assert (health["ok"], health["events_dropped"]) == (True, 0)

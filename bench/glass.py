"""From the reader's event to the changed page in Chromium: ten members and a hundred thousand, tap by tap in turn."""

from __future__ import annotations

import pathlib
import random
import time
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

from bench.browser import PageClock, chromium, open_kiosk, page_clock
from bench.figures import Figure, compared, p99, sampled, spread
from bench.members import FEW
from bench.scale import Scale
from bench.shop import Shop, open_shop
from bench.stores import few_store, many_store

WARM_UP_TAPS = 12
CARDS_MANY = 250
LIMIT_P50_MS, LIMIT_P99_MS, LIMIT_RATIO = 30.0, 100.0, 1.2
SETTLE_S = (0.06, 0.12)  # between two looks at the page, so that looking does not disturb what is measured
TAP_TIMEOUT_S = 5.0


@dataclass(slots=True)
class Waits:
    """What taps took in ms: to the first change of the page, to the member on it, and to the painted frame."""

    first_ms: list[float] = field(default_factory=list)
    member_ms: list[float] = field(default_factory=list)
    painted_ms: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Station:
    """A shop with its kiosk page."""

    shop: Shop
    page: Page
    cards: list[int]
    clock: PageClock
    waits: Waits = field(default_factory=Waits)

    def tap(self, draw: random.Random) -> None:
        """Tap one card and note what the page did, and when."""
        at_ms = self.shop.tap(draw.choice(self.cards)) / 1e6
        marks = self._marks(draw)
        self.shop.take_card()
        stamps = [mark["at"] + self.clock.offset_ms - at_ms for mark in marks]
        self.waits.first_ms.append(stamps[0])
        self.waits.member_ms.append(stamps[-1])
        self.waits.painted_ms.append(marks[-1]["painted"] + self.clock.offset_ms - at_ms)

    def _marks(self, draw: random.Random) -> list[dict[str, Any]]:
        deadline_s = time.monotonic() + TAP_TIMEOUT_S
        while time.monotonic() < deadline_s:
            time.sleep(draw.uniform(*SETTLE_S))
            marks: list[dict[str, Any]] = self.page.evaluate("window.benchMarks")
            if marks and marks[-1]["state"] == "member" and marks[-1]["painted"]:
                self.page.evaluate("window.benchMarks = []")
                return marks
        raise TimeoutError("a tap never reached the page")


def measure(folder: pathlib.Path, scale: Scale) -> list[Figure]:
    """Return the figures of a tap."""
    many = many_store(folder, scale.members)
    draw = random.Random(1)
    with (
        few_store(folder) as few_shop,
        open_shop(many, fresh=False) as many_shop,
        chromium() as browser,
    ):
        stations = []
        for shop, cards in (
            (few_shop, list(range(FEW))),
            (many_shop, draw.sample(range(scale.members), CARDS_MANY)),
        ):
            shop.start_reader(cards)
            shop.start_till()
            page = open_kiosk(browser, shop.address)
            stations.append(Station(shop, page, cards, page_clock(page)))
        for station in stations:
            station.page.locator("[data-state=idle]").wait_for()
        for _ in range(WARM_UP_TAPS):
            for station in stations:
                station.tap(draw)
        for station in stations:
            station.waits = Waits()
        for _ in range(scale.taps):
            for station in draw.sample(stations, len(stations)):
                station.tap(draw)
        few, many_waits = (station.waits for station in stations)
        wrong_ms = max(station.clock.uncertainty_ms for station in stations)
    return _figures(few, many_waits, scale.members, wrong_ms)


def _figures(few: Waits, many: Waits, members: int, wrong_ms: float) -> list[Figure]:
    figures = []
    for waits, count in ((few, FEW), (many, members)):
        name = f"{count:,} members"
        figures += [
            sampled(
                f"member on the page, {name}, p50",
                waits.member_ms,
                "ms",
                limit=LIMIT_P50_MS,
                note=spread(waits.member_ms, "ms"),
            ),
            sampled(f"member on the page, {name}, p99", waits.member_ms, "ms", of=p99, limit=LIMIT_P99_MS),
            sampled(f"first change of the page, {name}, p50", waits.first_ms, "ms"),
            sampled(f"member painted, {name}, p50", waits.painted_ms, "ms", note="second frame after the change"),
        ]
    figures.append(compared(f"{members:,} members / {FEW}, p50", many.member_ms, few.member_ms, limit=LIMIT_RATIO))
    figures.append(sampled("uncertainty of the page's clock", [wrong_ms], "ms", note="at most this much either way"))
    return figures

"""The till's memory with ten pages open in Chromium, each with its live stream, and every device connected."""

from __future__ import annotations

import http.client
import pathlib
import time

from playwright.sync_api import Browser

from bench.browser import chromium, open_kiosk
from bench.figures import Figure, once
from bench.listener import ScreenListener
from bench.programs import BenchError
from bench.scale import Scale
from bench.shop import PIN, Shop, memory_mb, open_shop, wait_until
from bench.stores import many_store

LIMIT_MB = 90.0
KIOSK_PAGES, COUNTER_PAGES = 5, 5
CARDS = 20
MEMBER_SHOWN = "window.benchMarks.some(mark => mark.state === 'member')"
SCREEN_TIMEOUT_S = 10.0
PROBES, PROBE_PAUSE_S = 6, 2.0


def measure(folder: pathlib.Path, scale: Scale) -> list[Figure]:
    """Return the figures of memory."""
    many = many_store(folder, scale.members)
    with open_shop(many, fresh=False) as shop, chromium() as browser:
        shop.start_reader(range(CARDS))
        shop.start_printer()
        shop.start_scanner()
        shop.start_till()
        pid = shop.running["till"].pid
        _tap_cards(shop)
        before = memory_mb(pid)
        kiosk = open_kiosk(browser, shop.address)
        for _ in range(KIOSK_PAGES - 1):
            open_kiosk(browser, shop.address)
        _open_counters(browser, shop.address)
        _wait_all_linked(shop.wiring.till_port)
        for member in range(CARDS):
            kiosk.evaluate("window.benchMarks = []")
            shop.tap(member)
            wait_until(lambda: bool(kiosk.evaluate(MEMBER_SHOWN)), "the member on the page", SCREEN_TIMEOUT_S)
            shop.take_card()
        after = memory_mb(pid)
    return [
        once(
            "resident, ten pages open",
            after["rss"],
            "MB",
            limit=LIMIT_MB,
            note=f"{KIOSK_PAGES} kiosk, {COUNTER_PAGES} counter, {scale.members:,} members, after {CARDS} taps",
        ),
        once("fair share (PSS), ten pages open", after["pss"], "MB"),
        once("resident, no page open", before["rss"], "MB"),
        once("highest so far", after["peak"], "MB", note="a sign-in borrows 20 MB for a moment (argon2)"),
    ]


def _tap_cards(shop: Shop) -> None:
    listener = ScreenListener(shop.wiring.till_port)
    listener.wait_for(frozenset(("idle",)), 0, SCREEN_TIMEOUT_S)
    for member in range(CARDS):
        at_ns = shop.tap(member)
        listener.wait_for(frozenset(("member",)), at_ns, SCREEN_TIMEOUT_S)
        shop.take_card()
    listener.close()


def _open_counters(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/cashier/sign-in")
    page.fill("#pin", PIN)
    page.press("#pin", "Enter")
    page.wait_for_url(f"{address}/cashier")
    for _ in range(COUNTER_PAGES - 1):
        context.new_page().goto(f"{address}/cashier")


def _wait_all_linked(port: int) -> None:
    """Return when an eleventh stream is refused, which proves ten linked pages; raise `BenchError` otherwise."""
    for _ in range(PROBES):
        # Before each question: one that was let in held a place, which it gives back within a second.
        time.sleep(PROBE_PAUSE_S)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SCREEN_TIMEOUT_S)
        connection.request("GET", "/kiosk/live")
        stream = connection.sock
        answer = connection.getresponse()
        answer.close()
        stream.close()
        if answer.status == http.HTTPStatus.SERVICE_UNAVAILABLE:
            return
    raise BenchError("an eleventh stream was let in: fewer than ten pages are linked")

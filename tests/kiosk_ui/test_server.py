"""The web server's threads: whatever the pages wait for, the till says how it is."""

from __future__ import annotations

import http
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from terminal.kiosk_ui.app import create_app
from terminal.kiosk_ui.desk import StaffChoice
from terminal.kiosk_ui.server import serve
from terminal.kiosk_ui.settings import WebSettings
from tests.kiosk_ui.fake_desk import FakeDesk
from tests.kiosk_ui.shop import open_shop

pytestmark = pytest.mark.slow

DEADLINE_S = 30.0
THREADS = 3


class WaitingDesk(FakeDesk):
    """A desk whose list of staff does not come until it is let go, as while a store does not answer."""

    let_go: threading.Event
    asked: threading.Semaphore

    def staff_names(self) -> list[StaffChoice]:
        self.asked.release()
        assert self.let_go.wait(DEADLINE_S)
        return super().staff_names()


def test_the_till_says_how_it_is_while_every_thread_of_the_pages_waits() -> None:
    shop = open_shop()
    desk = WaitingDesk(shop.board, shop.clock)
    desk.let_go, desk.asked = threading.Event(), threading.Semaphore(0)
    server = serve(create_app(desk, shop.board, WebSettings(shop.clock, port=0, threads=THREADS)))
    server.start()
    url = f"http://127.0.0.1:{server.port}"
    try:
        with ThreadPoolExecutor() as browsers:
            # One more than there are threads: it waits for one of them to be free.
            pages = [
                browsers.submit(httpx.get, f"{url}/cashier/sign-in", timeout=DEADLINE_S) for _ in range(THREADS + 1)
            ]
            try:
                assert all(desk.asked.acquire(timeout=DEADLINE_S) for _ in range(THREADS))
                assert httpx.get(f"{url}/healthz", timeout=DEADLINE_S / 3).json() == desk.health()
                assert not any(page.done() for page in pages)
            finally:
                desk.let_go.set()
            assert {page.result(DEADLINE_S).status_code for page in pages} == {http.HTTPStatus.OK}
    finally:
        server.stop()

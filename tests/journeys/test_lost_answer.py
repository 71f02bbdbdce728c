"""The till dies between a confirmed bill and its answer: it is booked once, and whoever signs in next is told."""

from __future__ import annotations

import contextlib
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Error, Page, Route, expect

from tests.crash import scene as scenes
from tests.crash.ground import PIN, Ground, Shop
from tests.crash.recorder import BEFORE, CONTROL_VARIABLE, FILES
from tests.journeys.conftest import PAGE_TIMEOUT_MS, connected, open_page
from tests.kiosk_ui.counter_page import press

pytestmark = [pytest.mark.browser, pytest.mark.crash]

REPOSITORY = pathlib.Path(__file__).parents[2]
READY = "ready "
KEPT = "() => sessionStorage.getItem('counter-unanswered')"

FORM = "() => [...new FormData(document.querySelector('[data-books]'))]"
SEND = """async ([path, form]) => {
  const body = new URLSearchParams(form);
  const answer = await fetch(path, { method: "POST", body, headers: { "HX-Request": "true" } });
  return [answer.status, await answer.text()];
}"""


class Till:
    """`terminal serve` on a port that it keeps when it is started again, so that the browser's page is the same."""

    def __init__(self, ground: Ground, shop: Shop) -> None:
        """Choose the port; `start` starts it."""
        self._ground = ground
        self._shop = shop
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        text = shop.config.read_text()
        shop.config.write_text(text.replace('"127.0.0.1:0"', f'"127.0.0.1:{port}"'))
        self.url = f"http://127.0.0.1:{port}/cashier"
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it and return when it answers."""
        log = self._shop.folder / "serve.log"
        with log.open("a") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "terminal.cli", "serve", "--config", str(self._shop.config)],
                cwd=REPOSITORY,
                env=self._ground.environment(CONTROL_VARIABLE, self._ground.control.path),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith(READY), log.read_text()
        assert self.url.startswith(json.loads(line[len(READY) :])["counter"].removesuffix("/cashier"))

    def died(self) -> bool:
        """Return once it is dead; False when it still lives after a while."""
        assert self._process is not None
        try:
            self._process.wait(40)
        except subprocess.TimeoutExpired:
            return False
        self.kill()
        return True

    def kill(self) -> None:
        """Kill it, if it still lives."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """Give the prepared shop of the crash tests and the recorder that kills at a step."""
    with tempfile.TemporaryDirectory(prefix="cf-") as folder:
        made = Ground(pathlib.Path(folder).resolve())
        yield made
        made.close()


def sign_in(page: Page) -> None:
    """Sign the cashier in and wait until the page hears the till."""
    expect(page.locator("#pin")).to_be_focused()
    page.keyboard.type(PIN)
    press(page, "Enter")
    page.wait_for_url("**/cashier")


def open_top_up(page: Page, account: str) -> None:
    """Go to the confirmation of a top-up of 1000 yuan."""
    page.evaluate("(path) => htmx.ajax('GET', path, '#work')", f"/cashier/members/{account}/top_up")
    expect(page.locator("#amount")).to_be_focused()
    page.keyboard.type("1000")
    press(page, "Enter")
    expect(page.get_by_role("button", name="确认充值")).to_be_focused()


def entries(shop: Shop) -> list[str]:
    """Return the kinds of the entries in the book."""
    with shop.store() as store:
        rows = store.rows("SELECT bytes FROM entry ORDER BY life, seq")
    return [json.loads(row[0])["payload"]["kind"] for row in rows]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("posted", [True, False], ids=["posted", "not posted"])
def test_bill_whose_till_died_before_the_answer_is_booked_once_and_the_page_says_which(
    ground: Ground, browser: Browser, *, posted: bool
) -> None:
    with ground.shop() as shop:
        shop.printer.set_switch("lid_open", value=True)
        till = Till(ground, shop)
        till.start()
        page = open_page(browser, till.url, 1280, 800, intercepted=True)

        def dies_before_it_answers(route: Route) -> None:
            if posted:
                route.fetch(timeout=PAGE_TIMEOUT_MS)
                till.kill()
            else:
                ground.control.arm(FILES, kill_at=1, moment=BEFORE)
                with contextlib.suppress(Error):
                    route.fetch(timeout=PAGE_TIMEOUT_MS)
                assert till.died(), "the till outlived the step it was to die at"
                ground.control.disarm()
            route.abort()

        try:
            sign_in(page)
            connected(page)
            before = entries(shop)
            open_top_up(page, ground.account(scenes.MEMBER))
            page.route("**/cashier/members/*/top_up", dies_before_it_answers, times=1)
            press(page, "Enter")
            expect(page.locator("[data-step=unanswered]")).to_contain_text("充值 ¥1,000.00")
            assert (entries(shop) != before) == posted
            press(page, "Escape")
            expect(page.locator("[data-first]")).to_be_visible()
            till.start()
            expect(page.locator("#said")).to_contain_text("收银系统重新启动过")
            expect(page.locator("#unanswered")).to_contain_text("有一笔还不知道是否入账")
            sign_in(page)
            if not posted:
                expect(page.locator(".step-preview")).to_contain_text("这一笔没有入账")
                expect(page.get_by_role("button", name="确认充值")).to_be_focused()
                press(page, "Enter")
            expect(page.locator(".done h2")).to_have_text("充值成功")
            expect(page.locator(".done .bill-no")).to_be_visible()
            assert page.evaluate(KEPT) is None
            bill_no = page.locator(".done .bill-no").inner_text()
            expect(page.locator(".receipt")).to_have_count(1)
            expect(page.locator(".receipt")).to_contain_text(bill_no)
            assert entries(shop) == [*before, "top_up"]
        finally:
            page.close()
            till.kill()
        shop.verify()


@pytest.mark.timeout(400)
def test_bill_that_was_given_up_is_not_booked_when_its_request_comes_after_all(
    ground: Ground, browser: Browser
) -> None:
    with ground.shop() as shop:
        till = Till(ground, shop)
        till.start()
        page = open_page(browser, till.url, 1280, 800, intercepted=True)
        try:
            sign_in(page)
            connected(page)
            account = ground.account(scenes.MEMBER)
            open_top_up(page, account)
            before, form = entries(shop), dict(page.evaluate(FORM))
            page.route("**/cashier/members/*/top_up", lambda route: route.abort())
            press(page, "Enter")
            expect(page.locator(".step-preview")).to_contain_text("这一笔没有入账")
            page.unroute("**/cashier/members/*/top_up")
            press(page, "Escape")
            expect(page.locator("[data-step=search]")).to_be_visible()
            assert page.evaluate(KEPT) is None
            late = page.evaluate(SEND, [f"/cashier/members/{account}/top_up", form])
            assert late[0] == 422
            assert "action_dropped" in late[1]
            assert entries(shop) == before
        finally:
            page.close()
            till.kill()

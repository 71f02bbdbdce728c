"""`python -m tests.pictures`: draws the pictures of README and docs anew from the open shop, as a visitor sees it."""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

from tests.hw_sim.control import ControlClient

REPOSITORY = pathlib.Path(__file__).parents[1]
PICTURES = REPOSITORY / "docs" / "pictures"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


def main() -> int:
    """Write kiosk.png, counter.png, bench.png and receipt.png; return the exit code."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        words = ["-m", "tests.hw_sim.shop", "--data", data, "--port", "0", "--bench-port", "0", "--json-ready"]
        with subprocess.Popen([sys.executable, *words], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as shop:
            assert shop.stdout is not None
            facts = json.loads(shop.stdout.readline().removeprefix("ready "))
            try:
                _draw(facts)
            finally:
                shop.terminate()
    return 0


def _draw(facts: dict[str, Any]) -> None:
    readers = ControlClient(facts["control"]["pcsc"])
    printer = ControlClient(facts["control"]["printer"])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        kiosk = browser.new_page(viewport={"width": 1024, "height": 600}, locale="zh-CN")
        kiosk.goto(facts["kiosk"])
        readers("insert", reader=facts["readers"]["kiosk"], card="wang")
        expect(kiosk.locator("#holder")).to_contain_text("王女士")
        _save(kiosk, "kiosk")
        counter = browser.new_page(viewport={"width": 1280, "height": 800}, locale="zh-CN")
        counter.goto(facts["counter"])
        name, pin = next(iter(facts["pins"].items()))
        counter.get_by_role("radio", name=name).check()
        counter.locator("#pin").press_sequentially(pin)
        counter.keyboard.press("Enter")
        counter.locator("#text").fill("王雨桐")
        expect(counter.get_by_role("option")).to_have_count(1)
        counter.locator("#text").press("Enter")
        counter.get_by_role("button", name="充值").click()
        counter.locator("#amount").fill("1000")
        counter.locator("#amount").press("Enter")
        expect(counter.get_by_text("确认充值")).to_be_visible()
        counter.keyboard.press("Enter")
        expect(counter.get_by_text("小票已打印").first).to_be_visible()
        counter.keyboard.press("Enter")
        counter.locator("#text").fill("王雨桐")
        expect(counter.get_by_role("option")).to_have_count(1)
        counter.locator("#text").press("Enter")
        expect(counter.get_by_role("heading", name="王雨桐")).to_be_visible()
        _save(counter, "counter")
        bench = browser.new_page(viewport={"width": 1280, "height": 900}, locale="zh-CN")
        bench.goto(facts["bench"])
        expect(bench.locator("img").first).to_be_visible()
        _save(bench, "bench")
        browser.close()
    slips = printer("slips", since=0)["slips"]
    shutil.copy(slips[-1]["png"], PICTURES / "receipt.png")


def _save(page: Page, name: str) -> None:
    page.evaluate("document.fonts.ready")
    page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    sys.exit(main())

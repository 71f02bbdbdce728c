"""What a manager configures on the page of a running till is in its file, and in force after the next start."""

from __future__ import annotations

import pathlib
import re

import pytest

from terminal.base.config import load_config
from tests.cli.home import Home, bare_home
from tests.cli.pages import Pages
from tests.cli.test_serve import serving

pytestmark = pytest.mark.slow

PAGE = "/cashier/technician"


@pytest.fixture
def home(tmp_path: pathlib.Path) -> Home:
    return bare_home(tmp_path)


def seen(pages: Pages, path: str) -> str:
    """Return the fingerprint of the file that a page was drawn from."""
    found = re.search(r'id="seen" name="seen" value="(\w+)"', pages.get(PAGE + path).text)
    assert found
    return found[1]


def test_a_device_of_the_page_is_the_tills_after_the_next_start(home: Home) -> None:
    assert home.run("staff", "add", "林店长", "--role", "manager", "--pin", "246810").exit_code == 0
    form = {"kind_of_device": "printer", "id": "receipts", "where": "typed", "typed": "127.0.0.1:1"}
    with serving(home) as running:
        pages = Pages(running.address)
        pages.sign_in("246810")
        assert "还没有设备" in pages.get(PAGE).text
        answer = pages.post(PAGE + "/devices", seen=seen(pages, "/devices/add"), **form, dots_per_line=384)
        assert (answer.status, answer.headers.get("Location")) == (303, f"{PAGE}?saved=receipts"), answer.text
        assert load_config(home.config).printers[0].dots_per_line == 384
        waiting = pages.get(PAGE).text
        assert "等待生效的更改" in waiting
        assert "receipts" not in pages.health()["devices"]
        # The command changes it meanwhile: the page that was drawn before is refused, and nothing of either is lost.
        drawn = seen(pages, "/devices?device=receipts")
        assert home.run("devices", "set", "receipts", "charset=gbk").exit_code == 0
        stale = pages.post(PAGE + "/devices", seen=drawn, device="receipts", **{**form, "id": "slips"})
        assert (stale.status, "config_changed" in stale.text) == (422, True)
        assert running.end() == 0
    assert [(one.id, one.charset) for one in load_config(home.config).printers] == [("receipts", "gbk")]
    with serving(home) as running:
        pages = Pages(running.address)
        pages.sign_in("246810")
        page = pages.get(PAGE).text
        assert "等待生效的更改" not in page
        assert "receipts" in pages.health()["devices"]
        answer = pages.post(
            f"{PAGE}/devices/remove", seen=seen(pages, "/devices/remove?device=receipts"), device="receipts"
        )
        assert answer.status == 303
        assert load_config(home.config).printers == ()
        assert "已移除" in pages.get(PAGE).text
        assert running.end() == 0

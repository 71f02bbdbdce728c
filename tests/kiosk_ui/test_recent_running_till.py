"""A running till beside commands: its list of receipts, copies of what was taken back, shifts that end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from terminal.app import Till
from terminal.base.config import parse_config
from terminal.base.ids import new_id
from terminal.rules.counter import CounterScreen
from terminal.runtime.admin import AdminClient
from tests.cli.pages import Pages
from tests.fuzz.till import MEMBER, PHONE, PIN, SHOP
from tests.hw_sim.printer import Printer
from tests.hw_sim.printer_net import PrinterServer
from tests.hw_sim.printer_state import Settings
from tests.journeys.conftest import until

pytestmark = pytest.mark.slow

CONFIG = """
[till]
data_dir = "data"
listen = "127.0.0.1:0"
[pcsc]
enabled = false
[[printers]]
id = "receipts"
address = "127.0.0.1:{port}"
"""
WHO = {"staff": "陈晓", "pin": PIN}


@dataclass(slots=True)
class Shop:
    """A running till with a manager signed in, a member, and a printer."""

    till: Till
    pages: Pages
    door: AdminClient
    printer: PrinterServer
    account: str

    def charge(self, yuan: int) -> str:
        """Charge the member at the counter and return the bill's number."""
        found = re.search(r"1-[0-9]{6}", self.pages.charge(self.account, yuan).text)
        assert found
        return found[0]

    def act(self, verb: str, **arguments: Any) -> dict[str, Any]:
        """Do something as a command does."""
        return self.door(verb, action=new_id(), **WHO, **arguments)

    def cash(self) -> str:
        """Sell two haircuts of 10 yuan to a walk-in and return the bill's number."""
        order = {"lines": [{"name": "剪发", "list_fen": 10_00, "quantity": 2}]}
        bill = self.act("bill_open", order=order)["open"]
        paying = {"payable_fen": 20_00, "tenders": [["cash", 20_00, "", 0]]}
        settled = self.act("bill_settle", bill=bill["id"], version=bill["version"], paying=paying)["settled"]
        return str(settled["number"])

    def counter(self) -> CounterScreen:
        """Return what the counter's pages are shown."""
        state = self.till._board.newest("counter")[1]
        assert isinstance(state, CounterScreen)
        return state

    def line_of(self, number: str) -> str:
        """Return what the list of receipts says of a bill, without its markup."""
        lines = self.pages.get("/cashier/recent").text.split('<li class="receipt">')
        (found,) = (each for each in lines if f">{number}<" in each)
        return " ".join(re.sub("<(?!/?s[ >])[^>]*>", " ", found).split())

    def paper(self) -> list[str]:
        """Return what stands on each slip that came out."""
        return [slip.text for slip in self.printer.printer.slips]


@pytest.fixture
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Give a running shop."""
    folder = tmp_path_factory.mktemp("till")
    printer = PrinterServer(Printer(Settings(render=False)))
    printer.start()
    till = Till(parse_config(CONFIG.format(port=printer.port), folder))
    till.start()
    try:
        door = AdminClient(till._config.till.admin_socket)
        try:
            door("setup_apply", text=SHOP)
            door("staff_add", name="陈晓", role="manager", pin=PIN)
            door("import_lines", lines=[MEMBER])
            account = door("member_find", by="phone", value=PHONE)["members"][0]["account"]
            pages = Pages(till.address)
            pages.sign_in(PIN)
            yield Shop(till, pages, door, printer, account)
        finally:
            door.close()
    finally:
        till.stop()
        printer.close()


def test_a_bill_that_a_command_voids_is_struck_on_every_page_at_once(shop: Shop) -> None:
    number = shop.charge(30)
    until(lambda: "已打印" in shop.line_of(number), "the slip")
    assert "<s" not in shop.line_of(number)
    # From here on nothing comes of the printer that could renew a page.
    shop.printer.set_switch("lid_open", value=True)
    until(lambda: shop.counter().printer_blocked, "the lid")
    live = shop.pages.live("/cashier/live")
    try:
        before = live.next()["version"]
        shop.act("refund_void", number=number, reason="typed twice")
        live.until(lambda message: message["version"] > before, "the newest screen")
    finally:
        live.close()
    line = shop.line_of(number)
    assert '<s class="receipt-amount">¥30.00</s> 已撤销' in line


def test_what_was_refunded_of_a_bill_stands_beside_its_amount_which_is_struck_once_all_is(shop: Shop) -> None:
    number = shop.cash()
    assert "消费 ¥20.00" in shop.line_of(number)
    shop.act("refund_bill", number=number, lines=[[1, 1]])
    assert "消费 ¥20.00 已退款 ¥10.00" in shop.line_of(number)
    shop.act("refund_bill", number=number, lines=[[1, 1]])
    assert '<s class="receipt-amount">¥20.00</s> 已退款 1' in shop.line_of(number)


def test_a_copy_of_a_slip_says_what_became_of_its_bill(shop: Shop) -> None:
    voided, refunded = shop.charge(30), shop.cash()
    until(lambda: len(shop.paper()) == 2, "the slips of both")
    shop.act("refund_void", number=voided, reason="typed twice")
    shop.act("refund_bill", number=refunded, lines=[[1, 1]])
    until(lambda: len(shop.paper()) == 4, "the slips of what was taken back")
    assert not any("已撤销" in slip or "已退款" in slip for slip in shop.paper()[:2]), "they stood when they came out"
    jobs = {slip.bill_no: slip.job for slip in shop.till._desk.recent(shop.pages.cookies["counter_session"])}
    for number in (voided, refunded):
        shop.pages.post("/cashier/reprint", action_id=new_id(), job=jobs[number])
    first, second = until(lambda: shop.paper()[4:6][1:] and shop.paper()[4:6], "the copies")
    assert ("重印" in first, "已撤销" in first, voided in first) == (True, True, True)
    assert ("重印" in second, "已退款 ￥10.00" in second, refunded in second) == (True, True, True)


def test_a_slip_that_comes_out_only_after_its_bill_was_voided_says_so_and_is_no_copy(shop: Shop) -> None:
    shop.printer.set_switch("lid_open", value=True)
    until(lambda: shop.counter().printer_blocked, "the lid")
    shop.act("refund_void", number=shop.charge(30), reason="typed twice")
    shop.printer.set_switch("lid_open", value=False)
    bill, void = until(lambda: shop.paper()[1:] and shop.paper(), "both slips")
    assert ("已撤销" in bill, "重印" in bill) == (True, False)
    assert "撤销单" in void


def test_whoever_is_signed_in_when_a_command_closes_the_shift_reads_why_they_must_sign_in_again(shop: Shop) -> None:
    shop.act("shift_count", counted_fen=0)
    shop.act("shift_close")
    asked = shop.pages.get("/cashier")
    assert asked.headers["Location"] == "/cashier/sign-in"
    for language, words in (
        ("zh_CN", "这一班已经交班"),
        ("zh_TW", "這一班已經交班"),
        ("en", "Your shift has been closed"),
    ):
        shop.pages.cookies["counter_language"] = language
        assert words in shop.pages.get("/cashier/sign-in").text
    shop.pages.sign_in(PIN)
    assert shop.pages.get("/cashier").status == 200

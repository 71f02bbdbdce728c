"""The shop's terms on paper, with a member's first top-up."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from terminal.rules import receipt
from terminal.rules.receipt import TALL, Cut, Document, Gap, Rule, Text
from terminal.services.booked import Bill
from terminal.services.receipts import COUNTER, Paper
from terminal.services.shop import Shop
from terminal.services.spool import NewSlip, Spool

HEADINGS = MappingProxyType({"zh_CN": "预付款约定", "zh_TW": "預付款約定", "en": "Terms of stored value"})
SIGNED = MappingProxyType({"zh_CN": "会员签名", "zh_TW": "會員簽名", "en": "Member's signature"})


def terms_slip(shop_name: str, number: str, text: str, language: str) -> Document:
    """Return the terms as they are printed, with room to sign; a line of the text is a line of its own."""
    lines = [Text(line) for line in text.splitlines() if line.strip()]
    return (
        Text(shop_name, align="centre"),
        Text(HEADINGS[language], align="centre", size=TALL, bold=True),
        Text("", number),
        Rule(),
        *lines,
        Gap(8),
        Text(SIGNED[language]),
        Gap(64),
        Rule(),
        Cut(),
    )


class TermsPrinter:
    """Queues the terms in the transaction of the top-up they belong to."""

    def __init__(self, spool: Spool, shop: Callable[[], Shop], paper: Paper) -> None:
        """Print at the counter, where there is a printer."""
        self._spool = spool
        self._shop = shop
        self._paper = paper

    def __call__(self, bill: Bill, text: str) -> None:
        """Queue the terms that go with a top-up."""
        if COUNTER not in self._paper.printers:
            return
        device, profile = self._paper.printers[COUNTER]
        shop = self._shop()
        document = terms_slip(shop.name, bill.bill_no, text, shop.language)
        body = receipt.render(document, profile, self._paper.strip)
        self._spool.add(NewSlip(device, body, "terms", bill.bill_no, bill.account, 0, bill.at_ms))

"""What a hand can do at each device of the till shop: begin a message, and show that the device works."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from tests.matrix.shop import TillShop
from tests.matrix.table import NTAG, READER_NAME, SCANNER
from tests.matrix.watch import until

TAPPED = "wang"
PROVING = ("ouyang", "zeng")
# Members of the demonstration shop, by phone; a code counts again only after a pause, so they take turns.
PHONES = tuple(f"1380013800{digit}" for digit in (1, 2, 3, 4, 5, 6, 7))
SCAN_AGAIN_S = 2.0
HELD_UP_S = 1.0
SEARCHES = 6

_turn = itertools.count()


def prepare(shop: TillShop, device: str) -> None:
    """Make a shop ready for the device's faults.

    A printer has nothing left of earlier sales. Only a card that once proved its key makes its copies suspicious.
    """
    if shop.printing is shop.hand(device):
        shop.settle()
    if device == "card" and not shop.cards_proved:
        shop.cards_proved = True
        hand = shop.hand("card")
        for card in PROVING:
            mark = shop.notices.newest()["sequence"]
            hand("insert", card=card)
            until(lambda m=mark: shop.notices.newest()["sequence"] > m, f"the card {card}")  # type: ignore[misc]
            assert shop.notices.newest()["found"], f"the card {card} is nobody's"
            hand("remove")
        _await_absence(shop)


def begin_message(shop: TillShop, device: str) -> None:
    """Begin a message of the device and return while it is under way."""
    _BEGIN[device](shop)


def end_message(shop: TillShop, device: str) -> None:
    """Take away what lies on a reader; other messages end by themselves."""
    hand = shop.hand(device)
    if device == "pcsc":
        for reader in hand("state")["readers"]:
            if reader["card"]:
                hand("remove", reader=reader["name"])
            hand("calm", reader=reader["name"])
    elif device in {"pn532", "card"}:
        hand("clear")
        if hand("state")["card"]:
            hand("remove")


def works(shop: TillShop, device: str) -> None:
    """Fail unless a tap, a scan, a slip or a text comes through."""
    _WORKS[device](shop)


def _tap_held_up(shop: TillShop) -> None:
    hand = shop.hand("pcsc")
    hand("delay", reader=READER_NAME, seconds=HELD_UP_S)
    hand("insert", reader=READER_NAME, card=NTAG)
    until(lambda: any(reader["held_up"] for reader in hand("state")["readers"]), "a card in conversation")


def _question_to_a_card(shop: TillShop) -> None:
    hand = shop.hand("pn532")
    hand("fault", name="late_answer", command="42", delay_s=HELD_UP_S)
    hand("insert", card=NTAG)
    until(lambda: "late_answer" not in hand("state")["waiting"], "a card in conversation")


def _half_a_code(shop: TillShop) -> None:
    shop.hand("serial_scanner")("half", text="HELLO-HALF")


def _slip(shop: TillShop) -> None:
    shop.settle()
    shop.sell()
    until(lambda: shop.printing("state")["busy"], "a slip under way")


def _text(shop: TillShop) -> None:
    shop.show_amount()


def _tap(shop: TillShop, simulator: str, where: Mapping[str, str]) -> None:
    hand = shop.hand(simulator)
    mark = shop.notices.count
    hand("insert", card=TAPPED, **where)
    until(lambda: any(notice["found"] == shop.account for notice in shop.notices.since(mark)), "the tapped member")
    hand("remove", **where)


def _await_absence(shop: TillShop) -> None:
    # A card that is back before its absence was noticed is no new tap.
    hand = shop.hand("pn532")
    hand("log", clear=True)
    until(
        lambda: sum(line.startswith("D44A") for line in hand("log")["commands"]) >= SEARCHES, "searches without a card"
    )


def _tap_on_board(shop: TillShop) -> None:
    _await_absence(shop)
    _tap(shop, "pn532", {})


def _scan(shop: TillShop) -> None:
    # What is left of a broken code spoils the next one, or swallows it: then a person scans again.
    hand = shop.hand("serial_scanner")
    until(lambda: hand("state")["open"], f"{SCANNER} opened")
    mark = shop.notices.newest()["sequence"]
    tried_s = float("-inf")

    def found() -> bool:
        nonlocal tried_s
        if time.monotonic() - tried_s > SCAN_AGAIN_S:
            tried_s = time.monotonic()
            assert hand("scan", text=PHONES[next(_turn) % len(PHONES)])["heard"]
        newest = shop.notices.newest()
        return bool(newest["sequence"] > mark and newest["found"])

    until(found, "a scanned member")


def _print(shop: TillShop) -> None:
    shop.settle()
    bill = shop.sell()
    until(lambda: any(bill in slip for slip in shop.slips()), "the slip of a sale")
    until(lambda: shop.pages.health()["receipts_waiting"] == 0, "the slip confirmed")


def _show(shop: TillShop) -> None:
    yuan = shop.show_amount()
    hand = shop.hand("customer_display")
    until(lambda: re.search(rf"\b{yuan}\.00", " ".join(hand("screen")["lines"])), "the amount on the display")


_BEGIN: Mapping[str, Callable[[TillShop], None]] = MappingProxyType(
    {
        "pcsc": _tap_held_up,
        "pn532": _question_to_a_card,
        "serial_scanner": _half_a_code,
        "printer": _slip,
        "printer_serial": _slip,
        "customer_display": _text,
    }
)
_WORKS: Mapping[str, Callable[[TillShop], None]] = MappingProxyType(
    {
        "pcsc": lambda shop: _tap(shop, "pcsc", {"reader": READER_NAME}),
        "pn532": _tap_on_board,
        "card": _tap_on_board,
        "serial_scanner": _scan,
        "printer": _print,
        "printer_serial": _print,
        "customer_display": _show,
    }
)

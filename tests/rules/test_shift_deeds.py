"""What entries count as on a shift's slip: of every kind that moves money, and of none that does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from terminal.rules.bill_note import BillNote, NoteLine, NoteTender
from terminal.rules.entry import Effect, Entry
from terminal.rules.prices.basket import Step
from terminal.rules.till.shift_deeds import Undone, deeds_of
from terminal.rules.till.shift_slip import Deed
from tests.rules.vectors import JOURNAL, PRINCIPAL

_EMPTY = next(iter(JOURNAL.values()))


def made(kind: str, postings: dict[str, int] | None = None, **payload: Any) -> Entry:
    """Return an entry of anna's."""
    said = {"kind": kind, "request": "", "operator": "anna", **payload}
    return replace(_EMPTY, effects=(), buckets=(), postings=tuple((postings or {}).items()), payload=said)


def nothing(_: str) -> Undone:
    return Undone()


def line(kind: str, list_fen: int, net_fen: int, **facts: Any) -> NoteLine:
    return NoteLine("a", "a", kind, "", list_fen, 1, net_fen, net_fen, **facts)


@pytest.mark.parametrize(
    ("entry", "deeds"),
    [
        (made("shift_open", {"tender/cash": 5, "cash_moves": -5}), ()),
        (made("shift_count"), ()),
        (made("report_loss"), ()),
        (made("cash_in", {"tender/cash": 5}, amount_fen=5), (Deed("cash_in", "anna", (), 5),)),
        (made("cash_out", {"tender/cash": -5}, amount_fen=5), (Deed("cash_out", "anna", (), 5),)),
        (
            made("top_up", {"tender/wechat": 100}, amount_fen=100, bonus_fen=20),
            (Deed("top_up", "anna", (("wechat", 100),), 100, granted_fen=20),),
        ),
        (
            made("gift_card_sale", {"tender/cash": 100}, amount_fen=100),
            (Deed("gift_card", "anna", (("cash", 100),), 100),),
        ),
        (made("issue_medium", {"tender/cash": 30}, fee_fen=10), (Deed("fee", "anna", (("cash", 30),), 30),)),
        (made("repay", {"tender/card": 30}), (Deed("fee", "anna", (("card", 30),), 30),)),
        (made("paid_out", {"tender/card": -30}), (Deed("paid_out", "anna", (("card", -30),)),)),
        (
            made("charge", {}, amount_fen=30, principal_fen=25, bonus_fen=5),
            (Deed("sale", "anna", (), 30, principal_fen=25, bonus_fen=5),),
        ),
        (made("prepayment_refund", {}, amount_fen=-210), (Deed("refund", "anna", (), -210),)),
        (made("card_return", {}, amount_fen=-210), (Deed("refund", "anna", (), -210),)),
        (made("given_up", {}, amount_fen=210), (Deed("refund", "anna", (), 210),)),
    ],
    ids=lambda value: value.kind if isinstance(value, Entry) else "",
)
def test_each_kind_of_entry_counts_as_what_it_is(entry: Entry, deeds: tuple[Deed, ...]) -> None:
    assert deeds_of(entry, nothing) == deeds


def bill() -> Entry:
    """Return a bill: a service with a coupon, one that a session settled, a pass, and two fen rounded off."""
    note = BillNote(
        "",
        (line("service", 100, 88), line("service", 60, 0, units=1), line("pass", 1000, 1000)),
        1088,
        steps=(
            Step("session", "", 60, (0, 60, 0)),
            Step("level", "", 10, (10, 0, 0)),
            Step("round_off", "", 2, (2, 0, 0)),
        ),
        tenders=(NoteTender("cash", 1000), NoteTender("principal", 80), NoteTender("bonus", 8)),
    )
    return made("bill", {"tender/cash": 1000}, amount_fen=1088, **note.note())


def test_a_bill_tells_what_it_sold_apart_from_the_passes_in_it() -> None:
    sale, sold = deeds_of(bill(), nothing)
    assert sale == Deed("sale", "anna", (("cash", 1000),), 88, 0, 80, 8, 0, 1, 10, 2)
    assert sold == Deed("pass_sale", "anna", net_fen=1000, passes_sold=1)


def test_a_void_is_the_opposite_and_a_refund_what_it_gives_back() -> None:
    sold = bill()
    void = made("void", {"tender/cash": -1000}, amount_fen=-1088, undoes="d/1/7")
    (undone,) = deeds_of(void, lambda name: Undone(sold) if name == "d/1/7" else Undone())
    assert undone == Deed("void", "anna", (("cash", -1000),), -1088, 0, -80, -8, 0, -1, -10, -2)
    bucket = PRINCIPAL.id
    refund = replace(
        made("refund", {"tender/cash": -10}, amount_fen=-50, undoes="d/1/7"), effects=(Effect("create", bucket, 40),)
    )
    (back,) = deeds_of(refund, lambda _: Undone(sold, {bucket: "principal"}))
    assert back == Deed("refund", "anna", (("cash", -10),), -50, principal_fen=-40)
    (elsewhere,) = deeds_of(replace(void, effects=()), nothing)
    assert (elsewhere.kind, elsewhere.net_fen) == ("void", -1088)

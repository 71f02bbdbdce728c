"""The note of a settled bill: written and read back, and refused whole when anything in it does not add up."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from terminal.rules import canonical
from terminal.rules.bill_note import (
    BillNote,
    NotABill,
    NoteCoupon,
    NoteLine,
    NoteReleased,
    NoteTaken,
    NoteTender,
    bill_number,
)
from terminal.rules.pay.commission import Person
from terminal.rules.prices.basket import Step

NOTE = BillNote(
    account="a1" * 16,
    lines=(
        NoteLine(
            "cut", "剪发", "service", "hair", 388_00, 1, 341_44, 229_83, 4086, people=(Person("s", "stylist", 2, True),)
        ),
        NoteLine("shampoo", "洗发水", "product", "", 98_00, 2, 93_10, 62_67, 1114),
    ),
    payable_fen=292_50,
    level="Gold",
    steps=(Step("level", "Gold", 51_46, (46_56, 4_90)), Step("points", "", 142_04, (111_61, 30_43))),
    tenders=(NoteTender("cash", 200_00, "", 1), NoteTender("principal", 92_50, "", 2)),
    points_used=5200,
    points=43,
    points_rules=("usual",),
    coupons=(NoteCoupon("b" * 32, "fifty"),),
    taken=(NoteTaken("c" * 32, "d" * 32, "principal", 92_50, 92_50, 150_00),),
    released=(NoteReleased("e" * 32, "f" * 32, "", 0, 5),),
    paid_fen=292_50,
    versions={"prices": 3},
    split=(200_00, 92_50),
)


def test_a_note_is_read_back_as_it_was_written_beside_whatever_else_a_payload_holds() -> None:
    note = NOTE.note()
    assert canonical.decode(canonical.encode(note)) == note
    assert BillNote.from_note({**note, "kind": "bill", "operator": "x"}) == NOTE


def test_goods_leave_the_stock_and_services_do_not() -> None:
    assert NOTE.note()["stock"] == [{"item": "shampoo", "quantity": 2}]
    assert NOTE.paid_with("cash", "principal") == 292_50


def test_people_call_a_bill_by_life_and_place() -> None:
    assert bill_number(1, 42) == "1-000042"


def test_an_older_note_may_be_without_what_came_later() -> None:
    note = NOTE.note()
    for name in ("split", "released", "points_rules", "level"):
        del note[name]
    read = BillNote.from_note(note)
    assert (read.split, read.released, read.level) == ((), (), "")


def put(*path: str | int) -> Callable[[Any], Callable[[dict[str, Any]], None]]:
    """Return what puts a value at a place of a note."""

    def with_value(value: object) -> Callable[[dict[str, Any]], None]:
        def change(note: dict[str, Any]) -> None:
            part: Any = note
            for step in path[:-1]:
                part = part[step]
            part[path[-1]] = value

        return change

    return with_value


@pytest.mark.parametrize(
    "change",
    [
        put("lines")([]),
        put("lines", 0, "kind")("fee"),
        put("lines", 0, "quantity")(0),
        put("lines", 0, "net_fen")(229_84),
        put("lines", 0, "list_fen")(388_01),
        put("lines", 0, "points")(1),
        put("lines", 0, "unknown")(1),
        put("lines", 0)("line"),
        put("lines")({}),
        put("steps", 0, "parts")([51_46]),
        put("tenders", 0, "tender")("gold"),
        put("tenders", 0, "amount_fen")(0),
        put("tenders", 0, "amount_fen")(199_99),
        put("payable_fen")(True),
        put("payable_fen")("29250"),
        put("account")(1),
        put("versions")({"prices": "3"}),
        put("versions")([]),
        put("split")([1.5]),
        lambda note: note.pop("account"),
        lambda note: note["lines"][0].pop("item"),
    ],
)
def test_what_is_no_note_or_does_not_add_up_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    note: dict[str, Any] = copy.deepcopy(dict(NOTE.note()))
    change(note)
    with pytest.raises(NotABill):
        BillNote.from_note(note)

"""Entries of any kind with any payload and gifts: whatever a slip can tell of one is printed, and nothing raises."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from terminal.base.ids import AccountId, ActionId, ChainId, DeviceId, LotId
from terminal.base.printing import PrinterProfile
from terminal.rules import slip_reading
from terminal.rules.bill_slip import BillSlip, bill_slip
from terminal.rules.bucket import ASSETS, Bucket, Source
from terminal.rules.canonical import Canonical
from terminal.rules.entry import Effect, Entry
from terminal.rules.prepaid_slip import TITLES, prepaid_of, prepaid_slip
from terminal.rules.receipt import Document, render
from terminal.rules.slip_reading import Names
from terminal.rules.slips import SlipAfter, SlipBill, SlipMember, SlipShop
from terminal.rules.top_up_slip import TopUpSlip, topup_slip
from tests.fuzz.test_bill_note import VALUES, payloads
from tests.golden.drawing import pattern_strip

OWNER = AccountId("0a" * 16)
KINDS = ("bill", "top_up", *TITLES)
NAMES = (
    *("account", "tender", "rewards", "factor", "confirmed", "passes_after", "change_fen", "changes", "reward"),
    *("quantity", "points_spent", "pass", "first", "last", "until", "ends_on", "cooling_off_until"),
)
PAYLOADS = payloads() | st.dictionaries(st.sampled_from(NAMES), VALUES)
# Attributes as anybody may have written them; each asset with all of them, with and without an end.
ATTRIBUTES: tuple[dict[str, Canonical], ...] = (
    {},
    {"template": "gift", "pass": "", "name": "次卡"},
    {"template": 7, "pass": "ten", "name": "\x1d!\x11"},
    {"name": [1], "top_up": {"a": "b"}},
)
BUCKETS = tuple(
    Bucket(
        ChainId("0c" * 16), OWNER, asset, LotId(lot * 32), Source(DeviceId("0d" * 16), 1, 1), first, last, 0, dict(of)
    )
    for asset in sorted(ASSETS)
    for lot, first, last in (("1", "", ""), ("2", "2026-11-28", "2027-11-27"))
    for of in ATTRIBUTES
)


@given(
    PAYLOADS,
    st.sampled_from(KINDS),
    st.lists(st.sampled_from(BUCKETS), max_size=15),
    st.sampled_from(["en", "zh_CN", "x"]),
)
def test_any_payload_is_told_on_a_slip(
    payload: dict[str, Any], kind: str, buckets: list[Bucket], language: str
) -> None:
    made = Entry(
        chain=ChainId("0c" * 16),
        device=DeviceId("0d" * 16),
        epoch=1,
        seq=1,
        nonce="0" * 16,
        at=0,
        at_quality="trusted",
        action_id=ActionId("0e" * 16),
        effects=tuple(Effect("create", each.id, 7) for each in buckets),
        buckets=tuple(buckets),
        postings=(),
        payload={"account": OWNER, **payload, "kind": kind},
    )
    for dots in (384, 576):
        body = render(_document(made, language), PrinterProfile(dots), pattern_strip)
        assert body.endswith(b"\x1dVB\x00")


def _document(made: Entry, language: str) -> Document:
    payload, names = made.payload, Names(is_time_pass=lambda code: code == "")
    bill = SlipBill(SlipShop("店"), "1-000001", "", "", SlipMember(""), 1, 0, SlipAfter(1, 2, 3), language)
    note = slip_reading.note_in(payload)
    if made.kind in TITLES:
        return prepaid_slip(prepaid_of(bill, made, names))
    if note is None:
        until = slip_reading.text(payload, "cooling_off_until")
        gifts = slip_reading.gifts_of(made, names)
        return topup_slip(TopUpSlip(bill, slip_reading.text(payload, "tender"), gifts, until))
    passes = (*slip_reading.passes_left(payload, names), *slip_reading.passes_sold(made, note, names))
    return bill_slip(
        BillSlip(
            SlipBill(SlipShop("店"), "", "", "", SlipMember(""), 1, 0, SlipAfter(1, passes=passes), language),
            note,
            changes=slip_reading.changes_of(payload),
            proof=slip_reading.proof_of(payload),
            gifts=slip_reading.gifts_of(made, names),
            refund_until=slip_reading.refund_until(made),
        )
    )

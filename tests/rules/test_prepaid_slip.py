"""Slips of prepaid value, told from the entry alone: what is left, whose card it is, and nothing that nobody noted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from terminal.base.ids import AccountId, ActionId, ChainId, DeviceId, LotId
from terminal.base.printing import PrinterProfile
from terminal.rules.bill_slip import BillSlip, bill_slip
from terminal.rules.bucket import Bucket, Source
from terminal.rules.canonical import Canonical
from terminal.rules.entry import Effect, Entry
from terminal.rules.prepaid_slip import TITLES, prepaid_of, prepaid_slip
from terminal.rules.receipt import Document, render
from terminal.rules.refunds.slips import BackHead, BackSlip, back_slip
from terminal.rules.slip_reading import Names
from terminal.rules.slips import SlipAfter, SlipBill, SlipMember, SlipShop
from tests.golden import bills, prepaid
from tests.golden.drawing import pattern_strip
from tests.golden.listing import texts

MEMBER, CARD = "0" * 31 + "1", "0" * 31 + "2"
LANGUAGES = ("zh_CN", "zh_TW", "en")


def bill(language: str = "zh_CN") -> SlipBill:
    """Return what all slips say, with a balance that the entry does not note."""
    after = SlipAfter(999_99, points_total=999)
    return SlipBill(
        SlipShop("云锦美发"),
        "1-000049",
        "2026-11-28 15:20",
        "小林",
        SlipMember("王女士", "8812"),
        0,
        0,
        after,
        language,
    )


def made(kind: str, buckets: tuple[Bucket, ...] = (), units: int = 7, **payload: Canonical) -> Entry:
    """Return an entry that made so many units of each of these buckets."""
    return Entry(
        chain=ChainId("0" * 32),
        device=DeviceId("1" * 32),
        epoch=1,
        seq=49,
        nonce="2" * 32,
        at=0,
        at_quality="trusted",
        action_id=ActionId("3" * 32),
        effects=tuple(Effect("create", each.id, units) for each in buckets),
        buckets=buckets,
        postings=(),
        payload={"kind": kind, "account": MEMBER, **payload},
    )


def sessions(part: int, total: int) -> Bucket:
    """Return the units of a part of a pass."""
    facts: dict[str, Canonical] = {"pass": "scalp", "name": "头皮护理", "part": part, "total": total}
    source = Source(DeviceId("1" * 32), 1, 49)
    return Bucket(
        chain=ChainId("0" * 32),
        owner=AccountId(MEMBER),
        asset="pass",
        lot=LotId("4" * 32),
        source=source,
        expires_on="2027-12-28",
        attributes=facts,
    )


def printed(entry: Entry, names: Names = Names(), language: str = "zh_CN") -> list[str]:  # noqa: B008 - frozen
    """Return the lines of the slip of an entry, without the blanks that only align."""
    slip = prepaid_of(bill(language), entry, names, lambda account: "2026900001" if account == CARD else "")
    lines = texts(render(prepaid_slip(slip), PrinterProfile(576), pattern_strip))
    return [" ".join(line.split()) for line in lines]


def test_a_loaded_gift_card_tells_its_last_digits_and_what_the_member_has_then() -> None:
    lines = printed(made("load_gift_card", card=CARD, balance_after_fen=1350_00, points_after=2380))
    assert {"礼品卡 尾号 0001", "会员 王女士", "会员卡 尾号 8812", "余额 ￥1,350.00", "积分 2,380"} <= set(lines)
    assert not any("2026900001" in line for line in lines)


def test_an_entry_that_notes_no_balance_tells_none() -> None:
    lines = printed(made("load_gift_card", card=CARD))
    assert not any("余额" in line or "999" in line for line in lines)


def test_a_gift_card_says_when_it_ends_or_that_it_does_not_and_until_when_it_is_refundable() -> None:
    sold = made(
        "gift_card_sale", tender="cash", until="2029-11-28", cooling_off_until="2026-12-05", balance_after_fen=5
    )
    lines = printed(sold)
    assert {"礼品卡 尾号 8812", "有效期至 2029-11-28", "未使用可退本金至 2026-12-05", "卡内余额 ￥0.05"} <= set(lines)
    assert "会员卡 尾号 8812" not in lines
    endless = printed(made("gift_card_sale", tender="cash", until=""), language="zh_TW")
    assert "使用期限 長期有效" in endless
    assert not any("可退" in line for line in endless)


def test_a_changed_pass_tells_what_is_left_of_all_its_sessions_and_one_for_a_time_its_last_day_alone() -> None:
    entry = made(
        "freeze_pass", (sessions(0, 10), sessions(1, 2)), 3, first="2026-12-01", last="2026-12-31", ends_on="2027-12-28"
    )
    lines = printed(entry)
    assert {"头皮护理 剩 6 / 12 次", "有效期至 2027-12-28", "暂停 2026-12-01 - 2026-12-31"} <= set(lines)
    timed = printed(entry, Names(is_time_pass=lambda code: code == "scalp"))
    assert "头皮护理 有效期至 2027-12-28" in timed
    assert not any("剩" in line for line in timed)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", TITLES)
def test_every_kind_fits_every_paper_in_every_language(kind: str, language: str) -> None:
    entry = made(
        kind,
        (sessions(0, 10),),
        tender="wechat",
        reward="mask",
        quantity=2,
        points_spent=300,
        card=CARD,
        until="2029-11-28",
        cooling_off_until="2026-12-05",
        balance_after_fen=12_345_678_90,
        points_after=1_234_567,
    )
    document = prepaid_slip(prepaid_of(bill(language), entry, Names(), lambda _: "0001"))
    for dots in (384, 504, 576):
        profile = PrinterProfile(dots)
        assert all(
            len(line.encode("gbk")) <= profile.columns for line in texts(render(document, profile, pattern_strip))
        )


@pytest.mark.parametrize(
    ("language", "told"), [("zh_CN", "余额￥1,200.00"), ("zh_TW", "餘額￥1,200.00"), ("en", "Balance￥1,200.00")]
)
def test_what_was_voided_tells_what_the_member_has_then_and_a_walk_in_nothing(language: str, told: str) -> None:
    head = BackHead(
        "void", SlipShop("云锦美发"), "1-51", "1-42", "2026-11-28 16:20", "小林", SlipMember(""), language=language
    )
    cash = BackSlip(head, 300_00, (("cash", 300_00),))
    assert told in joined(prepaid.voided(language))
    assert told[:2] not in joined(back_slip(cash))
    assert told in joined(back_slip(replace(cash, after=SlipAfter(1200_00))))


@pytest.mark.parametrize(
    ("language", "card", "gift"),
    [("zh_CN", "卡号尾号0001", "礼品卡尾号0001"), ("zh_TW", "卡號末四碼0001", "禮品卡末四碼0001")],
)
def test_a_card_without_a_name_is_no_members_on_a_refund_or_a_bill(language: str, card: str, gift: str) -> None:
    member = SlipMember("", "0001")
    head = BackHead("refund", SlipShop("云锦美发"), "1-51", "1-42", "2026-11-28", "小林", member, language=language)
    said = joined(back_slip(BackSlip(head, 1_00, (("principal", 1_00),))))
    assert card in said
    note = bills.walk_in_note(language)
    paid = BillSlip(replace(bill(language), member=member), note, proof="gift_card")
    said += joined(bill_slip(paid))
    assert gift in said
    assert card in joined(bill_slip(replace(paid, proof="")))
    assert not any(word in said for word in ("会员卡", "會員卡"))


def joined(document: Document) -> str:
    """Return all text of a document without blanks."""
    return "".join("".join(texts(render(document, PrinterProfile(384), pattern_strip))).split())

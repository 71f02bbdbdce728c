"""The slips of prepaid value and of what is given back whose pictures and listings are kept."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Final

from terminal.rules.prepaid_slip import PrepaidSlip, prepaid_slip
from terminal.rules.receipt import Document
from terminal.rules.refunds.slips import BackHead, BackSlip, back_slip
from terminal.rules.slip_reading import Gifts, GivenCoupon
from terminal.rules.slips import SlipAfter, SlipBill, SlipItem, SlipMember, SlipPass
from tests.golden.slips import SHOP, SHOP_EN, SHOP_TW

_SHOPS: Final = MappingProxyType({"zh_CN": SHOP, "zh_TW": SHOP_TW, "en": SHOP_EN})
_MEMBER: Final = MappingProxyType({"zh_CN": "王女士", "zh_TW": "王女士", "en": "Ms Wang"})
_COUPON: Final = MappingProxyType({"zh_CN": "生日券 50 元", "zh_TW": "生日券 50 元", "en": "Birthday 50"})
_PASS: Final = MappingProxyType(
    {"zh_CN": "头皮护理 10+2 次卡", "zh_TW": "頭皮護理 10+2 次數卡", "en": "Scalp care 10+2"}
)
_SHAMPOO: Final = MappingProxyType({"zh_CN": "氨基酸洗发水", "zh_TW": "胺基酸洗髮精", "en": "Amino shampoo"})


def gift_card(language: str = "zh_CN", until: str = "2029-11-28") -> Document:
    """Return the slip of a gift card that is sold for cash, onto one that has money already."""
    bill = replace(_head(language, "1-000046", SlipMember("", "FB0B")), amount_fen=500_00, after=SlipAfter(800_00))
    sold = PrepaidSlip(bill, "gift_card_sale", tender="cash", until=until, cooling_off_until="2026-12-05")
    return prepaid_slip(sold)


def loaded(language: str = "zh_CN") -> Document:
    """Return the slip of a gift card that was loaded into a member's account."""
    bill = _head(language, "1-000049", SlipMember(_MEMBER[language], "8812"), SlipAfter(1350_00, points_total=2380))
    return prepaid_slip(PrepaidSlip(replace(bill, amount_fen=800_00), "load_gift_card", gift_tail="FB0B"))


def redeemed(language: str = "zh_CN") -> Document:
    """Return the slip of points that bought a coupon."""
    bill = _head(language, "1-000047", SlipMember(_MEMBER[language], "8812"), SlipAfter(1234_50, points_total=2080))
    coupon = GivenCoupon(_COUPON[language], 1, "2026-12-27")
    gifts = Gifts(coupons=(coupon,))
    return prepaid_slip(PrepaidSlip(bill, "redeem", reward=_COUPON[language], quantity=1, points=300, gifts=gifts))


def paused(language: str = "zh_CN") -> Document:
    """Return the slip of a pass that is paused for a month."""
    bill = _head(language, "1-000048", SlipMember(_MEMBER[language], "8812"))
    left = SlipPass(_PASS[language], 7, 12, "2027-12-28")
    return prepaid_slip(PrepaidSlip(bill, "freeze_pass", passes=(left,), first="2026-12-01", last="2026-12-31"))


def refunded(language: str = "zh_CN") -> Document:
    """Return the slip of a line that was refunded to stored value, WeChat and cash, with what the member has then."""
    slip = BackSlip(
        head=_back("refund", language),
        total_fen=62_67,
        at_once=(("cash", 20_00), ("principal", 12_67)),
        pending=(("wechat", 30_00),),
        items=(SlipItem(_SHAMPOO[language], 62_67),),
        deducted_fen=9,
        points_taken=9,
        points_given=1114,
        after=SlipAfter(979_18, points_total=3752),
    )
    return back_slip(slip)


def voided(language: str = "zh_CN") -> Document:
    """Return the slip of a bill that was voided and had been paid from stored value."""
    head = replace(_back("void", language), reason={"en": "Wrong item"}.get(language, "项目点错"))
    ways = (("principal", 250_00), ("bonus", 50_00))
    return back_slip(BackSlip(head, 300_00, ways, points_taken=25, after=SlipAfter(1200_00, points_total=2380)))


def _back(kind: str, language: str) -> BackHead:
    return BackHead(
        kind=kind,
        shop=_SHOPS[language],
        number="1-000051",
        of="1-000042",
        at_text="2026-11-28 16:20",
        cashier="小林",
        member=SlipMember(_MEMBER[language], "8812"),
        approved_by="李店长",
        language=language,
    )


def _head(language: str, number: str, member: SlipMember, after: SlipAfter = SlipAfter()) -> SlipBill:  # noqa: B008
    return SlipBill(
        shop=_SHOPS[language],
        number=number,
        at_text="2026-11-28 15:20",
        cashier="小林",
        member=member,
        amount_fen=0,
        bonus_fen=0,
        after=after,
        language=language,
    )


# Name: slip and dots per line.
PICTURES: Final = MappingProxyType(
    {
        "gift_card_58mm": (gift_card(), 384),
        "gift_card_58mm_en": (gift_card("en", ""), 384),
        "gift_card_80mm_tw": (gift_card("zh_TW"), 576),
        "gift_card_loaded_58mm": (loaded(), 384),
        "gift_card_loaded_80mm_tw": (loaded("zh_TW"), 576),
        "gift_card_loaded_58mm_en": (loaded("en"), 384),
        "redeemed_58mm": (redeemed(), 384),
        "pass_paused_58mm": (paused(), 384),
        "pass_paused_80mm_en": (paused("en"), 576),
        "refund_58mm": (refunded(), 384),
        "refund_80mm_tw": (refunded("zh_TW"), 576),
        "refund_58mm_en": (refunded("en"), 384),
        "void_58mm": (voided(), 384),
        "void_80mm_en": (voided("en"), 576),
    }
)

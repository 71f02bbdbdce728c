"""The bills whose slips are kept: one with everything at ten lines, a walk-in's, one that was split, a whole top-up."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from terminal.rules.bill_note import BillNote, NoteCoupon, NoteLine, NoteReleased, NoteTender
from terminal.rules.bill_slip import BillSlip, bill_slip
from terminal.rules.prices.basket import Step
from terminal.rules.receipt import Document
from terminal.rules.slip_reading import Gifts, GivenBonus, GivenCoupon
from terminal.rules.slips import SlipAfter, SlipBill, SlipMember, SlipPass, SlipShop
from terminal.rules.split import largest_remainder
from terminal.rules.top_up_slip import TopUpSlip, topup_slip
from tests.golden import prepaid

ACCOUNT: Final = "0123456789abcdef0123456789abcdef"
LANGUAGES: Final = ("zh_CN", "zh_TW", "en")
_BILL_OFFER, _COUPON, _POINTS = 80_00, 50_00, 52_00


def _said(zh_cn: str, zh_tw: str, en: str) -> Mapping[str, str]:
    return MappingProxyType(dict(zip(LANGUAGES, (zh_cn, zh_tw, en), strict=True)))


SHOPS: Final = MappingProxyType(
    {
        "zh_CN": SlipShop("兰亭美业", "静安店", "021-6200 0138", "谢谢光临，期待下次相见"),
        "zh_TW": SlipShop("蘭亭美業", "大安店", "02-6200-0138", "謝謝光臨，期待下次相見"),
        "en": SlipShop("Orchid Pavilion", "Jing'an", "021-6200 0138", "Thank you, see you soon"),
    }
)
_CASHIER: Final = _said("陈晓", "陳曉", "Chen Xiao")
_SERVED: Final = MappingProxyType(
    {"zh_CN": ("阿明", "小美", "Kelly"), "zh_TW": ("阿明", "小美", "Kelly"), "en": ("Ming", "Mei", "Kelly")}
)
_MEMBER: Final = _said("王女士", "王女士", "Ms Wang")
_OFFER: Final = _said("染烫满 800 减 80", "染燙滿 800 減 80", "colour-800")
_COUPON_NAME: Final = _said("生日券 50 元", "生日券 50 元", "Birthday 50")
_LEVEL: Final = _said("金卡", "金卡", "gold")
_PASS: Final = _said("头皮护理 10+2 次卡", "頭皮護理 10+2 次數卡", "Scalp care 10+2")
_YEAR: Final = _said("蒸汽护发年卡", "蒸汽護髮年卡", "Steam care, one year")
# Name in each language, kind, list price, quantity, rate for members in per cent (0: settled by a pass).
_WARES: Final = (
    (_said("总监剪发", "總監剪髮", "Director's cut"), "service", 168_00, 1, 88),
    (_said("染发", "染髮", "Colour"), "service", 388_00, 1, 88),
    (
        _said(
            "Olaplex 修护烫染套餐（中长发）含头皮隔离与深层滋养护理",
            "Olaplex 修護燙染套餐（中長髮）含頭皮隔離與深層滋養護理",
            "Olaplex repair, perm and colour (mid-length) with scalp shield",
        ),
        "service",
        1288_00,
        1,
        88,
    ),
    (_said("头皮深层护理", "頭皮深層護理", "Deep scalp care"), "service", 268_00, 1, 0),
    (_said("蒸汽护发", "蒸汽護髮", "Steam care"), "service", 138_00, 1, 88),
    (_said("单色美甲", "單色美甲", "Nails, one colour"), "service", 128_00, 2, 88),
    (_said("氨基酸洗发水 500 ml", "胺基酸洗髮精 500 ml", "Amino shampoo 500 ml"), "product", 98_00, 1, 100),
    (_said("补水面膜（5 片）", "補水面膜（5 片）", "Moisture mask (5)"), "product", 128_00, 3, 100),
    (_said("护发精油 100 ml", "護髮精油 100 ml", "Hair oil 100 ml"), "product", 158_00, 1, 100),
    (_PASS, "pass", 1980_00, 1, 100),
)


def everything_note(language: str) -> BillNote:
    """Return a bill with every step and every thing a bill can have, paid by four means."""
    lists = [price_fen * quantity for _, _, price_fen, quantity, _ in _WARES]
    session = [fen if not rate else 0 for fen, (*_, rate) in zip(lists, _WARES, strict=True)]
    level = [fen * (100 - rate) // 100 if rate else 0 for fen, (*_, rate) in zip(lists, _WARES, strict=True)]
    own = [fen - one - other for fen, one, other in zip(lists, session, level, strict=True)]
    steps = [
        Step("session", "", sum(session), tuple(session)),
        Step("level", _LEVEL[language], sum(level), tuple(level)),
    ]
    for name, source, fen in (
        ("bill_promotion", _OFFER[language], _BILL_OFFER),
        ("bill_coupon", "c0", _COUPON),
        ("points", "", _POINTS),
        ("round_off", "", (sum(own) - _BILL_OFFER - _COUPON - _POINTS) % 10),
    ):
        steps.append(Step(name, source, fen, tuple(largest_remainder(fen, own))))
    nets = [fen - sum(step.parts[place] for step in steps) for place, fen in enumerate(lists)]
    points = largest_remainder(5200, own)
    lines = tuple(
        NoteLine(
            item=f"{place}",
            name=names[language],
            kind=kind,
            category="",
            list_fen=lists[place],
            quantity=quantity,
            own_fen=own[place],
            net_fen=nets[place],
            points=points[place],
            units=0 if rate else 1,
        )
        for place, (names, kind, _, quantity, rate) in enumerate(_WARES)
    )
    payable_fen = sum(nets)
    tenders = (
        NoteTender("wechat", payable_fen - 2500_00),
        NoteTender("cash", 500_00),
        NoteTender("principal", 1600_00),
        NoteTender("bonus", 400_00),
    )
    return BillNote(
        account=ACCOUNT,
        lines=lines,
        payable_fen=payable_fen,
        level="gold",
        steps=tuple(steps),
        tenders=tenders,
        points_used=5200,
        points=371,
        coupons=(NoteCoupon("c0", "birthday"),),
        released=(NoteReleased("lot", "locked", "opened", 30_00, 0),),
    )


def everything(language: str = "zh_CN") -> Document:
    """Return the slip of that bill."""
    passes = (
        SlipPass(_PASS[language], 7, 12, "2027-11-27"),
        SlipPass(_PASS[language], 12, 12),
        SlipPass(_YEAR[language], 212, 0, "2027-06-30"),
    )
    after = SlipAfter(1234_50, 371, 2380, passes, 5200)
    bill = _head(language, "1-000042", SlipMember(_MEMBER[language], "8812"), after)
    return bill_slip(
        BillSlip(
            bill=bill,
            note=everything_note(language),
            served=_SERVED[language],
            coupons={"c0": _COUPON_NAME[language]},
            changes={0: 100_00},
            proof="phone_tail",
            gifts=Gifts(coupons=(GivenCoupon(_COUPON_NAME[language], 2, "2026-12-27"),)),
            refund_until="2026-12-28",
        )
    )


def walk_in_note(language: str) -> BillNote:
    """Return a cut and a shampoo, paid in cash by somebody who is no member."""
    cut, shampoo = _WARES[0][0][language], _WARES[6][0][language]
    return BillNote(
        account="",
        lines=(
            NoteLine("0", cut, "service", "", 168_00, 1, 168_00, 168_00),
            NoteLine("1", shampoo, "product", "", 196_00, 2, 196_00, 196_00),
        ),
        payable_fen=364_00,
        tenders=(NoteTender("cash", 364_00),),
    )


def walk_in(language: str = "zh_CN") -> Document:
    """Return the slip of that bill."""
    bill = _head(language, "1-000043", SlipMember(""), SlipAfter())
    return bill_slip(
        BillSlip(bill, walk_in_note(language), _SERVED[language][:1], changes={0: 36_00}, refund_until="2026-12-28")
    )


def split_note(language: str) -> BillNote:
    """Return a bill that three people paid: one in two ways, one from stored value, one who owes the rest."""
    cut = _WARES[0][0][language]
    return BillNote(
        account=ACCOUNT,
        lines=(NoteLine("0", cut, "service", "", 504_00, 3, 443_52, 443_40),),
        payable_fen=443_40,
        steps=(Step("level", _LEVEL[language], 60_48, (60_48,)), Step("round_off", "", 12, (12,))),
        tenders=(
            NoteTender("alipay", 100_00, "", 1),
            NoteTender("cash", 47_80, "", 1),
            NoteTender("principal", 123_17, "", 2),
            NoteTender("bonus", 24_63, "", 2),
            NoteTender("on_credit", 147_80, "", 3),
        ),
        points=14,
        split=(147_80, 147_80, 147_80),
    )


def split(language: str = "zh_CN") -> Document:
    """Return the slip of that bill."""
    bill = _head(language, "1-000044", SlipMember(_MEMBER[language], "8812"), SlipAfter(852_20, 14, 2394))
    return bill_slip(
        BillSlip(
            bill, split_note(language), _SERVED[language], changes={1: 2_20}, proof="pin", refund_until="2026-12-28"
        )
    )


def top_up(language: str = "zh_CN") -> Document:
    """Return a top-up of 3 000 yuan that gave bonus in three parts and with visits, coupons, a pass and a level."""
    bill = SlipBill(
        shop=SHOPS[language],
        number="1-000045",
        at_text="2026-11-28 16:05",
        cashier=_CASHIER[language],
        member=SlipMember(_MEMBER[language], "8812"),
        amount_fen=3000_00,
        bonus_fen=900_00,
        after=SlipAfter(4300_00, 300, 2680),
        language=language,
    )
    days = ("2026-11-28", "2026-12-28", "2027-01-28")
    gifts = Gifts(
        bonus=tuple(GivenBonus(200_00, day, "2028-11-28") for day in days),
        with_visits_fen=300_00,
        coupons=(GivenCoupon(_COUPON_NAME[language], 3, "2026-12-27"),),
        passes=(SlipPass(_PASS[language], 12, 12, "2027-11-27"),),
        level=_LEVEL[language],
        level_until="2027-11-28",
    )
    return topup_slip(TopUpSlip(bill, "wechat", gifts, "2026-12-05"))


def _head(language: str, number: str, member: SlipMember, after: SlipAfter) -> SlipBill:
    return SlipBill(
        shop=SHOPS[language],
        number=number,
        at_text="2026-11-28 15:20",
        cashier=_CASHIER[language],
        member=member,
        amount_fen=0,
        bonus_fen=0,
        after=after,
        language=language,
    )


# Name: slip and dots per line.
PICTURES: Final = MappingProxyType(
    {
        **{f"bill_58mm_{name}": (everything(name), 384) for name in LANGUAGES},
        **{f"bill_80mm_{name}": (everything(name), 576) for name in LANGUAGES},
        "bill_58mm_walk_in": (walk_in(), 384),
        "bill_80mm_walk_in": (walk_in(), 576),
        "bill_58mm_split": (split(), 384),
        "bill_80mm_split_en": (split("en"), 576),
        **prepaid.PICTURES,
        "topup_58mm_rewards": (top_up(), 384),
        "topup_80mm_rewards": (top_up(), 576),
        "topup_80mm_rewards_en": (top_up("en"), 576),
    }
)

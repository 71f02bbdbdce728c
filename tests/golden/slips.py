"""The slips whose bytes and pictures are kept."""

from __future__ import annotations

from terminal.rules.media.slip import CardSlip, card_slip
from terminal.rules.media.states import ISSUE, RETURN
from terminal.rules.receipt import Document, Qr
from terminal.rules.slips import (
    BalanceSlip,
    ChargeSlip,
    SlipAfter,
    SlipBill,
    SlipItem,
    SlipMember,
    SlipPass,
    SlipShop,
    balance_slip,
    charge_slip,
)
from terminal.rules.top_up_slip import TopUpSlip, topup_slip

SHOP = SlipShop("云锦美发", "静安店", "021-5555 0188")
SHOP_TW = SlipShop("雲錦美髮", "大安店", "02-5555-0188")
SHOP_EN = SlipShop("Yunjin Hair", "Jing'an", "021-5555 0188")
AFTER = SlipAfter(123450, 100, 2380, (SlipPass("头皮护理（草本）", 7, 10), SlipPass("剪发", 3, 12)))


def topup(language: str = "zh_CN", surname: str = "王女士") -> Document:
    """Return a top-up of 1 000 yuan with a bonus of 200."""
    shop = {"zh_CN": SHOP, "zh_TW": SHOP_TW, "en": SHOP_EN}[language]
    member = SlipMember(surname, "8812")
    link = Qr("https://shop.example/r/2611280017", {"en": "Your receipts online"}.get(language, "扫码查看电子小票"))
    return topup_slip(
        TopUpSlip(
            SlipBill(
                shop,
                "T1-0017",
                "2026-11-28 15:00",
                "小林",
                member,
                100000,
                20000,
                AFTER,
                language,
                link if language != "zh_TW" else None,
            ),
            "wechat",
        )
    )


def charge(language: str = "zh_CN", surname: str = "王女士") -> Document:
    """Return a payment of 267.99 from principal and bonus, one item's name longer than its line."""
    shop = {"zh_CN": SHOP, "zh_TW": SHOP_TW, "en": SHOP_EN}[language]
    items = (
        SlipItem("Olaplex 修护烫染套餐（中长发）含头皮隔离与深层滋养护理", 26800),
        SlipItem("洗剪吹", 2999, 2),
    )
    return charge_slip(
        ChargeSlip(
            SlipBill(
                shop,
                "T1-0018",
                "2026-11-28 15:20",
                "小林",
                SlipMember(surname, "8812"),
                26799,
                6799,
                SlipAfter(96651, 267, 2647),
                language,
            ),
            20000,
            "phone_tail",
            items,
            3000,
        )
    )


def balance(language: str = "zh_CN", surname: str = "王女士") -> Document:
    """Return what a member has, as the kiosk prints it."""
    shop = {"zh_CN": SHOP, "zh_TW": SHOP_TW, "en": SHOP_EN}[language]
    return balance_slip(BalanceSlip(shop, "2026-11-28 15:30", SlipMember(surname, "8812"), AFTER, "金卡", language))


def card(language: str = "zh_CN", surname: str = "王女士", *, returned: bool = False) -> Document:
    """Return the cash of a new card, a fee of 5 and a deposit of 20 yuan, or of one that is taken back."""
    shop = {"zh_CN": SHOP, "zh_TW": SHOP_TW, "en": SHOP_EN}[language]
    event, fee_fen, deposit_fen = (RETURN, 0, -2000) if returned else (ISSUE, 500, 2000)
    member = SlipMember(surname, "FB0B")
    return card_slip(
        CardSlip(shop, "1-000042", "2026-11-28 15:40", "小林", member, event, fee_fen, deposit_fen, language)
    )

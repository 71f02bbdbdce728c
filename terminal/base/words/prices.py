"""What is said of bills that cannot be priced and of coupons that are not used: code to English, zh_CN and zh_TW."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "bill_empty": (
            "There is nothing on the bill; add a service or a product first.",
            "账单上还没有内容；请先添加项目或产品。",
            "帳單上還沒有內容；請先加入項目或商品。",
        ),
        "bill_too_long": (
            "A bill has at most 200 lines; put the rest on a second one.",
            "一张账单最多 200 行；其余请另开一单。",
            "一張帳單最多 200 行；其餘請另開一單。",
        ),
        "coupon_better_found": (
            "The bill is cheaper without this coupon; keep it for another day.",
            "不用这张券更划算；请留到下次使用。",
            "不用這張券更划算；請留到下次使用。",
        ),
        "coupon_expired": (
            "This coupon's last day is past; it can no longer be used.",
            "这张券已过有效期，不能再使用。",
            "這張券已過有效期限，不能再使用。",
        ),
        "coupon_line_taken": (
            "This line has a coupon already; choose another line or take that coupon off.",
            "这一行已经用了一张券；请选择另一行，或先取消那张券。",
            "這一行已經用了一張券；請選擇另一行，或先取消那張券。",
        ),
        "coupon_no_gain": (
            "This coupon would take nothing off here; the price is as low already.",
            "现在的价格已经够低，这张券用在这里不会再减；请留到下次使用。",
            "現在的價格已經夠低，這張券用在這裡不會再減；請留到下次使用。",
        ),
        "coupon_no_item": (
            "Nothing to be paid here is what this coupon is for; its text says what it may be used on.",
            "这里没有这张券可抵用的项目；可用范围请看券面说明。",
            "這裡沒有這張券可折抵的項目；可用範圍請看券面說明。",
        ),
        "coupon_not_with_offers": (
            "This coupon does not go with other offers; use it on what is at its list price.",
            "这张券不与其他优惠同享；请用在按原价计算的项目上。",
            "這張券不與其他優惠併用；請用在按原價計算的項目上。",
        ),
        "coupon_not_yet": (
            "This coupon's first day has not come yet; keep it until then.",
            "这张券还没到可用日期；请到时再用。",
            "這張券還沒到可用日期；請到時再用。",
        ),
        "coupon_one_only": (
            "This coupon is for one piece only; put that one on a line of its own.",
            "这张券只能抵一件；请把这一件单独列为一行。",
            "這張券只能折抵一件；請把這一件單獨列為一行。",
        ),
        "coupon_threshold": (
            "{missing_fen} more is needed before this coupon may be used.",
            "还差 {missing_fen} 才能使用这张券。",
            "還差 {missing_fen} 才能使用這張券。",
        ),
        "coupon_twice": (
            "This coupon is on the bill already; each can be used once.",
            "这张券已经用在这张账单上了；每张券只能用一次。",
            "這張券已經用在這張帳單上了；每張券只能用一次。",
        ),
        "coupon_wrong_channel": (
            "This coupon cannot be used here; its text says where: at the counter, at the kiosk or in the app.",
            "这张券不能在这里使用；请看券面说明，改在前台、自助机或小程序使用。",
            "這張券不能在這裡使用；請看券面說明，改在櫃檯、自助機或小程式使用。",
        ),
        "coupon_wrong_level": (
            "This coupon is for members of another level.",
            "这张券只限其他等级的会员使用。",
            "這張券只限其他等級的會員使用。",
        ),
        "coupon_wrong_store": (
            "This coupon is for another of our shops; use it there.",
            "这张券只限其他门店使用；请到那家门店使用。",
            "這張券只限其他門市使用；請到該門市使用。",
        ),
        "coupon_wrong_time": (
            "This coupon cannot be used at this time; its text says on which days and at what hours it can.",
            "现在不是这张券的可用时段；可用的日子和时间请看券面说明。",
            "現在不是這張券的可用時段；可用的日子和時間請看券面說明。",
        ),
        "coupon_wrong_use": (
            "A coupon for one line needs a line to be paid, and one for the bill needs none; choose again.",
            "单项券要选一行需付款的项目，整单券不用选；请重新选择。",
            "單項券要選一行需付款的項目，整單券不用選；請重新選擇。",
        ),
        "coupons_not_together": (
            "These coupons cannot be used on one bill; choose one of them.",
            "这些券不能用在同一张账单上；请选择其中一张。",
            "這些券不能用在同一張帳單上；請選擇其中一張。",
        ),
        "points_bad": (
            "The number of points offered is not right; it is none or more.",
            "使用的积分数不正确；请填 0 或以上的整数。",
            "使用的點數不正確；請填 0 或以上的整數。",
        ),
        "price_bad": (
            "A price on this bill is below zero or far too high; correct it.",
            "账单上有价格为负或过高；请更正。",
            "帳單上有價格為負或過高；請更正。",
        ),
        "quantity_bad": (
            "A quantity is a whole number from 1 to 9999; correct it.",
            "数量应为 1 到 9999 的整数；请更正。",
            "數量應為 1 到 9999 的整數；請更正。",
        ),
    }
)

"""Words for stored value: code -> (English, Simplified Chinese, Traditional Chinese); `_fen` is shown as money."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str, str]] = {
    "amount_bad": (
        "This is no amount above zero that can be booked; enter it again.",
        "金额必须大于零并且可以入账；请重新输入。",
        "金額必須大於零並且可以入帳；請重新輸入。",
    ),
    "bonus_capped": (
        "Only {usable_fen} of this bill can be paid with bonus; {missing_fen} is to be paid another way.",
        "这一单最多可用赠送金 {usable_fen}；还差 {missing_fen}，请用其他方式支付。",
        "這一單最多可用贈送金 {usable_fen}；還差 {missing_fen}，請用其他方式付款。",
    ),
    "card_limit_anonymous": (
        "A card without a name may hold at most {most_fen}, this one {room_fen} more; name its holder or take less.",
        "不记名卡最多可存 {most_fen}，这张卡还可充 {room_fen}；请先登记持卡人，或减少金额。",
        "不記名卡最多可存 {most_fen}，這張卡還可儲值 {room_fen}；請先登記持卡人，或減少金額。",
    ),
    "card_limit_named": (
        "A named card may hold at most {most_fen}; this one can take {room_fen} more. Take a smaller amount.",
        "记名卡最多可存 {most_fen}；这张卡还可充 {room_fen}。请减少金额。",
        "記名卡最多可存 {most_fen}；這張卡還可儲值 {room_fen}。請減少金額。",
    ),
    "end_forbidden": (
        "This prepaid value may have no end by law; leave the end empty.",
        "按规定，这种预付金额不得设有效期；请不要填写到期日。",
        "依規定，這種預付金額不得設使用期限；請不要填寫到期日。",
    ),
    "end_too_soon": (
        "By law this prepaid value must stay good until {earliest} at least; choose a later end.",
        "按规定，有效期至少到 {earliest}；请选择更晚的到期日。",
        "依規定，使用期限至少到 {earliest}；請選擇更晚的到期日。",
    ),
    "identity_needed": (
        "From {from_fen} at once the buyer's identity must be recorded; record it and try again.",
        "一次购买 {from_fen} 及以上须登记购买人身份；请登记后再试。",
        "一次購買 {from_fen} 以上須登記購買人身分；請登記後再試。",
    ),
    "not_enough": (
        "The balance is {balance_fen}; {missing_fen} is missing. Top up, or pay the rest another way.",
        "余额 {balance_fen}，还差 {missing_fen}；请充值，或用其他方式支付差额。",
        "餘額 {balance_fen}，還差 {missing_fen}；請儲值，或用其他方式付差額。",
    ),
    "not_enough_here": (
        "Up to {available_fen} is available here until the connection is back; pay {missing_fen} another way or wait.",
        "恢复连接之前，本机最多可用 {available_fen}；其余 {missing_fen} 请用其他方式支付，或稍后再试。",
        "恢復連線之前，本機最多可用 {available_fen}；其餘 {missing_fen} 請用其他方式付款，或稍後再試。",
    ),
    "purse_above_bill": (
        "The bill is {payable_fen}; no more than that can be taken from stored value.",
        "这一单应付 {payable_fen}；扣款不能超过应付金额。",
        "這一單應付 {payable_fen}；扣款不能超過應付金額。",
    ),
    "region_unknown": (
        "No rules are known for the region {region}; correct the region in the shop's settings.",
        "没有地区 {region} 的规定；请在门店设置中更正地区。",
        "沒有地區 {region} 的規定；請在門市設定中更正地區。",
    ),
    "top_up_not_listed": (
        "Only listed amounts can be topped up; the nearest is {nearest_fen}.",
        "只能按列出的金额充值；最接近的是 {nearest_fen}。",
        "只能按列出的金額儲值；最接近的是 {nearest_fen}。",
    ),
    "top_up_range": (
        "A top-up is from {least_fen} to {most_fen}; enter an amount between them.",
        "每次充值为 {least_fen} 至 {most_fen}；请输入其间的金额。",
        "每次儲值為 {least_fen} 至 {most_fen}；請輸入其間的金額。",
    ),
    "transfer_needed_person": (
        "From {from_fen} at once a person must pay by transfer, not in cash; take another tender.",
        "个人一次购买 {from_fen} 及以上须转账支付，不收现金；请改用其他方式。",
        "個人一次購買 {from_fen} 以上須轉帳付款，不收現金；請改用其他方式。",
    ),
    "transfer_needed_unit": (
        "From {from_fen} at once an organisation must pay by transfer, not in cash; take another tender.",
        "单位一次购买 {from_fen} 及以上须转账支付，不收现金；请改用其他方式。",
        "單位一次購買 {from_fen} 以上須轉帳付款，不收現金；請改用其他方式。",
    ),
    "void_day_over": (
        "This top-up is from an earlier business day and can no longer be voided; please refund it instead.",
        "这笔充值不是本营业日的，不能再撤销；请改为退款。",
        "這筆儲值不是本營業日的，不能再取消；請改為退款。",
    ),
    "void_done": (
        "This top-up has been voided already; nothing is left to do.",
        "这笔充值已经撤销；不需要再做。",
        "這筆儲值已經取消；不需要再做。",
    ),
    "void_elsewhere": (
        "Part of this top-up is with another till; try again when the connection is back, or refund it.",
        "这笔充值有一部分在其他收银机；请恢复连接后再试，或改为退款。",
        "這筆儲值有一部分在其他收銀機；請恢復連線後再試，或改為退款。",
    ),
    "void_no_right": (
        "You may not void a top-up; ask a manager to do it.",
        "您没有撤销充值的权限；请店长操作。",
        "您沒有取消儲值的權限；請店長操作。",
    ),
    "void_on_hold": (
        "An open bill or a check-in holds part of this top-up; finish or drop that first.",
        "这笔充值有一部分被未结账单或签到占用；请先结账或取消占用。",
        "這筆儲值有一部分被未結帳單或報到占用；請先結帳或取消占用。",
    ),
    "void_shift_over": (
        "This top-up is from another shift and can no longer be voided; please refund it instead.",
        "这笔充值不是本班次的，不能再撤销；请改为退款。",
        "這筆儲值不是本班次的，不能再取消；請改為退款。",
    ),
    "void_used": (
        "Part of this top-up, its bonus or its gifts was already used; please refund it instead.",
        "这笔充值的本金、赠送金或赠品已经使用；请改为退款。",
        "這筆儲值的本金、贈送金或贈品已經使用；請改為退款。",
    ),
}

"""Words of refunds, of prepayments and of card returns: code -> English, Simplified and Traditional Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "card_return_account_missing": (
            "Part of this goes to a bank; record an account in the member's own name first.",
            "有一部分要转到银行；请先登记会员本人名下的账户。",
            "有一部分要轉到銀行；請先登記會員本人名下的帳戶。",
        ),
        "card_return_amount_bad": (
            "A refund or a deposit cannot be below zero; compute them again.",
            "退款和押金不能小于零；请重新计算。",
            "退款和押金不能小於零；請重新計算。",
        ),
        "card_return_approved": (
            "This card return is approved already; give it up first to change it.",
            "这次退卡已经批准；要更改请先撤回。",
            "這次退卡已經核准；要更改請先撤回。",
        ),
        "card_return_not_approved": (
            "This card return is not approved yet; there is nothing to give up.",
            "这次退卡还没有批准，没有可以撤回的。",
            "這次退卡還沒有核准，沒有可以撤回的。",
        ),
        "card_return_payout_done": (
            "This money was paid out already; it was not paid twice.",
            "这笔钱已经付出，没有重复支付。",
            "這筆錢已經付出，沒有重複支付。",
        ),
        "card_return_payout_under_way": (
            "This payout is under way; wait for its answer before you change anything.",
            "这笔付款正在处理；请等有了结果再操作。",
            "這筆付款正在處理；請等有了結果再操作。",
        ),
        "card_return_payout_unknown": (
            "There is no such payout to change; look at the list again.",
            "没有可以更改的这笔付款；请重新查看列表。",
            "沒有可以更改的這筆付款；請重新查看清單。",
        ),
        "card_return_payouts_bad": (
            "The payouts must add up to {due_fen}; divide them again.",
            "各笔付款合计必须是 {due_fen}；请重新分配。",
            "各筆付款合計必須是 {due_fen}；請重新分配。",
        ),
        "card_return_retired": (
            "The card is taken back for good, so this return cannot be given up; issue a new card instead.",
            "卡片已经收回作废，不能再撤回退卡；请改为发新卡。",
            "卡片已經收回作廢，不能再撤回退卡；請改為發新卡。",
        ),
        "card_return_step_bad": (
            "This step is not noted by hand; it is done with its own amount or approval.",
            "这一步不能手工勾选；它随金额或批准一起完成。",
            "這一步不能手動勾選；它隨金額或核准一起完成。",
        ),
        "card_return_step_early": (
            "An earlier step of the card return is missing; do that one first.",
            "退卡还缺前面的步骤；请先完成那一步。",
            "退卡還缺前面的步驟；請先完成那一步。",
        ),
        "refund_deduction_bad": (
            "No more than {value_fen} can be deducted from this refund.",
            "这笔退款最多只能扣 {value_fen}。",
            "這筆退款最多只能扣 {value_fen}。",
        ),
        "refund_done": (
            "This bill was refunded in full already; nothing was given back again.",
            "这张单已经全部退款，没有重复退。",
            "這張單已經全部退款，沒有重複退。",
        ),
        "refund_line_done": (
            "Line {line} was refunded already; choose another one.",
            "第 {line} 行已经退过；请选别的行。",
            "第 {line} 行已經退過；請選別的行。",
        ),
        "refund_line_unknown": (
            "The bill has no line {line}; choose one that is on it.",
            "单上没有第 {line} 行；请选单上有的行。",
            "單上沒有第 {line} 行；請選單上有的行。",
        ),
        "refund_nothing": (
            "There is nothing to give back; choose what is to be refunded.",
            "没有可退的内容；请选择要退的项目。",
            "沒有可退的內容；請選擇要退的項目。",
        ),
        "refund_points_bad": (
            "This refund gives back {points} points; no more than these can be kept.",
            "这笔退款退回 {points} 积分；最多只能扣下这些。",
            "這筆退款退回 {points} 點；最多只能扣下這些。",
        ),
        "refund_quantity_bad": (
            "The quantity of line {line} must be above zero.",
            "第 {line} 行的数量必须大于零。",
            "第 {line} 行的數量必須大於零。",
        ),
        "refund_quantity_over": (
            "Of line {line} only {left} can still be refunded.",
            "第 {line} 行最多还能退 {left}。",
            "第 {line} 行最多還能退 {left}。",
        ),
        "refund_reason_unknown": (
            "Say whose wish or fault the refund is: one of {reasons}.",
            "请说明退款原因：{reasons} 之一。",
            "請說明退款原因：{reasons} 之一。",
        ),
        "refund_rights_elsewhere": (
            "Not all of what this bill may give back is at this till; connect and fetch it, then refund.",
            "这张单的可退额度不全在本机；请联网取回后再退款。",
            "這張單的可退額度不全在本機；請連線取回後再退款。",
        ),
        "refund_too_much": (
            "No more than {left_fen} can still be given back here.",
            "这里最多还能退 {left_fen}。",
            "這裡最多還能退 {left_fen}。",
        ),
        "refund_top_up_bad": (
            "The figures of this top-up do not fit together; have the manager look at its history.",
            "这笔充值的数字前后不符；请店长查看它的记录。",
            "這筆儲值的數字前後不符；請店長查看它的紀錄。",
        ),
        "refund_top_up_unknown": (
            "One of the top-ups chosen is not this member's; choose again.",
            "所选的充值中有一笔不属于这位会员；请重新选择。",
            "所選的儲值中有一筆不屬於這位會員；請重新選擇。",
        ),
    }
)

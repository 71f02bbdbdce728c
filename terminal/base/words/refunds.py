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
        "card_return_closed": (
            "This account was closed by a card return and stays closed; open a new one for the member.",
            "这个账户已经退卡关闭，不再启用；请为会员另开账户。",
            "這個帳戶已經退卡關閉，不再啟用；請為會員另開帳戶。",
        ),
        "card_return_medium": (
            "The account still has a card; take that back first.",
            "账户还有卡片；请先收回卡片。",
            "帳戶還有卡片；請先收回卡片。",
        ),
        "card_return_not_approved": (
            "This card return is not approved yet; there is nothing to give up.",
            "这次退卡还没有批准，没有可以撤回的。",
            "這次退卡還沒有核准，沒有可以撤回的。",
        ),
        "card_return_passes": (
            "The member still has a pass, a debt or other value of their own; settle that first.",
            "会员还有次卡、欠款或其他权益；请先处理。",
            "會員還有次數卡、欠款或其他權益；請先處理。",
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
        "payout_cash_most": (
            "Of one refund at most {most_fen} may be paid in cash instead; pay it by bank.",
            "一次退款改付现金最多 {most_fen}；请转账支付。",
            "一次退款改付現金最多 {most_fen}；請轉帳支付。",
        ),
        "payout_done": (
            "This was paid out or given up already; nothing was done again.",
            "这笔已经付出或撤回，没有重复操作。",
            "這筆已經付出或撤回，沒有重複操作。",
        ),
        "payout_not_sent": (
            "This payout was not under way, so it cannot have come back; look at the list again.",
            "这笔付款没有发出，不会被退回；请重新查看列表。",
            "這筆付款沒有送出，不會被退回；請重新查看清單。",
        ),
        "payout_several": (
            "This refund has {count} payouts that are not paid; name one with --place.",
            "这笔退款有 {count} 笔待付；请用 --place 指定一笔。",
            "這筆退款有 {count} 筆待付；請用 --place 指定一筆。",
        ),
        "payout_under_way": (
            "This payout is under way; wait for its answer first.",
            "这笔付款正在处理；请先等结果。",
            "這筆付款正在處理；請先等結果。",
        ),
        "payout_unknown": (
            "There is no such payout; look at the list again.",
            "没有这笔待付款；请重新查看列表。",
            "沒有這筆待付款；請重新查看清單。",
        ),
        "refund_account_closing": (
            "A card return of this bill's member is approved and not finished; withdraw or finish it first.",
            "这张单的会员正在退卡（已批准、未办完）；请先撤回或办完退卡。",
            "這張單的會員正在退卡（已核准、未辦完）；請先撤回或辦完退卡。",
        ),
        "refund_alone_only": (
            "All of it must be at this till first: connect and fetch what the member has, then refund.",
            "须先把会员的全部权益取回本机；请联网取回后再办理退款。",
            "須先把會員的全部權益取回本機；請連線取回後再辦理退款。",
        ),
        "refund_bill_compacted": (
            "This bill or top-up is too old to be kept in full on this till; ask the manager to settle it by hand.",
            "这张单太旧，本机已不保存全部内容；请店长人工处理。",
            "這張單太舊，本機已不保存全部內容；請店長人工處理。",
        ),
        "refund_bill_unknown": (
            "This till has no such bill; check the number, or refund where it was settled.",
            "本机没有这张单；请核对单号，或到结账的收银机退款。",
            "本機沒有這張單；請核對單號，或到結帳的收銀機退款。",
        ),
        "refund_changed": (
            "This refund now gives back {given_fen}; look at it again, then confirm.",
            "现在应退 {given_fen}；请重新核对后再确认。",
            "現在應退 {given_fen}；請重新核對後再確認。",
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
        "refund_goods_bad": (
            "Of line {line} no such goods come back with this refund; enter what is really there.",
            "第 {line} 行没有这些退回的商品；请按实际收到的填写。",
            "第 {line} 行沒有這些退回的商品；請依實際收到的填寫。",
        ),
        "refund_line_done": (
            "Line {line} was refunded already; choose another one.",
            "第 {line} 行已经退过；请选别的行。",
            "第 {line} 行已經退過；請選別的行。",
        ),
        "refund_line_twice": (
            "Line {line} is named twice; name it once with its whole quantity.",
            "第 {line} 行写了两次；请只写一次，并写明全部数量。",
            "第 {line} 行寫了兩次；請只寫一次，並寫明全部數量。",
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
        "refund_on_hold": (
            "An open bill or a check-in holds part of this; finish or drop that first.",
            "其中一部分被未结账单或签到占用；请先结账或取消占用。",
            "其中一部分被未結帳單或報到占用；請先結帳或取消占用。",
        ),
        "refund_pass_line": (
            "Line {line} is a sold pass; refund it as a pass, by what was used of it.",
            "第 {line} 行是次卡；请按已使用的次数办理退卡。",
            "第 {line} 行是次數卡；請依已使用的次數辦理退卡。",
        ),
        "refund_pass_unknown": (
            "There is no such pass here that was sold and can be refunded; look at the member's passes again.",
            "本机没有这张可以退的次卡；请重新查看会员的次卡。",
            "本機沒有這張可以退的次數卡；請重新查看會員的次數卡。",
        ),
        "refund_past": (
            "What was refunded of this before is too old to be kept here; ask the manager to settle it by hand.",
            "以前的退款记录太旧，本机已不保存；请店长人工处理。",
            "以前的退款紀錄太舊，本機已不保存；請店長人工處理。",
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
        "refund_too_late": (
            "This bill could be refunded until {last_day}; ask the manager.",
            "这张单的退款期限是 {last_day}；请找店长。",
            "這張單的退款期限是 {last_day}；請找店長。",
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
        "refund_voided": (
            "This bill was voided; there is nothing left to refund.",
            "这张单已经撤销，没有可退的内容。",
            "這張單已經取消，沒有可退的內容。",
        ),
        "repay_tender": (
            "Nothing can be repaid by this means; choose another one.",
            "不能用这种方式还款；请选择其他方式。",
            "不能用這種方式還款；請選擇其他方式。",
        ),
        "repay_too_much": (
            "The member owes {owed_fen} here; take no more than that.",
            "会员在本机的欠款是 {owed_fen}；收款不能超过这个数。",
            "會員在本機的欠款是 {owed_fen}；收款不能超過這個數。",
        ),
        "void_bill_day_over": (
            "This bill is from an earlier business day and can no longer be voided; please refund it instead.",
            "这张单不是本营业日的，不能再撤销；请改为退款。",
            "這張單不是本營業日的，不能再取消；請改為退款。",
        ),
        "void_bill_done": (
            "This bill has been voided already; nothing is left to do.",
            "这张单已经撤销；不需要再做。",
            "這張單已經取消；不需要再做。",
        ),
        "void_bill_elsewhere": (
            "Part of what this bill gave is with another till; try again when the connection is back, or refund it.",
            "这张单的一部分在其他收银机；请恢复连接后再试，或改为退款。",
            "這張單的一部分在其他收銀機；請恢復連線後再試，或改為退款。",
        ),
        "void_bill_on_hold": (
            "Another open bill or a check-in holds something this bill gave; finish or drop that first.",
            "这张单送出的内容被其他未结账单或签到占用；请先结账或取消占用。",
            "這張單送出的內容被其他未結帳單或報到占用；請先結帳或取消占用。",
        ),
        "void_bill_refunded": (
            "Part of this bill was refunded already; please refund the rest instead.",
            "这张单已经退过一部分；其余请改为退款。",
            "這張單已經退過一部分；其餘請改為退款。",
        ),
        "void_bill_shift_over": (
            "This bill is from another shift and can no longer be voided; please refund it instead.",
            "这张单不是本班次的，不能再撤销；请改为退款。",
            "這張單不是本班次的，不能再取消；請改為退款。",
        ),
        "void_bill_used": (
            "Something this bill gave was already used; please refund the bill instead.",
            "这张单送出的内容已经使用；请改为退款。",
            "這張單送出的內容已經使用；請改為退款。",
        ),
        "void_reason_missing": (
            "Say in a few words why this is undone.",
            "请简短说明撤销的原因。",
            "請簡短說明取消的原因。",
        ),
    }
)

"""Refusals of bills in words: code -> English, Simplified Chinese, Traditional Chinese."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str, str]] = {
    "account_closing": (
        "This member's card is being given back; ring the bill up without it, or take the return back first.",
        "该会员正在办理退卡；请不选会员结账，或先撤销退卡。",
        "該會員正在辦理退卡；請不選會員結帳，或先撤銷退卡。",
    ),
    "bill_changed": (
        "Somebody else changed this bill meanwhile; look at it again, then settle it.",
        "这张账单刚被别人改过；请重新查看后再结账。",
        "這張帳單剛被別人改過；請重新查看後再結帳。",
    ),
    "bill_choice_several": (
        "Several are called that; name one by the first letters of its number.",
        "有几个同名；请用编号的前几位指明是哪一个。",
        "有幾個同名；請用編號的前幾位指明是哪一個。",
    ),
    "bill_gone": (
        "This bill was settled or dropped meanwhile; look for it among the settled ones.",
        "这张账单已经结账或取消；请到已结账单里查找。",
        "這張帳單已經結帳或取消；請到已結帳單裡查找。",
    ),
    "bill_label_bad": (
        "A bill put aside is named in one line of at most {most} characters; shorten it.",
        "挂单的备注只能是一行，最多 {most} 个字；请改短。",
        "暫存的備註只能是一行，最多 {most} 個字；請改短。",
    ),
    "bill_line_bad": (
        "A line without an item is a service or goods, with a name of at most {most} characters; put it right.",
        "自由输入的一行须是服务或商品，名称最多 {most} 个字；请改正。",
        "自由輸入的一行須是服務或商品，名稱最多 {most} 個字；請改正。",
    ),
    "bill_line_typed": (
        "{line} cannot be read as a line; type what it is, then : and a whole number from 1 on, then @ and who did it.",
        "看不懂 {line}；请依次输入项目、: 和数量（从 1 起的整数）、@ 和服务人员。",
        "看不懂 {line}；請依序輸入項目、: 和數量（從 1 起的整數）、@ 和服務人員。",
    ),
    "bill_no_such_line": (
        "There is no line {line} on this bill; look at its lines again.",
        "账单上没有第 {line} 行；请重新查看各行。",
        "帳單上沒有第 {line} 行；請重新查看各行。",
    ),
    "bill_not_yes": (
        "Nothing was booked; the bill stays as it was.",
        "没有入账；账单保持原样。",
        "沒有入帳；帳單保持原樣。",
    ),
    "bill_past": (
        "This entry is so old that this till keeps it no longer; the cloud still has it.",
        "这条记录太久，本机已不再保存；云端仍有。",
        "這筆紀錄太久，本機已不再保存；雲端仍有。",
    ),
    "bill_several": (
        "Several open bills begin like this; type more of the number.",
        "有几张未结账单都以此开头；请多输入几位。",
        "有幾張未結帳單都以此開頭；請多輸入幾位。",
    ),
    "bill_unknown": (
        "No settled bill of this till has this number; look at the receipt again.",
        "本机没有这个编号的已结账单；请核对小票。",
        "本機沒有這個編號的已結帳單；請核對收據。",
    ),
    "coupon_day_used": (
        "Of this coupon no more than {left} may still be used today; keep it for another day.",
        "这种券今天还可以使用 {left} 张；其余请改日再用。",
        "這種券今天還可以使用 {left} 張；其餘請改日再用。",
    ),
    "coupon_locked": (
        "This coupon is on another open bill; settle or drop that one first.",
        "这张券已用在另一张未结账单上；请先结账或取消那一单。",
        "這張券已用在另一張未結帳單上；請先結帳或取消那一單。",
    ),
    "coupon_not_transferable": (
        "The coupon {template} may not be handed on; it can be used first, or ended by hand.",
        "优惠券 {template} 不可转让；可以先使用，或手动作废。",
        "優惠券 {template} 不可轉讓；可以先使用，或手動作廢。",
    ),
    "coupon_rules_unknown": (
        "This till does not know the rules this coupon was issued under; use it where it was issued.",
        "本机没有这张券发放时的规则；请到发券门店使用。",
        "本機沒有這張券發放時的規則；請到發券門市使用。",
    ),
    "coupon_unknown": (
        "This member has no such coupon here; choose another one.",
        "该会员在本机没有这张券；请另选一张。",
        "該會員在本機沒有這張券；請另選一張。",
    ),
    "credit_needs_member": (
        "Only a member can owe the shop; find the member first, or choose another means of payment.",
        "只有会员可以挂账；请先找到会员，或改用其他付款方式。",
        "只有會員可以簽帳；請先找到會員，或改用其他付款方式。",
    ),
    "item_several": (
        "{item} could be {items}; type the code, or more of the name.",
        "{item} 可以指 {items}；请输入编码，或多输入几个字。",
        "{item} 可以指 {items}；請輸入編碼，或多輸入幾個字。",
    ),
    "item_unknown": (
        "There is no item {item} in the catalogue (any more); terminal catalogue lists what there is.",
        "项目表里没有 {item}；可用 terminal catalogue 查看。",
        "項目表裡沒有 {item}；可用 terminal catalogue 查看。",
    ),
    "money_interrupted": (
        "The command was interrupted and may be done already; repeat it with --action {action}, which does it once.",
        "命令已中断，可能已经入账；请用同一条命令加上 --action {action} 重试，只会入账一次。",
        "命令已中斷，可能已經入帳；請用同一條命令加上 --action {action} 重試，只會入帳一次。",
    ),
    "money_unanswered": (
        "The till gave no answer and may have done it; repeat the command with --action {action}, which does it once.",
        "收银机没有应答，可能已经入账；请用同一条命令加上 --action {action} 重试，只会入账一次。",
        "收銀機沒有回應，可能已經入帳；請用同一條命令加上 --action {action} 重試，只會入帳一次。",
    ),
    "pass_needs_member": (
        "A pass belongs to a member; find the member first.",
        "次卡要记在会员名下；请先找到会员。",
        "次數卡要記在會員名下；請先找到會員。",
    ),
    "pass_not_sold": (
        "The pass {item} is not on sale; choose another one.",
        "卡项 {item} 目前不出售；请另选。",
        "卡項 {item} 目前不出售；請另選。",
    ),
    "pass_one_only": (
        "A line sells one pass; add a line for each further one.",
        "一行只卖一张卡；多张请分行添加。",
        "一行只賣一張卡；多張請分行新增。",
    ),
    "pass_rules_unknown": (
        "This till does not know the rules this pass was sold under; use it where it was sold.",
        "本机没有这张卡售出时的规则；请到售卡门店使用。",
        "本機沒有這張卡售出時的規則；請到售卡門市使用。",
    ),
    "pass_unknown": (
        "This pass has no sessions at this till; look at the member's passes again.",
        "本机没有这张卡的次数；请重新查看会员的卡项。",
        "本機沒有這張卡的次數；請重新查看會員的卡項。",
    ),
    "pass_used_up_here": (
        "This till has {left} sessions of this service; others may be at another till until the connection is back.",
        "本机上这项服务还有 {left} 次；其余可能在别的终端，等联网后可用。",
        "本機上這項服務還有 {left} 次；其餘可能在別的終端，等連線後可用。",
    ),
    "points_not_enough_here": (
        "{missing} points are missing; this till has {points}, others may be at another till until it is online again.",
        "还差 {missing} 积分；本机可用 {points} 积分，其余可能在别的终端，等联网后可用。",
        "還差 {missing} 點；本機可用 {points} 點，其餘可能在別的終端，等連線後可用。",
    ),
    "price_changed": (
        "The bill now costs {payable_fen}, not what was shown; show the new price and settle it again.",
        "账单现在应付 {payable_fen}，与先前显示的不同；请出示新价格后再结账。",
        "帳單現在應付 {payable_fen}，與先前顯示的不同；請出示新價格後再結帳。",
    ),
    "purse_needs_member": (
        "Stored value belongs to a member; find the member first, or choose another means of payment.",
        "储值属于会员；请先找到会员，或改用其他付款方式。",
        "儲值屬於會員；請先找到會員，或改用其他付款方式。",
    ),
    "split_change_unclear": (
        "Several people pay in cash; say what each is to pay, so that the change is the right one's.",
        "有几位付现金；请写明各付多少，才知道找零给谁。",
        "有幾位付現金；請寫明各付多少，才知道找零給誰。",
    ),
    "split_person_bad": (
        "A bill is split among 2 to {most} people, and every payment is one person's; put the split right.",
        "账单可由 2 到 {most} 人分摊，每笔付款都要对应一个人；请改正。",
        "帳單可由 2 到 {most} 人分攤，每筆付款都要對應一個人；請改正。",
    ),
    "split_sum_bad": (
        "The shares add up to {split_fen}, the bill is {payable_fen}; put the shares right.",
        "分摊合计 {split_fen}，账单应付 {payable_fen}；请改正。",
        "分攤合計 {split_fen}，帳單應付 {payable_fen}；請改正。",
    ),
    "split_unequal": (
        "Person {person} is to pay {wanted_fen} and pays {paid_fen}; make them the same.",
        "第 {person} 位应付 {wanted_fen}，实付 {paid_fen}；请改成一致。",
        "第 {person} 位應付 {wanted_fen}，實付 {paid_fen}；請改成一致。",
    ),
    "tender_reference_bad": (
        "The number of a receipt is at most {most} letters and digits; put it right.",
        "单号只能是字母和数字，最多 {most} 位；请改正。",
        "單號只能是字母和數字，最多 {most} 位；請改正。",
    ),
    "tender_twice": (
        "Stored value and credit stand once on a bill each; put their amounts together.",
        "储值和挂账在一张账单上各只能出现一次；请合并金额。",
        "儲值和簽帳在一張帳單上各只能出現一次；請合併金額。",
    ),
    "tender_unknown": (
        "There is no such means of payment; choose another one.",
        "没有这种付款方式；请另选。",
        "沒有這種付款方式；請另選。",
    ),
    "tenders_over": (
        "The payments are {over_fen} more than the bill, and only cash is given back; lower them.",
        "付款比账单多 {over_fen}，只有现金可以找零；请减少金额。",
        "付款比帳單多 {over_fen}，只有現金可以找零；請減少金額。",
    ),
    "tenders_short": (
        "The payments lack {missing_fen} of the bill; add another one.",
        "付款还差 {missing_fen}；请再加一笔。",
        "付款還差 {missing_fen}；請再加一筆。",
    ),
    "text_is_payment_code": (
        "This looks like a payment code, which is never kept; type the number on the receipt instead.",
        "这像是付款码，系统不会保存；请改填小票上的单号。",
        "這像是付款碼，系統不會保存；請改填收據上的單號。",
    ),
    "too_many_lots": (
        "The payment draws on too many top-ups at once; pay at most {most_fen} from stored value on one bill.",
        "这一笔要动用的充值批次太多；一张账单最多用储值付 {most_fen}。",
        "這一筆要動用的儲值批次太多；一張帳單最多用儲值付 {most_fen}。",
    ),
}

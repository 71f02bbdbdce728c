"""Words for prepaid value: code -> (English, Simplified Chinese, Traditional Chinese); `_fen` is shown as money."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str, str]] = {
    "coupon_all_given": (
        "Only {left} coupons of this template may still be given out; give fewer or take another one.",
        "此券模板总共还可发放 {left} 张；请减少张数或换一种券。",
        "此券範本總共還可發放 {left} 張；請減少張數或換一種券。",
    ),
    "coupon_count_bad": (
        "The number of coupons must be 1 to {most}.",
        "张数必须是 1 到 {most}。",
        "張數必須是 1 到 {most}。",
    ),
    "coupon_day_limit": (
        "This member may get {left} more of this coupon today; give fewer or come back tomorrow.",
        "该会员今天还可领 {left} 张此券；请减少张数或明天再发。",
        "該會員今天還可領 {left} 張此券；請減少張數或明天再發。",
    ),
    "coupon_member_limit": (
        "This member may get {left} more of this coupon; give fewer or take another one.",
        "该会员还可领 {left} 张此券；请减少张数或换一种券。",
        "該會員還可領 {left} 張此券；請減少張數或換一種券。",
    ),
    "coupon_on_bill": (
        "An open bill has this coupon; settle or drop that bill first.",
        "未结账单正在使用这张券；请先结账或取消该单。",
        "未結帳單正在使用這張券；請先結帳或取消該單。",
    ),
    "coupon_reason_long": (
        "The reason is too long; {most} characters are enough.",
        "原因太长；请不要超过 {most} 个字。",
        "原因太長；請不要超過 {most} 個字。",
    ),
    "coupon_reason_missing": (
        "A coupon that is ended needs a reason; write one.",
        "作废优惠券须填写原因。",
        "作廢優惠券須填寫原因。",
    ),
    "coupon_template_over": (
        "Coupons of the template {template} would have ended already; choose another one.",
        "券模板 {template} 的有效期已过；请换一种券。",
        "券範本 {template} 的有效期已過；請換一種券。",
    ),
    "coupon_template_unknown": (
        "The shop has no coupon template {template}; choose one from the list or correct the shop's rules.",
        "本店没有券模板 {template}；请从列表中选择，或更正门店规则。",
        "本店沒有券範本 {template}；請從列表中選擇，或更正門市規則。",
    ),
    "coupon_not_here": (
        "This till does not have this coupon; look at the member's coupons again.",
        "本机没有这张券；请重新查看会员的优惠券。",
        "本機沒有這張券；請重新查看會員的優惠券。",
    ),
    "day_bad": (
        "This is no date; write it like 2026-12-31.",
        "日期格式不对；请写成 2026-12-31。",
        "日期格式不對；請寫成 2026-12-31。",
    ),
    "entry_full": (
        "This is too much to be booked at once; do it in several steps.",
        "内容太多，无法一次入账；请分几次办理。",
        "內容太多，無法一次入帳；請分幾次辦理。",
    ),
    "gift_card_changed": (
        "There is {amount_fen} on this gift card by now; look at it again before it is loaded.",
        "这张礼品卡现在的余额是 {amount_fen}；请重新查看后再转入。",
        "這張禮品卡現在的餘額是 {amount_fen}；請重新查看後再轉入。",
    ),
    "gift_card_empty": (
        "There is nothing on this gift card here; check the card, or wait until the connection is back.",
        "本机上这张礼品卡没有余额；请核对卡片，或等恢复连接。",
        "本機上這張禮品卡沒有餘額；請核對卡片，或等恢復連線。",
    ),
    "gift_card_ended": (
        "This gift card ended on {ended_on}; the money on it is still there, so renew the card first.",
        "这张礼品卡已于 {ended_on} 到期，余额仍然有效；请先办理激活。",
        "這張禮品卡已於 {ended_on} 到期，餘額仍然有效；請先辦理啟用。",
    ),
    "gift_card_good": (
        "This gift card has not ended; there is nothing to renew.",
        "这张礼品卡尚未到期；不需要激活。",
        "這張禮品卡尚未到期；不需要啟用。",
    ),
    "gift_card_only_money": (
        "A gift card pays with the money on it only; take points, sessions, coupons and credit off this bill.",
        "礼品卡只能用卡内余额付款；请去掉这一单的积分、次卡、优惠券和挂账。",
        "禮品卡只能用卡內餘額付款；請拿掉這一單的點數、次數卡、優惠券和簽帳。",
    ),
    "gift_months_bad": (
        "A gift card may be good for 0 (no end) to {most} months.",
        "礼品卡有效期须为 0（长期有效）到 {most} 个月。",
        "禮品卡有效期須為 0（長期有效）到 {most} 個月。",
    ),
    "gift_card_named": (
        "This account is a known member's and no gift card; top it up instead.",
        "这是会员账户，不是礼品卡；请改为充值。",
        "這是會員帳戶，不是禮品卡；請改為儲值。",
    ),
    "gift_number_phone": (
        "This is a telephone number and no gift card's; use the number printed on the card.",
        "这是电话号码，不是礼品卡卡号；请使用卡上印的号码。",
        "這是電話號碼，不是禮品卡卡號；請使用卡上印的號碼。",
    ),
    "gift_number_short": (
        "A new gift card's number has at least {least} letters and digits; use a longer one.",
        "新礼品卡的卡号至少 {least} 位；请使用更长的卡号。",
        "新禮品卡的卡號至少 {least} 位；請使用更長的卡號。",
    ),
    "gift_number_taken": (
        "This card is in use already; check the number, or leave --new out to put more money on it.",
        "这张卡已在使用；请核对卡号，如要往这张卡加钱请不要带 --new。",
        "這張卡已在使用；請核對卡號，如要往這張卡加值請不要加上 --new。",
    ),
    "pass_started": (
        "This pass does not wait for its first use; nothing is to be started.",
        "这张卡不是首次使用时才生效；不需要启用。",
        "這張卡不是首次使用時才生效；不需要啟用。",
    ),
    "pass_terms_unknown": (
        "The shop sells no pass {template}; choose one from the list or correct the shop's rules.",
        "本店没有次卡 {template}；请从列表中选择，或更正门店规则。",
        "本店沒有次數卡 {template}；請從列表中選擇，或更正門市規則。",
    ),
    "pass_not_here": (
        "This till has nothing of this pass; check it, or wait until the connection is back.",
        "本机没有这张次卡；请核对，或等恢复连接。",
        "本機沒有這張次數卡；請核對，或等恢復連線。",
    ),
    "reward_goods_missing": (
        "These goods are only taken back with the goods themselves: with --goods-back, once they are here.",
        "商品兑换须退回商品才能撤回：商品收回后加 --goods-back。",
        "商品兌換須退回商品才能撤回：商品收回後加 --goods-back。",
    ),
    "reward_not_returnable": (
        "This reward cannot be taken back here: its points were given back, it was used, or it is too old.",
        "此兑换不能在这里退回：积分已退、已经使用，或时间太久。",
        "此兌換不能在這裡退回：點數已退、已經使用，或時間太久。",
    ),
    "top_up_offer_other": (
        "Another offer applies now ({offer}); leave the offer out to take that one.",
        "现在适用的是另一个活动（{offer}）；不指定活动即按该活动充值。",
        "現在適用的是另一個活動（{offer}）；不指定活動即按該活動儲值。",
    ),
    "top_up_tender_unknown": (
        "Money cannot come in by this tender; choose cash, a payer code, card, voucher or transfer.",
        "不能用这种方式收款；请选择现金、付款码、银行卡、团购券或转账。",
        "不能用這種方式收款；請選擇現金、付款碼、銀行卡、團購券或轉帳。",
    ),
    "transfer_debts": (
        "Money or points are owed on this membership; settle that first.",
        "该会员还有欠款或欠积分；请先结清。",
        "該會員還有欠款或欠點數；請先結清。",
    ),
    "transfer_elsewhere": (
        "Part of this membership is with other tills; transfer it when the connection is back.",
        "该会员的一部分余额在其他收银机；请恢复连接后再转卡。",
        "該會員的一部分餘額在其他收銀機；請恢復連線後再轉讓。",
    ),
    "transfer_nothing": (
        "This account has nothing to be transferred.",
        "该账户没有可以转让的内容。",
        "該帳戶沒有可以轉讓的內容。",
    ),
    "transfer_proof_missing": (
        "The holder must show who they are before a transfer; choose from the list what was shown.",
        "转卡前须核对持卡人身份；请从列表中选择出示了什么。",
        "轉讓前須核對持卡人身分；請從清單中選擇出示了什麼。",
    ),
    "transfer_same": (
        "Both accounts are the same; choose the new holder.",
        "转出和转入是同一账户；请选择新的持卡人。",
        "轉出和轉入是同一帳戶；請選擇新的持卡人。",
    ),
    "units_on_hold": (
        "An open bill, a check-in or a waiting refund has part of this; finish or drop that first.",
        "其中一部分被未结账单、签到或待办退款占用；请先办完或取消。",
        "其中一部分被未結帳單、報到或待辦退款占用；請先辦完或取消。",
    ),
}

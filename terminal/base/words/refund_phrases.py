"""What `terminal refund` says: English, Simplified and Traditional Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LANGUAGES = ("en", "zh_CN", "zh_TW")
PHRASES: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "bill": ("Bill", "单号", "單號"),
        "member": ("Member", "会员", "會員"),
        "given": ("Given back", "退款合计", "退款合計"),
        "later": ("{means}, to come", "{means}（待退）", "{means}（待退）"),
        "on_shelf": (
            "{text}, {quantity} back on the shelf",
            "{text}，退回 {quantity} 件",
            "{text}，退回 {quantity} 件",
        ),
        "deducted_fen": ("Kept for missing points", "积分不足扣除", "點數不足扣除"),
        "lapsed_fen": ("Ended with a top-up", "已随充值退款结清", "已隨儲值退款結清"),
        "payable_fen": ("To be paid out later", "待付出", "待付出"),
        "debt_fen": ("The member still owes", "会员尚欠", "會員尚欠"),
        "points_taken": ("Points taken back", "收回积分", "收回點數"),
        "points_given": ("Points given back", "退回积分", "退回點數"),
        "points_owed": ("Points owed", "欠积分", "欠點數"),
        "coupons": ("Coupons given back", "退回优惠券", "退回優惠券"),
        "sessions": ("Sessions given back", "退回次数", "退回次數"),
        "left_fen": ("Left of the bill", "单上余额", "單上餘額"),
        "top_up": ("Top-up", "充值单", "儲值單"),
        "paid_fen": ("Paid", "实付", "實付"),
        "bonus_fen": ("Bonus", "赠金", "贈金"),
        "charged_fen": ("Used, as charged", "已消费（实收价）", "已消費（實收價）"),
        "list_fen": ("Used, at list price", "已消费（原价）", "已消費（原價）"),
        "principal_left_fen": ("Principal left", "本金余额", "本金餘額"),
        "not_members_fault": ("Not the member's fault", "非会员原因", "非會員原因"),
        "members_wish": ("The member's wish", "会员自愿退款", "會員自願退款"),
        "cooling_off": ("Within the cooling-off time", "冷静期内", "猶豫期內"),
        "principal_left": ("Principal left", "本金余额", "本金餘額"),
        "agreed": ("As agreed", "按约定", "依約定"),
        "basis": ("Given back by", "退款依据", "退款依據"),
        "badge": (
            "Cooling-off until {day}: the principal may be asked back.",
            "冷静期至 {day}：可申请退回本金。",
            "猶豫期至 {day}：可申請退回本金。",
        ),
        "badge_none": ("It has no cooling-off time.", "没有冷静期。", "沒有猶豫期。"),
        "badge_over": ("The cooling-off time ended on {day}.", "冷静期已于 {day} 结束。", "猶豫期已於 {day} 結束。"),
        "pass": ("Pass", "次卡", "次數卡"),
        "units": ("Sessions or days left", "剩余次数或天数", "剩餘次數或天數"),
        "price_fen": ("Price", "售价", "售價"),
        "ask_refund": (
            "{amount} will be given back; this cannot be undone.",
            "将退款 {amount}，不可撤销。",
            "將退款 {amount}，無法復原。",
        ),
        "ask_void": (
            "{bill} of {member} over {amount} is undone, as if it had never been.",
            "将撤销 {member} 的 {bill}，金额 {amount}，如同从未发生。",
            "將取消 {member} 的 {bill}，金額 {amount}，如同從未發生。",
        ),
        "ask_void_walk_in": (
            "{bill} over {amount} is undone, as if it had never been.",
            "将撤销 {bill}，金额 {amount}，如同从未发生。",
            "將取消 {bill}，金額 {amount}，如同從未發生。",
        ),
        "ask_approve": (
            "The card return will be approved: the account closes and {amount} is owed to the member.",
            "将批准退卡：账户关闭，应退会员 {amount}。",
            "將核准退卡：帳戶關閉，應退會員 {amount}。",
        ),
        "ask_pay": (
            "{amount} will be booked as paid by {means}; this cannot be undone.",
            "将登记已用{means}付出 {amount}，不可撤销。",
            "將登記已用{means}付出 {amount}，無法復原。",
        ),
        "ask_repay": (
            "The member owes {owed}; {amount} will be booked as repaid.",
            "会员欠款 {owed}；将登记还款 {amount}。",
            "會員欠款 {owed}；將登記還款 {amount}。",
        ),
        "refunded": (
            "{amount} given back. Entry {entry}.",
            "已退款 {amount}。记录 {entry}。",
            "已退款 {amount}。紀錄 {entry}。",
        ),
        "to_pay": (
            "Of it {amount} is still to be paid out: terminal refund payouts.",
            "其中 {amount} 待付出：terminal refund payouts。",
            "其中 {amount} 待付出：terminal refund payouts。",
        ),
        "voided": (
            "{bill} is voided. Entry {entry}.",
            "{bill} 已撤销。记录 {entry}。",
            "{bill} 已取消。紀錄 {entry}。",
        ),
        "reopened": (
            "{bill} is voided and open again with the same lines. Entry {entry}.",
            "{bill} 已撤销，并以相同项目重新开单。记录 {entry}。",
            "{bill} 已取消，並以相同項目重新開單。紀錄 {entry}。",
        ),
        "paid_out": (
            "{number}, payout {place}: {amount} paid by {means}.",
            "{number} 第 {place} 笔：已用{means}付出 {amount}。",
            "{number} 第 {place} 筆：已用{means}付出 {amount}。",
        ),
        "noted_sent": (
            "{number}, payout {place}: under way.",
            "{number} 第 {place} 笔：处理中。",
            "{number} 第 {place} 筆：處理中。",
        ),
        "noted_failed": (
            "{number}, payout {place}: it came back and is still owed.",
            "{number} 第 {place} 笔：被退回，仍待付。",
            "{number} 第 {place} 筆：被退回，仍待付。",
        ),
        "given_up": (
            "The refund is given up; everything is there again. Entry {entry}.",
            "退款已撤回，全部恢复。记录 {entry}。",
            "退款已撤回，全部恢復。紀錄 {entry}。",
        ),
        "repaid": (
            "{amount} repaid; {left} is still owed. Entry {entry}.",
            "已还款 {amount}，尚欠 {left}。记录 {entry}。",
            "已還款 {amount}，尚欠 {left}。紀錄 {entry}。",
        ),
        "nothing_owed": ("Nothing is to be paid out.", "没有待付的退款。", "沒有待付的退款。"),
        "past_fen": (
            "{amount} more is owed from entries that are no longer kept here; ask the manager.",
            "另有 {amount} 待付，其记录本机已不保存；请找店长。",
            "另有 {amount} 待付，其紀錄本機已不保存；請找店長。",
        ),
        "number": ("Entry", "记录", "紀錄"),
        "place": ("Payout", "第几笔", "第幾筆"),
        "day": ("Day", "日期", "日期"),
        "approved_for": ("Approved for", "原定方式", "原定方式"),
        "means": ("By", "方式", "方式"),
        "state": ("State", "状态", "狀態"),
        "amount": ("Amount", "金额", "金額"),
        "open": ("open", "待付", "待付"),
        "sent": ("under way", "处理中", "處理中"),
        "failed": ("came back", "被退回", "被退回"),
        "paid": ("paid", "已付", "已付"),
        "none": ("no card return", "没有退卡", "沒有退卡"),
        "active": ("begun, not approved", "已登记，未批准", "已登記，未核准"),
        "closing": ("closing", "退卡中", "退卡中"),
        "closed": ("closed", "已退卡", "已退卡"),
        "due": ("Due", "应退", "應退"),
        "owed_fen": ("Still owed", "未付", "未付"),
        "reason": ("Reason", "原因", "原因"),
        "begun_by": ("Begun by", "登记人", "登記人"),
        "approved_by": ("Approved by", "批准人", "核准人"),
        "missing": ("Missing", "尚缺步骤", "尚缺步驟"),
        "identity_shown": ("identity shown", "核对证件", "核對證件"),
        "person_recorded": ("person recorded", "登记姓名证件", "登記姓名證件"),
        "receiving_account": ("receiving account", "登记收款账户", "登記收款帳戶"),
        "amount_computed": ("amount computed", "计算金额", "計算金額"),
        "deposit_added": ("deposit added", "计入押金", "計入押金"),
        "manager_approval": ("manager's approval", "店长批准", "店長核准"),
        "paid_out_step": ("paid out", "付款", "付款"),
        "purses_closed": ("purses closed", "关闭账户余额", "關閉帳戶餘額"),
        "medium_retired": ("card taken back", "收回卡片", "收回卡片"),
        "printed": ("slip printed", "打印单据", "列印單據"),
        "signed": ("slip signed", "会员签名", "會員簽名"),
    }
)


def phrase(name: str, language: str, /, **values: object) -> str:
    """Return a phrase in a language; a name without words is itself."""
    words = PHRASES.get(name)
    return name if words is None else words[LANGUAGES.index(language)].format(**values)

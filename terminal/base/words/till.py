"""Words of shifts, roles, approvals, alerts and commission: code -> English, Simplified and Traditional Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "answer_missing": (
            "Nothing was typed, so nothing was changed; do it again where somebody can type.",
            "没有输入内容，什么都没有更改；请在可以输入的地方重做。",
            "沒有輸入內容，什麼都沒有更改；請在可以輸入的地方重做。",
        ),
        "count_not_yes": (
            "Nothing was counted; do it again with the right amount.",
            "没有提交清点；请用正确的金额重做。",
            "沒有送出清點；請用正確的金額重做。",
        ),
        "anomaly_clock_back": (
            "The clock was turned back by {found} minutes; set it right.",
            "时钟被往回拨了 {found} 分钟；请校正时间。",
            "時鐘被往回撥了 {found} 分鐘；請校正時間。",
        ),
        "anomaly_discount_over": (
            "The discount is above what this role may give; ask a manager.",
            "折扣超过该角色的权限；请找店长。",
            "折扣超過該角色的權限；請找店長。",
        ),
        "anomaly_drawer": (
            "The drawer was opened without a sale {found} times in a short while; ask why.",
            "钱箱在短时间内无销售打开了 {found} 次；请问明原因。",
            "錢箱在短時間內無銷售打開了 {found} 次；請問明原因。",
        ),
        "anomaly_frequency": (
            "This happened {found} times in a short while; look at who does it.",
            "短时间内发生了 {found} 次；请留意是谁在操作。",
            "短時間內發生了 {found} 次；請留意是誰在操作。",
        ),
        "anomaly_journal_gap": (
            "Entries are missing in the journal; stop and have it checked.",
            "流水账中有缺号；请停止操作并检查。",
            "流水帳中有缺號；請停止操作並檢查。",
        ),
        "anomaly_manual_adjustment": (
            "A balance is being changed by hand; have the reason confirmed.",
            "正在手工调整余额；请核实原因。",
            "正在手動調整餘額；請核實原因。",
        ),
        "anomaly_one_payer": (
            "One payer's code topped up {found} cards; make sure that they belong together.",
            "同一付款人给 {found} 张卡充了值；请确认是否合理。",
            "同一付款人給 {found} 張卡儲了值；請確認是否合理。",
        ),
        "anomaly_outside_hours": (
            "This happens outside opening hours; make sure that it should.",
            "这笔操作不在营业时间内；请确认。",
            "這筆操作不在營業時間內；請確認。",
        ),
        "anomaly_pin_failures": (
            "A PIN was wrong {found} times in a short while; ask for another proof.",
            "短时间内 PIN 输错 {found} 次；请换一种方式核实。",
            "短時間內 PIN 輸錯 {found} 次；請換一種方式核實。",
        ),
        "anomaly_quick_refund": (
            "A bill is refunded soon after it was paid; look at both.",
            "付款后不久就退款；请核对这两笔。",
            "付款後不久就退款；請核對這兩筆。",
        ),
        "anomaly_single_amount": (
            "This amount is above the limit for one time; check it.",
            "单笔金额超过上限；请核对。",
            "單筆金額超過上限；請核對。",
        ),
        "anomaly_top_up_void": (
            "A top-up is undone soon after it was made; look at both.",
            "充值后不久就撤销；请核对这两笔。",
            "儲值後不久就取消；請核對這兩筆。",
        ),
        "anomaly_two_terminals": (
            "The same member is at {found} tills within a short while; make sure who it is.",
            "同一会员短时间内出现在 {found} 台机器上；请核实身份。",
            "同一會員短時間內出現在 {found} 台機器上；請核實身分。",
        ),
        "approval_ended": (
            "The approval is over; ask for a new one.",
            "批准已过时效；请重新请求批准。",
            "核准已過時效；請重新請求核准。",
        ),
        "approval_needed": (
            "This needs somebody's approval; ask a manager to give it here.",
            "这一步需要他人批准；请店长在这里批准。",
            "這一步需要他人核准；請店長在這裡核准。",
        ),
        "approval_other": (
            "The approval was given for something else; ask for one for this.",
            "这个批准是给另一笔操作的；请为这一笔重新请求批准。",
            "這個核准是給另一筆操作的；請為這一筆重新請求核准。",
        ),
        "approval_own": (
            "Nobody approves what they do themselves; ask a second person.",
            "不能批准自己的操作；请找第二个人。",
            "不能核准自己的操作；請找第二個人。",
        ),
        "approval_role": (
            "This person may not approve this; ask somebody whose role allows it.",
            "这个人无权批准这一步；请找有权限的人。",
            "這個人無權核准這一步；請找有權限的人。",
        ),
        "approval_used": (
            "This approval was used already; ask for a new one.",
            "这个批准已经用过；请重新请求批准。",
            "這個核准已經用過；請重新請求核准。",
        ),
        "cash_move_bad": (
            "Give an amount above zero, and say whether cash is put in or taken out.",
            "请输入大于零的金额，并说明是放入还是取出现金。",
            "請輸入大於零的金額，並說明是放入還是取出現金。",
        ),
        "cash_not_enough": (
            "The drawer should not hold so much cash; take out less.",
            "钱箱里应当没有这么多现金；请少取一些。",
            "錢箱裡應當沒有這麼多現金；請少取一些。",
        ),
        "commission_base_bad": (
            "The amounts of this line do not fit together; nothing was counted for commission.",
            "这一行的金额前后不符；没有计算提成。",
            "這一行的金額前後不符；沒有計算抽成。",
        ),
        "commission_refund_over": (
            "More is refunded than is left to take commission back for ({left}); nothing was counted.",
            "退款多于还能扣回提成的部分（{left}）；没有计算。",
            "退款多於還能扣回抽成的部分（{left}）；沒有計算。",
        ),
        "commission_weights_bad": (
            "Name each person on a line once, with a share above zero.",
            "每一行的每个人只填一次，份额必须大于零。",
            "每一行的每個人只填一次，份額必須大於零。",
        ),
        "count_bad": (
            "The counted amount is not possible; count again and type it as yuan.",
            "清点的金额不合理；请重新清点并以元输入。",
            "清點的金額不合理；請重新清點並以元輸入。",
        ),
        "days_bad": (
            "Name the first and the last day like 2026-11-01, at most {most} days.",
            "请用 2026-11-01 这样的格式指定第一天和最后一天，最多 {most} 天。",
            "請用 2026-11-01 這樣的格式指定第一天和最後一天，最多 {most} 天。",
        ),
        "float_bad": (
            "The starting cash is not possible; it is zero or more, and no more than was counted.",
            "备用金不合理；不能小于零，也不能多于清点的金额。",
            "零用金不合理；不能小於零，也不能多於清點的金額。",
        ),
        "month_bad": (
            "Name the month as year and month, like 2026-11.",
            "请用年月指定月份，例如 2026-11。",
            "請用年月指定月份，例如 2026-11。",
        ),
        "reason_long": (
            "The reason is too long; write at most {most} characters.",
            "原因太长；最多 {most} 个字。",
            "原因太長；最多 {most} 個字。",
        ),
        "reason_missing": (
            "Write down the reason first.",
            "请先写下原因。",
            "請先寫下原因。",
        ),
        "role_action_unknown": (
            "The roles know no such action; nothing was done.",
            "角色设置里没有这种操作；没有做任何事。",
            "角色設定裡沒有這種操作；沒有做任何事。",
        ),
        "role_amount_bad": (
            "The amount does not fit this action; enter it again.",
            "金额不适用于这种操作；请重新输入。",
            "金額不適用於這種操作；請重新輸入。",
        ),
        "drawer_in_doubt": (
            "The drawer may be shut; look at it before you ask again.",
            "钱箱可能没有打开；请先看一眼，再重新打开。",
            "錢箱可能沒有打開；請先看一眼，再重新打開。",
        ),
        "drawer_unavailable": (
            "The drawer stayed shut: its printer is away, or there is no drawer; use the key.",
            "钱箱没有打开：打印机暂时不能用，或没有钱箱；请用钥匙打开。",
            "錢箱沒有打開：印表機暫時不能用，或沒有錢箱；請用鑰匙打開。",
        ),
        "role_forbidden": (
            "Nobody here may do or approve this; the owner can change the roles.",
            "这里没有人可以操作或批准这一步；店主可以更改角色设置。",
            "這裡沒有人可以操作或核准這一步；店主可以更改角色設定。",
        ),
        "role_unknown": (
            "This person's role is not set up; have the owner set it.",
            "这个人的角色还没有设置；请店主设置。",
            "這個人的角色還沒有設定；請店主設定。",
        ),
        "shift_counted": (
            "The cash of this shift is counted already; close it and open the next one.",
            "本班次的现金已经清点；请交班后再开下一班。",
            "本班次的現金已經清點；請交班後再開下一班。",
        ),
        "shift_missing": (
            "Open a shift first; money is only taken in an open one.",
            "请先开班；只有开班后才能收付款。",
            "請先開班；只有開班後才能收付款。",
        ),
        "shift_not_closed": (
            "Close the shift first.",
            "请先交班。",
            "請先交班。",
        ),
        "shift_not_counted": (
            "Count the cash first; what should be there is shown afterwards.",
            "请先清点现金；清点之后才显示应有金额。",
            "請先清點現金；清點之後才顯示應有金額。",
        ),
        "shift_past": (
            "Entries of shift {number} are too old to be kept on this till; its slip cannot be added up again.",
            "第 {number} 班的部分记录年代已久，本机已不再保存，无法重新汇总交班单。",
            "第 {number} 班的部分紀錄年代已久，本機已不再保存，無法重新彙總交班單。",
        ),
        "shift_person_busy": (
            "This person has an open shift already; close that one first.",
            "这个人已经有未交的班次；请先交班。",
            "這個人已經有未交的班次；請先交班。",
        ),
        "shift_reason_missing": (
            "The cash differs by {difference_fen}; write down the reason.",
            "现金相差 {difference_fen}；请写下原因。",
            "現金相差 {difference_fen}；請寫下原因。",
        ),
        "shift_till_taken": (
            "Somebody's shift is still open at this till; it must be closed first.",
            "这台收银机上还有别人的班次未交；请先交班。",
            "這台收銀機上還有別人的班次未交；請先交班。",
        ),
        "shift_none": (
            "No shift was opened at this till yet.",
            "这台收银机还没有开过班。",
            "這台收銀機還沒有開過班。",
        ),
        "shift_unknown": (
            "There is no shift {number}; look the number up on a slip.",
            "没有第 {number} 班；请在交班单上查看班次。",
            "沒有第 {number} 班；請在交班單上查看班次。",
        ),
        "slip_deed_unknown": (
            "Something in this shift is of a kind the slip does not know; have the program updated.",
            "本班次中有交班单不认识的记录；请更新程序。",
            "本班次中有交班單不認識的紀錄；請更新程式。",
        ),
    }
)

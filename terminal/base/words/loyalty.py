"""Refusals of points and levels in words: code -> English, Simplified Chinese, Traditional Chinese."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str, str]] = {
    "growth_unknown": (
        "{growth} is no way to count growth; choose one of those listed in the set-up file.",
        "{growth} 不是一种成长值算法；请在设置文件中选用列出的算法。",
        "{growth} 不是一種成長值算法；請在設定檔中選用列出的算法。",
    ),
    "level_grant_ended": (
        "The last day of this level, {until}, is past; choose a later date.",
        "该等级的截止日期 {until} 已过；请选择更晚的日期。",
        "該等級的截止日期 {until} 已過；請選擇更晚的日期。",
    ),
    "level_outgrown": (
        "Growth reaches {level} already, so that stays; add --lock to keep the other one.",
        "成长值已达到 {level}，因此仍为该等级；如要保持所填等级，请加上 --lock。",
        "成長值已達到 {level}，因此仍為該等級；如要維持所填等級，請加上 --lock。",
    ),
    "level_reason_long": (
        "The reason is too long; {most} characters on one line are enough.",
        "原因太长；请用一行填写，不要超过 {most} 个字。",
        "原因太長；請用一行填寫，不要超過 {most} 個字。",
    ),
    "level_reason_missing": (
        "A level set by hand needs a reason; give one with --reason.",
        "手动设定等级须填写原因；请用 --reason 说明。",
        "手動設定等級須填寫原因；請用 --reason 說明。",
    ),
    "level_unknown": (
        "There is no level {level}; choose one of the shop's levels.",
        "没有等级 {level}；请选择本店已有的等级。",
        "沒有等級 {level}；請選擇本店已有的等級。",
    ),
    "points_amount_bad": (
        "{amount_fen} is no amount that points can be earned on; check the lines and payments of the bill.",
        "{amount_fen} 不是可以计算积分的金额；请检查单据的项目和付款。",
        "{amount_fen} 不是可以計算點數的金額；請檢查帳單的項目和付款。",
    ),
    "points_count_bad": (
        "A number of points cannot be below zero; check it and try again.",
        "积分数不能小于零；请检查后再试。",
        "點數不能小於零；請檢查後再試。",
    ),
    "points_not_enough": (
        "{missing} points are missing; the member may spend {points}.",
        "还差 {missing} 积分；会员目前可用 {points} 积分。",
        "還差 {missing} 點；會員目前可用 {points} 點。",
    ),
    "points_refund_bad": (
        "More would be given back than there was; check what is being refunded.",
        "退回的部分多于原有的部分；请检查退款内容。",
        "退回的部分多於原有的部分；請檢查退款內容。",
    ),
    "points_shares_unequal": (
        "The payments ({payments_fen}) do not add up to the lines ({lines_fen}); check the bill.",
        "付款合计（{payments_fen}）与项目合计（{lines_fen}）不符；请检查单据。",
        "付款合計（{payments_fen}）與項目合計（{lines_fen}）不符；請檢查帳單。",
    ),
    "reward_all_taken": (
        "Only {left} of this reward are left for everybody; choose fewer or another one.",
        "此奖励总共只剩 {left} 份；请减少数量或换一种。",
        "此獎勵總共只剩 {left} 份；請減少數量或換一種。",
    ),
    "reward_day_limit": (
        "The member can take {left} more of this reward today; choose fewer or come back tomorrow.",
        "会员今天还可兑换 {left} 份；请减少数量或明天再来。",
        "會員今天還可兌換 {left} 份；請減少數量或明天再來。",
    ),
    "reward_member_limit": (
        "The member can take {left} more of this reward; choose fewer or another one.",
        "会员还可兑换此奖励 {left} 份；请减少数量或换一种。",
        "會員還可兌換此獎勵 {left} 份；請減少數量或換一種。",
    ),
    "reward_no_cash": (
        "Points are not exchanged for cash here; choose another reward.",
        "本店积分不能兑换现金；请选择其他奖励。",
        "本店點數不能兌換現金；請選擇其他獎勵。",
    ),
    "reward_quantity_bad": (
        "The quantity must be 1 to {most}.",
        "数量必须是 1 到 {most}。",
        "數量必須是 1 到 {most}。",
    ),
    "reward_unknown": (
        "This reward is not offered; choose one from the list.",
        "没有这种奖励；请从列表中选择。",
        "沒有這種獎勵；請從列表中選擇。",
    ),
    "reward_wrong_channel": (
        "This reward is not given out here; ask at the counter.",
        "此奖励不能在这里兑换；请到柜台咨询。",
        "此獎勵不能在這裡兌換；請到櫃檯詢問。",
    ),
    "reward_wrong_level": (
        "This reward is for other member levels; choose another one.",
        "此奖励面向其他会员等级；请换一种。",
        "此獎勵適用於其他會員等級；請換一種。",
    ),
    "reward_wrong_store": (
        "This reward is given out in other stores; choose another one.",
        "此奖励只在其他门店兑换；请换一种。",
        "此獎勵只在其他門市兌換；請換一種。",
    ),
    "reward_wrong_time": (
        "This reward is not given out at this time; come back on its days and hours.",
        "现在不是此奖励的兑换时间；请在规定的日期和时段再来。",
        "現在不是此獎勵的兌換時間；請在規定的日期和時段再來。",
    ),
}

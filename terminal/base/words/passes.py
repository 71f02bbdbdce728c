"""Refusals of passes in words: code -> English, Simplified Chinese, Traditional Chinese."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str, str]] = {
    "pass_daily_limit": (
        "This pass may be used {limit} times a day, and that would be more; use the rest on another day.",
        "此卡每天可用 {limit} 次，这样会超过；其余请改天使用。",
        "此卡每天可用 {limit} 次，這樣會超過；其餘請改天使用。",
    ),
    "pass_expired": (
        "This pass ended on {ended_on}; it can be extended, or refunded by its terms.",
        "此卡已于 {ended_on} 到期；可以延期，或按条款退款。",
        "此卡已於 {ended_on} 到期；可以延期，或按條款退款。",
    ),
    "pass_extension_bad": (
        "The new end must be today or later and after {ended_on}; choose another date.",
        "新的截止日期不能早于今天，并且要晚于 {ended_on}；请另选日期。",
        "新的截止日期不能早於今天，並且要晚於 {ended_on}；請另選日期。",
    ),
    "pass_extension_needless": (
        "This pass has no end yet; there is nothing to extend.",
        "此卡目前没有截止日期，不需要延期。",
        "此卡目前沒有截止日期，不需要延期。",
    ),
    "pass_freeze_dates": (
        "A pause begins today or later and cannot end before it begins; choose other dates.",
        "暂停最早从今天开始，结束日期不能早于开始日期；请另选日期。",
        "暫停最早從今天開始，結束日期不能早於開始日期；請另選日期。",
    ),
    "pass_freeze_days": (
        "This pass can be paused for {left} more days; choose a shorter pause.",
        "此卡还可暂停 {left} 天；请缩短暂停时间。",
        "此卡還可暫停 {left} 天；請縮短暫停時間。",
    ),
    "pass_freeze_needless": (
        "This pass has no end yet that a pause could move; it need not be paused.",
        "此卡目前没有可以顺延的截止日期，不需要暂停。",
        "此卡目前沒有可以順延的截止日期，不需要暫停。",
    ),
    "pass_freeze_off": (
        "The terms of this pass allow no pause; the manager can extend it instead.",
        "此卡的条款不允许暂停；可由店长办理延期。",
        "此卡的條款不允許暫停；可由店長辦理延期。",
    ),
    "pass_freeze_overlaps": (
        "This pass is already paused on some of these days; choose other dates.",
        "其中有些日期此卡已经暂停；请另选日期。",
        "其中有些日期此卡已經暫停；請另選日期。",
    ),
    "pass_freeze_times": (
        "This pass may be paused {times} times, and was; the manager can extend it instead.",
        "此卡最多可暂停 {times} 次，已经用完；可由店长办理延期。",
        "此卡最多可暫停 {times} 次，已經用完；可由店長辦理延期。",
    ),
    "pass_frozen": (
        "This pass is paused until {until}; end the pause first to use it.",
        "此卡暂停到 {until}；要使用请先恢复。",
        "此卡暫停到 {until}；要使用請先恢復。",
    ),
    "pass_not_frozen": (
        "This pass is not paused, and no pause is planned; nothing was changed.",
        "此卡没有暂停，也没有预定暂停；没有任何改动。",
        "此卡沒有暫停，也沒有預定暫停；沒有任何改動。",
    ),
    "pass_not_holder": (
        "This pass belongs to somebody else and is not shared with this member; choose another one.",
        "此卡属于他人，也没有与这位会员共享；请换一张。",
        "此卡屬於他人，也沒有與這位會員共用；請換一張。",
    ),
    "pass_not_shared": (
        "This pass is not shared with this person; nothing was changed.",
        "此卡没有与这个人共享；没有任何改动。",
        "此卡沒有與這個人共用；沒有任何改動。",
    ),
    "pass_not_started": (
        "This pass begins on {starts_on}; choose that day or a later one.",
        "此卡从 {starts_on} 开始有效；请选择当天或以后的日期。",
        "此卡從 {starts_on} 開始有效；請選擇當天或以後的日期。",
    ),
    "pass_not_transferable": (
        "The terms of this pass allow no other holder; it can be refunded by them.",
        "此卡的条款不允许转让；可以按条款退款。",
        "此卡的條款不允許轉讓；可以按條款退款。",
    ),
    "pass_price_bad": (
        "{price_fen} cannot be the price of a pass; check it and try again.",
        "{price_fen} 不能作为此卡的价格；请检查后再试。",
        "{price_fen} 不能作為此卡的價格；請檢查後再試。",
    ),
    "pass_refund_agree": (
        "The refund of a period pass is as agreed; enter an amount of at most {most_fen}.",
        "期限卡的退款金额由双方约定；请输入不超过 {most_fen} 的金额。",
        "期限卡的退款金額由雙方約定；請輸入不超過 {most_fen} 的金額。",
    ),
    "pass_same_holder": (
        "The pass belongs to this member already; nothing was changed.",
        "此卡本来就属于这位会员；没有任何改动。",
        "此卡本來就屬於這位會員；沒有任何改動。",
    ),
    "pass_share_full": (
        "This pass may be shared with {most} persons; end the sharing with one of them first.",
        "此卡最多可与 {most} 人共享；请先取消其中一人。",
        "此卡最多可與 {most} 人共用；請先取消其中一人。",
    ),
    "pass_shared_already": (
        "This person may use the pass already; nothing was changed.",
        "这个人已经可以使用此卡；没有任何改动。",
        "這個人已經可以使用此卡；沒有任何改動。",
    ),
    "pass_start_bad": (
        "This pass cannot begin on that day; leave the date out or choose today or later.",
        "此卡不能从那一天开始；请不填日期，或选择今天及以后的日期。",
        "此卡不能從那一天開始；請不填日期，或選擇今天及以後的日期。",
    ),
    "pass_terms_bad": (
        "The terms of this pass have a mistake at {key}; correct the set-up file first.",
        "此卡的条款在 {key} 处有误；请先更正设置文件。",
        "此卡的條款在 {key} 處有誤；請先更正設定檔。",
    ),
    "pass_used_bad": (
        "The sessions or days used are not those of this pass; check them and try again.",
        "已用的次数或天数与此卡不符；请检查后再试。",
        "已用的次數或天數與此卡不符；請檢查後再試。",
    ),
    "pass_used_up": (
        "This pass has {left} sessions of this service left; use fewer or pay for them.",
        "此卡的这项服务还剩 {left} 次；请减少次数或另行付款。",
        "此卡的這項服務還剩 {left} 次；請減少次數或另行付款。",
    ),
    "pass_wrong_service": (
        "This pass is not for this service; choose another pass or pay for it.",
        "此卡不包含这项服务；请换一张卡或另行付款。",
        "此卡不包含這項服務；請換一張卡或另行付款。",
    ),
    "pass_wrong_store": (
        "This pass is for other stores; choose another pass or pay for the service.",
        "此卡只在其他门店使用；请换一张卡或另行付款。",
        "此卡只在其他門市使用；請換一張卡或另行付款。",
    ),
    "pass_wrong_time": (
        "This pass may not be used at this time; come on its days and hours, or pay for the service.",
        "现在不是此卡的可用时段；请在规定的日期和时段再来，或另行付款。",
        "現在不是此卡的可用時段；請在規定的日期和時段再來，或另行付款。",
    ),
    "session_count_bad": (
        "The number of sessions must be 1 to {most}.",
        "次数必须是 1 到 {most}。",
        "次數必須是 1 到 {most}。",
    ),
    "session_not_reserved": (
        "Only {reserved} sessions were reserved at check-in; enter no more, or ring up the others apart.",
        "签到时只预留了 {reserved} 次；请不要超过，其余请另外开单。",
        "報到時只預留了 {reserved} 次；請不要超過，其餘請另外開單。",
    ),
}

"""Words for what is wrong with a shop's rules, behind the key they stand at: a part of the words for set-up files."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "setup_above": ("is above {other}", "高于 {other}", "高於 {other}"),
        "setup_above_card_limit": (
            "is above {most} yuan, the most a card may hold by law; an individual business sets individual = true",
            "高于 {most} 元，这是法规允许单张卡的限额；个体工商户不受此限，请在 [purse] 设置 individual = true",
            "高於 {most} 元，這是法規允許單張卡的限額；個體工商戶不受此限，請在 [purse] 設定 individual = true",
        ),
        "setup_amounts_missing": (
            "is empty; a shop that takes no free amounts must list some",
            "是空的；不收任意金额的店铺必须列出金额",
            "是空的；不收任意金額的店鋪必須列出金額",
        ),
        "setup_cash_not_allowed": (
            "is cash, which is not allowed; set cash = true or take the reward out",
            "是现金，但未开放；请设置 cash = true 或删去这一项",
            "是現金，但未開放；請設定 cash = true 或刪去這一項",
        ),
        "setup_cooling_off_short": (
            "is {found}; the law gives {days} days, and the shop cannot give less",
            "是 {found}；法律规定 {days} 天，店铺不能更少",
            "是 {found}；法律規定 {days} 天，店鋪不能更少",
        ),
        "setup_empty": ("is empty", "不能为空", "不能為空"),
        "setup_ends_before_opened": (
            "ends the bonus before its last part opens",
            "会在最后一期发放之前让赠送金到期",
            "會在最後一期發放之前讓贈送金到期",
        ),
        "setup_ends_first": ("is before the day on which it begins", "早于开始的日期", "早於開始的日期"),
        "setup_freeze_endless": (
            "moves an end, and this pass has none",
            "会顺延到期日，但此卡没有到期日",
            "會順延到期日，但此卡沒有到期日",
        ),
        "setup_freeze_half": (
            "must give both how often and for how many days, or neither",
            "必须同时写明次数和天数，或都不写",
            "必須同時寫明次數和天數，或都不寫",
        ),
        "setup_gift": (
            "must each have a code and a count from 1 to {most}",
            "每一项都要有编号和 1 到 {most} 的数量",
            "每一項都要有編號和 1 到 {most} 的數量",
        ),
        "setup_gives_nothing": ("gives nothing", "什么也不送", "什麼也不送"),
        "setup_lacks_other_tills": (
            "needs to know what happens at other tills, which comes with the connection to the cloud",
            "需要知道其他收银机上的情况，要等接入云端后才能使用",
            "需要知道其他收銀機上的情況，要等接入雲端後才能使用",
        ),
        "setup_lacks_providers": (
            "needs to know who paid, which comes with the connection to payment providers",
            "需要知道付款人是谁，要等接入支付渠道后才能使用",
            "需要知道付款人是誰，要等接入支付管道後才能使用",
        ),
        "setup_level_gift": (
            "must name a level and 1 to {most} months",
            "必须写明等级和 1 到 {most} 个月",
            "必須寫明等級和 1 到 {most} 個月",
        ),
        "setup_name_empty": ("has one without a name of its own", "有一项没有自己的名称", "有一項沒有自己的名稱"),
        "setup_name_twice": (
            "has {name} twice; every one must be different",
            "中 {name} 出现了两次；每一项都必须不同",
            "中 {name} 出現了兩次；每一項都必須不同",
        ),
        "setup_never_holds": (
            "never hold: no day is in it",
            "永远不成立：没有一天在其中",
            "永遠不成立：沒有一天在其中",
        ),
        "setup_no_limit": (
            "is allowed or not, and has no limit",
            "只能允许或不允许，没有限额",
            "只能允許或不允許，沒有限額",
        ),
        "setup_no_provider": ("is no payment provider", "不是支付渠道", "不是支付管道"),
        "setup_not_every_year": (
            "must be a month and a day that come every year, such as [3, 1]",
            "必须是每年都有的月和日，例如 [3, 1]",
            "必須是每年都有的月和日，例如 [3, 1]",
        ),
        "setup_not_one_of": (
            "is {found}; it must be one of {choices}",
            "是 {found}；必须是其中之一：{choices}",
            "是 {found}；必須是其中之一：{choices}",
        ),
        "setup_not_rising": (
            "must rise from one to the next, lowest first",
            "必须从低到高，逐项上升",
            "必須從低到高，逐項上升",
        ),
        "setup_offers_meet": (
            "{one} and {other} can hold at once; give one of them a higher priority",
            "中 {one} 和 {other} 会同时成立；请给其中一个更高的 priority",
            "中 {one} 和 {other} 會同時成立；請給其中一個更高的 priority",
        ),
        "setup_only_discounts": ("is for discounts only", "只能用于折扣券", "只能用於折扣券"),
        "setup_out_of_range": (
            "is {found}; it must be {least} to {most}",
            "是 {found}；必须在 {least} 到 {most} 之间",
            "是 {found}；必須在 {least} 到 {most} 之間",
        ),
        "setup_pass_counts_days": (
            "counts sessions, and a time pass has none",
            "写了次数，但期限卡不计次数",
            "寫了次數，但期限卡不計次數",
        ),
        "setup_pass_imported": (
            "is for passes of one count of sessions only",
            "只适用于单一次数的次卡",
            "只適用於單一次數的次數卡",
        ),
        "setup_pass_items": ("must name at least one item", "必须至少写明一个项目", "必須至少寫明一個項目"),
        "setup_pass_parts": (
            "must be one, or several in a course pass",
            "只能有一项；疗程卡可以有多项",
            "只能有一項；療程卡可以有多項",
        ),
        "setup_pass_sessions": ("must have 1 to {most} sessions", "必须有 1 到 {most} 次", "必須有 1 到 {most} 次"),
        "setup_pass_too_cheap": (
            "must be at least a fen for each session or day",
            "平均每次或每天至少 1 分",
            "平均每次或每天至少 1 分",
        ),
        "setup_pass_without_days": (
            "is first_use, but there are no days to count from it",
            "是 first_use，但没有可以起算的天数",
            "是 first_use，但沒有可以起算的天數",
        ),
        "setup_price_beside_rate": (
            "stands beside a rate; an offer is one of the two",
            "和折扣同时出现；一个优惠只能是其中一种",
            "和折扣同時出現；一個優惠只能是其中一種",
        ),
        "setup_price_contradicts": (
            "contradicts {other} for {items}",
            "与 {other} 对 {items} 的价格矛盾",
            "與 {other} 對 {items} 的價格矛盾",
        ),
        "setup_price_without_items": (
            "must name items, and nothing else, for one price",
            "一口价只能写明具体项目",
            "一口價只能寫明具體項目",
        ),
        "setup_principal_left": (
            "needs the spend order proportional or principal_first",
            "需要 spend_order 为 proportional 或 principal_first",
            "需要 spend_order 為 proportional 或 principal_first",
        ),
        "setup_reward_thing": (
            "must name the item or coupon, and no value",
            "必须写明项目或优惠券，不写金额",
            "必須寫明項目或優惠券，不寫金額",
        ),
        "setup_reward_value": (
            "must be an amount above 0, and no item named",
            "必须是大于 0 的金额，不写项目",
            "必須是大於 0 的金額，不寫項目",
        ),
        "setup_round_off": (
            'must be "0.01" (nothing is cut), "0.10" or "1.00"',
            '必须是 "0.01"（不抹零）、"0.10" 或 "1.00"',
            '必須是 "0.01"（不去尾數）、"0.10" 或 "1.00"',
        ),
        "setup_same_conditions": ("is for the same as {other}", "与 {other} 的条件相同", "與 {other} 的條件相同"),
        "setup_stages": (
            "must begin at 0 and rise from one to the next",
            "必须从 0 开始，逐项上升",
            "必須從 0 開始，逐項上升",
        ),
        "setup_staff_name": (
            "must be a name of 1 to {most} characters",
            "必须是 1 到 {most} 个字的姓名",
            "必須是 1 到 {most} 個字的姓名",
        ),
        "setup_taken": (
            "is {found}, which another one has",
            "是 {found}，已被另一项使用",
            "是 {found}，已被另一項使用",
        ),
        "setup_takes_nothing_off": ("takes nothing off", "没有任何优惠", "沒有任何優惠"),
        "setup_threshold_low": ("is below what is taken off", "低于减免的金额", "低於減免的金額"),
        "setup_threshold_needed": ("needs a threshold", "需要写明门槛 threshold", "需要寫明門檻 threshold"),
        "setup_tier_above_most": (
            "is above {most} yuan, the most that is taken",
            "高于最多可充的 {most} 元",
            "高於最多可儲的 {most} 元",
        ),
        "setup_tiers_fall": (
            "give less from {paid} yuan on than the tier from {less} yuan on",
            "从 {paid} 元起，比从 {less} 元起的一档送得更少",
            "從 {paid} 元起，比從 {less} 元起的一檔送得更少",
        ),
        "setup_tiers_from_zero": ("must begin with one above 0", "第一档必须从 0 开始", "第一檔必須從 0 開始"),
        "setup_tiers_too_much": (
            "give more than {most} yuan of bonus or {points} points, the most a book holds",
            "送出的赠送金超过 {most} 元或积分超过 {points}，账本放不下",
            "送出的贈送金超過 {most} 元或積分超過 {points}，帳本放不下",
        ),
        "setup_unknown": (
            "names {name}, which is nowhere in this file",
            "提到 {name}，但文件里没有",
            "提到 {name}，但檔案裡沒有",
        ),
    }
)

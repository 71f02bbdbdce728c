"""Words for the life of cards, for second factors and for the member QR: English, Simplified, Traditional Chinese."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str, str]] = {
    "card_fee_absurd": (
        "A card fee or deposit is at most 1,000 yuan; correct the amount.",
        "卡的工本费或押金最多 1,000 元；请更正金额。",
        "卡片的工本費或押金最多 1,000 元；請更正金額。",
    ),
    "card_fee_negative": (
        "A card fee or deposit is 0 or more; correct the amount.",
        "卡的工本费或押金不能小于 0；请更正金额。",
        "卡片的工本費或押金不能小於 0；請更正金額。",
    ),
    "factor_amount": (
        "This amount cannot be spent; enter an amount above 0.",
        "这个金额无法使用；请输入大于 0 的金额。",
        "這個金額無法使用；請輸入大於 0 的金額。",
    ),
    "factor_confirm": (
        "The cashier compares the end of the telephone number or the photo and confirms.",
        "请收银员核对手机尾号或照片后确认。",
        "請收銀員核對手機末碼或照片後確認。",
    ),
    "factor_confirm_photo": (
        "The cashier compares the photo and confirms.",
        "请收银员核对照片后确认。",
        "請收銀員核對照片後確認。",
    ),
    "factor_identifies_only": (
        "This says who the member is and proves nothing; compare the photo, then add --confirmed photo.",
        "这只能说明会员是谁，不能作为凭证；请核对照片，再加上 --confirmed photo。",
        "這只能說明會員是誰，不能作為憑證；請核對照片，再加上 --confirmed photo。",
    ),
    "factor_limit_absurd": (
        "A limit without a second factor is at most 50,000 yuan; correct the amount.",
        "免验证限额最多 50,000 元；请更正金额。",
        "免驗證限額最多 50,000 元；請更正金額。",
    ),
    "factor_limit_negative": (
        "A limit without a second factor is 0 or more; correct the amount.",
        "免验证限额不能小于 0；请更正金额。",
        "免驗證限額不能小於 0；請更正金額。",
    ),
    "factor_limit_order": (
        "A card that can be copied may not spend more than one that cannot; lower its limit.",
        "可被复制的卡，限额不能高于加密卡；请调低。",
        "可被複製的卡，限額不能高於加密卡；請調低。",
    ),
    "factor_member_qr": (
        "Show the member QR on the telephone.",
        "请出示手机上的会员码。",
        "請出示手機上的會員碼。",
    ),
    "factor_no_phone": (
        "No telephone number is kept of this member, so its end proves nothing; compare the photo.",
        "这位会员没有登记手机号，不能核对尾号；请核对照片。",
        "這位會員沒有登記手機號碼，不能核對末碼；請核對照片。",
    ),
    "factor_one_time_code": (
        "Give the code that was sent to the telephone.",
        "请告知发到手机的验证码。",
        "請告知傳到手機的驗證碼。",
    ),
    "factor_pin": ("Enter the member's PIN.", "请输入会员密码。", "請輸入會員密碼。"),
    "factor_pin_locked": (
        "The PIN is locked for now after too many wrong tries.",
        "密码错误次数过多，暂时锁定。",
        "密碼錯誤次數過多，暫時鎖定。",
    ),
    "factor_private": (
        "These are the member's private data; enter the PIN first.",
        "这是会员的个人信息；请先输入密码。",
        "這是會員的個人資料；請先輸入密碼。",
    ),
    "factor_staff": (
        "Please ask a member of the staff for help.",
        "请找店员帮忙。",
        "請找店員協助。",
    ),
    "factor_tap_bill": (
        "With the card alone a bill may be up to {limit_fen}; for more, something else has to be shown.",
        "只凭卡每单最多 {limit_fen}；超过时请再提供一项验证。",
        "只憑卡每單最多 {limit_fen}；超過時請再提供一項驗證。",
    ),
    "factor_tap_card": ("Lay the member card on the reader.", "请刷会员卡。", "請感應會員卡。"),
    "factor_tap_day": (
        "With the card alone {left_fen} of {limit_fen} are left today; for more, something else has to be shown.",
        "今天只凭卡还可用 {left_fen}（每天最多 {limit_fen}）；超过时请再提供一项验证。",
        "今天只憑卡還可用 {left_fen}（每天最多 {limit_fen}）；超過時請再提供一項驗證。",
    ),
    "factor_uid_bill": (
        "By the card's number alone a bill may be up to {limit_fen}; for more, something else has to be shown.",
        "只凭卡号每单最多 {limit_fen}；超过时请再提供一项验证。",
        "只憑卡號每單最多 {limit_fen}；超過時請再提供一項驗證。",
    ),
    "factor_uid_day": (
        "By the card's number alone {left_fen} of {limit_fen} are left today; for more, show something else.",
        "今天只凭卡号还可用 {left_fen}（每天最多 {limit_fen}）；超过时请再提供一项验证。",
        "今天只憑卡號還可用 {left_fen}（每天最多 {limit_fen}）；超過時請再提供一項驗證。",
    ),
    "factor_unknown": (
        "This way of proving oneself is not known here; try another one.",
        "这里不认识这种验证方式；请换一种。",
        "這裡不認識這種驗證方式；請換一種。",
    ),
    "factor_view": (
        "The balance is shown as show, tap or pin; choose one of them.",
        "余额显示方式为 show、tap 或 pin；请选择其一。",
        "餘額顯示方式為 show、tap 或 pin；請選擇其一。",
    ),
    "medium_absent": (
        "The card itself has to be here; lay it on the reader.",
        "需要卡片在场；请把卡放在读卡器上。",
        "需要卡片在場；請把卡放在讀卡機上。",
    ),
    "medium_active": (
        "This card is in use already; nothing was changed.",
        "这张卡正在使用；没有任何改动。",
        "這張卡正在使用；沒有任何改動。",
    ),
    "medium_anonymous": (
        "This card has no known holder, so it cannot be reported lost or replaced; register it to a member first.",
        "这是不记名卡，不能挂失或补卡；请先登记到会员名下。",
        "這是不記名卡，不能掛失或補發；請先登記到會員名下。",
    ),
    "medium_blacklisted": (
        "This card was blocked by the shop; please ask the manager.",
        "这张卡已被本店停用；请找店长。",
        "這張卡已被本店停用；請找店長。",
    ),
    "medium_blank": (
        "This card has not been issued yet; issue it to a member first.",
        "这张卡还没有发出；请先发给会员。",
        "這張卡還沒有發出；請先發給會員。",
    ),
    "medium_deposit_elsewhere": (
        "Another shop of the chain holds this card's deposit now; take the card back there, or when it has come back.",
        "这张卡的押金目前由其他门店保管；请到那里退卡，或等押金转回后再办。",
        "這張卡的押金目前由其他門市保管；請到那裡退卡，或等押金轉回後再辦。",
    ),
    "medium_event": (
        "This cannot be done with a card; nothing was changed.",
        "卡片没有这种操作；没有任何改动。",
        "卡片沒有這種操作；沒有任何改動。",
    ),
    "medium_frozen": (
        "This card was reported lost; cancel the report or replace the card first.",
        "这张卡已挂失；请先解挂或补卡。",
        "這張卡已掛失；請先解除掛失或補發。",
    ),
    "medium_identity_needed": (
        "Check who it is first: a document, or the code sent to the telephone.",
        "请先核实身份：证件，或发到手机的验证码。",
        "請先核實身分：證件，或傳到手機的驗證碼。",
    ),
    "medium_in_use": (
        "This card still belongs to a member; only a replaced or returned one can be issued again.",
        "这张卡仍属于一位会员；只有补卡后或退卡后的卡才能重新发出。",
        "這張卡仍屬於一位會員；只有補發後或退卡後的卡才能重新發出。",
    ),
    "medium_manager_only": ("This needs the manager.", "这需要店长操作。", "這需要店長操作。"),
    "medium_named": (
        "This card is registered to a member already.",
        "这张卡已经登记在会员名下。",
        "這張卡已經登記在會員名下。",
    ),
    "medium_no_account": (
        "Choose the member whom the card is for.",
        "请选择卡片要发给哪位会员。",
        "請選擇卡片要發給哪位會員。",
    ),
    "medium_pin_needed": ("Enter the member's PIN first.", "请先输入会员密码。", "請先輸入會員密碼。"),
    "medium_replace_limit": (
        "The account holds {limit_fen} or more; the manager has to replace this card.",
        "账户余额达到 {limit_fen}；补卡需要店长操作。",
        "帳戶餘額達到 {limit_fen}；補發需要店長操作。",
    ),
    "medium_retired": (
        "This card was handed in and is no longer used.",
        "这张卡已交回，不再使用。",
        "這張卡已交回，不再使用。",
    ),
    "medium_same_identity": (
        "This card was known by the same key or number before; write a new key to it, or take another card.",
        "这张卡以前用过相同的密钥或卡号；请写入新密钥，或换一张卡。",
        "這張卡以前用過相同的金鑰或卡號；請寫入新金鑰，或換一張卡。",
    ),
    "medium_several": (
        "More than one card fits; take a number from terminal media list and give it with --medium.",
        "符合的卡不止一张；请用 terminal media list 查出编号，再用 --medium 指定。",
        "符合的卡不只一張；請用 terminal media list 查出編號，再用 --medium 指定。",
    ),
    "medium_staff_only": ("This is done at the counter.", "请到柜台办理。", "請到櫃檯辦理。"),
    "medium_unknown": (
        "No card has this number here; check it, or look the member up.",
        "这里没有这个卡号；请核对，或按会员查找。",
        "這裡沒有這個卡號；請核對，或按會員查找。",
    ),
    "member_pin_bad": (
        "A PIN is 4 to 6 digits; choose another one.",
        "密码为 4 至 6 位数字；请重新设定。",
        "密碼為 4 至 6 位數字；請重新設定。",
    ),
    "member_pin_differs": (
        "The two PINs are not the same; nothing was changed.",
        "两次输入的密码不一样；没有任何改动。",
        "兩次輸入的密碼不一樣；沒有任何改動。",
    ),
    "member_pin_locked": (
        "The PIN was wrong too often; it can be tried again in {minutes} minutes.",
        "密码错误次数过多；请在 {minutes} 分钟后再试。",
        "密碼錯誤次數過多；請在 {minutes} 分鐘後再試。",
    ),
    "member_pin_locked_today": (
        "The PIN was wrong too often; it cannot be tried here again today. The staff can help.",
        "密码错误次数过多；今天不能再在这里使用密码。请找店员帮忙。",
        "密碼錯誤次數過多；今天不能再在這裡使用密碼。請找店員協助。",
    ),
    "member_pin_missing": (
        "This member has no PIN yet; the staff can set one up, or take something else as proof.",
        "这位会员还没有设密码；请前台协助设定，或换一种验证方式。",
        "這位會員還沒有設定密碼；請櫃檯協助設定，或換一種驗證方式。",
    ),
    "member_pin_wrong": (
        "The PIN is wrong; it can be tried {left} more times.",
        "密码不对；还可以试 {left} 次。",
        "密碼不對；還可以試 {left} 次。",
    ),
    "member_qr_early": (
        "This code comes from the future: the clock of this terminal is slow; check it.",
        "这个会员码的时间晚于本机：本机时钟偏慢；请检查。",
        "這個會員碼的時間晚於本機：本機時鐘偏慢；請檢查。",
    ),
    "member_qr_expired": (
        "This code has run out, it lives {life_s} seconds; show a new one.",
        "会员码已过期（有效 {life_s} 秒）；请刷新后再出示。",
        "會員碼已過期（有效 {life_s} 秒）；請重新整理後再出示。",
    ),
    "member_qr_forged": (
        "This code was not made by this shop; please ask the staff.",
        "这个会员码不是本店生成的；请找店员。",
        "這個會員碼不是本店產生的；請找店員。",
    ),
    "member_qr_key_unknown": (
        "This terminal does not know the key of this code yet; connect it, or use the card.",
        "本机还没有这个会员码的密钥；请联网，或改用会员卡。",
        "本機還沒有這個會員碼的金鑰；請連線，或改用會員卡。",
    ),
    "member_qr_malformed": (
        "This member code is damaged; show a new one.",
        "这个会员码不完整；请刷新后再出示。",
        "這個會員碼不完整；請重新整理後再出示。",
    ),
    "member_qr_replayed": (
        "This code was used already; show a new one.",
        "这个会员码已用过；请刷新后再出示。",
        "這個會員碼已用過；請重新整理後再出示。",
    ),
    "pin_locked": (
        "This PIN was wrong too often; it can be tried again in {minutes} minutes.",
        "密码错误次数过多；请在 {minutes} 分钟后再试。",
        "密碼錯誤次數過多；請在 {minutes} 分鐘後再試。",
    ),
    "pin_wrong": (
        "The PIN is wrong; it can be tried {left} more times. Nothing was changed.",
        "密码不对；还可以试 {left} 次。没有任何改动。",
        "密碼不對；還可以試 {left} 次。沒有任何改動。",
    ),
    "staff_unknown": (
        "Nobody of this name works here; check the name.",
        "没有这位店员；请核对姓名。",
        "沒有這位店員；請核對姓名。",
    ),
}
# What `terminal media` says.
PHRASES: dict[str, tuple[str, str, str]] = {
    "nothing": ("There is no card.", "没有卡。", "沒有卡。"),
    "pin": ("PIN of {name}: ", "{name} 的密码：", "{name} 的密碼："),
    "new_pin": ("New PIN of the member: ", "会员的新密码：", "會員的新密碼："),
    "new_pin_again": ("The same once more: ", "再输入一次：", "再輸入一次："),
    "ask_pin_reset": (
        "The PIN of {name} is taken away; a new one can be set afterwards.",
        "将清除 {name} 的密码；之后可以重新设定。",
        "將清除 {name} 的密碼；之後可以重新設定。",
    ),
    "done_pin_set": (
        "The member's PIN is set. Entry {entry}.",
        "会员密码已设定。记录 {entry}。",
        "會員密碼已設定。紀錄 {entry}。",
    ),
    "done_pin_reset": (
        "The member's PIN is gone. Entry {entry}.",
        "会员密码已清除。记录 {entry}。",
        "會員密碼已清除。紀錄 {entry}。",
    ),
    "type_back": ("To go on, type {word}: ", "若要继续，请输入 {word}：", "若要繼續，請輸入 {word}："),
    "ask_issue": (
        "A new card is issued to {name}.",
        "将给 {name} 发一张新卡。",
        "將給 {name} 發一張新卡。",
    ),
    "ask_replace_medium": (
        "Card {card} of {name} is replaced and never works again.",
        "{name} 的卡 {card} 将补成新卡，旧卡永久作废。",
        "{name} 的卡 {card} 將補發新卡，舊卡永久作廢。",
    ),
    "ask_exchange_medium": (
        "Card {card} of {name} is exchanged: take the old one in, it never works again.",
        "{name} 的卡 {card} 将换成新卡；请收回旧卡，它永久作废。",
        "{name} 的卡 {card} 將換成新卡；請收回舊卡，它永久作廢。",
    ),
    "ask_blacklist": (
        "Card {card} of {name} is blocked for good.",
        "{name} 的卡 {card} 将永久停用。",
        "{name} 的卡 {card} 將永久停用。",
    ),
    "ask_blacklist_number": (
        "This number is nobody's, and will never become a card.",
        "这个卡号不属于任何会员；停用后不能再发卡。",
        "這個卡號不屬於任何會員；停用後不能再發卡。",
    ),
    "ask_register": (
        "Card {card} is registered to {name}; from then on it can be reported lost, and belongs to nobody else.",
        "不记名卡 {card} 将登记到 {name} 名下；之后可以挂失，只属于该会员。",
        "不記名卡 {card} 將登記到 {name} 名下；之後可以掛失，只屬於該會員。",
    ),
    "ask_return_card": (
        "Card {card} of {name} is taken back and never works again; what the account holds stays where it is.",
        "将收回 {name} 的卡 {card}，该卡永久作废；账户里的余额不变。",
        "將收回 {name} 的卡 {card}，該卡永久作廢；帳戶裡的餘額不變。",
    ),
    "give_cash": ("Give {amount} back in cash.", "请退还现金 {amount}。", "請退還現金 {amount}。"),
    "take_cash": ("Take {amount} in cash.", "请收现金 {amount}。", "請收現金 {amount}。"),
    "done_issue": ("The card is issued. Entry {entry}.", "卡已发出。记录 {entry}。", "卡片已發出。紀錄 {entry}。"),
    "done_report_loss": (
        "The card is frozen from now on. Entry {entry}.",
        "卡已挂失，立即停用。记录 {entry}。",
        "卡片已掛失，立即停用。紀錄 {entry}。",
    ),
    "done_cancel_loss": (
        "The card works again. Entry {entry}.",
        "卡已解挂，恢复使用。记录 {entry}。",
        "卡片已解除掛失，恢復使用。紀錄 {entry}。",
    ),
    "done_replace_medium": (
        "The new card is issued, the old one is void. Entry {entry}.",
        "新卡已发出，旧卡作废。记录 {entry}。",
        "新卡已發出，舊卡作廢。紀錄 {entry}。",
    ),
    "done_exchange_medium": (
        "The new card is issued, the old one is void. Entry {entry}.",
        "新卡已发出，旧卡作废。记录 {entry}。",
        "新卡已發出，舊卡作廢。紀錄 {entry}。",
    ),
    "done_register": (
        "The card is in its member's name now. Entry {entry}.",
        "卡已登记到会员名下。记录 {entry}。",
        "卡片已登記到會員名下。紀錄 {entry}。",
    ),
    "done_return_card": (
        "The card is taken back. Entry {entry}.",
        "卡已收回。记录 {entry}。",
        "卡片已收回。紀錄 {entry}。",
    ),
    "done_blacklist": (
        "The card is blocked. Entry {entry}.",
        "卡已停用。记录 {entry}。",
        "卡片已停用。紀錄 {entry}。",
    ),
    "card": ("card", "卡", "卡片"),
    "code": ("code", "会员码", "會員碼"),
    "active": ("in use", "使用中", "使用中"),
    "frozen": ("reported lost", "已挂失", "已掛失"),
    "revoked": ("void", "已作废", "已作廢"),
    "retired": ("handed in", "已交回", "已交回"),
    "blacklisted": ("blocked", "已停用", "已停用"),
    "anonymous": ("nobody's name", "不记名", "不記名"),
}
LANGUAGES = ("en", "zh_CN", "zh_TW")


def phrase(name: str, language: str, /, **values: object) -> str:
    """Return a phrase of `PHRASES` in a language."""
    return PHRASES[name][LANGUAGES.index(language)].format(**values)

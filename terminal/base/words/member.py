"""Words for members' files, birthdays, duplicates, merging and erasing: English, Simplified, Traditional Chinese."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str, str]] = {
    "birthday_bad": (
        "There is no such birthday in {first} to {last}; check day, month and whether it is lunar.",
        "{first} 至 {last} 年没有这个生日；请检查月日，以及是否农历。",
        "{first} 至 {last} 年沒有這個生日；請檢查月日，以及是否農曆。",
    ),
    "brought_by_erased": (
        "Whoever is named as the one who brought this member was erased; name somebody else.",
        "所填介绍人的档案已经删除；请改填其他会员。",
        "所填介紹人的檔案已經刪除；請改填其他會員。",
    ),
    "brought_by_itself": (
        "Nobody brings themselves; name another member.",
        "介绍人不能是会员本人；请填其他会员。",
        "介紹人不能是會員本人；請填其他會員。",
    ),
    "calendar_year": (
        "The calendar here reaches from {first} to {last}; choose a date within.",
        "日历范围为 {first} 至 {last} 年；请选择其中的日期。",
        "日曆範圍為 {first} 至 {last} 年；請選擇其中的日期。",
    ),
    "consent_channel": (
        "Say by which channel the member agreed: counter, kiosk, app, paper, phone or import.",
        "请注明会员以何种方式同意：柜台、自助机、应用、纸质、电话或导入。",
        "請註明會員以何種方式同意：櫃檯、自助機、應用程式、紙本、電話或匯入。",
    ),
    "consent_date": (
        "This day is before the last entry about this consent; check the date.",
        "这个日期早于该项同意的上一条记录；请检查日期。",
        "這個日期早於該項同意的上一筆記錄；請檢查日期。",
    ),
    "consent_day": (
        "This is not a day such as 2026-01-31.",
        "这不是日期；请写成 2026-01-31 的形式。",
        "這不是日期；請寫成 2026-01-31 的形式。",
    ),
    "consent_future": (
        "A consent is of today or of an earlier day; check the date.",
        "同意的日期应为今天或更早；请检查日期。",
        "同意的日期應為今天或更早；請檢查日期。",
    ),
    "consent_kind": (
        "There is no such consent; choose marketing, photo, sharing in the chain or sensitive notes.",
        "没有这种同意项；请选择营销信息、照片、连锁共享或敏感备注。",
        "沒有這種同意項；請選擇行銷訊息、照片、連鎖共用或敏感備註。",
    ),
    "consent_missing": (
        "Allergies, formulas and other sensitive notes need the member's own consent; ask for it first.",
        "过敏、配方等敏感备注需要会员单独同意；请先征得同意。",
        "過敏、配方等敏感備註需要會員單獨同意；請先徵得同意。",
    ),
    "consent_not_given": (
        "This consent was not given, so there is nothing to withdraw.",
        "会员没有给过这项同意，无需撤回。",
        "會員沒有給過這項同意，無需撤回。",
    ),
    "consent_version": (
        "Name the version of the text that was agreed to, 1 to {chars} letters and digits.",
        "请注明所同意文本的版本，1 至 {chars} 个字母或数字。",
        "請註明所同意文本的版本，1 至 {chars} 個字母或數字。",
    ),
    "erase_done": (
        "This file was erased already.",
        "这份档案已经删除。",
        "這份檔案已經刪除。",
    ),
    "erase_lots": (
        "The member holds more than {most} different lots; refund them first, then erase.",
        "会员持有的批次超过 {most} 个；请先退款，再删除。",
        "會員持有的批次超過 {most} 個；請先退款，再刪除。",
    ),
    "erase_manager_only": (
        "Value is given up in the manager's name only; let the manager sign.",
        "放弃余额须由店长确认；请店长输入密码。",
        "放棄餘額須由店長確認；請店長輸入密碼。",
    ),
    "erase_open": (
        "The member has {bills} open bills or refunds; settle or drop them first.",
        "会员还有 {bills} 笔未结的账单或退款；请先处理。",
        "會員還有 {bills} 筆未結的帳單或退款；請先處理。",
    ),
    "erase_owed": (
        "The member owes {owed_fen}; settle it first.",
        "会员尚欠 {owed_fen}；请先结清。",
        "會員尚欠 {owed_fen}；請先結清。",
    ),
    "erase_pseudonym": (
        "A pseudonym is 4 to 12 capital letters and digits.",
        "化名为 4 至 12 位大写字母或数字。",
        "化名為 4 至 12 位大寫字母或數字。",
    ),
    "erase_sessions": (
        "The member has {sessions} sessions left; refund them or let them be given up first.",
        "会员还有 {sessions} 次未用；请先退款或由会员放弃。",
        "會員還有 {sessions} 次未用；請先退款或由會員放棄。",
    ),
    "erase_unremembered": (
        "The member is erased, but this was not noted: {reason}. Erase again after a backup is restored.",
        "会员已删除，但无法在数据库旁留下记录：{reason}。恢复备份后请再删除一次。",
        "會員已刪除，但無法在資料庫旁留下記錄：{reason}。還原備份後請再刪除一次。",
    ),
    "erase_value": (
        "The member's account still holds {value_fen}; return the card and pay it out first.",
        "会员账户还有 {value_fen}；请先退卡并付清。",
        "會員帳戶還有 {value_fen}；請先退卡並付清。",
    ),
    "export_over": (
        "This export is over; begin it again.",
        "这次导出已结束；请重新开始。",
        "這次匯出已結束；請重新開始。",
    ),
    "export_part": (
        "This part is no part of a member's export.",
        "这部分不属于会员可导出的资料。",
        "這部分不屬於會員可匯出的資料。",
    ),
    "export_there": (
        "There is a file {file} already; name another one.",
        "文件 {file} 已存在；请另选文件名。",
        "檔案 {file} 已存在；請另選檔名。",
    ),
    "field_chars": (
        "A text field holds 1 to 500 characters; correct its length.",
        "文本字段长度为 1 至 500 个字符；请更正。",
        "文字欄位長度為 1 至 500 個字元；請更正。",
    ),
    "field_choice": (
        "Choose one of the choices.",
        "请从选项中选择一项。",
        "請從選項中選擇一項。",
    ),
    "field_choice_bad": (
        "Each choice has a key of small letters, digits and underscores, and words.",
        "每个选项需要一个键（小写字母、数字、下划线）和文字。",
        "每個選項需要一個鍵（小寫字母、數字、底線）和文字。",
    ),
    "field_choice_twice": (
        "Two choices have the same key; change one of them.",
        "有两个选项的键相同；请修改其一。",
        "有兩個選項的鍵相同；請修改其一。",
    ),
    "field_choices": (
        "A choice field has 1 to 50 choices.",
        "选择字段需要 1 至 50 个选项。",
        "選擇欄位需要 1 至 50 個選項。",
    ),
    "field_date": (
        "This is not a date such as 2026-01-31.",
        "这不是日期；请写成 2026-01-31 的形式。",
        "這不是日期；請寫成 2026-01-31 的形式。",
    ),
    "field_date_range": (
        "The date lies from {first} to {last}; correct it.",
        "日期应在 {first} 至 {last} 之间；请更正。",
        "日期應在 {first} 至 {last} 之間；請更正。",
    ),
    "field_decimals": (
        "A number field has 0 to 4 decimals.",
        "数字字段的小数位为 0 至 4 位。",
        "數字欄位的小數位為 0 至 4 位。",
    ),
    "field_key": (
        "A field's key is 1 to 30 small letters, digits and underscores, a letter first.",
        "字段的键为 1 至 30 个小写字母、数字或下划线，以字母开头。",
        "欄位的鍵為 1 至 30 個小寫字母、數字或底線，以字母開頭。",
    ),
    "field_kind": (
        "A field is a text, number, date, choice or yes_no; choose one of them.",
        "字段类型为 text、number、date、choice 或 yes_no；请选择其一。",
        "欄位類型為 text、number、date、choice 或 yes_no；請選擇其一。",
    ),
    "field_label": (
        "A field's name has 1 to 30 characters on one line.",
        "字段名称为一行 1 至 30 个字符。",
        "欄位名稱為一行 1 至 30 個字元。",
    ),
    "field_not_sensitive": (
        "Allergies and formulas are sensitive; mark the field as such.",
        "过敏和配方属于敏感信息；请把该字段设为敏感。",
        "過敏和配方屬於敏感資料；請把該欄位設為敏感。",
    ),
    "field_number": (
        "This is not a number with at most {decimals} decimals.",
        "这不是最多 {decimals} 位小数的数字。",
        "這不是最多 {decimals} 位小數的數字。",
    ),
    "field_number_range": (
        "The number lies from {least} to {most}; correct it.",
        "数字应在 {least} 至 {most} 之间；请更正。",
        "數字應在 {least} 至 {most} 之間；請更正。",
    ),
    "field_range": (
        "The field's lower limit is above its upper one; exchange or correct them.",
        "字段的下限高于上限；请对调或更正。",
        "欄位的下限高於上限；請對調或更正。",
    ),
    "field_required": (
        "This field has to be filled in.",
        "此项必填。",
        "此項必填。",
    ),
    "field_text": (
        "The text has more than {chars} characters, or characters that cannot be printed.",
        "文本超过 {chars} 个字符，或含有无法显示的字符。",
        "文字超過 {chars} 個字元，或含有無法顯示的字元。",
    ),
    "field_twice": (
        "Two fields have the same key; change one of them.",
        "有两个字段的键相同；请修改其一。",
        "有兩個欄位的鍵相同；請修改其一。",
    ),
    "field_unknown": (
        "The shop has no such field; define it first.",
        "本店没有这个字段；请先定义。",
        "本店沒有這個欄位；請先定義。",
    ),
    "field_yes_no": (
        "Answer with yes or no.",
        "请填是或否。",
        "請填是或否。",
    ),
    "fields_too_many": (
        "A shop has at most 40 fields of its own; take some out.",
        "自定义字段最多 40 个；请减少。",
        "自訂欄位最多 40 個；請減少。",
    ),
    "fields_wrong": (
        "Some of what was filled in cannot be; nothing was changed.",
        "有些内容填写有误；没有任何改动。",
        "有些內容填寫有誤；沒有任何改動。",
    ),
    "file_birthday": (
        "This is no birthday; write 1990-01-02, 01-02, or with 农历 before it for the lunar calendar.",
        "这不是生日；请写成 1990-01-02 或 01-02，农历请在前面加“农历”。",
        "這不是生日；請寫成 1990-01-02 或 01-02，農曆請在前面加「農曆」。",
    ),
    "file_full": (
        "The file is too long to travel to the chain; shorten the longest texts.",
        "档案内容过长，无法同步；请缩短最长的文字。",
        "檔案內容過長，無法同步；請縮短最長的文字。",
    ),
    "file_name": (
        "A name has 1 to {chars} characters on one line.",
        "姓名为一行 1 至 {chars} 个字符。",
        "姓名為一行 1 至 {chars} 個字元。",
    ),
    "file_nothing": (
        "Nothing was to be changed; the file says so already.",
        "没有需要改动的内容；档案已是如此。",
        "沒有需要變更的內容；檔案已是如此。",
    ),
    "file_old_number": (
        "A member number has at most {chars} characters on one line.",
        "会员编号最多为一行 {chars} 个字符。",
        "會員編號最多為一行 {chars} 個字元。",
    ),
    "file_phone": (
        "This is not one whole telephone number; correct it.",
        "这不是一个完整的手机号；请更正。",
        "這不是一個完整的手機號碼；請更正。",
    ),
    "file_remark": (
        "A remark has at most {chars} characters on one line.",
        "备注最多为一行 {chars} 个字符。",
        "備註最多為一行 {chars} 個字元。",
    ),
    "file_sex": (
        "The sex is 男, 女 or empty.",
        "性别为男、女或不填。",
        "性別為男、女或不填。",
    ),
    "find_month": (
        "A month is 1 to 12.",
        "月份为 1 至 12。",
        "月份為 1 至 12。",
    ),
    "find_nothing": (
        "Say whom to find: by a tag, a level or the month of their birthday.",
        "请给出查找条件：标签、等级或生日月份。",
        "請給出查詢條件：標籤、等級或生日月份。",
    ),
    "lunar_date": (
        "There is no such day in the lunar calendar; check month, leap month and day.",
        "农历没有这一天；请检查月份、闰月和日期。",
        "農曆沒有這一天；請檢查月份、閏月和日期。",
    ),
    "member_several": (
        "More than one member fits; give the id that terminal member show tells.",
        "符合的会员不止一位；请用 terminal member show 查出的编号。",
        "符合的會員不只一位；請用 terminal member show 查出的編號。",
    ),
    "merge_already": (
        "This member was merged into another one; undo that first.",
        "这位会员已并入另一位；请先撤销。",
        "這位會員已併入另一位；請先取消。",
    ),
    "merge_itself": (
        "These are one member already; nothing was changed.",
        "这两个账户已经是同一位会员；没有任何改动。",
        "這兩個帳戶已經是同一位會員；沒有任何改動。",
    ),
    "merge_none": (
        "This member was not merged into another one, so there is nothing to undo.",
        "这位会员没有并入其他会员，无需撤销。",
        "這位會員沒有併入其他會員，無需取消。",
    ),
    "merged_several": (
        "More than one file was merged into this one; say with --id which, as terminal member show --full tells.",
        "并入这位会员的档案不止一份；请用 --id 指定，编号见 terminal member show --full。",
        "併入這位會員的檔案不只一份；請用 --id 指定，編號見 terminal member show --full。",
    ),
    "note_kind": (
        "There is no such note; it is allergies, formula or a sensitive field of the shop's own.",
        "没有这种备注；可用 allergies（过敏）、formula（配方）或本店的敏感字段。",
        "沒有這種備註；可用 allergies（過敏）、formula（配方）或本店的敏感欄位。",
    ),
    "note_unreadable": (
        "A sensitive note cannot be read any more; it was changed outside the till.",
        "敏感备注已无法读取；它在程序之外被改动过。",
        "敏感備註已無法讀取；它在程式之外被變更過。",
    ),
    "same_card": (
        "Possible duplicate: the same card number.",
        "可能重复：卡号相同。",
        "可能重複：卡號相同。",
    ),
    "same_name_and_birthday": (
        "Possible duplicate: the same name and birthday.",
        "可能重复：姓名和生日相同。",
        "可能重複：姓名和生日相同。",
    ),
    "same_phone": (
        "Possible duplicate: the same telephone number.",
        "可能重复：手机号相同。",
        "可能重複：手機號碼相同。",
    ),
    "staff_needed": (
        "Say with --staff who does this; their PIN is asked for.",
        "此操作需要用 --staff 注明店员，并输入密码。",
        "此操作需要用 --staff 註明店員，並輸入密碼。",
    ),
    "tag_bad": (
        "A tag has 1 to {chars} characters on one line and no comma.",
        "标签为一行 1 至 {chars} 个字符，不含逗号。",
        "標籤為一行 1 至 {chars} 個字元，不含逗號。",
    ),
    "tags_too_many": (
        "A member has at most {most} tags; take one out first.",
        "每位会员最多 {most} 个标签；请先删去一个。",
        "每位會員最多 {most} 個標籤；請先刪去一個。",
    ),
}

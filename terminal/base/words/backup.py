"""Words for backups: refusals (`WORDS`) and what the commands say (`PHRASES`), in English and both kinds of Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LANGUAGES = ("en", "zh_CN", "zh_TW")

WORDS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "backup_busy": (
            "Another backup of this till is being made; wait until it is done.",
            "本机正在做另一份备份；请等它完成。",
            "本機正在做另一份備份；請等它完成。",
        ),
        "backup_damaged": (
            "{file} is damaged, or was not made by this shop's till; take another backup. Nothing was changed.",
            "{file} 已损坏，或不是本店的机器做的；请换一份备份。没有任何改动。",
            "{file} 已損壞，或不是本店的機器做的；請換一份備份。沒有任何改動。",
        ),
        "backup_exists": (
            "{file} exists already and was left as it is; choose another name.",
            "{file} 已经存在，没有改动它；请换一个名称。",
            "{file} 已經存在，沒有改動它；請換一個名稱。",
        ),
        "backup_folder_missing": (
            "There is no folder {folder}; is the stick plugged in?",
            "没有目录 {folder}；U 盘插好了吗？",
            "沒有目錄 {folder}；隨身碟插好了嗎？",
        ),
        "backup_form_newer": (
            "{file} was made by a newer version; update this one first. Nothing was changed.",
            "{file} 是更新的版本做的；请先升级。没有任何改动。",
            "{file} 是更新的版本做的；請先升級。沒有任何改動。",
        ),
        "backup_full": (
            "There is no room for the backup {file}; nothing was left there. Free some space or take another stick.",
            "{file} 处空间不足，没有留下任何文件；请清理空间或换一个 U 盘。",
            "{file} 處空間不足，沒有留下任何檔案；請清理空間或換一個隨身碟。",
        ),
        "backup_gone": (
            "The place of {file} went away or failed while it was used; plug the stick in again and repeat this.",
            "使用中 {file} 所在的存储断开或出错；请重新插好 U 盘，再执行一次。",
            "使用中 {file} 所在的儲存裝置中斷或出錯；請重新插好隨身碟，再執行一次。",
        ),
        "backup_lock_unusable": (
            (
                "{file} must be readable by its owner only and hold what terminal backup --new-key wrote; "
                "remove it and make a new recovery key."
            ),
            "{file} 必须只有所有者可读，并且是 terminal backup --new-key 写下的内容；请删除它，再建立新的恢复密钥。",
            "{file} 必須只有擁有者可讀，並且是 terminal backup --new-key 寫下的內容；請刪除它，再建立新的復原金鑰。",
        ),
        "backup_newer": (
            (
                "{file} is of a newer version (schema {needs}, this one is {has}); update this one first. "
                "Nothing was changed."
            ),
            "{file} 属于更新的版本（需要 {needs}，本机是 {has}）；请先升级。没有任何改动。",
            "{file} 屬於更新的版本（需要 {needs}，本機是 {has}）；請先升級。沒有任何改動。",
        ),
        "backup_no_rights": (
            "{file} may not be written or read by this user; change the rights or take another place.",
            "本用户无权读写 {file}；请更改权限或换一个位置。",
            "本使用者無權讀寫 {file}；請變更權限或換一個位置。",
        ),
        "backup_not_one": (
            "{file} is no backup of a till; is it the right file?",
            "{file} 不是收银程序的备份；选对文件了吗？",
            "{file} 不是收銀程式的備份；選對檔案了嗎？",
        ),
        "backup_too_large": (
            "{file} would be larger than this file system allows; take a stick formatted as exFAT or ext4.",
            "{file} 超过这种文件系统允许的大小；请换用 exFAT 或 ext4 格式的 U 盘。",
            "{file} 超過這種檔案系統允許的大小；請換用 exFAT 或 ext4 格式的隨身碟。",
        ),
        "backup_unlike": (
            "What was read back from {file} is not what was written, so it was removed; take another stick.",
            "从 {file} 读回的内容与写入的不同，已将它删除；请换一个 U 盘。",
            "從 {file} 讀回的內容與寫入的不同，已將它刪除；請換一個隨身碟。",
        ),
        "recovery_group_wrong": (
            "Group {group} of the recovery key is mistyped; compare it with the paper.",
            "恢复密钥的第 {group} 组有误；请与纸上核对。",
            "復原金鑰的第 {group} 組有誤；請與紙上核對。",
        ),
        "recovery_key_length": (
            "A recovery key has {needs} letters and digits; this has {has}.",
            "恢复密钥共 {needs} 个字母和数字；这里有 {has} 个。",
            "復原金鑰共 {needs} 個字母和數字；這裡有 {has} 個。",
        ),
        "recovery_key_mistyped": (
            "This is no recovery key, though each group could be; compare all of it with the paper.",
            "这不是恢复密钥，尽管每一组看起来都对；请把全部内容与纸上核对。",
            "這不是復原金鑰，儘管每一組看起來都對；請把全部內容與紙上核對。",
        ),
        "recovery_key_missing": (
            "This till has no recovery key yet; run terminal backup --new-key at its screen once.",
            "本机还没有恢复密钥；请在本机屏幕前执行一次 terminal backup --new-key。",
            "本機還沒有復原金鑰；請在本機螢幕前執行一次 terminal backup --new-key。",
        ),
        "recovery_key_other": (
            "{file} was locked for the recovery key {needs}, and this is {has}; take the paper with that name.",
            "{file} 要用名为 {needs} 的恢复密钥打开，这一把是 {has}；请换用那张纸上的密钥。",
            "{file} 要用名為 {needs} 的復原金鑰開啟，這一把是 {has}；請換用那張紙上的金鑰。",
        ),
        "recovery_key_unconfirmed": (
            "That is not the last group of the key, so this key was not put to use; run the command again.",
            "输入的不是密钥的最后一组，所以没有启用这把密钥；请再执行一次。",
            "輸入的不是金鑰的最後一組，所以沒有啟用這把金鑰；請再執行一次。",
        ),
        "recovery_needs_screen": (
            (
                "A new recovery key is shown to a person only; run this command in a terminal, with its output not "
                "sent elsewhere."
            ),
            "新的恢复密钥只显示给人看；请在终端中执行此命令，不要重定向输出。",
            "新的復原金鑰只顯示給人看；請在終端機中執行此命令，不要轉向輸出。",
        ),
        "recovery_printer_taken": (
            "The running till has the printer, and would keep the slip; stop the till, or leave out --print.",
            "收银程序正在运行并占用打印机，而且会留存小票；请先停止它，或不用 --print。",
            "收銀程式正在執行並佔用印表機，而且會留存明細；請先停止它，或不用 --print。",
        ),
        "restore_book_wrong": (
            "The book in this backup is not right (entry {seq}: {wrong}); take an older backup. Nothing was changed.",
            "这份备份里的账本不对（第 {seq} 笔：{wrong}）；请换一份更早的备份。没有任何改动。",
            "這份備份裡的帳本不對（第 {seq} 筆：{wrong}）；請換一份更早的備份。沒有任何改動。",
        ),
        "restore_store_exists": (
            "There is a store already ({file}); with --replace it is kept aside and the backup takes its place.",
            "已有账本（{file}）；使用 --replace 会把它另存，再用备份代替它。",
            "已有帳本（{file}）；使用 --replace 會把它另存，再用備份代替它。",
        ),
    }
)

PHRASES: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "key_title": ("Recovery key {name}", "恢复密钥 {name}", "復原金鑰 {name}"),
        "key_advice": (
            (
                "Write it down or print it, and keep it away from the till. It is shown this once.\n"
                "Without it no backup can be opened; whoever has it and a backup has all the shop's data."
            ),
            (
                "请抄写或打印，并与机器分开保存。它只显示这一次。\n"
                "没有它，任何备份都打不开；同时拿到它和备份的人，就拿到了店里的全部数据。"
            ),
            (
                "請抄寫或列印，並與機器分開保存。它只顯示這一次。\n"
                "沒有它，任何備份都打不開；同時拿到它和備份的人，就拿到了店裡的全部資料。"
            ),
        ),
        "key_earlier": (
            "Backups made until now still need the key {name}.",
            "此前的备份仍要用密钥 {name} 打开。",
            "此前的備份仍要用金鑰 {name} 開啟。",
        ),
        "key_back": ("Type its last group: ", "请输入最后一组：", "請輸入最後一組："),
        "key_kept": (
            "From now on backups are locked for the recovery key {name}.",
            "从现在起，备份用恢复密钥 {name} 上锁。",
            "從現在起，備份用復原金鑰 {name} 上鎖。",
        ),
        "key_printed": ("It is printed.", "已打印。", "已列印。"),
        "key_not_printed": (
            "The printer did not confirm the slip; copy the key from the screen.",
            "打印机没有确认；请从屏幕上抄写密钥。",
            "印表機沒有確認；請從螢幕上抄寫金鑰。",
        ),
        "key_scan": ("Recovery key, to be scanned", "恢复密钥，可扫描输入", "復原金鑰，可掃描輸入"),
        "key_group": (
            "Recovery key, group {group} of {groups} (or all of it): ",
            "恢复密钥，第 {group} 组，共 {groups} 组（也可一次输入全部）：",
            "復原金鑰，第 {group} 組，共 {groups} 組（也可一次輸入全部）：",
        ),
        "locked_for": (
            "The recovery key {name} opens this backup.",
            "这份备份用恢复密钥 {name} 打开。",
            "這份備份用復原金鑰 {name} 開啟。",
        ),
        "made": (
            (
                "{shop}: {entries} entries and {members} members are in {file} ({size}), read back and right. "
                "The recovery key {name} opens it."
            ),
            "{shop}：{entries} 笔记录和 {members} 位会员已存入 {file}（{size}），读回无误。用恢复密钥 {name} 打开。",
            "{shop}：{entries} 筆紀錄和 {members} 位會員已存入 {file}（{size}），讀回無誤。用復原金鑰 {name} 開啟。",
        ),
        "backing_up": ("bytes", "字节", "位元組"),
        "unpack": ("bytes unpacked", "字节已解开", "位元組已解開"),
        "copy": ("pages copied", "页已复制", "頁已複製"),
        "carry": ("lots carried over", "批余额已转入", "批餘額已轉入"),
        "check": ("entries proved", "笔已核对", "筆已核對"),
        "left": ("{seconds:3.0f} s left", "还需 {seconds:.0f} 秒", "還需 {seconds:.0f} 秒"),
        "what_shop": ("Shop", "门店", "門市"),
        "what_made": ("Made", "备份时间", "備份時間"),
        "what_age": ("Age", "距今", "距今"),
        "what_entries": ("Entries", "记录", "紀錄"),
        "what_members": ("Members", "会员", "會員"),
        "what_life": ("Till", "机器", "機器"),
        "what_version": ("Version", "版本", "版本"),
        "days": ("{days} days {hours} h", "{days} 天 {hours} 小时", "{days} 天 {hours} 小時"),
        "hours": ("{hours} h {minutes} min", "{hours} 小时 {minutes} 分", "{hours} 小時 {minutes} 分"),
        "future": (
            "from the future; is this clock right?",
            "备份时间晚于现在；本机时钟对吗？",
            "備份時間晚於現在；本機時鐘對嗎？",
        ),
        "warning": (
            (
                "What was done after that is not in it. The old till must not be used any more, and no second box may "
                "work from this backup."
            ),
            "此后所做的一切不在其中。旧机器不得再用，也不得用这份备份再开第二台机器。",
            "此後所做的一切不在其中。舊機器不得再用，也不得用這份備份再開第二台機器。",
        ),
        "type_back": ("To go on, type {word}: ", "若要继续，请输入 {word}：", "若要繼續，請輸入 {word}："),
        "restored_alone": (
            "Restored: {entries} entries are proved. Bills are numbered from {bill} on.",
            "已恢复：{entries} 笔记录核对无误。账单从 {bill} 起编号。",
            "已復原：{entries} 筆紀錄核對無誤。帳單從 {bill} 起編號。",
        ),
        "restored_rejoins": (
            (
                "Restored: {entries} entries are proved. The till hands its journal in to the cloud first; "
                "until then it takes nothing off a card."
            ),
            "已恢复：{entries} 笔记录核对无误。本机先向云端交账；在那之前不能从卡上扣款。",
            "已復原：{entries} 筆紀錄核對無誤。本機先向雲端交帳；在那之前不能從卡上扣款。",
        ),
        "kept_aside": ("The old store is kept as {file}.", "旧账本保存为 {file}。", "舊帳本保存為 {file}。"),
    }
)


def phrase(name: str, language: str, /, **values: object) -> str:
    """Return a phrase of `PHRASES` in a language."""
    return PHRASES[name][LANGUAGES.index(language)].format(**values)

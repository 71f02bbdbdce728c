"""The sentences of `sentences` in Simplified and Traditional Chinese, by the same codes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CHINESE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "action_conflict": (
            "这一步已经做过，但内容不同；没有任何改动。",
            "這一步已經做過，但內容不同；沒有任何改動。",
        ),
        "action_past": (
            "这一步很久以前已经做过，记录已不在本机；没有再做一次。",
            "這一步很久以前已經做過，記錄已不在本機；沒有再做一次。",
        ),
        "admin_socket_unusable": (
            "无法建立套接字 {file}：{reason}；请更改 till.admin_socket。",
            "無法建立通訊端 {file}：{reason}；請更改 till.admin_socket。",
        ),
        "busy": ("收银程序太忙，没有及时回答；请再试一次。", "收銀程式太忙，沒有及時回答；請再試一次。"),
        "card_ambiguous": (
            "这个号码对应不止一位会员；请用 --phone 或 --id 查找。",
            "這個號碼對應不止一位會員；請用 --phone 或 --id 查找。",
        ),
        "card_frozen": ("这张卡已停用。", "這張卡已停用。"),
        "card_clone": (
            "这张卡的号码属于一张已验证的卡，但它不知道密钥；可能是复制的卡。",
            "這張卡的號碼屬於一張已驗證的卡，但它不知道金鑰；可能是複製的卡。",
        ),
        "card_delayed": (
            "密钥错误后，卡片要求稍候；请过半分钟再试。",
            "金鑰錯誤後，卡片要求稍候；請過半分鐘再試。",
        ),
        "card_issuing_failed": (
            "写卡时卡片中断；请用同一张卡重复此命令，即可写完。",
            "寫卡時卡片中斷；請用同一張卡重複此命令，即可寫完。",
        ),
        "card_key_missing": (
            "密钥文件里没有这种卡的密钥；什么都没有写。",
            "金鑰檔案裡沒有這種卡的金鑰；什麼都沒有寫。",
        ),
        "card_key_wrong": (
            "这张卡不知道自己的密钥；可能是复制的卡，或是别的店的卡。",
            "這張卡不知道自己的金鑰；可能是複製的卡，或是別的店的卡。",
        ),
        "card_keys_exposed": (
            "其他用户可以读取卡密钥文件 {file}：{reason}。",
            "其他使用者可以讀取卡金鑰檔案 {file}：{reason}。",
        ),
        "card_keys_malformed": ("卡密钥文件 {file} 有错误：{reason}。", "卡金鑰檔案 {file} 有錯誤：{reason}。"),
        "card_keys_missing": ("卡密钥文件 {file} 不能使用：{reason}。", "卡金鑰檔案 {file} 不能使用：{reason}。"),
        "card_not_blank": (
            "这不是这种空白卡，也不是在这里开始写的卡；什么都没有写。",
            "這不是這種空白卡，也不是在這裡開始寫的卡；什麼都沒有寫。",
        ),
        "card_not_issuable": ("这里不能发这种卡。", "這裡不能發這種卡。"),
        "card_not_laid": ("没有及时放上卡片；没有任何改动。", "沒有及時放上卡片；沒有任何改動。"),
        "card_number_bad": ("卡号为 1 至 32 位字母或数字。", "卡號為 1 至 32 位字母或數字。"),
        "card_replaced": ("这张卡已更换为另一张卡。", "這張卡已更換為另一張卡。"),
        "card_taken": (
            "这个卡号现在或曾经属于另一位会员；没有发给这一位。",
            "這個卡號現在或曾經屬於另一位會員；沒有發給這一位。",
        ),
        "card_unknown": ("没有会员使用这张卡。", "沒有會員使用這張卡。"),
        "card_unreadable": (
            "没有读完卡片，或卡片拿开得太早；请重复此命令，并让卡片留在原处。",
            "沒有讀完卡片，或卡片拿開得太早；請重複此命令，並讓卡片留在原處。",
        ),
        "code_unknown": ("没有会员使用这个码。", "沒有會員使用這個碼。"),
        "collection_code": ("这是收款码，不是会员码。", "這是收款碼，不是會員碼。"),
        "config_busy": (
            "{file} 正被别处更改；没有写入，请再试一次。",
            "{file} 正被別處變更；沒有寫入，請再試一次。",
        ),
        "config_changed": ("{file} 刚被别处改过；没有写入。", "{file} 剛被別處改過；沒有寫入。"),
        "config_read_only": (
            "此用户不能更改 {file}：{reason}；没有写入。",
            "此使用者不能變更 {file}：{reason}；沒有寫入。",
        ),
        "confirmation_wrong": (
            "输入的不是所显示的词；没有任何改动。",
            "輸入的不是所顯示的詞；沒有任何改動。",
        ),
        "data_dir_unusable": (
            "目录 {folder} 不能使用：{reason}；请更改 till.data_dir 或它的权限。",
            "目錄 {folder} 不能使用：{reason}；請更改 till.data_dir 或它的權限。",
        ),
        "device_no_hint": (
            "{device} 不读芯片号，所以没有字节顺序可找。",
            "{device} 不讀晶片號，所以沒有位元組順序可找。",
        ),
        "device_no_test": (
            "{device} 是所有读卡器的服务；请测试其中一台读卡器。",
            "{device} 是所有讀卡機的服務；請測試其中一台讀卡機。",
        ),
        "device_not_ready": (
            "{device} 还没有准备好（{trouble}）；terminal doctor 会说明怎么办。",
            "{device} 還沒有準備好（{trouble}）；terminal doctor 會說明怎麼辦。",
        ),
        "device_test_busy": ("正在测试另一台设备；请过半分钟再试。", "正在測試另一台設備；請過半分鐘再試。"),
        "device_unknown": (
            "没有名为 {device} 的设备；terminal devices list 会列出所有设备。",
            "沒有名為 {device} 的設備；terminal devices list 會列出所有設備。",
        ),
        "device_value_bad": (
            "{word} 不是设置；请写 key=value，或写 key= 去掉它。",
            "{word} 不是設定；請寫 key=value，或寫 key= 去掉它。",
        ),
        "disk_full": (
            "存储空间已满：{file} 没有写入，没有任何改动；请腾出空间再试。",
            "儲存空間已滿：{file} 沒有寫入，沒有任何改動；請騰出空間再試。",
        ),
        "file_too_large": (
            "文件 {file} 大于 {most} 字节；是这个文件吗？",
            "檔案 {file} 大於 {most} 位元組；是這個檔案嗎？",
        ),
        "file_unreadable": ("文件 {file} 读不了：{reason}。", "檔案 {file} 讀不了：{reason}。"),
        "file_unusable": ("{file} 不能使用：{reason}。", "{file} 不能使用：{reason}。"),
        "font_missing": (
            "缺少字体 {file}；请安装 fonts-noto-cjk，或在 [[printers]] 里用 font 指定一个。",
            "缺少字型 {file}；請安裝 fonts-noto-cjk，或在 [[printers]] 裡用 font 指定一個。",
        ),
        "interrupted": (
            "命令已中断；已经完成的仍然有效，可以重复此命令。",
            "命令已中斷；已經完成的仍然有效，可以重複此命令。",
        ),
        "key_exposed": (
            "其他用户可以读取密钥文件 {file}；请先查明谁读过它，再执行 chmod 600。",
            "其他使用者可以讀取金鑰檔案 {file}；請先查明誰讀過它，再執行 chmod 600。",
        ),
        "key_malformed": (
            "密钥文件 {file} 不是账本密钥：它必须正好是 32 字节。",
            "金鑰檔案 {file} 不是帳本金鑰：它必須正好是 32 位元組。",
        ),
        "key_missing": (
            "缺少密钥文件 {file}；没有它就打不开账本。",
            "缺少金鑰檔案 {file}；沒有它就打不開帳本。",
        ),
        "key_unusable": (
            "密钥文件 {file} 不能使用：{reason}；请更改 till.key_file 或它的权限。",
            "金鑰檔案 {file} 不能使用：{reason}；請更改 till.key_file 或它的權限。",
        ),
        "listen_unusable": (
            "地址 {listen} 不能使用：{reason}；请更改 till.listen。",
            "位址 {listen} 不能使用：{reason}；請更改 till.listen。",
        ),
        "member_file_binary": ("这不是文本文件；请另存为 CSV。", "這不是文字檔案；請另存為 CSV。"),
        "member_file_column_twice": (
            "{first} 和 {second} 两列都表示 {field}；请把其中一列设为 ignore。",
            "{first} 和 {second} 兩欄都表示 {field}；請把其中一欄設為 ignore。",
        ),
        "member_file_empty": ("文件是空的。", "檔案是空的。"),
        "member_file_mapping_unreadable": (
            "映射文件不是正确的 TOML：{detail}。",
            "對應檔案不是正確的 TOML：{detail}。",
        ),
        "member_file_mapping_unused": (
            "映射里的表头 {header} 不在文件中。",
            "對應裡的標題 {header} 不在檔案中。",
        ),
        "member_file_mapping_wrong": (
            "映射文件里的 {key} 必须是 {expected}。",
            "對應檔案裡的 {key} 必須是 {expected}。",
        ),
        "member_file_markup": (
            "这个文件其实是网页或 XML；请打开后另存为 CSV。",
            "這個檔案其實是網頁或 XML；請打開後另存為 CSV。",
        ),
        "member_file_no_header": (
            "前 20 行里没有认出表头；请写一个映射。",
            "前 20 行裡沒有認出標題；請寫一個對應。",
        ),
        "member_file_no_identity": (
            "没有会员号、手机或卡号的列；请写一个映射。",
            "沒有會員號、手機或卡號的欄；請寫一個對應。",
        ),
        "member_file_spreadsheet": ("这个文件是电子表格；请另存为 CSV。", "這個檔案是試算表；請另存為 CSV。"),
        "member_unknown": ("没有找到会员。", "沒有找到會員。"),
        "other_shop_code": ("这是别的店的会员码。", "這是別的店的會員碼。"),
        "payment_code_unexpected": (
            "这像是付款码；没有使用，也没有保存。",
            "這像是付款碼；沒有使用，也沒有保存。",
        ),
        "pin_bad": ("PIN 为 4 至 6 位数字。", "PIN 為 4 至 6 位數字。"),
        "port_in_use": (
            "另一个程序正在使用地址 {listen}；请停止它，或更改 till.listen。",
            "另一個程式正在使用位址 {listen}；請停止它，或更改 till.listen。",
        ),
        "printer_unavailable": (
            "前台没有打印机；请用 terminal devices add printer 添加一台。",
            "前台沒有印表機；請用 terminal devices add printer 新增一台。",
        ),
        "reader_at_kiosk": (
            "{device} 是自助机的读卡器，顾客会在那里放自己的卡；请在柜台的读卡器上发卡。",
            "{device} 是自助機的讀卡機，顧客會在那裡放自己的卡；請在櫃檯的讀卡機上發卡。",
        ),
        "reader_busy": (
            "这台读卡器正在发卡；请等它完成，最多一分钟。",
            "這台讀卡機正在發卡；請等它完成，最多一分鐘。",
        ),
        "rejected_is_input": (
            "导入正在读取 {file}，错误行不能写到那里；请用 --rejected 另选一个文件。",
            "匯入正在讀取 {file}，錯誤行不能寫到那裡；請用 --rejected 另選一個檔案。",
        ),
        "request_bad": (
            "正在运行的收银程序不认识这个命令；是不是另一个版本？",
            "正在執行的收銀程式不認識這個命令；是不是另一個版本？",
        ),
        "scan_undecodable": ("这个会员码没有读对，请重新扫描或输入。", "這個會員碼沒有讀對，請重新掃描或輸入。"),
        "shop_not_set_up": (
            "还没有设置店铺；请先执行 terminal setup apply。",
            "還沒有設定店鋪；請先執行 terminal setup apply。",
        ),
        "sqlite_too_old": (
            "SQLite 库 {version} 太旧；请安装锁定的软件包。",
            "SQLite 函式庫 {version} 太舊；請安裝鎖定的套件。",
        ),
        "staff_exists": ("已经有同名的人。", "已經有同名的人。"),
        "staff_name_bad": ("姓名为 1 至 20 个字符，写在一行内。", "姓名為 1 至 20 個字元，寫在一行內。"),
        "staff_role_bad": ("角色必须是 {roles} 之一。", "角色必須是 {roles} 之一。"),
        "store_damaged": (
            "账本文件 {file} 已损坏；请恢复最新的备份。",
            "帳本檔案 {file} 已損壞；請還原最新的備份。",
        ),
        "store_in_use": (
            "另一个收银程序或命令正在使用这个账本（{file}）。",
            "另一個收銀程式或命令正在使用這個帳本（{file}）。",
        ),
        "store_key_wrong": (
            "密钥与账本 {file} 不符；没有任何改动。",
            "金鑰與帳本 {file} 不符；沒有任何改動。",
        ),
        "store_missing": ("{file} 里还没有账本；请先启动一次收银程序。", "{file} 裡還沒有帳本；請先啟動一次收銀程式。"),
        "store_newer": (
            "账本 {file} 需要更新的版本（结构 {needs}，本程序为 {has}）；没有任何改动。",
            "帳本 {file} 需要更新的版本（結構 {needs}，本程式為 {has}）；沒有任何改動。",
        ),
        "store_unusable": ("账本 {file} 不能使用：{reason}。", "帳本 {file} 不能使用：{reason}。"),
        "tap_url_foreign": ("这个网址不属于本店的卡。", "這個網址不屬於本店的卡。"),
        "tap_url_mac_wrong": ("这个网址不是本店的卡生成的。", "這個網址不是本店的卡產生的。"),
        "tap_url_malformed": ("这个网址不完整；请重新轻触卡片。", "這個網址不完整；請重新輕觸卡片。"),
        "tap_url_no_key": ("卡密钥文件里没有感应网址的密钥。", "卡金鑰檔案裡沒有感應網址的金鑰。"),
        "tap_url_replayed": (
            "这个网址已经用过；请重新轻触卡片，得到新的网址。",
            "這個網址已經用過；請重新輕觸卡片，得到新的網址。",
        ),
        "till_gone": (
            "收银程序已结束或没有回答；已经完成的仍然有效，可以重复此命令。",
            "收銀程式已結束或沒有回答；已經完成的仍然有效，可以重複此命令。",
        ),
        "till_not_alone": (
            "这台收银机已经与云端同步；只有一直单独使用的收银机才能加入连锁。",
            "這台收銀機已經與雲端同步；只有一直單獨使用的收銀機才能加入連鎖。",
        ),
        "till_not_running": (
            "收银程序没有运行；只有运行时才能测试设备。",
            "收銀程式沒有執行；只有執行時才能測試設備。",
        ),
        "till_rejoining": (
            "收银机正在向云端交回账本；完成之前不能扣减余额。",
            "收銀機正在向雲端交回帳本；完成之前不能扣減餘額。",
        ),
    }
)
GENERAL = ("此操作被拒绝。", "此操作被拒絕。")

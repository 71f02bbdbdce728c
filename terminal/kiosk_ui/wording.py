"""Stable codes in the reader's language: what happened, and what to do next.

The codes never change once released. A code without words of its own gets a general sentence, so that a new fault
is never a blank screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from terminal.base.errors import Value
from terminal.base.words import WORDS as RULES
from terminal.kiosk_ui.formats import gettext, in_language, yuan


def N_(text: str) -> str:  # noqa: N802 - the mark that message extraction looks for
    """Return `text`, marked for translation where it is looked up later."""
    return text


@dataclass(frozen=True, slots=True)
class Worded:
    """A code in words: headline, advice (may be empty) and both as one `sentence`; the code itself is for the staff."""

    code: str
    headline: str
    advice: str
    sentence: str


_GENERAL = (N_("暂时无法完成"), N_("请再试一次；若仍不成功，请联系前台同事"))

_CARDS = {
    "card_unknown": (N_("未识别这张卡"), N_("请换一张会员卡，或请前台同事帮您查询")),
    "card_unreadable": (N_("没有读到卡片"), N_("请将卡片平放在感应区，停留约一秒")),
    "card_foreign": (N_("这不是会员卡"), N_("银行卡、交通卡和证件不能在此使用，请换用会员卡")),
    "card_random_uid": (N_("手机不能当会员卡"), N_("手机每次的号码都不同，请使用实体会员卡，或联系前台同事")),
    "card_no_number": (N_("卡内没有会员号"), N_("这张卡还没有写入会员号，请联系前台同事")),
    "card_ambiguous": (N_("需要前台确认"), N_("这个号码对应不止一位会员，请到前台核对")),
    "card_frozen": (N_("这张卡已停用"), N_("请联系前台同事为您处理")),
    "card_replaced": (N_("这张卡已更换"), N_("请使用新卡；若新卡不在身边，请联系前台同事")),
    "medium_blacklisted": (N_("这张卡已停止使用"), N_("请联系前台同事")),
    "medium_retired": (N_("这张卡已交回"), N_("请使用新卡，或联系前台同事")),
    "card_clone": (N_("需要前台确认"), N_("请到前台，由同事核对这张卡")),
    "card_delayed": (N_("卡片要求稍候"), N_("请拿开卡片，过半分钟再轻触")),
    "card_tap_needed": (N_("请直接刷卡"), N_("这张会员卡要在感应区轻触，号码不能代替它")),
    "two_cards": (N_("感应到两张卡"), N_("请只放一张卡，再轻触一次")),
    "reading_timeout": (N_("读卡超时"), N_("请拿开卡片，稍等一秒再轻触")),
    "card_number_bad": (N_("卡号不正确"), N_("卡号为 1 至 32 位字母或数字")),
    "member_unknown": (N_("没有找到这位会员"), N_("请换一种方式查找，或核对号码")),
}

_CODES = {
    "other_shop_code": (N_("这是其他店的会员码"), N_("请使用本店的会员码，或联系前台同事")),
    "code_unknown": (N_("未识别这个码"), N_("请出示会员码；若仍不成功，请联系前台同事")),
    "payment_code_unexpected": (N_("现在不需要付款码"), N_("付款码没有被使用，也没有被保存，请出示会员码")),
    "collection_code": (N_("这是收款码"), N_("这里不能向收款码付款，请出示会员码")),
    "tap_url_malformed": (N_("这个网址不完整"), N_("请用手机重新轻触会员卡，再出示新的网址")),
    "tap_url_mac_wrong": (N_("这不是本店会员卡的网址"), N_("请直接轻触会员卡，或联系前台同事")),
    "tap_url_replayed": (N_("这个网址已经用过"), N_("请重新轻触会员卡，每次轻触都会得到新的网址")),
    "member_qr_malformed": (N_("这个会员码不完整"), N_("请刷新手机上的会员码，再扫一次")),
    "member_qr_expired": (N_("会员码已过期"), N_("请刷新手机上的会员码，再扫一次")),
    "member_qr_replayed": (N_("这个会员码已经用过"), N_("请刷新手机上的会员码，再扫一次")),
    "member_qr_forged": (N_("这不是本店的会员码"), N_("请使用会员卡，或联系前台同事")),
    "member_qr_key_unknown": (N_("这里还不能核对这个会员码"), N_("请使用会员卡，或联系前台同事")),
    "member_qr_early": (N_("这里还不能核对这个会员码"), N_("请使用会员卡，或联系前台同事")),
    "scan_too_long": (N_("这个码太长"), N_("它不是会员码，请出示会员码再扫一次")),
    "scan_undecodable": (N_("没有读懂这个码"), N_("请擦净屏幕或调亮手机，再扫一次")),
}

_PRINTER = {
    "printer_unavailable": (N_("暂时不能打印"), N_("打印机还没有准备好，请联系前台同事")),
    "printer_paper_out": (N_("打印纸用完了"), N_("请更换纸卷，未打印的小票会自动补打")),
    "printer_lid_open": (N_("打印机盖开着"), N_("请合上打印机盖，未打印的小票会自动补打")),
    "printer_cutter": (N_("打印机切刀卡住"), N_("请关闭电源，清理切刀后再打开")),
    "printer_error": (N_("打印机报告故障"), N_("请关闭再打开打印机；若仍不成功，请联系技术人员")),
    "printer_offline": (N_("打印机没有响应"), N_("请检查打印机的电源和网线")),
    "printer_silent": (
        N_("打印机没有回答"),
        N_("小票会留到它恢复再打印；请关闭再打开打印机，若仍不回答，请检查连接线"),
    ),
    "printer_paper_low": (N_("打印纸快用完了"), N_("请准备一卷新纸")),
    "slip_in_doubt": (N_("小票可能没有打印完"), N_("请查看打印机出口；若没有小票，请再轻触会员卡打印一次")),
    "drawer_unavailable": (N_("钱箱没有打开"), N_("打印机暂时不能用；请用钥匙打开，或等打印机恢复后按 F10")),
    "drawer_in_doubt": (N_("钱箱可能没有打开"), N_("请看一眼钱箱；若没有打开，请按 F10")),
    "receipt_unknown": (N_("没有找到这张小票"), N_("请刷新页面后再试")),
}

_DEVICES = {
    "device_lost": (N_("设备连接中断"), N_("正在自动重新连接，请检查电源和连接线")),
    "device_unknown": (N_("没有这台设备"), N_("请刷新页面后再试")),
    "device_not_ready": (N_("这台设备还没有准备好"), N_("请先按它的提示处理，再测试")),
    "device_no_test": (N_("这是所有读卡器的服务"), N_("请测试单个读卡器")),
    "device_no_hint": (N_("这台设备不读芯片号"), N_("没有顺序可以判断")),
    "device_test_busy": (N_("正在测试另一台设备"), N_("请等它结束再试")),
    "driver_bug": (N_("设备程序出错"), N_("正在自动重新启动；若反复出现，请联系技术人员")),
}

# Of the file that devices are configured in; what the technician's page says of a field names it as well.
_FILE = {
    "config_busy": (N_("配置文件正被别处更改"), N_("没有保存，请再试一次")),
    "config_changed": (N_("配置文件刚被别处改过"), N_("没有保存，请刷新页面，核对后再试")),
    "config_read_only": (N_("收银程序不能写配置文件"), N_("没有保存；请由本机管理员使用 terminal devices")),
    "config_wrong": (N_("配置文件有错误"), N_("没有保存，请技术人员先改正")),
    "device_setting_wrong": (N_("填写的内容不正确"), N_("没有保存，请核对后再试")),
    "file_unreadable": (N_("配置文件读不了"), N_("没有保存，请联系技术人员")),
    "file_unusable": (N_("配置文件写不了"), N_("没有保存，请联系技术人员")),
}

_MONEY = {
    "amount_bad": (N_("金额不正确"), N_("请输入大于零的金额，最多两位小数，例如 200 或 88.50")),
    "top_up_range": (N_("充值金额超出范围"), N_("每次充值 %(least)s 至 %(most)s")),
    "not_enough": (N_("余额不足"), N_("还差 %(missing)s，当前余额 %(balance)s")),
    "too_many_lots": (N_("这一笔要动用的充值批次太多"), N_("请分成几笔，每笔不超过 %(most)s")),
    "bonus_changed": (N_("赠送规则刚刚改变"), N_("没有入账，请核对新的金额后再确认")),
    "confirmation_missing": (N_("还没有核对身份"), N_("请选择核对方式：手机尾号或照片")),
    "action_conflict": (N_("这一笔已经用别的内容提交过"), N_("没有再次入账，请查看最近小票")),
    "action_dropped": (N_("这一笔已经放弃"), N_("没有入账，请重新办理")),
    "not_booked": (N_("这一笔没有入账"), ""),
}

_STAFF = {
    "signed_out": (N_("登录已结束"), N_("请重新登录")),
    "shift_over": (N_("这一班已经交班"), N_("请重新登录，开始新的一班")),
    "till_restarted": (N_("收银系统重新启动过"), N_("请重新登录；没有看到结果的操作可能已经入账，请先核对最近小票")),
    "pin_wrong": (N_("密码不正确"), N_("还可以再试 %(left)s 次")),
    "pin_locked": (N_("登录已锁定"), N_("请在 %(minutes)s 分钟后再试")),
    "pin_missing": (N_("请输入密码"), ""),
    "pin_bad": (N_("密码格式不正确"), N_("密码为 4 至 6 位数字")),
    "manager_only": (N_("只有店长可以打开"), N_("请店长登录后再试")),
    "staff_unknown": (N_("没有这位员工"), N_("请从列表中选择")),
    "session_over": (N_("本次查询已结束"), N_("请再轻触一次会员卡")),
}

_HOUSE = {
    "busy_try_again": (N_("系统正忙"), N_("请稍等几秒再试一次")),
    "shop_not_set_up": (N_("门店尚未设置"), N_("请先完成门店设置")),
    "store_damaged": (N_("账本文件损坏"), N_("没有入账，请联系技术人员")),
    "store_unusable": (N_("账本暂时不能写入"), N_("没有入账，请联系技术人员")),
    "action_bad": (N_("页面内容不完整"), N_("请刷新页面后再试")),
    "language_unknown": (N_("没有这种语言"), N_("请选择屏幕上的语言")),
    "disk_full": (N_("存储空间已满"), N_("没有入账，请联系技术人员")),
    "bad_request": (N_("页面内容不完整"), N_("请刷新页面后再试")),
    "cross_site": (N_("请求来自别的网页"), N_("为了安全没有执行，请从本页面操作")),
    "not_found": (N_("没有这个页面"), N_("请返回收银台")),
    "server_error": (N_("系统出错了"), N_("刚才的操作不一定完成，请先查看最近小票")),
}

# What a tap, scan or search at the counter is told: the cashier is the front desk, and finds the member otherwise.
_FIND_OTHERWISE = N_("请按手机号或姓名查找会员")
_SHOW_ANEW = N_("请会员刷新手机上的会员码，再扫一次")
_COUNTER = {
    "card_unknown": (N_("这张卡没有登记"), _FIND_OTHERWISE),
    "card_unreadable": (N_("没有读到卡片"), N_("请将卡片平放在感应区，停留约一秒")),
    "card_foreign": (N_("这不是会员卡"), _FIND_OTHERWISE),
    "card_random_uid": (N_("手机不能当会员卡"), _FIND_OTHERWISE),
    "card_no_number": (N_("卡内没有会员号"), _FIND_OTHERWISE),
    "card_ambiguous": (N_("找到不止一位会员"), N_("请从列表中选择一位")),
    "card_frozen": (N_("这张卡已停用"), _FIND_OTHERWISE),
    "card_replaced": (N_("这张卡已更换"), N_("请使用新卡，或按手机号、姓名查找")),
    "medium_blacklisted": (N_("这张卡已停止使用"), N_("这张卡已被店长停用；按手机号、姓名查找会员")),
    "medium_retired": (N_("这张卡已交回"), N_("请使用新卡，或按手机号、姓名查找")),
    "card_clone": (
        N_("这张卡可能是复制的"),
        N_("它的号码属于一张加密卡，却没有通过验证；请留意持卡人，按手机号或姓名查找会员"),
    ),
    "other_shop_code": (N_("这是其他店的会员码"), _FIND_OTHERWISE),
    "code_unknown": (N_("没有会员使用这个号码"), _FIND_OTHERWISE),
    "payment_code_unexpected": (
        N_("现在不需要付款码"),
        N_("付款码没有被使用，也没有被保存；请扫会员码，或按手机号查找"),
    ),
    "collection_code": (N_("这是收款码"), _FIND_OTHERWISE),
    "tap_url_mac_wrong": (
        N_("这个网址可能是伪造的"),
        N_("它没有通过本店密钥的验证；请留意持卡人，按手机号或姓名查找会员"),
    ),
    "tap_url_replayed": (
        N_("这个网址已经用过"),
        N_("它可能是抄下来的；请会员重新轻触会员卡，或按手机号、姓名查找"),
    ),
    "member_qr_malformed": (N_("这个会员码不完整"), _SHOW_ANEW),
    "member_qr_expired": (N_("会员码已过期"), _SHOW_ANEW),
    "member_qr_replayed": (N_("这个会员码已经用过"), N_("它可能是别人的截图；请会员刷新手机上的会员码，再扫一次")),
    "member_qr_forged": (
        N_("这个会员码可能是伪造的"),
        N_("它没有通过本店密钥的验证；请留意持码人，按手机号或姓名查找会员"),
    ),
    "member_qr_key_unknown": (N_("本机没有这个会员码的密钥"), N_("请技术人员添加；这一次请按手机号或姓名查找会员")),
    "member_qr_early": (N_("这个会员码的时间晚于本机"), N_("本机时钟可能慢了，请检查；这一次请按手机号或姓名查找会员")),
    "scan_too_long": (N_("这个码太长"), _FIND_OTHERWISE),
    "scan_undecodable": (N_("没有读懂这个码"), N_("请再扫一次，或按手机号、姓名查找")),
    "printer_unavailable": (N_("暂时不能打印"), N_("请检查打印机")),
}
# The same, told while a member is open: there is nobody to find, and nothing of that member's was changed.
_MEMBER_OPEN = {
    "payment_code_unexpected": (N_("这里不能用付款码"), N_("付款码没有被使用，也没有被保存；会员和金额都没有改变")),
    "collection_code": (N_("这是收款码"), N_("这里不能向收款码付款；会员和金额都没有改变")),
}
_GENERAL_AT_COUNTER = (N_("暂时无法完成"), N_("请再试一次；若仍不成功，请联系店长"))

SENTENCES: Mapping[str, tuple[str, str]] = {
    **_CARDS,
    **_CODES,
    **_PRINTER,
    **_DEVICES,
    **_FILE,
    **_MONEY,
    **_STAFF,
    **_HOUSE,
}

AT_COUNTER: Mapping[str, tuple[str, str]] = {**SENTENCES, **_COUNTER}
WITH_MEMBER_OPEN: Mapping[str, tuple[str, str]] = {**AT_COUNTER, **_MEMBER_OPEN}
# What is told of a card, a code: whoever has a member open is told as well that it is not about that member.
ABOUT_A_CARD = _CARDS.keys()
ABOUT_A_CODE = _CODES.keys()

SUCCESS = {
    "topped_up": N_("充值成功"),
    "charged": N_("消费成功"),
    "slip_printed": N_("小票已打印"),
}
_DONE = N_("已完成")


def worded(
    code: str, values: Mapping[str, Value] | None = None, *, at_counter: bool = False, member_open: bool = False
) -> Worded:
    """Return the words of `code` in the language of the moment; amounts in `*_fen` values are written as yuan.

    `at_counter` asks for the words a cashier is told, who is the front desk that customers are sent to, and
    `member_open` for those of a tap or scan while the cashier has a member open.
    """
    sentences, general = (AT_COUNTER, _GENERAL_AT_COUNTER) if at_counter else (SENTENCES, _GENERAL)
    sentences = WITH_MEMBER_OPEN if member_open else sentences
    if code not in sentences and code in RULES:
        return _of_a_rule(code, values or {})
    headline, advice = sentences.get(code, general)
    fills = {
        name.removesuffix("_fen"): yuan(value) if name.endswith("_fen") and isinstance(value, int) else value
        for name, value in (values or {}).items()
    }
    try:
        return _joined(code, gettext(headline), (gettext(advice) % fills) if advice else "")
    except KeyError:
        # The refusal came without a value that its advice names: the headline still says what happened.
        return _joined(code, gettext(headline), gettext(general[1]))


def _of_a_rule(code: str, values: Mapping[str, Value]) -> Worded:
    """Return the words of a rule of the shop's: one sentence, kept in all languages beside the rule."""
    fills = {
        name: yuan(value) if name.endswith("_fen") and isinstance(value, int) else value
        for name, value in values.items()
    }
    try:
        sentence = in_language(*RULES[code]).format(**fills)
    except KeyError:
        return _joined(code, gettext(_GENERAL[0]), gettext(_GENERAL[1]))
    return Worded(code, sentence, "", sentence)


def succeeded(code: str) -> Worded:
    """Return the words of a success screen."""
    return _joined(
        code, gettext(SUCCESS.get(code, _DONE)), gettext("请在打印机出口取走小票") if code == "slip_printed" else ""
    )


def _joined(code: str, headline: str, advice: str) -> Worded:
    return Worded(code, headline, advice, headline + gettext("。") + advice if advice else headline)

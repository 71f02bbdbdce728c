"""Refusals that an option of a command answers: their words there name it, and screens keep those of `WORDS`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

AT_COMMANDS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "approval_ended": (
            "The approval is over; repeat the command with --approver and the name of who gives a new one.",
            "批准已过时效；请重新执行命令，并用 --approver 指定批准人。",
            "核准已過時效；請重新執行命令，並用 --approver 指定核准人。",
        ),
        "approval_needed": (
            "This needs somebody's approval; name with --approver who gives it.",
            "这一步需要他人批准；请用 --approver 指定批准人。",
            "這一步需要他人核准；請用 --approver 指定核准人。",
        ),
        "approval_other": (
            "The approval was given for something else; name with --approver who approves this.",
            "这个批准是给另一笔操作的；请用 --approver 指定谁来批准这一笔。",
            "這個核准是給另一筆操作的；請用 --approver 指定誰來核准這一筆。",
        ),
        "approval_own": (
            "Nobody approves what they do themselves; name a second person with --approver.",
            "不能批准自己的操作；请用 --approver 指定另一个人。",
            "不能核准自己的操作；請用 --approver 指定另一個人。",
        ),
        "approval_role": (
            "This person may not approve this; name somebody with --approver whose role allows it.",
            "这个人无权批准这一步；请用 --approver 指定有权限的人。",
            "這個人無權核准這一步；請用 --approver 指定有權限的人。",
        ),
        "coupon_reason_missing": (
            "A coupon that is ended needs a reason; give one with --reason.",
            "作废优惠券须填写原因；请用 --reason 说明。",
            "作廢優惠券須填寫原因；請用 --reason 說明。",
        ),
        "reason_missing": (
            "Give the reason with --reason.",
            "请用 --reason 说明原因。",
            "請用 --reason 說明原因。",
        ),
        "shift_reason_missing": (
            "The cash differs by {difference_fen}; give the reason with --reason.",
            "现金相差 {difference_fen}；请用 --reason 说明原因。",
            "現金相差 {difference_fen}；請用 --reason 說明原因。",
        ),
        "void_reason_missing": (
            "Say in a few words with --reason why this is undone.",
            "请用 --reason 简短说明撤销的原因。",
            "請用 --reason 簡短說明取消的原因。",
        ),
    }
)

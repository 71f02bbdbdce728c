"""Every state of the customer's screen, with the awkward contents: long names, large figures, many passes."""

from __future__ import annotations

import dataclasses
import time

from terminal.rules.kiosk import KioskScreen, PassView
from tests.kiosk_ui.shop import PANEL, member_screen

MANY_PASSES = (
    PassView("头皮深层护理与头发修复尊享疗程（十次）", 6, 10),
    PassView("水光焕肤", 2, 5),
    PassView("肩颈舒缓按摩", 0, 12),
    PassView("年度无限美甲卡", 36, 60),
    PassView("染发", 1, 1),
    PassView("Hydrating facial", 3, 8),
    PassView("足部护理", 4, 4),
)


def kiosk_states(language: str) -> dict[str, KioskScreen]:
    """Return the states by name, in `language`."""
    rich = dataclasses.replace(
        PANEL,
        surname="欧阳",
        masked_name="欧阳女士",
        level="至尊钻石会员",
        points=1_234_567,
        balance_fen=123_456_789,
        passes=MANY_PASSES,
    )
    bare = dataclasses.replace(
        PANEL, surname="", title="", masked_name="王*", level="", points=0, balance_fen=None, card_tail="", passes=()
    )
    soon_s = time.monotonic() + 5
    states = {
        "idle": KioskScreen(),
        "idle-contrast": KioskScreen(contrast=True),
        "reading": KioskScreen(name="reading"),
        "busy": KioskScreen(name="busy"),
        "out_of_service": KioskScreen(name="out_of_service"),
        "member": member_screen(),
        "member-contrast": dataclasses.replace(member_screen(), contrast=True),
        "member-rich": member_screen(panel=rich),
        "member-bare": member_screen(panel=bare, left_s=8),
        "member-printing": dataclasses.replace(member_screen(), printing=True),
        "topped-up": KioskScreen(
            name="success",
            code="topped_up",
            values=(("amount_fen", 100_000), ("bonus_fen", 10_000), ("balance_fen", 248_224)),
            ends_at_s=soon_s,
        ),
        "slip-printed": KioskScreen(name="success", code="slip_printed", ends_at_s=soon_s),
    }
    for code in ("card_unknown", "card_foreign", "card_random_uid", "payment_code_unexpected", "nothing_known"):
        states[f"error-{code}"] = KioskScreen(name="error", code=code, ends_at_s=soon_s + 3)
    return {name: dataclasses.replace(screen, language=language) for name, screen in states.items()}

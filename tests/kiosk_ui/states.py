"""Every state of the customer's screen in both themes, with the awkward contents: long names, every error there is."""

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

# Every code that ends in the customer's error screen: of cards, of codes, and of slips.
ERROR_CODES = (
    "card_unknown",
    "card_unreadable",
    "card_foreign",
    "card_random_uid",
    "card_no_number",
    "card_ambiguous",
    "card_frozen",
    "card_replaced",
    "medium_blacklisted",
    "medium_retired",
    "card_clone",
    "card_delayed",
    "card_tap_needed",
    "two_cards",
    "reading_timeout",
    "member_unknown",
    "other_shop_code",
    "code_unknown",
    "payment_code_unexpected",
    "collection_code",
    "tap_url_malformed",
    "tap_url_mac_wrong",
    "tap_url_replayed",
    "member_qr_malformed",
    "member_qr_early",
    "member_qr_expired",
    "member_qr_replayed",
    "member_qr_key_unknown",
    "member_qr_forged",
    "scan_too_long",
    "scan_undecodable",
    "printer_unavailable",
    "slip_in_doubt",
)


def kiosk_states(language: str) -> dict[str, KioskScreen]:
    """Return the states by name, in `language`; each also in high contrast."""
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
        "reading": KioskScreen(name="reading"),
        "busy": KioskScreen(name="busy"),
        "out_of_service": KioskScreen(name="out_of_service"),
        "member": member_screen(),
        "member-rich": member_screen(panel=rich),
        "member-bare": member_screen(panel=bare, left_s=8),
        "member-printing": dataclasses.replace(member_screen(), printing=True),
        "topped-up": KioskScreen(
            name="success",
            code="topped_up",
            values=(("amount_fen", 100_000), ("bonus_fen", 10_000), ("balance_fen", 248_224)),
            ends_at_s=soon_s,
        ),
        "charged": KioskScreen(
            name="success", code="charged", values=(("amount_fen", 8_800), ("balance_fen", 239_424)), ends_at_s=soon_s
        ),
        "slip-printed": KioskScreen(name="success", code="slip_printed", ends_at_s=soon_s),
    }
    for code in ERROR_CODES:
        states[f"error-{code}"] = KioskScreen(name="error", code=code, ends_at_s=soon_s + 3)
    states |= {f"{name}-contrast": dataclasses.replace(screen, contrast=True) for name, screen in states.items()}
    return {name: dataclasses.replace(screen, language=language) for name, screen in states.items()}

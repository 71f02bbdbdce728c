"""What was wrong with a device once: complete in three languages, and never an order."""

from __future__ import annotations

import pytest

from terminal.rules.doctor_words import LANGUAGES, REMEDIES
from terminal.rules.fault_words import WAS, fault_was


@pytest.mark.parametrize("code", sorted(WAS))
def test_what_was_wrong_is_said_in_three_languages_and_asks_for_nothing(code: str) -> None:
    assert [text.isascii() for text in WAS[code]] == [False, False, True]
    for language in LANGUAGES:
        words = fault_was(code, language)
        assert words
        assert "请" not in words
        assert "請" not in words


def test_every_loss_with_a_remedy_is_told_in_the_past_as_well() -> None:
    losses = {code for code in REMEDIES if code.startswith(("device_", "pcsc_", "driver_"))}
    losses |= {"printer_unreachable", "printer_silent"}
    assert losses <= WAS.keys()


def test_a_loss_nobody_worded_is_told_all_the_same() -> None:
    assert len({fault_was("some_new_fault", language) for language in LANGUAGES}) == len(LANGUAGES)

"""What a lot of bonus keeps of its release is enough to open it, or to cap it, years later."""

from __future__ import annotations

import pytest

from terminal.rules.value.bonus_note import release_note, release_of
from terminal.rules.value.releases import CAP_PER_BILL, IMMEDIATE, PER_VISIT, PERIODIC, Release


@pytest.mark.parametrize(
    ("release", "granted_fen", "kept"),
    [
        (Release(PER_VISIT, rate_bp=1_000, min_bill_fen=100_00), 300_00, True),
        (Release(CAP_PER_BILL, rate_bp=1_000), 0, True),
        (Release(PERIODIC, parts=12), 0, False),
        (Release(), 0, False),
    ],
)
def test_a_release_is_read_back_as_far_as_a_bill_needs_it(release: Release, granted_fen: int, kept: bool) -> None:
    noted = release_note(release, granted_fen)
    assert bool(noted) is kept
    assert release_of(noted) == (release if kept else Release(IMMEDIATE), granted_fen)


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"cap_bp": 10_000},
        {"cap_bp": 0},
        {"cap_bp": "much"},
        {"cap_bp": True},
        {"granted_fen": 300_00},
        {"granted_fen": 300_00, "rate_bp": 10_001},
        {"granted_fen": -1, "rate_bp": 1_000},
    ],
)
def test_what_says_nothing_of_a_release_opens_at_once(attributes: dict[str, object]) -> None:
    assert release_of(attributes) == (Release(IMMEDIATE), 0)  # type: ignore[arg-type]  # whatever an older release wrote

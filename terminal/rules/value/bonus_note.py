"""What a lot of bonus keeps of how it opens: the release it was granted with, as attributes of its bucket and back."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.rules.canonical import Canonical
from terminal.rules.value.releases import CAP_PER_BILL, IMMEDIATE, PER_VISIT, WHOLE_BP, Release


def release_note(release: Release, granted_fen: int) -> dict[str, Canonical]:
    """Return the attributes of bonus that opens like this: nothing where it is simply there from some day on.

    A locked lot keeps the grant of which each visit opens a part (`granted_fen`, `rate_bp`, `min_bill_fen`), a capped
    one `cap_bp` of a bill's payable amount.
    """
    if release.kind == PER_VISIT:
        return {"granted_fen": granted_fen, "rate_bp": release.rate_bp, "min_bill_fen": release.min_bill_fen}
    if release.kind == CAP_PER_BILL:
        return {"cap_bp": release.cap_bp}
    return {}


def release_of(attributes: Mapping[str, Canonical]) -> tuple[Release, int]:
    """Return the release that a bonus bucket's attributes keep, and the grant in fen of a locked one (else 0).

    What was made without any (an import, an older release) opens at once.
    """
    granted_fen, rate_bp, min_bill_fen, cap_bp = (
        value if type(value := attributes.get(name)) is int else 0
        for name in ("granted_fen", "rate_bp", "min_bill_fen", "cap_bp")
    )
    if granted_fen > 0 and 0 < rate_bp <= WHOLE_BP:
        return Release(PER_VISIT, rate_bp=rate_bp, min_bill_fen=min_bill_fen), granted_fen
    if 0 < cap_bp < WHOLE_BP:
        return Release(CAP_PER_BILL, rate_bp=cap_bp), 0
    return Release(IMMEDIATE), 0

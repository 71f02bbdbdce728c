"""Who may give value out of the shop's own hand: by the rights of their role, or with somebody's approval."""

from __future__ import annotations

from collections.abc import Callable

from terminal.ledger.draft import Draft
from terminal.rules.rulebook import Rulebook
from terminal.services.shifts.rights import Rights
from terminal.services.views import SignedIn

# Of `rules.till.roles.ACTIONS`: coupons by hand, a pass's dates, a membership handed over, cash for points.
ADJUST = "adjust_balance"
# Passes what somebody may do to a value in fen, noting in the draft who approved it, or refuses.
Allow = Callable[[SignedIn, Draft, int], None]


def whoever(_staff: SignedIn, _draft: Draft, _fen: int) -> None:
    """Allow everything: a shop without roles."""


def by_rights(rights: Rights, rulebook: Callable[[], Rulebook]) -> Allow:
    """Return what asks for the right `ADJUST`, by the roles in force; it refuses as `Rights.check`."""

    def allow(staff: SignedIn, draft: Draft, fen: int) -> None:
        draft.payload |= rights.check(rulebook().roles, staff, draft.action_id, ADJUST, fen)

    return allow

"""Who may give value out of the shop's own hand, or take back a reward: by right or approval, and under the watch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from terminal.ledger.draft import Draft
from terminal.rules.rulebook import Rulebook
from terminal.rules.split import half_up
from terminal.rules.till import anomaly
from terminal.services.shifts.rights import Rights
from terminal.services.shifts.watch import Watch
from terminal.services.views import SignedIn

# Of `rules.till.roles.ACTIONS`: coupons by hand, a pass's dates, a pass or membership handed over, cash for points.
ADJUST = "adjust_balance"
REFUND = "refund"
# Passes what somebody may do to a value in fen, noting in the draft who approved it, or refuses.
Allow = Callable[[SignedIn, Draft, int], None]


def whoever(_staff: SignedIn, _draft: Draft, _fen: int) -> None:
    """Allow everything: a shop without roles."""


def by_rights(rights: Rights, rulebook: Callable[[], Rulebook], right: str = ADJUST) -> Allow:
    """Return what asks for a right, by the roles in force; it refuses as `Rights.check`."""

    def allow(staff: SignedIn, draft: Draft, fen: int) -> None:
        draft.payload |= rights.check(rulebook().roles, staff, draft.action_id, right, fen)

    return allow


def by_watch(watch: Watch, rulebook: Callable[[], Rulebook], kind: str = anomaly.ADJUST) -> Allow:
    """Return what judges a change of a kind of `anomaly.KINDS`, and notes alerts; it refuses as `Watch.guard`.

    What an entry takes back is what its payload `undoes`.
    """

    def judge(staff: SignedIn, draft: Draft, fen: int) -> None:
        account = str(draft.payload["account"])
        event = watch.event(kind, staff, draft.action_id, account, fen)
        if alerts := watch.guard(rulebook(), replace(event, undoes=str(draft.payload.get("undoes", "")))):
            draft.payload["alerts"] = alerts

    return judge


def in_turn(first: Allow, then: Allow) -> Allow:
    """Return what asks both."""

    def allow(staff: SignedIn, draft: Draft, fen: int) -> None:
        first(staff, draft, fen)
        then(staff, draft, fen)

    return allow


def by_points(allow: Allow, rulebook: Callable[[], Rulebook]) -> Allow:
    """Return what asks `allow` for points, by what a bill takes them for."""

    def asked(staff: SignedIn, draft: Draft, points: int) -> None:
        offset = rulebook().prices.offset
        allow(staff, draft, half_up(points * offset.worth_fen, offset.step))

    return asked

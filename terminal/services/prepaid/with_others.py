"""What ties money coming in to the rest of the shop: rewards that a bill brings, and the watch over top-ups."""

from __future__ import annotations

from dataclasses import replace

from terminal.base.ids import AccountId, ActionId
from terminal.rules.canonical import Canonical
from terminal.rules.rulebook import Rulebook
from terminal.rules.till.anomaly import TOP_UP
from terminal.services.prepaid.buying import Paid
from terminal.services.prepaid.top_ups import Watched
from terminal.services.shifts.watch import Watch
from terminal.services.views import SignedIn


def by_watch(watch: Watch) -> Watched:
    """Return what judges top-ups and gift cards sold by the shop's rules of odd things; it refuses as `Watch.guard`."""

    def judge(
        rules: Rulebook, staff: SignedIn, action_id: ActionId, account: AccountId, amount_fen: int, paid: Paid
    ) -> dict[str, Canonical]:
        event = replace(watch.event(TOP_UP, staff, action_id, account, amount_fen), payer=paid.payer)
        alerts = watch.guard(rules, event)
        return {"alerts": alerts} if alerts else {}

    return judge

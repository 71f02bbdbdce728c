"""What others have a say in when a bill is settled: who may do it, what looks wrong, and what growth brings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from terminal.base.ids import AccountId, ActionId
from terminal.ledger.draft import Draft
from terminal.rules.bill_note import BillNote
from terminal.rules.canonical import Canonical
from terminal.rules.loyalty.growth import DayTotal
from terminal.rules.loyalty.referral import FIRST_BILL
from terminal.rules.rulebook import Rulebook
from terminal.rules.till.anomaly import SPEND
from terminal.services.bills.asks import Allow, Also
from terminal.services.bills.asks import Watch as Watching
from terminal.services.bills.values import Act
from terminal.services.prepaid.milestones import Milestones
from terminal.services.prepaid.referrals import Referrals
from terminal.services.shifts.rights import Rights
from terminal.services.shifts.watch import Watch
from terminal.services.views import SignedIn


def by_watch(watch: Watch) -> Watching:
    """Return what judges bills by the shop's rules of odd things; it refuses as `Watch.guard`."""

    def judge(rules: Rulebook, staff: SignedIn, act: Act) -> dict[str, Canonical]:
        event = watch.event(SPEND, staff, act.action_id, act.account, act.amount_fen)
        event = replace(event, discount_bp=act.discount_bp)
        alerts = watch.guard(rules, event, approval=act.approval)
        return {"alerts": alerts} if alerts else {}

    return judge


def by_rights(rights: Rights) -> Allow:
    """Return what asks the roles of the shop, and a second person where one alone may not; as `Rights.check`."""

    def allow(
        rules: Rulebook, staff: SignedIn, action_id: ActionId, action: str, amount: int, approval: str
    ) -> dict[str, Canonical]:
        return rights.check(rules.roles, staff, action_id, action, amount, approval=approval)

    return allow


def with_rewards(milestones: Milestones, referrals: Referrals, day_of: Callable[[Draft], dt.date]) -> Also:
    """Return what a bill also brings: milestones of growth, and what is due to those who brought a new member."""

    def add(draft: Draft, rules: Rulebook, note: BillNote) -> None:
        if note.account:
            account = AccountId(note.account)
            now = DayTotal(day_of(draft), paid_fen=note.paid_fen, points=note.points, visits=1)
            milestones.rewards_due(draft, rules, account, now)
            referrals.add(draft, rules, account, FIRST_BILL, note.paid_fen)

    return add

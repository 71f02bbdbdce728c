"""What looks wrong in taking something back, judged by the shop's rules before it is posted, as bills are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from terminal.rules.canonical import Canonical
from terminal.services.refunds.asking import By
from terminal.services.shifts.watch import Watch


@dataclass(frozen=True, slots=True)
class Act:
    """What is about to be taken back: a kind of `anomaly.KINDS`, whose (empty: a walk-in's), and how much in fen.

    `undoes` names the entry it takes back, empty where that is more than one.
    """

    kind: str
    account: str
    amount_fen: int
    undoes: str = ""


# Judges something before it is posted, in its transaction, and returns what its payload notes.
Watching = Callable[[By, Act], dict[str, Canonical]]


def unwatched(_: By, __: Act) -> dict[str, Canonical]:
    """Find nothing wrong."""
    return {}


def by_watch(watch: Watch) -> Watching:
    """Return what judges by the shop's rules of odd things; it refuses as `Watch.guard`."""

    def judge(by: By, act: Act) -> dict[str, Canonical]:
        event = watch.event(act.kind, by.staff, by.action_id, act.account, act.amount_fen)
        alerts = watch.guard(by.rulebook, replace(event, undoes=act.undoes))
        return {"alerts": alerts} if alerts else {}

    return judge

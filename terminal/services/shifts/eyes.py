"""The watch and the rights of a running till, asked by what has neither: the drawer, and whoever counts wrong PINs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from terminal.base.ids import ActionId
from terminal.rules.entry import Entry
from terminal.rules.rulebook import Rulebook
from terminal.rules.till.anomaly import DRAWER
from terminal.services.shifts.rights import Rights
from terminal.services.shifts.watch import Watch
from terminal.services.storage import OpenStore
from terminal.services.views import SignedIn

OPEN_DRAWER = "open_drawer"


@dataclass(frozen=True, slots=True)
class Eyes:
    """One watch for the whole till, with the rights of its people and the rules in force. Used by the dispatcher."""

    rights: Rights
    watch: Watch
    rulebook: Callable[[], Rulebook]

    def may_open(self, staff: SignedIn, action_id: ActionId) -> None:
        """Pass somebody who may open the drawer without a sale now, in the transaction that writes the opening down.

        Raises `Refusal` as `Rights.check` for the right `open_drawer`, and as `Watch.guard` where a rule blocks.
        Approvals are looked for under the action id.
        """
        rules = self.rulebook()
        self.rights.check(rules.roles, staff, action_id, OPEN_DRAWER)
        self.watch.pass_noted(rules, self.watch.event(DRAWER, staff, action_id))

    def pin_failed(self, made: Entry) -> bool:
        """Judge a wrong PIN by its entry, in its transaction; return whether a rule locks that PIN at once."""
        return self.watch.pin_failed(self.rulebook(), made).needs_manager


def eyes_over(
    store: OpenStore,
    rulebook: Callable[[], Rulebook],
    *,
    alarm: Callable[[str], None],
    soon: Callable[[Callable[[], None]], None],
) -> Eyes:
    """Return the watch over an open store; `alarm` tells the counter a code, `soon` works after the transaction."""
    rights = Rights(store.database, store.clock)
    return Eyes(rights, Watch(store.database, store.book, store.clock, rights, alarm=alarm, soon=soon), rulebook)

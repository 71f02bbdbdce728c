"""The verbs behind `terminal drawer open`: the drawer without a sale, in the name of somebody who gives their PIN."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from terminal.base.errors import Refusal
from terminal.base.ids import ActionId, is_id
from terminal.services.ask import Ask
from terminal.services.drawer import BY_STAFF, Drawer
from terminal.services.shifts.asked import Wish
from terminal.services.shifts.signing import Signing

Answer = Mapping[str, Any]


class DrawerCommands:
    """Opens the drawer of a running till for commands on this machine."""

    def __init__(self, drawer: Drawer, signing: Signing, ask: Ask) -> None:
        """Work by `ask`."""
        self._drawer = drawer
        self._signing = signing
        self._ask = ask

    def verbs(self) -> dict[str, Callable[..., Answer]]:
        """Return the functions by the name a command calls them."""
        return {"drawer_open": self.open, "drawer_state": self.state}

    def open(self, *, action: str, staff: str, pin: str, approver: str = "", approver_pin: str = "") -> Answer:
        """Have the drawer opened once for the action; answer like `state`.

        Raises `Refusal` `drawer_unavailable`, as `Drawer.open` for who may not, and as `Signing.done`.
        """

        def work(wish: Wish) -> Answer:
            self._drawer.open(wish.by, wish.action_id, BY_STAFF)
            return self._told(wish.action_id)

        return self._signing.done(action, (staff, pin), (approver, approver_pin), work)

    def state(self, action: str) -> Answer:
        """Answer `state` and `code` of the opening of an action, as `Drawer.state` does."""
        if not is_id(action):
            raise Refusal("action_bad")
        return self._ask(lambda: self._told(ActionId(action)))

    def _told(self, action: ActionId) -> Answer:
        state, code = self._drawer.state(action)
        return {"state": state, "code": code}

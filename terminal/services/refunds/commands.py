"""The verbs behind `terminal refund`: arguments and answers are JSON values, each called in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from terminal.rules.rulebook import Rulebook
from terminal.services.ask import Ask
from terminal.services.members import Members
from terminal.services.refunds.desk import BackDesk
from terminal.services.shifts.signing import Signing


class RefundCommands:
    """Gives back what was settled for commands on this machine, in the name of somebody who gives their PIN."""

    def __init__(
        self,
        back: BackDesk,
        members: Members,
        signing: Signing,
        rulebook: Callable[[], Rulebook],
        ask: Ask,
        printed: Callable[[], None],
    ) -> None:
        """Work by `ask`; `printed` tells the printer that a slip may wait."""
        self._back = back
        self._members = members
        self._signing = signing
        self._rulebook = rulebook
        self._ask = ask
        self._printed = printed

    def verbs(self) -> dict[str, Callable[..., Mapping[str, Any]]]:
        """Return the functions by the name a command calls them."""
        return {}

"""The verbs behind `terminal bill`: arguments and answers are JSON values, each called in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from terminal.rules.rulebook import Rulebook
from terminal.services.ask import Ask
from terminal.services.bills.bills import Bills
from terminal.services.members import Members
from terminal.services.shifts.signing import Signing


class BillCommands:
    """Opens, prices and settles bills for commands on this machine, in the name of somebody who gives their PIN."""

    def __init__(
        self,
        bills: Bills,
        members: Members,
        signing: Signing,
        rulebook: Callable[[], Rulebook],
        ask: Ask,
        printed: Callable[[], None],
    ) -> None:
        """Work by `ask`; `printed` tells the printer that a slip may wait."""
        self._bills = bills
        self._members = members
        self._signing = signing
        self._rulebook = rulebook
        self._ask = ask
        self._printed = printed

    def verbs(self) -> dict[str, Callable[..., Mapping[str, Any]]]:
        """Return the functions by the name a command calls them."""
        return {}

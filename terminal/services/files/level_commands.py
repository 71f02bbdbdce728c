"""The verbs behind `terminal member level`: levels given and locked, in the name of somebody who gives their PIN."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from terminal.services.ask import Ask
from terminal.services.files.levels import GivenLevels, Said
from terminal.services.prepaid.doing import Who
from terminal.services.shifts.asked import Wish
from terminal.services.shifts.signing import Signing

Answer = Mapping[str, Any]


class LevelCommands:
    """Shows, gives and locks levels for commands on this machine."""

    def __init__(self, levels: GivenLevels, signing: Signing, ask: Ask) -> None:
        """Work by `ask`."""
        self._levels = levels
        self._signing = signing
        self._ask = ask

    def verbs(self) -> dict[str, Callable[..., Answer]]:
        """Return the functions by the name a command calls them."""
        return {"member_level_look": self.look, "member_level": self.set}

    def look(self, *, account: str, give: str | None = None, lock: bool | None = None) -> Answer:
        """Answer what would become of a level, as `Seen`; raise `Refusal` as `GivenLevels.look`."""
        said = _said(give, lock, "")
        return asdict(self._ask(lambda: self._levels.look(account, said)))

    def set(
        self,
        *,
        account: str,
        give: str | None = None,
        lock: bool | None = None,
        reason: str = "",
        **who: str,
    ) -> Answer:
        """Give a level, lock it or let it go; answer what was done, as `Changed`.

        Raises `Refusal` as `GivenLevels.set` and `Signing.done`.
        """
        said = _said(give, lock, reason)
        by = Who(**who)

        def work(wish: Wish) -> Answer:
            return asdict(self._levels.set(wish, account, said))

        return self._signing.done(by.action, (by.staff, by.pin), (by.approver, by.approver_pin), work)


def _said(give: object, lock: object, reason: object) -> Said:
    """Return what came through the door, where anything may be said; raise `TypeError` for what has another shape."""
    right = isinstance(give, str | None) and isinstance(lock, bool | None) and isinstance(reason, str)
    if not right:
        raise TypeError("a level, a lock or a reason of no right form")
    return Said(give, lock, reason)  # type: ignore[arg-type]  # just looked at

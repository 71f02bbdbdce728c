"""What somebody wants done, and by whom; and whom a wrong PIN is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from terminal.base.ids import ActionId
from terminal.rules.entry import Entry
from terminal.services.views import SignedIn

# Judges a wrong PIN by the entry just posted of it, in its transaction; says whether that PIN is locked at once.
Failed = Callable[[Entry], bool]


def unwatched(_: Entry) -> bool:
    """Find nothing odd in a wrong PIN."""
    return False


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done: once for its action id; `approval` names a second person's yes, where one is needed.

    Without a name an approval is looked for under the action id.
    """

    by: SignedIn
    action_id: ActionId
    approval: str = ""

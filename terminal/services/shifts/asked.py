"""What somebody wants done, and by whom."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.base.ids import ActionId
from terminal.services.views import SignedIn


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done: once for its action id; `approval` names a second person's yes, where one is needed.

    Without a name an approval is looked for under the action id.
    """

    by: SignedIn
    action_id: ActionId
    approval: str = ""

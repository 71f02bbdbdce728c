"""Who wants something taken back, and whether they may: the roles' limits, and an approval for more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.base.ids import ActionId
from terminal.rules.canonical import Canonical
from terminal.rules.rulebook import Rulebook
from terminal.services.refunds.records import Records
from terminal.services.shifts.records import require_open
from terminal.services.shifts.rights import Rights
from terminal.services.views import SignedIn


@dataclass(frozen=True, slots=True)
class By:
    """Who asks, by the rules in force, under the action id chosen before it; an approval is looked for under that id.

    `alone` says that nothing of this shop's book is anywhere else: the box has always been alone, or the cloud has
    handed over all that the member has. With `in_shift` money goes over a counter, and nobody without a shift may ask.
    """

    rulebook: Rulebook
    staff: SignedIn
    action_id: ActionId
    alone: bool = False
    in_shift: bool = False

    def check(self, records: Records, action: str, amount_fen: int) -> dict[str, Canonical]:
        """Return what every entry says of who asked and who approved, where the person may do it, alone or approved.

        Called in the transaction that posts it. Raises `Refusal` as `moving` and `Rights.check`.
        """
        said = self.moving(records)
        rights = Rights(records.database, records.clock)
        approved = rights.check(self.rulebook.roles, self.staff, self.action_id, action, amount_fen)
        return {**said, **approved}

    def moving(self, records: Records) -> dict[str, Canonical]:
        """Return what an entry that moves money says of who asked, whose shift must be open and its cash not counted.

        Called in the transaction that posts it. Raises `Refusal` as `shifts.records.require_open`, where a shift is
        named or needed.
        """
        if self.staff.shift_no or self.in_shift:
            require_open(records.database, self.staff)
        return self.said()

    def said(self) -> dict[str, Canonical]:
        """Return what every entry says of who asked."""
        return {"operator": self.staff.staff_id, "shift": self.staff.shift_no}


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be refunded of a bill: quantities by place of the line (None: all that is left but sold passes).

    `goods_back` are the quantities that came back to the shelf, by place of the line. `expected_fen` is what was shown
    before it was confirmed; None confirms whatever it is.
    """

    bill: str
    lines: Mapping[int, int] | None = None
    goods_back: Mapping[int, int] | None = None
    expected_fen: int | None = None

    def request(self) -> dict[str, Canonical]:
        """Return what is asked, by which the same action is known again."""
        return {"bill": self.bill, "lines": _plain(self.lines), "goods": _plain(self.goods_back or {})}


def _plain(quantities: Mapping[int, int] | None) -> Canonical:
    if quantities is None:
        return "all"
    return [[place, quantity] for place, quantity in sorted(quantities.items())]


def check_goods(lines: Mapping[int, int], goods: Mapping[int, int] | None, kinds: Mapping[int, str]) -> None:
    """Raise `Refusal` `refund_goods_bad` unless the goods that came back are products that are refunded."""
    for place, quantity in (goods or {}).items():
        if kinds.get(place) != "product" or not 0 <= quantity <= lines.get(place, 0):
            raise Refusal("refund_goods_bad", line=place + 1)

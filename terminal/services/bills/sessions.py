"""Sessions of passes on a bill: reserved when the member checks in, used when the bill is settled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.ledger.draft import Lot
from terminal.rules import entry
from terminal.rules.passes.sold import SoldPass, Take
from terminal.rules.passes.use import PassVisit, Use, after_use, use, why_not
from terminal.rules.rulebook import Rulebook
from terminal.services.bills import values
from terminal.services.bills.values import AT_COUNTER, Order, OrderLine, Place, Reserved, SessionsLeft
from terminal.services.bills.wallet import Section, Wallet, Wallets, pass_of, terms_of
from terminal.services.files.aliases import MergedFiles
from terminal.store.database import Database

_BILLS_OF_DAY = (
    "SELECT entry.bytes FROM deed JOIN entry ON entry.life = deed.life AND entry.seq = deed.seq"
    " WHERE deed.account = ? AND deed.account <> x'' AND deed.of_day = ? AND deed.kind = 'bill'"
)
_OPEN = "SELECT body FROM open_bill WHERE id <> ?"


@dataclass(frozen=True, slots=True)
class Visit:
    """Who comes with an order, where and when: `at` is the shop's civil time, `day` its business day."""

    order: Order
    rules: Rulebook
    at: dt.datetime
    day: dt.date
    place: Place = AT_COUNTER
    bill: str = ""

    @property
    def holder(self) -> str:
        """By which name the bill holds units."""
        return f"bill:{self.bill}" if self.bill else ""


class Sessions:
    """Finds passes and reserves their sessions; writes nothing."""

    def __init__(self, database: Database, wallets: Wallets, section: Section, *, is_alone: bool) -> None:
        """Read passes from `wallets`; `section` gives the terms of their sale, `is_alone`: no other till has any."""
        self._database = database
        self._wallets = wallets
        self._section = section
        self._is_alone = is_alone
        self._merged = MergedFiles(database)

    def reserve(self, visit: Visit, before: Iterable[Reserved] = ()) -> tuple[Reserved, ...]:
        """Return what an order's lines take of passes; what was reserved `before` for a line stays as it is.

        Raises `Refusal` `pass_unknown` for a pass that is not here, `pass_used_up_here` (left) where other tills may
        have more of its sessions, else what `passes.use.use` raises.
        """
        kept = {each.line: each for each in before}
        found: list[Reserved] = []
        passes = self._beside(visit, kept)
        for place, line in enumerate(visit.order.lines):
            if not line.pass_lot:
                continue
            if place in kept:
                found.append(kept[place])
                continue
            sold = passes.get(line.pass_lot) or self._sold(visit, line)
            taken = self._use(sold, self._wants(visit, sold, line))
            passes[line.pass_lot] = after_use(sold, taken)
            units = tuple((each.bucket, each.amount) for each in taken.taken)
            found.append(Reserved(place, units, _iso(taken.starts_on), _iso(taken.ends_on)))
        return tuple(found)

    def _beside(self, visit: Visit, kept: Mapping[int, Reserved]) -> dict[str, SoldPass]:
        """Return the passes of which new lines want sessions too, as the lines that keep theirs leave them."""
        lines = visit.order.lines
        wanted = {line.pass_lot for place, line in enumerate(lines) if place not in kept}
        passes: dict[str, SoldPass] = {}
        for place, each in kept.items():
            line = lines[place]
            if line.pass_lot in wanted:
                sold = passes.get(line.pass_lot) or self._sold(visit, line)
                taken = tuple(Take(name, amount) for name, amount in each.taken)
                passes[line.pass_lot] = after_use(sold, Use(line.quantity, taken, sold.starts_on, sold.ends_on))
        return passes

    def _use(self, sold: SoldPass, wanted: PassVisit) -> Use:
        try:
            return use(sold, wanted)
        except Refusal as refusal:
            if refusal.code == "pass_used_up" and not self._is_alone:
                raise Refusal("pass_used_up_here", left=sold.left_for(wanted.item)) from None
            raise

    def left(self, visit: Visit, wallet: Wallet) -> tuple[SessionsLeft, ...]:
        """Return for each line of an item which of the member's own passes could settle it."""
        found: list[SessionsLeft] = []
        passes = wallet.passes() if any(line.item for line in visit.order.lines) else {}
        for name, lots in passes.items():
            terms = terms_of(lots, visit.rules, self._section)
            if terms is None:
                continue
            sold = pass_of(lots, terms, self._used(visit, name, lots) if terms.daily_limit else 0)
            for place, line in enumerate(visit.order.lines):
                if (
                    line.item
                    and sold.part_of(line.item) is not None
                    and not why_not(sold, self._wants(visit, sold, line))
                ):
                    found.append(SessionsLeft(place, name, sold.left_for(line.item)))
        return tuple(found)

    def _sold(self, visit: Visit, line: OrderLine) -> SoldPass:
        lots = (
            self._wallets.of(line.pass_of or visit.order.account, visit.day, visit.holder).passes().get(line.pass_lot)
        )
        terms = terms_of(lots, visit.rules, self._section) if lots else None
        if not lots or terms is None:
            raise Refusal("pass_unknown")
        return pass_of(lots, terms, self._used(visit, line.pass_lot, lots) if terms.daily_limit else 0)

    def _wants(self, visit: Visit, sold: SoldPass, line: OrderLine) -> PassVisit:
        own = self._merged.owners(AccountId(visit.order.account)) if visit.order.account else ()
        # A merged member's pass still bears the account it was sold to.
        member = sold.holder if sold.holder in own else (own[0] if own else "")
        return PassVisit(member, line.item, visit.at.replace(tzinfo=None), visit.place.store, line.quantity, visit.day)

    def _used(self, visit: Visit, name: str, lots: list[Lot]) -> int:
        """Return how many sessions of a pass were used here on the day, or are reserved by other bills.

        A session that was refunded since still counts: the visit was made.
        """
        people = lots[0].facts.attributes.get("sharers")
        accounts = [lots[0].facts.owner, *(map(str, people) if isinstance(people, list) else ())]
        accounts += [visit.order.account] if visit.order.account not in accounts else []
        used = 0
        for account in filter(None, accounts):
            for (data,) in self._database.rows(_BILLS_OF_DAY, (bytes.fromhex(account), visit.day.isoformat())):
                used += _sessions_of(entry.from_bytes(data).payload.get("lines"), name) if data else 0
        for (body,) in self._database.rows(_OPEN, (visit.bill,)):
            order, _ = values.read(body)
            used += sum(line.quantity for line in order.lines if line.pass_lot == name)
        return used


def still_fitting(before: Order, after: Order, reserved: Iterable[Reserved]) -> tuple[Reserved, ...]:
    """Return the reservations that a changed order keeps: those of lines that want the same of the same pass.

    They were judged on the day of the check-in, so that neither an end nor a pause since then takes them away.
    """

    def wish(line: OrderLine) -> tuple[str, str, int]:
        return line.pass_lot, line.item, line.quantity

    old = [(wish(before.lines[each.line]), each) for each in reserved]
    kept: list[Reserved] = []
    for place, line in enumerate(after.lines):
        match = next((pair for pair in old if pair[0] == wish(line)), None) if line.pass_lot else None
        if match is not None:
            old.remove(match)
            kept.append(Reserved(place, match[1].taken, match[1].starts_on, match[1].ends_on))
    return tuple(kept)


def _sessions_of(lines: object, name: str) -> int:
    """Return how many sessions of a pass a bill's lines used; a pass that was sold with it used none."""
    found: list[Mapping[str, object]] = (
        [each for each in lines if isinstance(each, dict)] if isinstance(lines, list) else []
    )
    counts = [each.get("quantity") for each in found if each.get("pass_lot") == name and each.get("kind") != "pass"]
    return sum(count for count in counts if type(count) is int)


def _iso(day: dt.date | None) -> str:
    return "" if day is None else day.isoformat()

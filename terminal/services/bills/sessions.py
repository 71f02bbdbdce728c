"""Sessions of passes on a bill: reserved when the member checks in, used when the bill is settled."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.ledger.draft import Lot
from terminal.rules import entry
from terminal.rules.bill_note import PASS
from terminal.rules.canonical import Canonical
from terminal.rules.passes.sold import SoldPass, Take
from terminal.rules.passes.terms import PassTerms
from terminal.rules.passes.use import PassVisit, Use, after_use, use, why_not
from terminal.rules.prices.best import Reason
from terminal.rules.rulebook import Rulebook
from terminal.services.bills.kept import read
from terminal.services.bills.values import AT_COUNTER, Order, OrderLine, PassUnused, Place, Reserved, SessionsLeft
from terminal.services.bills.wallet import Section, Wallet, Wallets, pass_of, remembering, terms_of
from terminal.services.files.aliases import MergedFiles
from terminal.store.database import Database

_BILLS_OF_DAY = (
    "SELECT entry.bytes FROM deed JOIN entry ON entry.life = deed.life AND entry.seq = deed.seq"
    " JOIN life ON life.n = deed.life"
    " WHERE deed.account IN ({marks}) AND deed.account <> x'' AND deed.of_day = ? AND deed.kind = 'bill'"
    " AND NOT EXISTS (SELECT 1 FROM deed AS later WHERE later.undoes <> '' AND later.kind = 'void'"
    " AND later.undoes = life.device || '/' || life.epoch || '/' || deed.seq)"
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


@dataclass(slots=True)
class _Found:
    """What one visit's passes are: lots and terms by account and pass, each account's wallet read once."""

    wallets: Wallets
    visit: Visit
    section: Section
    read: dict[str, Wallet] = field(default_factory=dict)
    lots: dict[str, dict[str, list[Lot]]] = field(default_factory=dict)
    used: Mapping[str, int] = field(default_factory=dict)

    def wallet(self, account: str) -> Wallet:
        """Return the wallet of an account as the visit may use it."""
        if account not in self.read:
            self.read[account] = self.wallets.of(account, self.visit.day, self.visit.holder)
        return self.read[account]

    def of_line(self, line: OrderLine) -> tuple[list[Lot], PassTerms]:
        """Return the pass a line names; raise `Refusal` `pass_unknown` or `pass_rules_unknown`."""
        account = line.pass_of or self.visit.order.account
        if account not in self.lots:
            self.lots[account] = self.wallet(account).passes()
        lots = self.lots[account].get(line.pass_lot)
        if not lots:
            raise Refusal("pass_unknown")
        terms = terms_of(lots, self.visit.rules, self.section)
        if terms is None:
            raise Refusal("pass_rules_unknown")
        return lots, terms

    def sold(self, line: OrderLine) -> SoldPass:
        """Return the pass a line names, with what was used of it today."""
        lots, terms = self.of_line(line)
        return pass_of(lots, terms, self.used.get(line.pass_lot, 0))


class Sessions:
    """Finds passes and reserves their sessions; writes nothing."""

    def __init__(self, database: Database, wallets: Wallets, section: Section, is_alone: Callable[[], bool]) -> None:
        """Read passes from `wallets`; `section` gives the terms of their sale, `is_alone`: no other till has any."""
        self._database = database
        self._wallets = wallets
        self._section = section
        self._is_alone = is_alone
        self._merged = MergedFiles(database)

    def reserve(self, visit: Visit, before: Iterable[Reserved] = ()) -> tuple[Reserved, ...]:
        """Return what an order's lines take of passes; what was reserved `before` for a line stays as it is.

        Raises `Refusal` `pass_unknown` for a pass that is not here, `pass_rules_unknown` for one whose terms are not,
        `pass_used_up_here` (left) where other tills may have more of its sessions, else what `passes.use.use` raises.
        """
        kept = {each.line: each for each in before}
        new = {place for place, line in enumerate(visit.order.lines) if line.pass_lot and place not in kept}
        if not new:
            return tuple(kept[place] for place in sorted(kept))
        found = self._found(visit, {visit.order.lines[place].pass_lot for place in new})
        passes = _beside(found, kept)
        reserved: list[Reserved] = []
        for place, line in enumerate(visit.order.lines):
            if place in kept:
                reserved.append(kept[place])
            elif place in new:
                sold = passes.get(line.pass_lot) or found.sold(line)
                taken = self._use(sold, _wants(visit, found.wallet(visit.order.account).owners, sold, line))
                passes[line.pass_lot] = after_use(sold, taken)
                units = tuple((each.bucket, each.amount) for each in taken.taken)
                dates = _iso(taken.starts_on), _iso(taken.ends_on)
                reserved.append(Reserved(place, units, *dates, visit.day.isoformat()))
        return tuple(reserved)

    def _found(self, visit: Visit, names: Collection[str]) -> _Found:
        """Return the passes of these names that the lines are about; raise `Refusal` as `reserve`."""
        found = _Found(self._wallets, visit, remembering(self._section))
        named = [found.of_line(line) for line in visit.order.lines if line.pass_lot in names]
        found.used = self._used(visit, found.wallet(visit.order.account).owners, named)
        return found

    def _use(self, sold: SoldPass, wanted: PassVisit) -> Use:
        try:
            return use(sold, wanted)
        except Refusal as refusal:
            if refusal.code == "pass_used_up" and not self._is_alone():
                raise Refusal("pass_used_up_here", left=sold.left_for(wanted.item)) from None
            raise

    def left(self, visit: Visit, wallet: Wallet) -> tuple[tuple[SessionsLeft, ...], tuple[PassUnused, ...]]:
        """Return for each line of an item which of the member's own passes could settle it, and which could not."""
        passes = wallet.passes() if any(line.item for line in visit.order.lines) else {}
        section = remembering(self._section)
        terms = {name: terms_of(lots, visit.rules, section) for name, lots in passes.items()}
        known = [(lots, each) for name, lots in passes.items() if (each := terms[name]) is not None]
        used = self._used(visit, wallet.owners, known)
        good: list[SessionsLeft] = []
        bad: list[PassUnused] = []
        for name, lots in passes.items():
            called, of_pass = str(lots[0].facts.attributes.get("name", "")), terms[name]
            if of_pass is None:
                bad.append(PassUnused(name, called, None, Reason("pass_rules_unknown")))
                continue
            sold = pass_of(lots, of_pass, used.get(name, 0))
            for place, line in enumerate(visit.order.lines):
                if not line.item or sold.part_of(line.item) is None:
                    continue
                trouble = why_not(sold, _wants(visit, wallet.owners, sold, line))
                if trouble is None:
                    good.append(SessionsLeft(place, name, sold.left_for(line.item), called))
                else:
                    bad.append(PassUnused(name, called, place, Reason(trouble.code, trouble.values)))
        return tuple(good), tuple(bad)

    def _used(
        self, visit: Visit, own: Sequence[AccountId], passes: Sequence[tuple[list[Lot], PassTerms]]
    ) -> Mapping[str, int]:
        """Return by lot how many sessions were used here on the day, or are reserved on it by other bills.

        Only passes with a daily limit are looked at. A session that was refunded since still counts: the visit was
        made. One of a bill that was voided does not: what was rung up never was.
        """
        limited = [lots for lots, terms in passes if terms.daily_limit]
        if not limited:
            return {}
        day, counts = visit.day.isoformat(), Counter[str]()
        people = self._people(own, limited)
        bills = self._database.rows(
            _BILLS_OF_DAY.format(marks=", ".join("?" * len(people))), (*map(bytes.fromhex, people), day)
        )
        for (data,) in bills:
            if data:
                counts.update(_sessions_of(entry.from_bytes(data).payload, day))
        for (body,) in self._database.rows(_OPEN, (visit.bill,)):
            order, reserved, _ = read(body)
            for each in reserved:
                # A bill that a release before this one kept does not say when it was reserved: today, perhaps.
                if each.day in {"", day}:
                    counts[order.lines[each.line].pass_lot] += order.lines[each.line].quantity
        return counts

    def _people(self, own: Sequence[AccountId], passes: Iterable[list[Lot]]) -> list[AccountId]:
        """Return all accounts by which somebody may have used one of these passes: holders, sharers, who comes."""
        found = dict.fromkeys(own)
        for lots in passes:
            sharers = lots[0].facts.attributes.get("sharers")
            persons = [lots[0].facts.owner, *(map(str, sharers) if isinstance(sharers, list) else ())]
            for person in persons:
                if person not in found:
                    found |= dict.fromkeys(self._merged.owners(AccountId(person)))
        return list(found)


def _beside(found: _Found, kept: Mapping[int, Reserved]) -> dict[str, SoldPass]:
    """Return the passes of which new lines want sessions too, as the lines that keep theirs leave them."""
    lines = found.visit.order.lines
    wanted = {line.pass_lot for place, line in enumerate(lines) if place not in kept}
    passes: dict[str, SoldPass] = {}
    for place, each in kept.items():
        line = lines[place]
        if line.pass_lot in wanted:
            sold = passes.get(line.pass_lot) or found.sold(line)
            taken = tuple(Take(name, amount) for name, amount in each.taken)
            count = line.quantity if each.day in {"", found.visit.day.isoformat()} else 0
            passes[line.pass_lot] = after_use(sold, Use(count, taken, sold.starts_on, sold.ends_on))
    return passes


def _wants(visit: Visit, own: Sequence[AccountId], sold: SoldPass, line: OrderLine) -> PassVisit:
    # Files may have been merged since the pass was sold or shared: it bears the account it was sold to or shared with.
    member = next((each for each in own if each == sold.holder or each in sold.sharers), own[0] if own else "")
    return PassVisit(member, line.item, visit.at.replace(tzinfo=None), visit.place.store, line.quantity, visit.day)


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
            kept.append(replace(match[1], line=place))
    return tuple(kept)


def _sessions_of(payload: Mapping[str, Canonical], day: str) -> Counter[str]:
    """Return by pass how many sessions a bill's lines used that were reserved on a day (ISO) or never before.

    A pass that was sold with the bill used none.
    """
    lines, days = payload.get("lines"), payload.get("reserved_on")
    pairs = [each for each in days if isinstance(each, list) and len(each) == 2] if isinstance(days, list) else []
    other = [place for place, on in pairs if on != day]
    counts: Counter[str] = Counter()
    for place, line in enumerate(lines if isinstance(lines, list) else ()):
        if isinstance(line, dict) and line.get("kind") != PASS and place not in other:
            lot, quantity = line.get("pass_lot"), line.get("quantity")
            if isinstance(lot, str) and type(quantity) is int:
                counts[lot] += quantity
    return counts


def _iso(day: dt.date | None) -> str:
    return "" if day is None else day.isoformat()

"""What commands on this machine may do: the same functions with a till running (through its door) and without."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from math import inf
from typing import Any

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.rules.member_file import MemberLine
from terminal.rules.member_values import BadValue, PassLine, phone
from terminal.services.ask import Ask, at_once
from terminal.services.drawer import openings
from terminal.services.imports import LINES_MAX, ImportLine, Imports
from terminal.services.members import Members
from terminal.services.rulebook import RuleStore
from terminal.services.shop import SetupMistakes, Shop, parse_setup, planned, store_setup
from terminal.services.staff import add_staff
from terminal.store.database import Database

VERSION = "0.1.0"
OPENINGS_MAX = 200
CHANGES_MAX = 500
MISTAKES_MAX = 500
_LINE_FIELDS = tuple(field.name for field in fields(MemberLine))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class Commands:
    """The verbs behind `terminal setup`, `staff`, `import`, `member`, `drawer`; arguments and answers are JSON."""

    def __init__(
        self,
        database: Database,
        imports: Imports,
        members: Members,
        shop_changed: Callable[[Shop], None],
        busy_s: float = inf,
        ask: Ask = at_once,
        *,
        rules: RuleStore | None = None,
        now_ms: Callable[[], int] = _now_ms,
    ) -> None:
        """Work on an open store by `ask`; `shop_changed` is told of a new set-up, whose rules go to `rules`.

        `busy_s` is how long a slice of an import may keep the thread that does it, which serves taps in a running till.
        """
        self._database = database
        self._imports = imports
        self._members = members
        self._shop_changed = shop_changed
        self._busy_s = busy_s
        self._ask = ask
        self._rules = rules or RuleStore(database)
        self._now_ms = now_ms

    def verbs(self) -> dict[str, Callable[..., Mapping[str, Any]]]:
        """Return the functions by the name a command calls them, to be called from any thread."""
        return {
            "setup_apply": self.setup_apply,
            "setup_plan": self.setup_plan,
            "staff_add": self.staff_add,
            "import_lines": self._asked(self.import_lines),
            "member_find": self._asked(self.member_find),
            "drawer_openings": self._asked(self.drawer_openings),
        }

    def _asked(self, verb: Callable[..., Mapping[str, Any]]) -> Callable[..., Mapping[str, Any]]:
        return lambda **arguments: self._ask(lambda: verb(**arguments))

    def setup_plan(self, text: str) -> Mapping[str, Any]:
        """Answer what a set-up file would change as (place, before, after), and by which word to apply just that.

        Of many changes the first `CHANGES_MAX` are told, and how many `more` there are. A file with mistakes is
        answered with `mistakes` as (key, code, values).
        """
        try:
            setup = parse_setup(text)
        except SetupMistakes as error:
            return {"mistakes": _told(error)}
        plan = self._ask(lambda: planned(self._database, setup, self._rules))
        changes = plan.changes()
        told = [[each.place, each.before, each.after] for each in changes[:CHANGES_MAX]]
        return {"changes": told, "more": len(changes) - len(told), "seen": plan.seen}

    def setup_apply(self, text: str, seen: str = "") -> Mapping[str, Any]:
        """Apply a set-up file; answer `changed`, or `mistakes` as (key, code, values) with nothing stored.

        Raises `Refusal` `setup_changed` when something else is in force than was `seen` in `setup_plan`. Only the
        storing is asked for: reading a long catalogue takes a second.
        """
        try:
            setup = parse_setup(text)
        except SetupMistakes as error:
            return {"mistakes": _told(error)}

        def store() -> tuple[Shop, bool]:
            shop, changed = store_setup(self._database, setup, self._now_ms(), self._rules, seen)
            self._shop_changed(shop)
            return shop, changed

        shop, changed = self._ask(store)
        return {"changed": changed, "items": len(shop.items)}

    def staff_add(self, name: str, role: str, pin: str | None) -> Mapping[str, Any]:
        """Add somebody; answer the first `pin`. Only the writing is asked for: a PIN is slow to hash, on purpose."""
        return {"pin": add_staff(self._database, name, role, pin, self._ask)}

    def import_lines(self, lines: list[dict[str, Any]]) -> Mapping[str, Any]:
        """Import some lines; answer line, outcome and hexadecimal `members` of each, and the next slice's length."""
        began = time.perf_counter()
        outcomes = self._imports.take([line_from(line) for line in lines])
        return {
            "outcomes": [[outcome.line_no, outcome.what, f"{outcome.members:x}"] for outcome in outcomes],
            "next_lines": self._next_lines(len(lines), time.perf_counter() - began),
        }

    def _next_lines(self, lines: int, took_s: float) -> int:
        per_line_s = max(1e-5, took_s / max(1, lines))
        return max(1, min(LINES_MAX, 2 * lines, int(min(self._busy_s / per_line_s, LINES_MAX))))

    def member_find(self, by: str, value: str) -> Mapping[str, Any]:
        """Answer the `members` with this phone, card number or account id."""
        if by == "phone":
            found = self._by_phone(value) or [hit.account for hit in self._members.search(value)]
        elif by == "card":
            found = [self._by_card(value)]
        else:
            found = [value]
        if not found:
            raise Refusal("member_unknown")
        return {"members": [asdict(self._members.counter_member(account)) for account in map(AccountId, found)]}

    def drawer_openings(self) -> Mapping[str, Any]:
        """Answer the newest `openings` of the cash drawer, newest first and at most `OPENINGS_MAX`."""
        return {"openings": [asdict(opening) for opening in openings(self._database, OPENINGS_MAX)]}

    def _by_phone(self, text: str) -> list[str]:
        """Return everybody with the whole number, however many share it; the search shows only the first."""
        try:
            number = phone(text)
        except BadValue:
            return []
        return [*self._members.with_phone(number)]

    def _by_card(self, number: str) -> AccountId:
        return self._members.by_card(b"", number)


def _told(found: SetupMistakes) -> list[list[Any]]:
    return [[each.key, each.code, dict(each.values)] for each in found.mistakes[:MISTAKES_MAX]]


def line_to(line: ImportLine) -> dict[str, Any]:
    """Return an import line as JSON values."""
    member = line.member
    values = {name: getattr(member, name) for name in _LINE_FIELDS}
    passes = [{"name": part.name, "left": part.left, "total": part.total} for part in member.passes]
    return {
        **values,
        "initials": line.initials,
        "unchanged": f"{line.unchanged:x}",
        "present": f"{line.present:x}",
        "step": line.step,
        "passes": passes,
    }


def line_from(values: dict[str, Any]) -> ImportLine:
    """Return the import line of JSON values; raises `TypeError`, `ValueError` or `KeyError` when they are none."""
    initials, step = values.pop("initials"), values.pop("step")
    unchanged, present = int(values.pop("unchanged"), 16), int(values.pop("present"), 16)
    passes = tuple(PassLine(**part) for part in values.pop("passes"))
    member = MemberLine(cards=tuple(values.pop("cards")), passes=passes, **values)
    return ImportLine(member, initials, unchanged, present, step=step)

"""Anomalies: what looks wrong in what is about to happen, judged by rules over a short list of what happened before.

Every rule gives an alert; one that blocks asks for a manager's approval before the event is settled.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from terminal.base.money import FEN_MAX
from terminal.rules.mistake import Found, Mistake, below, choice, each_of, number, twice, wrong
from terminal.rules.value.overlap import window_mistakes
from terminal.rules.when import ALWAYS, Window

SPEND, TOP_UP, VOID, REFUND, ADJUST = "spend", "top_up", "void", "refund", "adjust"
DRAWER, PIN_FAILED, JOURNAL_GAP, OTHER = "drawer", "pin_failed", "journal_gap", "other"
KINDS = (SPEND, TOP_UP, VOID, REFUND, ADJUST, DRAWER, PIN_FAILED, JOURNAL_GAP, OTHER)
CARD, OPERATOR, TERMINAL, MEMBER = "card", "operator", "terminal", "member"
WINDOW_MINUTES_MAX = 366 * 24 * 60
SCOPES = (CARD, OPERATOR, TERMINAL, MEMBER)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens, or happened, as far as the rules look at it; empty texts: there is none.

    `id` is its action id, `undoes` that of what a VOID or REFUND takes back. `payer` names who paid with a payer code
    in a form that cannot be read back. `discount_bp` is what was taken off, and `discount_most_bp` what the
    operator's role may take off. A DRAWER was opened without a sale; an ADJUST is a manual change of a balance; a
    JOURNAL_GAP has so many entries `missing`. Amounts have no sign.
    """

    id: str
    kind: str
    at: dt.datetime
    operator: str = ""
    terminal: str = ""
    card: str = ""
    member: str = ""
    amount_fen: int = 0
    undoes: str = ""
    payer: str = ""
    discount_bp: int = 0
    discount_most_bp: int = 10_000
    missing: int = 0

    def of(self, scope: str) -> str:
        """Return its card, operator, terminal or member."""
        return {CARD: self.card, OPERATOR: self.operator, TERMINAL: self.terminal, MEMBER: self.member}[scope]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it tests (of TESTS), on which kinds of events (none named: those its test is made for).

    `limit` is a number of events (the event that reaches it is alerted, itself counted), in `single_amount` and
    `manual_adjustment` fen and in `clock_back` minutes (what is above it is alerted; by `manual_adjustment` of 0 all
    of them, whatever they are worth). `window_minutes` is how far back events count, the last minute with them; `scope`
    counts per card, operator, terminal or member; the shop is open in any of its `hours`. With `block` a manager must
    approve.
    """

    name: str
    test: str
    kinds: frozenset[str] = frozenset()
    scope: str = TERMINAL
    window_minutes: int = 0
    limit: int = 0
    hours: tuple[Window, ...] = (ALWAYS,)
    block: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """What one rule found: its name, the code of its test (which has words), and how much or how many there were."""

    rule: str
    code: str
    found: int
    block: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """All alerts of an event."""

    alerts: tuple[Alert, ...]

    @property
    def needs_manager(self) -> bool:
        """Tell whether a manager must approve before the event is settled."""
        return any(alert.block for alert in self.alerts)


@dataclass(frozen=True, slots=True)
class Test:
    """A test: its alert's code, what it finds (0: nothing), the kinds it looks at unless a rule names others.

    One that `counts` needs a limit, one that `looks_back` a window. `lacks` is the code of what a till has to know
    first and does not know yet: no shop can set such a test up.
    """

    code: str
    finds: Callable[[Rule, Event, Sequence[Event]], int]
    kinds: frozenset[str]
    counts: bool = False
    looks_back: bool = False
    lacks: str = ""


def judge(rules: Sequence[Rule], event: Event, past: Sequence[Event]) -> Verdict:
    """Return what the rules say of an event before it is settled, after what is `past` (in any order).

    The same action sent again is not counted twice. What a clock that was turned back makes look later than the event
    counts as within the window.
    """
    before = [each for each in past if each.id != event.id]
    alerts: list[Alert] = []
    for rule in rules:
        test = TESTS[rule.test]
        found = test.finds(rule, event, before) if event.kind in (rule.kinds or test.kinds) else 0
        if found:
            alerts.append(Alert(rule.name, test.code, found, rule.block))
    return Verdict(tuple(alerts))


def mistakes(rules: Sequence[Rule]) -> list[Mistake]:
    """Return every mistake of the rules, each at the rule's name."""
    found = list(twice("", [rule.name for rule in rules]))
    for rule in rules:
        found += below(f"[{rule.name}]", _mistakes_of(rule))
    return found


def _mistakes_of(rule: Rule) -> Found:
    yield from choice("test", rule.test, TESTS)
    if (test := TESTS.get(rule.test)) is None:
        return
    if test.lacks:
        yield wrong("test", test.lacks)
    for kind in sorted(rule.kinds):
        yield from choice("kinds", kind, KINDS)
    yield from choice("scope", rule.scope, SCOPES)
    yield from number("window_minutes", rule.window_minutes, WINDOW_MINUTES_MAX, least=int(test.looks_back))
    yield from number("limit", rule.limit, FEN_MAX, least=int(test.counts))
    if not rule.hours:
        yield wrong("hours", "setup_empty")
    yield from each_of("hours", rule.hours, window_mistakes)


def _outside_hours(rule: Rule, event: Event, _past: Sequence[Event]) -> int:
    return int(not any(hours.holds(event.at) for hours in rule.hours))


def _single_amount(rule: Rule, event: Event, _past: Sequence[Event]) -> int:
    return event.amount_fen if event.amount_fen > rule.limit else 0


def _by_hand(rule: Rule, event: Event, past: Sequence[Event]) -> int:
    """Find what is above the limit; with a limit of 0 also what nobody can say the worth of."""
    return _single_amount(rule, event, past) or int(rule.limit == 0)


def _gap(_rule: Rule, event: Event, _past: Sequence[Event]) -> int:
    return event.missing


def _frequency(rule: Rule, event: Event, past: Sequence[Event]) -> int:
    """Count the events of the rule's kinds with the same card, operator, terminal or member."""
    who, kinds = event.of(rule.scope), rule.kinds or TESTS[rule.test].kinds
    same = [each for each in _within(rule, event, past) if each.kind in kinds and each.of(rule.scope) == who]
    number = 1 + len({each.id for each in same})
    return number if who and number >= rule.limit else 0


def _undone_soon(rule: Rule, event: Event, past: Sequence[Event]) -> int:
    """Find what the event takes back, when it is not older than the window (`top_up_void`: only a top-up)."""
    undone = [each for each in _within(rule, event, past) if event.undoes and each.id == event.undoes]
    wanted = {TOP_UP} if rule.test == "top_up_void" else set(KINDS)
    return int(any(each.kind in wanted for each in undone))


def _one_payer(rule: Rule, event: Event, past: Sequence[Event]) -> int:
    same = [each for each in _within(rule, event, past) if each.kind == TOP_UP and each.payer == event.payer]
    cards = {each.card for each in (*same, event) if each.card}
    return len(cards) if event.payer and len(cards) >= rule.limit else 0


def _two_terminals(rule: Rule, event: Event, past: Sequence[Event]) -> int:
    same = [each for each in _within(rule, event, past) if event.member and each.member == event.member]
    terminals = {each.terminal for each in (*same, event)}
    return len(terminals) if len(terminals) > 1 else 0


def _discount_over(_rule: Rule, event: Event, _past: Sequence[Event]) -> int:
    return event.discount_bp if event.discount_bp > event.discount_most_bp else 0


def _clock_back(rule: Rule, event: Event, past: Sequence[Event]) -> int:
    latest = max((each.at for each in past if each.terminal == event.terminal), default=event.at)
    minutes, seconds = divmod(int((latest - event.at).total_seconds()), 60)
    return max(0, minutes + (seconds > 0)) if latest - event.at > dt.timedelta(minutes=rule.limit) else 0


def _within(rule: Rule, event: Event, past: Sequence[Event]) -> list[Event]:
    since = event.at - dt.timedelta(minutes=rule.window_minutes)
    return [each for each in past if each.at >= since]


_MONEY = frozenset({SPEND, TOP_UP, VOID, REFUND, ADJUST})
_ALL = frozenset(KINDS)
TESTS: Mapping[str, Test] = MappingProxyType(
    {
        "outside_hours": Test("anomaly_outside_hours", _outside_hours, _ALL),
        "single_amount": Test("anomaly_single_amount", _single_amount, _MONEY),
        "frequency": Test("anomaly_frequency", _frequency, frozenset({SPEND}), counts=True, looks_back=True),
        "top_up_void": Test("anomaly_top_up_void", _undone_soon, frozenset({VOID}), looks_back=True),
        "quick_refund": Test("anomaly_quick_refund", _undone_soon, frozenset({REFUND}), looks_back=True),
        "one_payer": Test(
            "anomaly_one_payer",
            _one_payer,
            frozenset({TOP_UP}),
            counts=True,
            looks_back=True,
            lacks="setup_lacks_providers",
        ),
        "two_terminals": Test(
            "anomaly_two_terminals", _two_terminals, _MONEY, looks_back=True, lacks="setup_lacks_other_tills"
        ),
        "manual_adjustment": Test("anomaly_manual_adjustment", _by_hand, frozenset({ADJUST})),
        "discount_over": Test("anomaly_discount_over", _discount_over, _ALL),
        "drawer": Test("anomaly_drawer", _frequency, frozenset({DRAWER}), counts=True, looks_back=True),
        "pin_failures": Test("anomaly_pin_failures", _frequency, frozenset({PIN_FAILED}), counts=True, looks_back=True),
        "clock_back": Test("anomaly_clock_back", _clock_back, _ALL),
        "journal_gap": Test("anomaly_journal_gap", _gap, frozenset({JOURNAL_GAP})),
    }
)

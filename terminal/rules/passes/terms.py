"""What a shop may sell as a pass: its services and counts, price, validity, and who may use it when and how often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from terminal.base.money import FEN_MAX
from terminal.rules.scope import ANY
from terminal.rules.value.overlap import window_mistakes
from terminal.rules.when import ALWAYS, Window

SESSION_PASS, COURSE_PASS, TIME_PASS = "session_pass", "course_pass", "time_pass"
KINDS = (SESSION_PASS, COURSE_PASS, TIME_PASS)
FROM_SALE, FROM_FIRST_USE = "sale", "first_use"
VALID_FROM = (FROM_SALE, FROM_FIRST_USE)
SESSIONS_MAX = 9_999
VALID_DAYS_MAX = 36_500
SHARERS_MAX = 20


@dataclass(frozen=True, slots=True)
class PassPart:
    """Services that share one count: `paid` and `free` sessions of any item named.

    `single_fen` is the list price of one session without the pass: it weighs the parts of a course, and is charged for
    sessions used when the member gives the pass back. In a time pass all three are 0: its units are days.
    """

    items: frozenset[str]
    paid: int = 0
    free: int = 0
    single_fen: int = 0

    @property
    def sessions(self) -> int:
        """Sessions in all, the free ones among them."""
        return self.paid + self.free


@dataclass(frozen=True, slots=True)
class FreezeRules:
    """How often, and for how many days in all, a pass may be paused; nothing: not at all."""

    times: int = 0
    days: int = 0


@dataclass(frozen=True, slots=True)
class PassTerms:
    """The terms a pass is sold under; they stay those of its sale, whatever the shop changes later.

    A session pass has one part, a course pass one for each service, a time pass one and `valid_days`. Validity counts
    days from its first one on, the day of sale or of first use; None: no end. `sharers` may use it beside its holder;
    `daily_limit` counts all of them together. `may_lapse`: law and terms let unused sessions end without a refund;
    likewise `transferable` is taken away only where the law lets a shop do so (in mainland China it does not).
    """

    code: str
    kind: str
    price_fen: int
    parts: tuple[PassPart, ...]
    version: int = 0
    valid_days: int | None = None
    valid_from: str = FROM_SALE
    freeze: FreezeRules = FreezeRules()
    sharers: int = 0
    daily_limit: int | None = None
    transferable: bool = True
    may_lapse: bool = False
    stores: frozenset[str] = ANY
    window: Window = ALWAYS

    @property
    def counts(self) -> tuple[int, ...]:
        """Units of each part: sessions, or the days of a time pass."""
        if self.kind == TIME_PASS:
            return (self.valid_days or 0,)
        return tuple(part.sessions for part in self.parts)


def mistakes(terms: PassTerms) -> list[tuple[str, str]]:
    """Return every mistake of the terms as (key, sentence), none when such a pass can be sold."""
    wrong: list[tuple[str, str]] = []
    if not terms.code:
        wrong.append(("code", "is missing"))
    if terms.kind not in KINDS:
        wrong.append(("kind", f"must be one of {', '.join(KINDS)}"))
    if not 0 <= terms.price_fen <= FEN_MAX:
        wrong.append(("price_fen", "must be 0 or an amount"))
    elif 0 < terms.price_fen < sum(terms.counts):
        wrong.append(("price_fen", "must be at least a fen for each session or day"))
    wrong += _validity_mistakes(terms) + _use_mistakes(terms) + _parts_mistakes(terms)
    return wrong


def _validity_mistakes(terms: PassTerms) -> list[tuple[str, str]]:
    wrong: list[tuple[str, str]] = []
    if terms.valid_from not in VALID_FROM:
        wrong.append(("valid_from", "must be sale or first_use"))
    if terms.valid_days is not None and not 1 <= terms.valid_days <= VALID_DAYS_MAX:
        wrong.append(("valid_days", f"must be 1 to {VALID_DAYS_MAX}, or left out for no end"))
    if terms.valid_days is None and terms.kind == TIME_PASS:
        wrong.append(("valid_days", "is missing: a time pass has an end"))
    if terms.valid_days is None and terms.valid_from == FROM_FIRST_USE:
        wrong.append(("valid_from", "is first_use, but there are no days to count from it"))
    times, days = terms.freeze.times, terms.freeze.days
    if not 0 <= times <= days <= VALID_DAYS_MAX or (days and not times):
        wrong.append(("freeze", "must give both how often and for how many days, or neither"))
    if times and terms.valid_days is None:
        wrong.append(("freeze", "moves an end, and this pass has none"))
    return wrong


def _use_mistakes(terms: PassTerms) -> list[tuple[str, str]]:
    wrong = [(f"window.{key}", sentence) for key, sentence in window_mistakes(terms.window)]
    if not 0 <= terms.sharers <= SHARERS_MAX:
        wrong.append(("sharers", f"must be 0 to {SHARERS_MAX}"))
    if terms.daily_limit is not None and not 1 <= terms.daily_limit <= SESSIONS_MAX:
        wrong.append(("daily_limit", f"must be 1 to {SESSIONS_MAX}, or left out"))
    return wrong


def _parts_mistakes(terms: PassTerms) -> list[tuple[str, str]]:
    wrong: list[tuple[str, str]] = []
    if not terms.parts or (terms.kind != COURSE_PASS and len(terms.parts) > 1):
        wrong.append(("parts", "must be one, or several in a course pass"))
    for place, part in enumerate(terms.parts):
        wrong += _part_mistakes(part, f"parts[{place}]", timed=terms.kind == TIME_PASS)
    named = [item for part in terms.parts for item in part.items]
    if len(set(named)) < len(named):
        wrong.append(("parts", "name an item twice"))
    return wrong


def _part_mistakes(part: PassPart, key: str, *, timed: bool) -> list[tuple[str, str]]:
    wrong: list[tuple[str, str]] = []
    if not part.items or not all(part.items):
        wrong.append((f"{key}.items", "must name at least one item"))
    figures: Sequence[int] = (part.paid, part.free, part.single_fen)
    if timed:
        return [*wrong, (key, "counts sessions, and a time pass has none")] if any(figures) else wrong
    if min(part.paid, part.free) < 0 or not 1 <= part.sessions <= SESSIONS_MAX:
        wrong.append((key, f"must have 1 to {SESSIONS_MAX} sessions"))
    if not 0 < part.single_fen <= FEN_MAX:
        wrong.append((f"{key}.single_fen", "must be the price of one session"))
    return wrong

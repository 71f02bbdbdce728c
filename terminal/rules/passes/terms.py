"""What a shop may sell as a pass: its services and counts, price, validity, and who may use it when and how often."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.base.money import FEN_MAX
from terminal.rules.mistake import Found, Mistake, below, choice, each_of, number, twice, wrong
from terminal.rules.scope import ANY
from terminal.rules.value.overlap import window_mistakes
from terminal.rules.when import ALWAYS, Window

SESSION_PASS, COURSE_PASS, TIME_PASS = "session_pass", "course_pass", "time_pass"
# What a unit of a pass for a time is, said with its facts for whoever has no terms at hand; any other is a session.
DAY = "day"
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
    likewise `transferable` is taken away only where the law lets a shop do so (in mainland China it does not). `name`
    is what people call it; `imported_as` are names by which other programs called passes for the same services.
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
    name: str = ""
    imported_as: tuple[str, ...] = ()

    @property
    def counts(self) -> tuple[int, ...]:
        """Units of each part: sessions, or the days of a time pass."""
        if self.kind == TIME_PASS:
            return (self.valid_days or 0,)
        return tuple(part.sessions for part in self.parts)


def mistakes(terms: PassTerms) -> list[Mistake]:
    """Return every mistake of the terms, none when such a pass can be sold."""
    found = [] if terms.code else [wrong("code", "setup_empty")]
    found += choice("kind", terms.kind, KINDS)
    found += number("price_fen", terms.price_fen, FEN_MAX)
    if terms.imported_as and terms.kind != SESSION_PASS:
        found.append(wrong("imported_as", "setup_pass_imported"))
    if 0 < terms.price_fen < sum(terms.counts):
        found.append(wrong("price_fen", "setup_pass_too_cheap"))
    return [*found, *_validity_mistakes(terms), *_use_mistakes(terms), *_parts_mistakes(terms)]


def _validity_mistakes(terms: PassTerms) -> Found:
    yield from choice("valid_from", terms.valid_from, VALID_FROM)
    yield from number("valid_days", terms.valid_days, VALID_DAYS_MAX, least=1)
    if terms.valid_days is None and terms.kind == TIME_PASS:
        yield wrong("valid_days", "setup_missing")
    if terms.valid_days is None and terms.valid_from == FROM_FIRST_USE:
        yield wrong("valid_from", "setup_pass_without_days")
    times, days = terms.freeze.times, terms.freeze.days
    if not 0 <= times <= days <= VALID_DAYS_MAX or (days and not times):
        yield wrong("freeze", "setup_freeze_half")
    if times and terms.valid_days is None:
        yield wrong("freeze", "setup_freeze_endless")


def _use_mistakes(terms: PassTerms) -> Found:
    yield from below("window", window_mistakes(terms.window))
    yield from number("sharers", terms.sharers, SHARERS_MAX)
    yield from number("daily_limit", terms.daily_limit, SESSIONS_MAX, least=1)


def _parts_mistakes(terms: PassTerms) -> Found:
    if not terms.parts or (terms.kind != COURSE_PASS and len(terms.parts) > 1):
        yield wrong("parts", "setup_pass_parts")
    yield from each_of("parts", terms.parts, lambda part: _part_mistakes(part, timed=terms.kind == TIME_PASS))
    yield from twice("parts", [item for part in terms.parts for item in part.items if item])


def _part_mistakes(part: PassPart, *, timed: bool) -> Found:
    if not part.items or not all(part.items):
        yield wrong("items", "setup_pass_items")
    if timed:
        if any((part.paid, part.free, part.single_fen)):
            yield wrong("", "setup_pass_counts_days")
        return
    if min(part.paid, part.free) < 0 or not 1 <= part.sessions <= SESSIONS_MAX:
        yield wrong("", "setup_pass_sessions", most=SESSIONS_MAX)
    yield from number("single_fen", part.single_fen, FEN_MAX, least=1)

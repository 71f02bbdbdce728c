"""When a member's PIN may no longer be tried: pure counting, for one member at one terminal.

Five wrong tries lock it. While the terminal is cut off the lock holds there until the next business day, since nobody
else counts; while it is connected the lock holds in the whole chain, for fifteen minutes. A right PIN, a reset by staff
or the end of a lock begins a new count. Times are the terminal's trusted time, which never goes back; a day before the
one that is counted is taken for that one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from terminal.base.errors import Refusal

TRIES_MAX = 5
LOCK_MS = 15 * 60_000


@dataclass(frozen=True, slots=True)
class PinTries:
    """Wrong tries on the business day `day`; `locked_from_ms` (UTC, 0: not) began the chain's lock."""

    day: dt.date
    wrong: int = 0
    locked_from_ms: int = 0
    is_day_locked: bool = False


@dataclass(frozen=True, slots=True)
class PinState:
    """Whether a PIN may be tried, how often yet, and else in how many minutes again (0: not before tomorrow)."""

    is_open: bool
    tries_left: int
    minutes_left: int = 0


def state(tries: PinTries, day: dt.date, now_ms: int) -> PinState:
    """Return whether the PIN may be tried now; `day` is the business day, `now_ms` the trusted UTC time."""
    current = _current(tries, day, now_ms)
    if current.is_day_locked:
        return PinState(is_open=False, tries_left=0)
    if current.locked_from_ms:
        left_ms = LOCK_MS - max(0, now_ms - current.locked_from_ms)
        return PinState(is_open=False, tries_left=0, minutes_left=-(-left_ms // 60_000))
    return PinState(is_open=True, tries_left=TRIES_MAX - current.wrong)


def check_open(tries: PinTries, day: dt.date, now_ms: int) -> None:
    """Return when a PIN may be tried; else raise `Refusal` `member_pin_locked` or `member_pin_locked_today`."""
    now = state(tries, day, now_ms)
    if now.is_open:
        return
    if now.minutes_left:
        raise Refusal("member_pin_locked", minutes=now.minutes_left)
    raise Refusal("member_pin_locked_today")


def after_wrong(tries: PinTries, day: dt.date, now_ms: int, *, is_online: bool) -> PinTries:
    """Return the count after one more wrong try; a try while it is locked changes nothing."""
    current = _current(tries, day, now_ms)
    if current.is_day_locked or current.locked_from_ms:
        return current
    wrong = current.wrong + 1
    if wrong < TRIES_MAX:
        return replace(current, wrong=wrong)
    if is_online:
        return replace(current, wrong=wrong, locked_from_ms=now_ms)
    return replace(current, wrong=wrong, is_day_locked=True)


def after_block(tries: PinTries) -> PinTries:
    """Return the count when a rule of odd things blocks: nobody tries it again on this day before staff reset it."""
    return replace(tries, is_day_locked=True)


def after_chain_lock(tries: PinTries, locked_from_ms: int) -> PinTries:
    """Return the count when the chain tells that the PIN was locked elsewhere; a later lock counts."""
    return replace(tries, locked_from_ms=max(tries.locked_from_ms, locked_from_ms))


def _current(tries: PinTries, day: dt.date, now_ms: int) -> PinTries:
    """Return the count as it stands now: what has ended is gone, and a day that is past is not counted again."""
    if tries.locked_from_ms and now_ms - tries.locked_from_ms >= LOCK_MS:
        tries = replace(tries, wrong=0, locked_from_ms=0)
    if day > tries.day:
        tries = PinTries(day, locked_from_ms=tries.locked_from_ms)
    return tries

"""Changes of a sold pass: pauses that move its end, extensions, persons who share it, another holder."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from terminal.base.errors import Refusal
from terminal.rules.passes.sold import Freeze, SoldPass
from terminal.rules.passes.terms import VALID_DAYS_MAX

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Extended:
    """A pass with a later end; `free_days` more units, worth nothing, are made for a time pass."""

    sold: SoldPass
    free_days: int


def freeze(sold: SoldPass, first: dt.date, last: dt.date, today: dt.date) -> SoldPass:
    """Return the pass paused from `first` through `last`; its end is later by as many days.

    Raises `Refusal` with the first that applies: `pass_freeze_off`, `pass_freeze_dates` (in the past, or an end before
    its start), `pass_freeze_needless` (no end that could move yet, or none at all), `pass_not_started`,
    `pass_expired`, `pass_freeze_overlaps`, `pass_freeze_times`, `pass_freeze_days` (with `left`).
    """
    allowed = sold.terms.freeze
    if not allowed.times:
        raise Refusal("pass_freeze_off")
    if first < today or last < first:
        raise Refusal("pass_freeze_dates")
    if sold.starts_on is None or sold.ends_on is None:
        raise Refusal("pass_freeze_needless")
    if first < sold.starts_on:
        raise Refusal("pass_not_started", starts_on=sold.starts_on.isoformat())
    if first > sold.ends_on:
        raise Refusal("pass_expired", ended_on=sold.ends_on.isoformat())
    if any(first <= each.last and each.first <= last for each in sold.freezes):
        raise Refusal("pass_freeze_overlaps")
    if len(sold.freezes) >= allowed.times:
        raise Refusal("pass_freeze_times", times=allowed.times)
    pause = Freeze(first, last)
    left = allowed.days - sum(each.days for each in sold.freezes)
    if pause.days > left:
        raise Refusal("pass_freeze_days", left=left)
    ends_on = sold.ends_on + pause.days * ONE_DAY
    return replace(sold, freezes=(*sold.freezes, pause), ends_on=ends_on)


def resume(sold: SoldPass, today: dt.date) -> SoldPass:
    """Return the pass usable again from `today` on, its end moved back by the days of pauses that are left.

    That ends the pause `today` is in, or takes out the one planned next, and those planned behind it: they may lie
    past the end that the pass then has. A pause that had not begun before today counts for nothing. Raises `Refusal`
    `pass_not_frozen`.
    """
    coming = [each for each in sold.freezes if each.last >= today]
    if not coming or sold.ends_on is None:
        raise Refusal("pass_not_frozen")
    over = [each for each in sold.freezes if each.last < today]
    begun = [Freeze(each.first, today - ONE_DAY) for each in coming if each.first < today]
    unused = sum((each.last - max(each.first, today)).days + 1 for each in coming)
    return replace(sold, freezes=(*over, *begun), ends_on=sold.ends_on - unused * ONE_DAY)


def extend(sold: SoldPass, until: dt.date, today: dt.date) -> Extended:
    """Return the pass good through `until`, also one that ended already.

    Raises `Refusal` `pass_extension_needless` for a pass without an end, `pass_extension_bad` for a date that is past,
    not after the present end, or beyond a hundred years.
    """
    if sold.ends_on is None:
        raise Refusal("pass_extension_needless")
    days = (until - sold.ends_on).days
    if until < today or not 1 <= days <= VALID_DAYS_MAX:
        raise Refusal("pass_extension_bad", ended_on=sold.ends_on.isoformat())
    return Extended(replace(sold, ends_on=until), days if sold.timed else 0)


def share(sold: SoldPass, person: str) -> SoldPass:
    """Return the pass that `person` may use too; raise `Refusal` `pass_shared_already`, `pass_share_full`."""
    if person == sold.holder or person in sold.sharers:
        raise Refusal("pass_shared_already")
    if len(sold.sharers) >= sold.terms.sharers:
        raise Refusal("pass_share_full", most=sold.terms.sharers)
    return replace(sold, sharers=sold.sharers | {person})


def unshare(sold: SoldPass, person: str) -> SoldPass:
    """Return the pass that `person` may not use any more; raise `Refusal` `pass_not_shared`."""
    if person not in sold.sharers:
        raise Refusal("pass_not_shared")
    return replace(sold, sharers=sold.sharers - {person})


def transfer(sold: SoldPass, to: str) -> SoldPass:
    """Return the pass of another holder, shared with nobody: those who shared it were the old holder's people.

    Raises `Refusal` `pass_not_transferable`, `pass_same_holder`.
    """
    if not sold.terms.transferable:
        raise Refusal("pass_not_transferable")
    if to == sold.holder:
        raise Refusal("pass_same_holder")
    return replace(sold, holder=to, sharers=frozenset())

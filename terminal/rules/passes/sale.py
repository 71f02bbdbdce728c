"""What a sold pass is made of: buckets of units that together are worth exactly its price."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.base.money import FEN_MAX
from terminal.rules.passes.terms import FROM_FIRST_USE, TIME_PASS, PassTerms, mistakes
from terminal.rules.split import largest_remainder


@dataclass(frozen=True, slots=True)
class NewUnits:
    """A bucket to be made: `units` of the part with this place, each worth `unit_value_fen`."""

    part: int
    units: int
    unit_value_fen: int


@dataclass(frozen=True, slots=True)
class Sale:
    """What a sale makes; without dates it begins with its first use, without an end it has none. Both are good."""

    price_fen: int
    units: tuple[NewUnits, ...]
    starts_on: dt.date | None
    ends_on: dt.date | None


def sell(terms: PassTerms, day: dt.date, price_fen: int | None = None, starts_on: dt.date | None = None) -> Sale:
    """Return what a pass sold on `day` is made of, at the price charged (None: the terms' own).

    A price of 0 makes a reward, whose units are worth nothing. One valid from its sale may begin later
    (`starts_on`). Raises `Refusal` `pass_terms_bad` with the `key` of the first mistake of the terms,
    `pass_price_bad`, `pass_start_bad`.
    """
    if found := mistakes(terms):
        raise Refusal("pass_terms_bad", key=found[0].key)
    charged_fen = terms.price_fen if price_fen is None else price_fen
    if not 0 <= charged_fen <= FEN_MAX:
        raise Refusal("pass_price_bad", price_fen=charged_fen)
    units = tuple(
        bucket
        for part, (share_fen, count) in enumerate(zip(shares(terms, charged_fen), terms.counts, strict=True))
        for bucket in _buckets(part, share_fen, count)
    )
    if terms.valid_from == FROM_FIRST_USE:
        if starts_on is not None:
            raise Refusal("pass_start_bad")
        return Sale(charged_fen, units, None, None)
    if starts_on is not None and starts_on < day:
        raise Refusal("pass_start_bad")
    start = starts_on or day
    return Sale(charged_fen, units, start, last_day(terms, start))


def shares(terms: PassTerms, price_fen: int) -> list[int]:
    """Return each part's share of the price, by the list value of its sessions (largest remainder)."""
    if terms.kind == TIME_PASS:
        return [price_fen]
    return largest_remainder(price_fen, [part.sessions * part.single_fen for part in terms.parts])


def last_day(terms: PassTerms, start: dt.date) -> dt.date | None:
    """Return the last good day of a pass that begins on `start`, None when it has no end."""
    return None if terms.valid_days is None else start + dt.timedelta(days=terms.valid_days - 1)


def _buckets(part: int, share_fen: int, count: int) -> list[NewUnits]:
    """Return one bucket when the share divides evenly, else all units but one at the floor and one with the rest."""
    floor_fen, odd_fen = divmod(share_fen, count)
    if not odd_fen:
        return [NewUnits(part, count, floor_fen)]
    return [NewUnits(part, count - 1, floor_fen), NewUnits(part, 1, floor_fen + odd_fen)]

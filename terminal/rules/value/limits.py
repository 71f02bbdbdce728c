"""What the law allows of prepaid value: dated limits by region, and the days within which it may be given back.

The figures say what the product supports; they are no legal advice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from terminal.base.errors import Refusal
from terminal.base.money import FEN_MAX, format_yuan
from terminal.rules.mistake import Found, wrong
from terminal.rules.when import add_months


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits in force from `since` on; None and 0 limit nothing.

    `named_most_fen` and `anonymous_most_fen` are what one card may hold of money paid in; `identity_from_fen` is what
    needs a recorded identity when bought at once without names; from `person_transfer_from_fen` and
    `unit_transfer_from_fen` on no cash is taken at once. `may_end` says whether the value may have an end, and after
    how many months at the earliest. `enterprises_only`: individual businesses are outside.
    """

    since: dt.date
    named_most_fen: int | None = None
    anonymous_most_fen: int | None = None
    identity_from_fen: int | None = None
    person_transfer_from_fen: int | None = None
    unit_transfer_from_fen: int | None = None
    named_may_end: bool = True
    anonymous_may_end: bool = True
    anonymous_months_least: int = 0
    enterprises_only: bool = False


@dataclass(frozen=True, slots=True)
class CoolingOff:
    """So many days after payment the principal may be asked back, for payments from `since` on."""

    since: dt.date
    days: int


@dataclass(frozen=True, slots=True)
class Buying:
    """A top-up or sale as the law looks at it.

    `principal_fen` is what the card holds already of money paid in, `at_once_fen` what the buyer buys in one go where
    that is more than this; `unit`: an organisation buys; `identified`: its buyer's identity is on record.
    """

    paid_fen: int
    named: bool = True
    principal_fen: int = 0
    at_once_fen: int = 0
    unit: bool = False
    cash: bool = True
    identified: bool = False


NO_LIMITS = Limits(dt.date.min)

# By region (ISO 3166: country, or country and province), the oldest first. A province without rows has its country's.
LIMITS: Mapping[str, tuple[Limits, ...]] = MappingProxyType(
    {
        # Ministry of Commerce, order 9 of 2012, in force since 1 November 2012 (articles 15 and 17 to 19): cards of
        # enterprises; individual businesses are outside it.
        "CN": (
            Limits(
                since=dt.date(2012, 11, 1),
                named_most_fen=5_000_00,
                anonymous_most_fen=1_000_00,
                identity_from_fen=10_000_00,
                person_transfer_from_fen=50_000_00,
                unit_transfer_from_fen=5_000_00,
                named_may_end=False,
                anonymous_months_least=36,
                enterprises_only=True,
            ),
        ),
        # Ministry of Economic Affairs, announcement 09502428980, in force since 1 April 2007 (goods and service
        # vouchers, hairdressing included). What else it asks for needs no figure here: no fee is ever taken of a
        # refund, every card is replaced, and who guarantees for how long is told in the shop's own terms.
        "TW": (
            Limits(
                since=dt.date(2007, 4, 1),
                named_may_end=False,
                anonymous_may_end=False,
            ),
        ),
    }
)
COOLING_OFF: Mapping[str, tuple[CoolingOff, ...]] = MappingProxyType(
    {
        # Supreme People's Court, interpretation 4 of 2025 on prepaid consumption.
        "CN": (CoolingOff(dt.date(2025, 5, 1), 7),),
        # Jiangsu, provincial order 142 on prepaid cards.
        "CN-JS": (CoolingOff(dt.date(2021, 4, 1), 15),),
    }
)


def limits_on(
    region: str, day: dt.date, *, individual: bool = False, table: Mapping[str, tuple[Limits, ...]] = LIMITS
) -> Limits:
    """Return the limits in force in a region on a day; none before the first, nor for an `individual` business outside.

    Raises `Refusal` `region_unknown` (region) for a region of which nothing is known, nor of its country.
    """
    rows = table.get(region, table.get(region.partition("-")[0]))
    if rows is None:
        raise Refusal("region_unknown", region=region)
    found = max((row for row in rows if row.since <= day), key=lambda row: row.since, default=NO_LIMITS)
    return NO_LIMITS if individual and found.enterprises_only else found


def room_fen(limits: Limits, buying: Buying) -> int | None:
    """Return how much more money the card may take, never below 0; None where there is no limit."""
    most_fen = limits.named_most_fen if buying.named else limits.anonymous_most_fen
    return None if most_fen is None else max(0, most_fen - buying.principal_fen)


def check_top_up(limits: Limits, buying: Buying) -> None:
    """Raise `Refusal` for the first limit that a top-up or sale would break.

    `amount_bad`; `card_limit_named` or `card_limit_anonymous` (most_fen for a card, room_fen left); `identity_needed`
    (from_fen) without names; `transfer_needed_person` or `transfer_needed_unit` (from_fen) in cash.
    """
    if not 0 < buying.paid_fen <= FEN_MAX:
        raise Refusal("amount_bad")
    left_fen = room_fen(limits, buying)
    if left_fen is not None and buying.paid_fen > left_fen:
        if buying.named:
            raise Refusal("card_limit_named", most_fen=limits.named_most_fen or 0, room_fen=left_fen)
        raise Refusal("card_limit_anonymous", most_fen=limits.anonymous_most_fen or 0, room_fen=left_fen)
    at_once_fen = max(buying.paid_fen, buying.at_once_fen)
    from_fen = limits.identity_from_fen
    if not buying.named and not buying.identified and from_fen is not None and at_once_fen >= from_fen:
        raise Refusal("identity_needed", from_fen=from_fen)
    from_fen = limits.unit_transfer_from_fen if buying.unit else limits.person_transfer_from_fen
    if buying.cash and from_fen is not None and at_once_fen >= from_fen:
        if buying.unit:
            raise Refusal("transfer_needed_unit", from_fen=from_fen)
        raise Refusal("transfer_needed_person", from_fen=from_fen)


def check_end(limits: Limits, sold_on: dt.date, ends_on: dt.date | None, *, named: bool) -> None:
    """Raise `Refusal` for an end of prepaid value that may not be: `end_forbidden`, or `end_too_soon` (earliest)."""
    if ends_on is None:
        return
    if not (limits.named_may_end if named else limits.anonymous_may_end):
        raise Refusal("end_forbidden")
    earliest = sold_on if named else add_months(sold_on, limits.anonymous_months_least)
    if ends_on < earliest:
        raise Refusal("end_too_soon", earliest=earliest.isoformat())


def cooling_off_days(
    region: str, paid_on: dt.date, setting_days: int = 0, table: Mapping[str, tuple[CoolingOff, ...]] = COOLING_OFF
) -> int:
    """Return the cooling-off days of a payment: the most of the country's, the province's and the shop's own; 0: none.

    The latest figure of each that was in force on the day of the payment counts.
    """
    return max(setting_days, *(_days_on(table.get(name, ()), paid_on) for name in (region, region.partition("-")[0])))


def _days_on(rows: tuple[CoolingOff, ...], day: dt.date) -> int:
    found = max((row for row in rows if row.since <= day), key=lambda row: row.since, default=None)
    return 0 if found is None else found.days


def cooling_off_until(paid_on: dt.date, days: int) -> dt.date:
    """Return the last day on which the principal may be asked back; the day of the payment itself does not count."""
    return paid_on + dt.timedelta(days=days)


def cooling_off_left(paid_on: dt.date, days: int, today: dt.date) -> int | None:
    """Return the days left for a badge: 0 on the last day, None when it is over or there is none.

    A clock that stands before the payment shows no more days than there are.
    """
    left = (cooling_off_until(paid_on, days) - max(today, paid_on)).days
    return left if days > 0 and left >= 0 else None


def setting_mistakes(region: str, day: dt.date, setting_days: int) -> Found:
    """Give what the law of a region has against the shop's own cooling-off days; 0 leaves it to the law."""
    legal = cooling_off_days(region, day)
    if 0 < setting_days < legal:
        yield wrong("cooling_off_days", "setup_cooling_off_short", found=setting_days, days=legal)


def amount_mistakes(limits: Limits, key: str, paid_fen: int) -> Found:
    """Give what the law has against an amount that the shop wants paid onto one card."""
    most_fen = limits.named_most_fen
    if most_fen is not None and paid_fen > most_fen:
        yield wrong(key, "setup_above_card_limit", most=format_yuan(most_fen))

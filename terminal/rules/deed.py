"""Deeds: what an entry says of somebody's money and visits, in figures that counts, growth and reports add up."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import NamedTuple

from terminal.base.ids import is_id
from terminal.rules.bucket import Bucket, Source
from terminal.rules.entry import Entry

# Kinds whose payload has no figures of its own for these: entries from before there were bills.
TOP_UPS = frozenset({"top_up"})
VISITS = frozenset({"bill", "charge"})


class Deed(NamedTuple):
    """One entry in figures: amounts are fen, those of a refund or void negative.

    `account` is empty where nobody's account is concerned, `shift` 0 outside any; `paid_fen` is the money that counts
    as paid by the member, `points` those earned, less those taken back. `undoes` names the entry this takes back
    (`sale_name`), and `of_day` (ISO) is the day all this counts for: of the entry it undoes, or its own.
    """

    day: str
    at: int
    kind: str
    account: str
    operator: str
    shift: int
    amount_fen: int
    paid_fen: int
    top_up_fen: int
    points: int
    visits: int
    undoes: str
    of_day: str


def deed_of(entry: Entry, day: dt.date) -> Deed | None:
    """Return the deed an entry is, done on the business day `day`, or None for one that nobody did: sync, for example.

    Whatever a payload holds there is an answer: an entry of another release is no reason to lose count.
    """
    payload = entry.payload
    if not isinstance(payload.get("operator"), str):
        return None
    kind, own_day = str(payload.get("kind", "")), day.isoformat()

    def number(name: str, otherwise: int = 0) -> int:
        value = payload.get(name, otherwise)
        return value if type(value) is int else 0

    def text(name: str, otherwise: str = "") -> str:
        value = payload.get(name, otherwise)
        return value if isinstance(value, str) else otherwise

    amount_fen, account = number("amount_fen"), text("account")
    return Deed(
        day=own_day,
        at=entry.at,
        kind=kind,
        account=account if is_id(account) else "",
        operator=text("operator"),
        shift=number("shift"),
        amount_fen=amount_fen,
        paid_fen=number("paid_fen", number("principal_fen") if kind == "charge" else 0),
        top_up_fen=number("top_up_fen", amount_fen if kind in TOP_UPS else 0),
        points=number("points"),
        visits=number("visits", int(kind in VISITS)),
        undoes=text("undoes"),
        of_day=text("of_day", own_day),
    )


def sale_name(source: Source) -> str:
    """Return how an entry is named where another one leads back to it: `device/epoch/seq`."""
    return f"{source.device}/{source.epoch}/{source.seq}"


def sale_of(right: Bucket) -> str:
    """Return the name of the bill or top-up a refund right belongs to: what it says itself, else what made it."""
    sale = right.attributes.get("sale")
    return sale if isinstance(sale, str) else sale_name(right.source)


def sale_key(sale: str) -> int:
    """Return a signed 64-bit number drawn from the name of a sale, to look for it by; two names may share one."""
    return int.from_bytes(hashlib.sha256(sale.encode()).digest()[:8], signed=True)

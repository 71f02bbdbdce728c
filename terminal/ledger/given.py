"""What members were given, and coupons they used, read from entries: for those that came in without the use case."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping

from terminal.base.ids import is_id
from terminal.rules.bucket import Source
from terminal.rules.canonical import Canonical
from terminal.rules.deed import sale_name
from terminal.rules.entry import Entry
from terminal.store.database import Database

_WRITE = "INSERT OR IGNORE INTO given (what, account, sale, day, count) VALUES "
Piece = tuple[tuple[str, str], int]


def given_of(made: Entry) -> dict[tuple[str, str], int]:
    """Return by what (`offer/new-year`) and account how many pieces an entry gave; nothing for one that gave none.

    Whatever a payload holds there is an answer: an entry of another release is no reason to lose count.
    """
    account = _text(made.payload, "account")
    found: Counter[tuple[str, str]] = Counter()
    for (what, whose), count in _pieces(made.payload, account):
        if is_id(whose) and count > 0:
            found[what, whose] += count
    return dict(found)


def write_given(database: Database, made: Entry, day: dt.date) -> None:
    """Note what an entry gave on a business day; a second time nothing happens."""
    sale = sale_name(Source(made.device, made.epoch, made.seq))
    values: list[object] = []
    for (what, account), count in given_of(made).items():
        values += what, bytes.fromhex(account), sale, day.isoformat(), count
    if values:
        database.run(_WRITE + ", ".join(["(?, ?, ?, ?, ?)"] * (len(values) // 5)), values)


def _pieces(payload: Mapping[str, Canonical], account: str) -> Iterator[Piece]:
    if offer := _text(payload, "offer"):
        yield (f"offer/{offer}", account), 1
    if "points_spent" in payload and (reward := _text(payload, "reward")):
        yield (f"reward/{reward}", account), _number(payload, "quantity")
    for each in _parts(payload, "milestones"):
        yield (f"milestone/{_text(each, 'id')}", account), 1
    for each in _parts(payload, "referral"):
        for name in (account, "had"):
            yield (f"referral/{name}", _text(each, "account")), 1
    if _text(payload, "kind") == "bill":
        for each in _parts(payload, "coupons"):
            yield (f"used/{_text(each, 'template')}", account), 1
    for whose, made in _makers(payload, account):
        for each in _parts(made, "coupons"):
            yield (f"coupon/{_text(each, 'template')}", whose), _number(each, "count")


def _makers(payload: Mapping[str, Canonical], account: str) -> Iterator[tuple[str, Mapping[str, Canonical]]]:
    """Give the parts of a payload that name coupons made, with whose they are."""
    if _text(payload, "kind") in {"issue_coupon", "redeem"}:
        yield account, payload
    rewards = payload.get("rewards")
    if isinstance(rewards, dict):
        yield account, rewards
    for each in _parts(payload, "milestones"):
        yield account, each
    for each in _parts(payload, "referral"):
        yield _text(each, "account"), each


def _text(values: Mapping[str, Canonical], name: str) -> str:
    value = values.get(name, "")
    return value if isinstance(value, str) else ""


def _number(values: Mapping[str, Canonical], name: str) -> int:
    value = values.get(name, 0)
    return value if type(value) is int else 0


def _parts(values: Mapping[str, Canonical], name: str) -> list[dict[str, Canonical]]:
    value = values.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []

"""Open bills as the store keeps them: JSON that a later release reads too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from terminal.rules.pay.commission import Person
from terminal.services.bills.values import Chosen, Order, OrderLine, Reserved


def written(order: Order, reserved: tuple[Reserved, ...], asked: str = "") -> str:
    """Return an order, what is reserved for it, and by what it was asked for last, as the store keeps them."""
    body = {"order": asdict(order), "reserved": [asdict(each) for each in reserved]}
    return json.dumps(body | ({"asked": asked} if asked else {}), ensure_ascii=False)


def read(text: str) -> tuple[Order, tuple[Reserved, ...], str]:
    """Return what `written` wrote."""
    body = json.loads(text)
    reserved = tuple(
        Reserved(
            each["line"],
            tuple((name, amount) for name, amount in each["taken"]),
            each["starts_on"],
            each["ends_on"],
            each.get("day", ""),  # bills that a release before this one kept have none
        )
        for each in body["reserved"]
    )
    return order_of(body["order"]), reserved, body.get("asked", "")


def order_of(body: Mapping[str, Any]) -> Order:
    """Return the order that was written as these values."""
    lines = tuple(
        OrderLine(**{**line, "people": tuple(Person(**person) for person in line["people"])}) for line in body["lines"]
    )
    return Order(body["account"], lines, tuple(Chosen(**each) for each in body["coupons"]), body["points"])

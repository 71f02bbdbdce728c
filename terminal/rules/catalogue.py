"""What a shop sells at a price of its list: services and products."""

from __future__ import annotations

from dataclasses import dataclass

SERVICE, PRODUCT = "service", "product"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one piece of a product cost the shop, by its code: kept with the rules, as people's pay depends on it."""

    code: str
    cost_fen: int


@dataclass(frozen=True, slots=True)
class Item:
    """A service or a product with its list price in fen; rules name it by its code, its kind or its category."""

    code: str
    kind: str
    name: str
    price_fen: int
    category: str = ""

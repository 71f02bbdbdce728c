"""The product's own proof of who spends, over a test's store."""

from __future__ import annotations

from typing import Protocol

from terminal.base.clock import Clock
from terminal.ledger.book import Book
from terminal.services.bills.asks import Prove
from terminal.services.bills.proofs import by_factors
from terminal.services.money import factors_alone
from terminal.store.database import Database


class Opened(Protocol):
    """An open store."""

    @property
    def database(self) -> Database:
        """Where it lies."""
        ...

    @property
    def book(self) -> Book:
        """Its book."""
        ...

    @property
    def clock(self) -> Clock:
        """Its clock."""
        ...


def factored(shop: Opened) -> Prove:
    """Return the proof by second factors, as the till asks for it."""
    return by_factors(factors_alone(shop.database, shop.book, shop.clock))

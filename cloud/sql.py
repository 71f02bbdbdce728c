"""Statements against the cloud's tables, whatever database runs them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, TypeAlias

# A column is bytes, text or a whole number, as the tables say.
Row: TypeAlias = "tuple[Any, ...]"
Values: TypeAlias = "Sequence[bytes | str | int]"


class Sql(ABC):
    """Runs statements with `?` for each value, within the transaction that is open."""

    @abstractmethod
    def run(self, statement: str, values: Values) -> None:
        """Run a statement that writes."""

    @abstractmethod
    def rows(self, statement: str, values: Values) -> list[Row]:
        """Return what a query finds."""

    def row(self, statement: str, values: Values) -> Row | None:
        """Return the one row a query by key finds, or None."""
        found = self.rows(statement, values)
        return found[0] if found else None


def raw(name: str) -> bytes:
    """Return how an id is stored; the shop, which is an owner by name, as its name."""
    return name.encode() if name == "shop" else bytes.fromhex(name)


def named(stored: bytes) -> str:
    """Return the id that is stored so."""
    return stored.decode() if stored == b"shop" else stored.hex()

"""What and whom a rule is for."""

from __future__ import annotations

from dataclasses import dataclass

ANY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scope:
    """Kinds (`service`, `product`), categories and item codes a rule is for; where nothing is named, everything is."""

    kinds: frozenset[str] = ANY
    categories: frozenset[str] = ANY
    items: frozenset[str] = ANY

    def has(self, kind: str, category: str, item: str) -> bool:
        """Tell whether an item is in it: named itself, or by its category, or by its kind."""
        if not (self.kinds or self.categories or self.items):
            return True
        return item in self.items or category in self.categories or kind in self.kinds


@dataclass(frozen=True, slots=True)
class Audience:
    """Member levels, stores and channels (`counter`, `kiosk`, `app`) a rule is for; nothing named: all of them."""

    levels: frozenset[str] = ANY
    stores: frozenset[str] = ANY
    channels: frozenset[str] = ANY

    def has(self, level: str, store: str, channel: str) -> bool:
        """Tell whether all three are in it; `level` is empty for who is no member."""
        named = ((self.levels, level), (self.stores, store), (self.channels, channel))
        return all(not allowed or each in allowed for allowed, each in named)


EVERYTHING = Scope()
EVERYBODY = Audience()

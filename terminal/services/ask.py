"""How a use case has its reading and writing done: by the dispatcher of a running till, or at once without one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Ask(Protocol):
    """Has work done by whoever may touch the store, and returns its result."""

    def __call__(self, work: Callable[[], T]) -> T:
        """Do `work` and return what it returned or raise what it raised."""
        ...


class Verbs(Protocol):
    """Gives the functions behind commands by the name a command calls them; all of them take and answer JSON values."""

    def verbs(self) -> dict[str, Callable[..., Mapping[str, Any]]]:
        """Return the functions by name."""
        ...


def at_once(work: Callable[[], T]) -> T:
    """Do `work` in the calling thread, which has the store to itself."""
    return work()

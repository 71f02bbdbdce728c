"""What the process that shares out a run's tests and those that run them know of each other (pytest-xdist)."""

from __future__ import annotations

from typing import Any, Protocol

import pytest


class Node(Protocol):
    """A process that will run tests, as the one that shares them out sees it."""

    config: pytest.Config
    workerinput: dict[str, Any]


def told(config: pytest.Config) -> dict[str, Any] | None:
    """Return what this process was told by the one that shares the tests out; none: it shares them out itself."""
    return getattr(config, "workerinput", None)

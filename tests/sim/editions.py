"""Editions of the simulator: a story that once told us something is still told by the dice of its time."""

from __future__ import annotations

from enum import IntEnum


class Edition(IntEnum):
    """What stories are made of: EARLY before boxes joined, BOXES with those and payloads in two formats, COUNTERS now.

    Counters are where members and staff do by the product's own use cases what was done by plain entries before.
    """

    EARLY = 0
    BOXES = 1
    COUNTERS = 2

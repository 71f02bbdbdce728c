"""Identifiers: 128 random bits as 32 lower-case hexadecimal digits, typed by what they name."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import NewType

ChainId = NewType("ChainId", str)
DeviceId = NewType("DeviceId", str)
AccountId = NewType("AccountId", str)
LotId = NewType("LotId", str)
BucketId = NewType("BucketId", str)
ActionId = NewType("ActionId", str)
StaffId = NewType("StaffId", str)
ShiftId = NewType("ShiftId", str)

# Gives that many random bytes: `os.urandom`, or a seeded source where every byte has to come again.
Draw = Callable[[int], bytes]

ID_DIGITS = 32
ORDERED_TIME_BITS = 48  # as in UUID version 7 (RFC 9562, 5.7)
ORDERED_RANDOM_BYTES = 10
_ID = re.compile(r"[0-9a-f]{32}")


def new_id(draw: Draw = os.urandom) -> str:
    """Return a fresh id of 16 bytes from `draw`."""
    return draw(ID_DIGITS // 2).hex()


def new_ordered_id(now_ms: int, draw: Draw = os.urandom) -> str:
    """Return a fresh id that sorts by the time it was made: 48 bits of UTC milliseconds and 80 random ones.

    Rows keyed by such ids are written side by side, where rows keyed by random ones each dirty a page of their own.
    """
    return f"{now_ms & (1 << ORDERED_TIME_BITS) - 1:012x}{draw(ORDERED_RANDOM_BYTES).hex()}"


def is_id(text: str) -> bool:
    """Tell whether `text` has the one form an id may have."""
    return _ID.fullmatch(text) is not None

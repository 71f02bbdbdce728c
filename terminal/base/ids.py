"""Identifiers: 128 random bits as 32 lower-case hexadecimal digits, typed by what they name."""

from __future__ import annotations

import re
import secrets
from typing import NewType

ChainId = NewType("ChainId", str)
DeviceId = NewType("DeviceId", str)
AccountId = NewType("AccountId", str)
LotId = NewType("LotId", str)
BucketId = NewType("BucketId", str)
ActionId = NewType("ActionId", str)
StaffId = NewType("StaffId", str)
ShiftId = NewType("ShiftId", str)

ID_DIGITS = 32
_ID = re.compile(r"[0-9a-f]{32}")


def new_id() -> str:
    """Return a fresh random id."""
    return secrets.token_hex(ID_DIGITS // 2)


def is_id(text: str) -> bool:
    """Tell whether `text` has the one form an id may have."""
    return _ID.fullmatch(text) is not None

"""What was asked of a bill as it was said, with the names people use: by it an action is known again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from terminal.ledger.book import request_digest

NOTHING: Mapping[str, Any] = MappingProxyType({})


def said_of(verb: str, **asked: object) -> str:
    """Return the digest of what is asked as it was said; raise `TypeError` for what is not of JSON.

    What words sound like is no part of it: that was looked up when they were said, and is not the same for ever.
    """
    if isinstance(order := asked.get("order"), Mapping):
        asked["order"] = {name: value for name, value in order.items() if name != "sounds"}
    return request_digest({"do": f"bill_{verb}", "said": json.dumps(asked, sort_keys=True)})


def said_paying(paying: Mapping[str, Any]) -> str:
    """Return the digest of how a bill is settled, as `bill_settle` is asked for it."""
    how = {"payable_fen": paying["payable_fen"], "tenders": paying["tenders"], "split": paying.get("split") or []}
    return said_of("settle", **how, order=paying.get("order") or NOTHING, best=paying.get("best") is True)

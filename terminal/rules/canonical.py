"""Canonical bytes: one byte form per value, so that a hash names a value and nothing else.

The form is JSON (RFC 8259) narrowed to what RFC 8785 would print for it: objects with keys in code point order,
arrays, strings, integers of at most 53 bits, `true` and `false`; no white space, no floats, no null, UTF-8 without
escapes beyond the ones JSON demands.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeAlias

import orjson

Canonical: TypeAlias = "dict[str, Canonical] | list[Canonical] | str | int | bool"

INTEGER_MAX = 2**53 - 1
DEPTH_MAX = 12
_KEY = re.compile(r"[a-z][a-z0-9_/]{0,39}")


class NotCanonical(ValueError):  # noqa: N818 - says what is wrong with the bytes
    """The bytes or the value have no canonical form; the message says why."""


def encode(value: Canonical, depth: int = DEPTH_MAX) -> bytes:
    """Return the one byte form of `value`; raise `NotCanonical` when it has none or nests deeper than `depth`."""
    _check(value, depth)
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        raise NotCanonical("text with half a surrogate pair") from error


def decode(data: bytes, depth: int = DEPTH_MAX) -> Canonical:
    """Return the value whose one byte form is `data`; raise `NotCanonical` for any other bytes."""
    try:
        value: Canonical = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise NotCanonical("not JSON") from error
    if encode(value, depth) != data:
        raise NotCanonical("another spelling of the same value")
    return value


def _check(value: object, depth: int) -> None:
    kind = type(value)
    if kind is int:
        if not -INTEGER_MAX <= value <= INTEGER_MAX:  # type: ignore[operator]  # narrowed by `type is`
            raise NotCanonical("integer beyond 53 bits")
    elif kind is dict:
        _check_object(value, depth)  # type: ignore[arg-type]  # narrowed by `type is`
    elif kind is list:
        if depth == 0:
            raise NotCanonical("nested too deeply")
        for part in value:  # type: ignore[attr-defined]  # narrowed by `type is`
            _check(part, depth - 1)
    elif kind is not str and kind is not bool:
        raise NotCanonical(f"{kind.__name__} has no canonical form")


def _check_object(value: dict[object, object], depth: int) -> None:
    if depth == 0:
        raise NotCanonical("nested too deeply")
    for key, part in value.items():
        if type(key) is not str or not _is_key(key):
            raise NotCanonical("key outside a-z, 0-9, _ and /")
        kind = type(part)
        # Most parts are text, which is always right, or an amount, which is hardly ever wrong.
        if kind is not str and not (kind is int and -INTEGER_MAX <= part <= INTEGER_MAX):  # type: ignore[operator]
            _check(part, depth - 1)


@lru_cache(maxsize=256)  # the same few dozen keys come again in every entry
def _is_key(text: str) -> bool:
    return _KEY.fullmatch(text) is not None

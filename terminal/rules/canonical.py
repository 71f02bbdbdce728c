"""Canonical bytes: one byte form per value, so that a hash names a value and nothing else.

The form is JSON (RFC 8259) narrowed to what RFC 8785 would print for it: objects with keys in code point order,
arrays, strings, integers of at most 53 bits, `true` and `false`; no white space, no floats, no null, UTF-8 without
escapes beyond the ones JSON demands.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeAlias, cast

import orjson

Canonical: TypeAlias = "dict[str, Canonical] | list[Canonical] | str | int | bool"

INTEGER_MAX = 2**53 - 1
DEPTH_MAX = 12
_KEY = re.compile(r"[a-z][a-z0-9_/]{0,39}")
_PLAIN = frozenset({str, int, bool})
_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER


class NotCanonical(ValueError):  # noqa: N818 - says what is wrong with the bytes
    """The bytes or the value have no canonical form; the message says why."""


def encode(value: Canonical, depth: int = DEPTH_MAX) -> bytes:
    """Return the one byte form of `value`; raise `NotCanonical` when it has none or nests deeper than `depth`."""
    check(value, depth)
    return write(value)


def decode(data: bytes, depth: int = DEPTH_MAX) -> Canonical:
    """Return the value whose one byte form is `data`; raise `NotCanonical` for any other bytes."""
    value = read(data)
    check(value, depth)
    return cast("Canonical", value)


def check(value: object, depth: int = DEPTH_MAX) -> None:
    """Raise `NotCanonical` for a part, a key or a depth that no canonical value has; amounts and text are `write`'s."""
    kind = type(value)
    if kind is dict:
        if not _are_keys(tuple(value)):  # type: ignore[arg-type]  # narrowed by `type is`
            raise NotCanonical("key outside a-z, 0-9, _ and /")
        parts = value.values()  # type: ignore[attr-defined]  # narrowed by `type is`
    elif kind is list:
        parts = value
    elif kind in _PLAIN:
        return
    else:
        raise NotCanonical(f"{kind.__name__} has no canonical form")
    if depth == 0:
        raise NotCanonical("nested too deeply")
    for part in parts:
        if type(part) not in _PLAIN:
            check(part, depth - 1)


def write(value: object) -> bytes:
    """Return the bytes of a value whose parts were checked; raise `NotCanonical` for a number or a text it cannot have.

    Those are judged while they are written: integers beyond 53 bits, and text with half a surrogate pair.
    """
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except orjson.JSONEncodeError as error:
        raise NotCanonical(str(error)) from error


def read(data: bytes) -> object:
    """Return the JSON value whose one spelling is `data`, each part still to be checked; raise `NotCanonical`."""
    try:
        value: object = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise NotCanonical("not JSON") from error
    if write(value) != data:
        raise NotCanonical("another spelling of the same value")
    return value


@lru_cache(maxsize=256)  # the same few objects come again in every entry
def _are_keys(keys: tuple[object, ...]) -> bool:
    return all(type(key) is str and _KEY.fullmatch(key) is not None for key in keys)

"""Messages in canonical form all the same, whose parts are not those of their kind."""

from __future__ import annotations

import pytest

from terminal.rules import canonical
from terminal.rules.canonical import Canonical, NotCanonical
from terminal.sync import wire
from terminal.sync.wire import Accepted, Joined, MustRejoin

SUMMONS = MustRejoin(1, "fork")


def parts(message: wire.Message = SUMMONS) -> dict[str, Canonical]:
    value = canonical.decode(wire.encode(message))
    assert isinstance(value, dict)
    return value


def test_the_parts_of_a_message_are_read_whatever_wrote_them() -> None:
    assert wire.decode(canonical.encode(parts())) == SUMMONS


def test_a_message_with_a_part_too_many_is_none() -> None:
    with pytest.raises(NotCanonical, match="missing or unknown"):
        wire.decode(canonical.encode({**parts(), "more": 1}))


@pytest.mark.parametrize("missing", ["epoch", "reason"])
def test_a_message_without_one_of_its_parts_is_none(missing: str) -> None:
    less = {name: value for name, value in parts().items() if name != missing}
    with pytest.raises(NotCanonical, match="missing or unknown"):
        wire.decode(canonical.encode(less))


def test_a_part_that_is_no_message_of_its_kind_spoils_the_whole() -> None:
    value = parts(Accepted(1, 0, bytes(32), (), 0))
    with pytest.raises(NotCanonical, match="parts of FeedItem"):
        wire.decode(canonical.encode({**value, "feed": [{"position": 1}]}))


@pytest.mark.parametrize(
    ("digest", "why"),
    [
        ("xy" * 32, "not hexadecimal"),
        ("a", "not hexadecimal"),
        ("AB" * 32, "another spelling"),
        ("ab " * 32, "another spelling"),
        (7, "another type"),
    ],
)
def test_a_hash_has_one_spelling(digest: Canonical, why: str) -> None:
    value = parts(Joined("ab" * 16, 1, 2, b"\xab" * 32))
    assert wire.decode(canonical.encode(value)) == Joined("ab" * 16, 1, 2, b"\xab" * 32)
    with pytest.raises(NotCanonical, match=why):
        wire.decode(canonical.encode({**value, "upto": digest}))

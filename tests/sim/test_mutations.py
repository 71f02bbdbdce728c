"""Each rule of the protocol taken away is noticed: by which invariant, and in which story."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from tests.sim.mutations import MUTATIONS, Mutation
from tests.sim.simulator import Totals
from tests.sim.story import play, stage
from tests.sim.world import Violation

pytestmark = pytest.mark.slow
Place = tuple[pathlib.Path, bytes]


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with stage() as made:
        yield made


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_rule_that_is_taken_away_is_missed(place: Place, mutation: Mutation) -> None:
    ended = play(mutation.seed, place, steps=mutation.steps, parts=mutation.parts, edition=mutation.edition)
    assert isinstance(ended, Violation), f"nobody notices: {mutation.name}"
    assert ended.law in mutation.laws.split()
    assert isinstance(play(mutation.seed, place, steps=mutation.steps, edition=mutation.edition), Totals), (
        "the story is whole with the rule"
    )

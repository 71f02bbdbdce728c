"""What the crash tests share: the ground, how many cuts to try, and the line that says how many there were."""

from __future__ import annotations

import os
import pathlib
import tempfile
from collections.abc import Iterator

import pytest

from tests.crash.ground import Ground

CUTS_VARIABLE = "COUNTERFOIL_CRASH_CUTS"


@pytest.fixture(scope="session")
def all_cuts_wanted(request: pytest.FixtureRequest) -> bool:
    """Tell whether every cut is to be tried (`--crash-cuts=all`, or the variable of that name), not a sample."""
    chosen: str = request.config.getoption("--crash-cuts", default=None) or os.environ.get(CUTS_VARIABLE, "some")
    assert chosen in {"some", "all"}, f"crash cuts are `some` or `all`, not {chosen!r}"
    return chosen == "all"


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """Give the prepared shop and the program that tills are forked from."""
    # In memory where that is possible: a crash of the till alone leaves what the kernel holds, and what a power cut
    # leaves is worked out from the record, so that real storage would only be slow.
    memory = pathlib.Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="cf-", dir=memory if memory.is_dir() else None) as folder:
        made = Ground(pathlib.Path(folder).resolve())
        yield made
        made.close()

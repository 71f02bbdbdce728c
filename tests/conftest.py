"""What every test may ask pytest for: the run's seed, the browser, and the order that the coverage of faults needs."""

from __future__ import annotations

import os
import pathlib
import random
import shutil
import signal
from collections.abc import Iterator

import hypothesis
import pytest

from tests.hw_sim import control

pytest_plugins = ["tests.skips"]

# Two busy cores make a single example slow without anything being wrong; the test's own time limit stays.
hypothesis.settings.register_profile("house", deadline=None, print_blob=True)
hypothesis.settings.load_profile("house")

FAULT_COVER_FILE = "test_fault_cover.py"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the run's options."""
    parser.addoption("--all-faults", action="store_true", help="at the end, fail unless every simulator fault was hit")
    parser.addoption("--crash-cuts", choices=("some", "all"), default=None, help="how many kills and power cuts to try")
    parser.addoption(
        "--matrix", choices=("some", "all"), default="some", help="how many cells of the fault matrix to try"
    )
    parser.addoption(
        "--cases", choices=("some", "all"), default="some", help="how many cases of the tests marked as sampled to try"
    )
    parser.addoption("--seed", type=int, default=None, help="the seed of random tests (default: a new one each run)")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the run's seed unless it was given."""
    # A shell starts its background jobs with SIGINT ignored, and programs started from there would stay deaf to Ctrl-C.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.option.seed is None:
        config.option.seed = random.SystemRandom().randrange(2**32)


def pytest_report_header(config: pytest.Config) -> str:
    """Return the line that lets a random failure be repeated."""
    return f"seed: --seed={config.option.seed}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Draw the cases of sampled tests; put the coverage of faults last, or leave it out of a partial run."""
    if config.option.cases == "some":
        _draw_cases(config, items)
    last = [item for item in items if item.path.name == FAULT_COVER_FILE]
    items[:] = [item for item in items if item not in last]
    if config.option.all_faults:
        items.extend(last)
    else:
        config.hook.pytest_deselected(items=last)


def _draw_cases(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave of each test marked `sampled(n)` n cases, drawn with the run's seed."""
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("sampled"):
            cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    left: set[pytest.Item] = set()
    for name, found in cases.items():
        mark = found[0].get_closest_marker("sampled")
        assert mark is not None
        chance = random.Random(f"{config.option.seed} {name}")
        left |= set(found) - set(chance.sample(found, min(mark.args[0], len(found))))
    items[:] = [item for item in items if item not in left]
    config.hook.pytest_deselected(items=sorted(left, key=lambda item: item.nodeid))


@pytest.fixture(scope="session", autouse=True)
def fault_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pathlib.Path]:
    """Give the file into which the simulators of this run, also those in child processes, note faults that were hit."""
    path = tmp_path_factory.mktemp("faults") / "hit.log"
    path.touch()
    os.environ[control.FAULT_LOG_VARIABLE] = str(path)
    yield path
    del os.environ[control.FAULT_LOG_VARIABLE]


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Give the run's seed; a failing test shows it."""
    chosen: int = request.config.option.seed
    request.node.add_report_section("setup", "seed", f"repeat with --seed={chosen}")
    return chosen


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Give the path of the distribution's Chromium; a machine without it fails the test, as its set-up brings it."""
    for name in ("chromium", "chromium-browser"):
        if path := shutil.which(name):
            return path
    pytest.fail("no Chromium on this machine; image/setup.sh test says what to install")

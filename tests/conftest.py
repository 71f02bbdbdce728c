"""What every test may ask pytest for: the run's seed, its drawn cases, and the browser."""

from __future__ import annotations

import gc
import random
import shutil
import signal

import hypothesis
import pytest

from tests.workers import Node, told

pytest_plugins = ["tests.fault_cover", "tests.parts", "tests.skips"]

# Two busy cores make a single example slow without anything being wrong; the test's own time limit stays.
hypothesis.settings.register_profile("house", deadline=None, print_blob=True)
hypothesis.settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the run's options."""
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
    # Of several processes that run tests, all draw with the seed of the one that shares the tests out.
    shared = told(config)
    if shared:
        config.option.seed = shared["seed"]
    if config.option.seed is None:
        config.option.seed = random.SystemRandom().randrange(2**32)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Node) -> None:
    """Tell a process that will run tests the run's seed."""
    node.workerinput["seed"] = node.config.option.seed


def pytest_report_header(config: pytest.Config) -> str:
    """Return the line that lets a random failure be repeated."""
    return f"seed: --seed={config.option.seed}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Draw the cases of sampled tests."""
    if config.option.cases == "some":
        _draw_cases(config, items)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what was collected: it stays, and looking through it takes long."""
    gc.collect()
    gc.freeze()


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

"""A pytest plugin: which simulator faults took effect in a run, noted by each process of it and compared at the end.

The simulators write the first hit of each fault into the file that `control.FAULT_LOG_VARIABLE` names, those in child
processes too. Every process that runs tests has a file of its own; with `--all-faults` the run fails unless each fault
that a simulator offers is in one of them.
"""

from __future__ import annotations

import importlib
import os
import pathlib
import pkgutil
import shutil
import tempfile
from collections.abc import Iterable, Iterator

import pytest

from tests import hw_sim
from tests.hw_sim import control
from tests.workers import Node, told

NAME = "tests/fault_cover.py::every_fault_the_simulators_offer_took_effect"
LOGS = pytest.StashKey[pathlib.Path]()


def offered_faults() -> set[str]:
    """Return `simulator fault` for each fault that a module of the simulators offers as SIMULATOR and FAULTS."""
    names = [found.name for found in pkgutil.iter_modules(hw_sim.__path__) if not found.name.startswith("test_")]
    modules = [importlib.import_module(f"{hw_sim.__name__}.{name}") for name in names]
    offering = [module for module in modules if hasattr(module, "FAULTS")]
    named = [module for module in offering if hasattr(module, "SIMULATOR")]
    for module in offering:
        assert any(module.FAULTS is other.FAULTS for other in named), f"{module.__name__} offers faults of no SIMULATOR"
    return {f"{module.SIMULATOR} {fault}" for module in named for fault in module.FAULTS}


def without_effect(offered: Iterable[str], logs: pathlib.Path) -> list[str]:
    """Return in order the offered faults that no log in the folder has."""
    hit: set[str] = set()
    for log in logs.glob("*.log"):
        hit.update(log.read_text(encoding="utf-8").splitlines())
    return sorted(set(offered) - hit)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the run's option."""
    parser.addoption("--all-faults", action="store_true", help="at the end, fail unless every simulator fault was hit")


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder of the logs, or take the one of the process that shares out the tests."""
    shared = told(config)
    config.stash[LOGS] = pathlib.Path(shared["fault_logs"] if shared else tempfile.mkdtemp(prefix="fault-logs-"))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Node) -> None:
    """Tell a process that will run tests where its log goes."""
    node.workerinput["fault_logs"] = str(node.config.stash[LOGS])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the logs at the end of the run."""
    if told(config) is None:
        shutil.rmtree(config.stash[LOGS])


@pytest.fixture(scope="session", autouse=True)
def fault_log(request: pytest.FixtureRequest) -> Iterator[pathlib.Path]:
    """Give the file into which the simulators of this process and its children note the faults that were hit."""
    path = request.config.stash[LOGS] / f"{os.getpid()}.log"
    path.touch()
    os.environ[control.FAULT_LOG_VARIABLE] = str(path)
    yield path
    del os.environ[control.FAULT_LOG_VARIABLE]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Report the comparison like one more test, once all others have ended."""
    config = session.config
    if not config.option.all_faults or told(config) is not None:
        return
    offered = offered_faults()
    left = without_effect(offered, config.stash[LOGS])
    said = f"no test made these faults take effect: {', '.join(left)}" if offered else "no simulator offers a fault"
    failed = bool(left) or not offered
    place = ("tests/fault_cover.py", 0, NAME)
    report = pytest.TestReport(
        NAME, place, {}, "failed" if failed else "passed", longrepr=said if failed else None, when="call"
    )
    config.hook.pytest_runtest_logreport(report=report)
    if failed and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED

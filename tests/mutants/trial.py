"""The tests of one mutant, run by pytest in this process: the quickest first, to the first that fails."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import pathlib
import resource
import signal
import sys
import time
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

import hypothesis
import pytest

# Of processor time: a loop without end is ended, and a busy machine ends nothing else.
COLLECTING_S = 60.0
SLOWER_AT_MOST = 10.0
LEAST_S = 3.0
MEMORY_BYTES = 4 * 2**30
# A folder that pytest keeps its files in, beside the copied sources.
FILES = ".tests"
# Its exit code where there are no tests.
NO_TESTS = 5
OURS = {"__main__", "bench", "cloud", "terminal", "tests"}


class Job(TypedDict):
    """What to try: a module's path and changed source (none: as it is), and the tests in the order to try them.

    `times_s` is each test's processor time as it was measured without a change.
    """

    path: str
    source: str
    tests: list[str]
    first: list[str]
    times_s: dict[str, float]
    seed: int


class Told(TypedDict):
    """How it went: pytest's exit code, the test that failed (or nothing), and each test's processor time.

    `modules` are other people's modules that were imported, `takers` the tests that take each line, by path.
    """

    code: int
    failed: str
    times_s: dict[str, float]
    modules: list[str]
    takers: dict[str, dict[str, list[str]]]


def nothing() -> Told:
    """Return what tests say that pass."""
    return {"code": 0, "failed": "", "times_s": {}, "modules": [], "takers": {}}


@dataclass(slots=True, eq=False)
class Order:
    """A pytest plugin that tries the likeliest and quickest tests first and ends one that takes too long."""

    first: Sequence[str]
    times_s: dict[str, float]
    failed: str = ""
    taken_s: dict[str, float] = field(default_factory=dict)

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        """Draw examples as mutants want them."""
        draw_quickly()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put what failed last time first, then by the time they take."""
        ranks = {name: rank for rank, name in enumerate(self.first)}
        last = len(ranks)
        items.sort(key=lambda item: (ranks.get(item.nodeid, last), self.times_s.get(item.nodeid, 0.0)))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Measure a test, and end the whole process when it takes much longer than it ought to."""
        began_s = time.process_time()
        known_s = self.times_s.get(item.nodeid)
        limit(COLLECTING_S if known_s is None else LEAST_S + SLOWER_AT_MOST * known_s)
        try:
            return (yield)
        finally:
            limit(0)
            self.taken_s[item.nodeid] = time.process_time() - began_s

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the test that failed."""
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that cannot even be read."""
        if report.failed and not self.failed:
            self.failed = report.nodeid


def tried(job: Job) -> Told:
    """Return what the tests say of a mutant; to be called once in a process that has not imported the product."""
    if job["path"]:
        sys.meta_path.insert(0, _Changed(job["path"], job["source"]))
    limit(COLLECTING_S)
    order = Order(job["first"], job["times_s"])
    code = pytest.main([*options(job["seed"]), *job["tests"]], plugins=[order])
    told: Told = {**nothing(), "code": int(code), "failed": order.failed, "times_s": order.taken_s}
    return {**told, "modules": others_modules()}


def options(seed: int) -> list[str]:
    """Return what pytest is asked for, and set the limits of this process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    # Of several processes each has its own folder, and empties it.
    asked = ["-x", "-q", "--assert=plain", f"--basetemp={FILES}-{os.getpid()}", f"--seed={seed}"]
    return [*asked, "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "timeout=0", f"--hypothesis-seed={seed}"]


def others_modules() -> list[str]:
    """Return the names of other people's modules that were imported."""
    return [name for name in sys.modules if name.partition(".")[0] not in OURS]


def draw_quickly() -> None:
    """Let a failing example be the end: making it small takes minutes, and nobody reads it."""
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile(
        "mutants", deadline=None, database=None, derandomize=False, phases=phases, report_multiple_bugs=False
    )
    hypothesis.settings.load_profile("mutants")


def limit(processor_s: float) -> None:
    """End this process by SIGPROF after so much more processor time; 0 lifts the limit."""
    signal.setitimer(signal.ITIMER_PROF, processor_s)


class _Changed(importlib.abc.MetaPathFinder):
    """Finds one module with another source than its file has."""

    def __init__(self, path: str, source: str) -> None:
        self._name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self._path, self._source = pathlib.Path.cwd() / path, source

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return how to load the module, or None for any other."""
        del path, target
        if fullname != self._name:
            return None
        loader = _Loader(fullname, str(self._path), self._source)
        return importlib.util.spec_from_file_location(fullname, self._path, loader=loader)


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads the changed source, and keeps nothing of it on the disk."""

    def __init__(self, fullname: str, path: str, source: str) -> None:
        super().__init__(fullname, path)
        self._source = source

    def get_code(self, fullname: str) -> types.CodeType:
        """Return the changed source, compiled."""
        del fullname
        code = compile(self._source, self.path, "exec", dont_inherit=True)
        assert isinstance(code, types.CodeType)
        return code

"""`python -m tests.mutants.warm`, in a copy of the sources: tries mutants of functions and imports nothing anew.

Told what to collect (`Start`) as a line of JSON, it collects the tests once, runs them in a process of its own to see
which lines each of them takes, and answers as `tests.mutants.server` does. Then it tries each mutant (`WarmJob`) in a
fork of itself, where only the changed function has other code, with the tests that take its lines. Where a line is
taken already while all is imported, or a function cannot be given its new code, it answers that it is `not for here`.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import pathlib
import time
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

import coverage
import pytest

from tests.mutants.server import Answer, Lines, answer_of, begin, import_all, say
from tests.mutants.trial import (
    COLLECTING_S,
    LEAST_S,
    NO_TESTS,
    OURS,
    SLOWER_AT_MOST,
    Told,
    draw_quickly,
    limit,
    nothing,
    options,
    others_modules,
)

NOT_FOR_HERE = "not for here"
# Who takes the lines that are taken while all is imported.
_NOBODY = ""
_NOT_FOR_HERE = -1
_FAILED = 1


class Start(TypedDict):
    """What to collect, the modules whose lines count, and what another one of these has seen of it already, if any."""

    tests: list[str]
    paths: list[str]
    seed: int
    known: Told | None


class WarmJob(TypedDict):
    """A module's path and changed source, the first and last line of the statement in it, and tests to try first."""

    path: str
    source: str
    lines: tuple[int, int]
    first: list[str]


@dataclass(slots=True)
class Product:
    """The product's functions by path, name and line, and what keeps results from one call to the next."""

    functions: dict[tuple[str, str, int], list[types.FunctionType]] = field(default_factory=dict)
    caches: list[functools._lru_cache_wrapper[object]] = field(default_factory=list)

    def look(self) -> None:
        """Find them."""
        # What was collected lies where the garbage collector does not look.
        gc.unfreeze()
        for found in gc.get_objects():
            if isinstance(found, types.FunctionType):
                code = found.__code__
                self.functions.setdefault((code.co_filename, code.co_qualname, code.co_firstlineno), []).append(found)
            elif isinstance(found, functools._lru_cache_wrapper) and _is_ours(found):
                self.caches.append(found)
        gc.freeze()

    def forget(self) -> None:
        """Keep no results."""
        for cache in self.caches:
            cache.cache_clear()

    def change(self, job: WarmJob) -> bool:
        """Give each function around the changed lines its new code; tell whether there was one, and all could."""
        path = str(pathlib.Path.cwd() / job["path"])
        found = False
        for code in _codes(compile(job["source"], path, "exec", dont_inherit=True)):
            if not code.co_firstlineno <= job["lines"][0] <= max(line or 0 for *_, line in code.co_lines()):
                continue
            for function in self.functions.get((path, code.co_qualname, code.co_firstlineno), ()):
                if function.__code__.co_freevars != code.co_freevars:
                    return False
                function.__code__ = code
                found = True
        return found


@dataclass(slots=True, eq=False)
class Warm:
    """A pytest plugin that, once all is collected, answers until nothing more is asked, and ends this process.

    `takers` are the tests that take each line, by path.
    """

    start: Start
    asks: Lines
    answers: int
    tracer: coverage.Coverage
    product: Product = field(default_factory=Product)
    takers: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    times_s: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        """Draw examples as mutants want them."""
        draw_quickly()

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that cannot be read."""
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that failed."""
        if report.failed:
            self.failed.append(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Answer."""
        if self.failed:
            return
        limit(0)
        items = {item.nodeid: item for item in session.items}
        self.product.look()
        known = self.start["known"]
        begun: Answer = {"ended": "answered", "told": known or nothing()}
        if known is None:
            begun = answer_of(lambda: self._begun(session.items), self.asks.fd)
        self.tracer.stop()
        told = begun["told"]
        self.times_s, self.takers = told["times_s"], told["takers"]
        import_all(told["modules"])
        say(self.answers, begun)
        while line := self.asks.next():
            self._answer(json.loads(line), items)
        os._exit(0)

    def _answer(self, job: WarmJob, items: Mapping[str, pytest.Item]) -> None:
        names = self._names(job)
        if _NOBODY in names:
            say(self.answers, {"ended": NOT_FOR_HERE})
            return
        answer = answer_of(lambda: self._tried(job, [items[name] for name in names]), self.asks.fd)
        say(self.answers, {"ended": NOT_FOR_HERE} if answer["told"]["code"] == _NOT_FOR_HERE else answer)

    def _begun(self, items: Sequence[pytest.Item]) -> Told:
        """Run all tests; nothing that one of them kept spares another one a line."""
        told = nothing()
        for item, after in zip(items, [*items[1:], None], strict=True):
            began_s = time.process_time()
            self.product.forget()
            self.tracer.switch_context(item.nodeid)
            limit(COLLECTING_S)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            limit(0)
            told["times_s"][item.nodeid] = time.process_time() - began_s
        self.tracer.stop()
        data = self.tracer.get_data()
        for path in self.start["paths"]:
            found = data.contexts_by_lineno(str(pathlib.Path.cwd() / path))
            told["takers"][path] = {str(line): names for line, names in found.items()}
        told["modules"] = others_modules()
        told["failed"] = "".join(self.failed[:1])
        told["code"] = _FAILED if self.failed else 0 if items else NO_TESTS
        return told

    def _names(self, job: WarmJob) -> list[str]:
        """Return the tests that take one of the lines: those to try first, then the quickest."""
        lines = self.takers[job["path"]]
        first, last = job["lines"]
        names = {name for line in range(first, last + 1) for name in lines.get(str(line), ())}
        ranks = {name: rank for rank, name in enumerate(job["first"])}
        return sorted(names, key=lambda name: (ranks.get(name, len(ranks)), self.times_s.get(name, 0.0), name))

    def _tried(self, job: WarmJob, items: Sequence[pytest.Item]) -> Told:
        """Change the function and run the tests to the first that fails."""
        if items and not self.product.change(job):
            return {**nothing(), "code": _NOT_FOR_HERE}
        self.product.forget()
        for item, after in zip(items, [*items[1:], None], strict=True):
            limit(LEAST_S + SLOWER_AT_MOST * self.times_s[item.nodeid])
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            limit(0)
            if self.failed:
                return {**nothing(), "code": _FAILED, "failed": self.failed[0]}
        return nothing()


def _is_ours(cache: object) -> bool:
    return str(getattr(cache, "__module__", "")).partition(".")[0] in OURS


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """Give the code of all functions in a module's code."""
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            yield each
            yield from _codes(each)


def main() -> None:
    """Collect, and answer until the end of the input."""
    asks, answers = begin()
    start: Start = json.loads(asks.next())
    include = [str(pathlib.Path.cwd() / path) for path in start["paths"]]
    tracer = coverage.Coverage(data_file=None, config_file=False, include=include)
    tracer.start()
    warm = Warm(start, asks, answers, tracer)
    asked = options(start["seed"])
    limit(COLLECTING_S)
    code = pytest.main([*asked, *start["tests"]], plugins=[warm])
    told = {**nothing(), "code": int(code), "failed": "".join(warm.failed[:1])}
    say(answers, {"ended": "answered", "told": told})


if __name__ == "__main__":
    main()

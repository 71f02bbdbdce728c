"""A run over mutants: a copy of the sources, a server in it, and what became of each mutant."""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.mutants.changes import Mutant, mutants, statement
from tests.mutants.server import Answer
from tests.mutants.targets import Target
from tests.mutants.trial import NO_TESTS, Job, Told
from tests.mutants.warm import NOT_FOR_HERE, Start, WarmJob

KILLED, SURVIVED, TIMED_OUT = "killed", "survived", "timed out"
# What the tests need of the repository.
COPIED = ("bench", "cloud", "docs", "terminal", "tests", "pyproject.toml")
# The memory's own file system: what tests write there is not waited for.
MEMORY = pathlib.Path("/dev/shm")
FIRST_MAX = 20
# Reading one file of tests takes much less time than reading all.
FEW = 4


class NotReady(Exception):  # noqa: N818 - says why there is nothing to try
    """The tests fail, or there are none, while nothing is changed."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a mutant, and the test that killed it."""

    mutant: Mutant
    outcome: str
    test: str = ""


@dataclass(slots=True)
class Trials:
    """Tries mutants of one target: `times_s` are its tests' processor times, `killers` the tests that failed.

    `warm` has all imported and tries what is in a function, `fresh` tries the rest and imports all for each.
    """

    target: Target
    root: pathlib.Path
    seed: int
    warm: subprocess.Popen[bytes]
    fresh: subprocess.Popen[bytes]
    times_s: dict[str, float] = field(default_factory=dict)
    killers: dict[str, Counter[str]] = field(default_factory=dict)

    def begin(self, known: Told | None = None) -> Told:
        """Return what is seen of the tests while nothing is changed; raise `NotReady` unless all of them pass.

        What is `known` of them from elsewhere is not looked at again.
        """
        start: Start = {
            "tests": self._tests,
            "paths": self.target.paths(self.root),
            "seed": self.seed,
            "known": known,
        }
        answer: Answer = ask(self.warm, start)
        told = answer["told"]
        if answer["ended"] != "answered" or told["code"] != 0:
            failed = told["failed"] or f"pytest's exit code is {told['code']}, its process {answer['ended']}"
            raise NotReady(f"the tests of {self.target.name} do not pass as it is: {failed}")
        self.times_s = told["times_s"]
        ask(self.fresh, {"warm": told["modules"]})
        return told

    def run(self, mutant: Mutant) -> Tried:
        """Try one mutant."""
        source = (self.root / mutant.path).read_bytes()
        changed = mutant.applied(source).decode()
        killers = self.killers.setdefault(mutant.path, Counter())
        quick: WarmJob = {
            "path": mutant.path,
            "source": changed,
            "lines": statement(source, mutant),
            "first": _likeliest(killers),
        }
        answer: Answer = ask(self.warm, quick)
        if answer["ended"] in {NOT_FOR_HERE, "died"}:
            killers = self.killers.setdefault(f"{mutant.path} anew", Counter())
            answer = self._anew(mutant, changed, _likeliest(killers))
        if answer["ended"] == "timed out":
            return Tried(mutant, TIMED_OUT)
        if answer["ended"] == "answered" and answer["told"]["code"] in {0, NO_TESTS}:
            return Tried(mutant, SURVIVED)
        test = answer["told"]["failed"]
        killers[test] += 1
        return Tried(mutant, KILLED, test)

    @property
    def _tests(self) -> list[str]:
        return [test for test in self.target.tests if (self.root / test).exists()]

    def _anew(self, mutant: Mutant, source: str, first: list[str]) -> Answer:
        """Try a mutant where nothing is imported: with the likeliest tests alone, then with all of them."""
        job: Job = {
            "path": mutant.path,
            "source": source,
            "tests": first[:FEW],
            "first": first,
            "times_s": self.times_s,
            "seed": self.seed,
        }
        if first:
            answer = ask(self.fresh, job)
            if answer["told"]["failed"]:
                return answer
        return ask(self.fresh, {**job, "tests": self._tests})


def _likeliest(killers: Counter[str]) -> list[str]:
    return [name for name, _ in killers.most_common(FIRST_MAX) if name]


def ask(server: subprocess.Popen[bytes], told: object) -> Answer:
    """Return what the server answers."""
    assert server.stdin is not None, "it was started with pipes"
    assert server.stdout is not None, "it was started with pipes"
    server.stdin.write(json.dumps(told).encode() + b"\n")
    server.stdin.flush()
    line = server.stdout.readline()
    if not line:
        raise NotReady("the process that tries mutants has ended")
    answer: Answer = json.loads(line)
    return answer


@contextmanager
def copied(root: pathlib.Path, parts: Sequence[str] = COPIED) -> Iterator[pathlib.Path]:
    """Give a copy of the repository at `root`, which is gone afterwards."""
    place = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="mutants-", dir=place, ignore_cleanup_errors=True) as folder:
        copy = pathlib.Path(folder)
        for part in parts:
            if (root / part).is_dir():
                shutil.copytree(root / part, copy / part)
            else:
                shutil.copy2(root / part, copy / part)
        yield copy


@contextmanager
def trying(target: Target, copy: pathlib.Path, seed: int) -> Iterator[Trials]:
    """Give what tries the mutants of a target in a copy of the sources."""
    with _serving("tests.mutants.warm", copy) as warm, _serving("tests.mutants.server", copy) as fresh:
        yield Trials(target, copy, seed, warm, fresh)


@contextmanager
def _serving(program: str, copy: pathlib.Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", program]
    # A session of its own: Ctrl-C is for who asks, and the server ends when nobody asks any more.
    with subprocess.Popen(
        command, cwd=copy, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as server:
        try:
            yield server
        finally:
            assert server.stdin is not None, "it was started with pipes"
            server.stdin.close()
            server.wait()


def all_mutants(target: Target, root: pathlib.Path) -> list[Mutant]:
    """Return every mutant of a target's modules."""
    return [each for path in target.paths(root) for each in mutants(path, (root / path).read_bytes())]


def from_place(found: Sequence[Mutant], place: str) -> list[Mutant]:
    """Return all mutants in the order of the ring, from the first one after a place on, all the way round."""
    ring = sorted(found, key=lambda each: (each.place, each.name))
    return [each for each in ring if each.place > place] + [each for each in ring if each.place <= place]

"""The runner finds what no test notices, and nothing else: tried on planted code with planted tests."""

from __future__ import annotations

import pathlib
import shutil
from collections.abc import Iterator

import pytest

from tests.mutants import equivalents
from tests.mutants.changes import Mutant, mutants, statement
from tests.mutants.runs import (
    KILLED,
    SURVIVED,
    TIMED_OUT,
    NotReady,
    Tried,
    all_mutants,
    copied,
    from_place,
    trying,
)
from tests.mutants.targets import TARGETS, Target

ROOT = pathlib.Path(__file__).parents[2]
PLANTED = Target("planted", ("terminal/planted.py",), ("tests/test_planted.py",))
CODE = '''"""存根."""


def is_free(fen: int) -> bool:
    return fen < 100


def total(values: list[int]) -> int:
    found = 0
    while values:
        found += values.pop()
    return found
'''
TESTS = """from terminal.planted import is_free, total


def test_little_is_free_and_much_is_not():
    assert is_free(1)
    assert not is_free(1000)


def test_a_total():
    assert total([1, 2]) == 3
"""
# What runs while it is imported, and a function that a test reaches through another one that keeps results.
EARLY = """import functools

LIMIT = 7


def doubled(number: int) -> int:
    return number * 2


TWICE = doubled(LIMIT)


@functools.cache
def kept(number: int) -> int:
    return number - 1
"""
EARLY_TESTS = """from terminal.planted import TWICE, kept


def test_what_was_made_at_the_start():
    assert TWICE == 14


def test_what_is_kept():
    assert kept(3) == 2


def test_what_is_kept_and_asked_for_again():
    assert kept(3) == 2
"""
CONFTEST = """def pytest_addoption(parser):
    parser.addoption("--seed")
"""


def changes(source: str) -> list[str]:
    return [each.change for each in mutants("terminal/x.py", source.encode())]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(a): return a < 5", ["a < 5 -> a <= 5", "5 -> 6, in a < 5"]),
        ("def f(a, b): return a and not b", ["a and (not b) -> a or not b", "not b -> b"]),
        ("def f(a): return min(a)", ["min -> max, in min(a)"]),
        ("def f(a): check(a)", ["check(a) -> pass"]),
        ("if a: raise E('no')", ["a -> not a", "raise E('no') -> pass", "'no' -> 'no_x', in E('no')"]),
        ("A = {'b', 'kind'}", ["'b' -> nothing, of a set", "'kind' -> nothing, of a set", "'kind' -> 'kind_x', in {'b', 'kind'}"]),  # noqa: E501
        ("A = 'SELECT a FROM b WHERE c > 0'", ["SQL ...ECT a FROM b WHERE c > 0'...: > -> >="]),
        ("def f(a):\n 'what it does'\n assert a > 1, 'so'\n logger.info('some_thing', 1)", []),
        ("@cache(maxsize=9)\ndef f(a: 'some_type') -> 'other': return zip(a, strict=True)", []),
    ],
)  # fmt: skip
def test_each_change_that_a_test_ought_to_notice_is_found(source: str, expected: list[str]) -> None:
    assert changes(source) == expected


def test_a_change_is_made_where_it_was_found_and_nowhere_else() -> None:
    (made, *_) = mutants("terminal/planted.py", CODE.encode())
    assert made.applied(CODE.encode()).decode() == CODE.replace("fen < 100", "(fen <= 100)")


def test_a_mutant_keeps_its_name_while_other_lines_move_and_equal_ones_are_counted() -> None:
    source = "def f(a): return a[0] + a[0]"
    before, after = (mutants("terminal/x.py", text.encode()) for text in (source, f"B = 1\n\n{source}"))
    assert len({each.name for each in before}) == len(before) == 3
    assert {each.name for each in before} < {each.name for each in after}


def test_a_run_goes_on_where_the_last_one_ended_and_comes_round_to_all() -> None:
    found = mutants("terminal/planted.py", CODE.encode())
    ring = from_place(found, "0")
    assert from_place(found, ring[1].place) == [*ring[2:], *ring[:2]]
    assert sorted(each.name for each in ring) == sorted(each.name for each in found)


def test_a_survivor_that_is_not_listed_and_a_listed_one_that_is_killed_or_gone_fail_the_run() -> None:
    lived, died = (Mutant("terminal/x.py", 7, name, "1 -> 2", 0, 1, "2") for name in ("lived", "died"))
    tried = [Tried(lived, SURVIVED), Tried(died, KILLED, "test_x")]
    every = {lived.name, died.name}
    assert equivalents.mistakes(tried, every, {lived.name: "So."}) == []
    assert equivalents.mistakes(tried, every, {}) == ["survived, line 7: terminal/x.py lived: 1 -> 2"]
    wrong = equivalents.mistakes(tried, every, {lived.name: "So.", died.name: "So.", "old": "So."})
    assert wrong == [
        "on the list, but there is no such mutant: old",
        "on the list, but killed by test_x: terminal/x.py died: 1 -> 2",
    ]


def test_every_listed_mutant_exists_and_has_its_reason() -> None:
    every = {each.name for target in TARGETS for each in all_mutants(target, ROOT)}
    assert equivalents.mistakes([], every, equivalents.listed()) == []


def test_an_entry_of_the_list_without_a_reason_is_refused(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "list.toml"
    path.write_text('[[equivalent]]\nmutant = "terminal/x.py f: 1 -> 2"\nreason = ""\n', encoding="utf-8")
    with pytest.raises(ValueError, match="no sentence"):
        equivalents.listed(path)


@pytest.fixture
def planted(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """Give a copy of a repository with one module and its tests."""
    root = tmp_path / "planted"
    shutil.copytree(ROOT / "tests/mutants", root / "tests/mutants")
    (root / "terminal").mkdir()
    files = {
        "pyproject.toml": "",
        "terminal/__init__.py": "",
        "terminal/planted.py": CODE,
        "tests/__init__.py": "",
        "tests/conftest.py": CONFTEST,
        "tests/test_planted.py": TESTS,
    }
    for path, text in files.items():
        (root / path).write_text(text, encoding="utf-8")
    with copied(root, ("terminal", "tests", "pyproject.toml")) as copy:
        yield copy
    assert not copy.exists()


@pytest.mark.slow
def test_a_planted_survivor_is_found_and_what_a_test_notices_or_never_ends_is_killed(planted: pathlib.Path) -> None:
    with trying(PLANTED, planted, seed=1) as trials:
        trials.begin()
        found = {each.change: trials.run(each) for each in mutants("terminal/planted.py", CODE.encode())}
    outcomes = {change: (tried.outcome, tried.test.partition("::")[2]) for change, tried in found.items()}
    assert outcomes == {
        "fen < 100 -> fen <= 100": (SURVIVED, ""),
        "100 -> 101, in fen < 100": (SURVIVED, ""),
        "0 -> 1, in found = 0": (KILLED, "test_a_total"),
        "values -> not values": (KILLED, "test_a_total"),
        "found += values.pop() -> found -= values.pop()": (KILLED, "test_a_total"),
    }
    assert (planted / "terminal/planted.py").read_text(encoding="utf-8") == CODE


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        ("7 -> 8, in LIMIT = 7", (3, 3)),
        ("number * 2 -> number // 2", (7, 7)),
        ("1 -> 2, in number - 1", (15, 15)),
    ],
)
def test_the_lines_of_the_changed_statement_are_known(change: str, lines: tuple[int, int]) -> None:
    (mutant,) = [each for each in mutants("terminal/x.py", EARLY.encode()) if each.change == change]
    assert statement(EARLY.encode(), mutant) == lines


def test_of_a_statement_with_a_body_only_its_head_counts() -> None:
    source = b"def f(a):\n if (a and\n   a > 1):\n  return 1\n return [\n  a,\n  a + 1]\n"
    found = {each.change: statement(source, each) for each in mutants("terminal/x.py", source)}
    assert found["a > 1 -> a >= 1"] == found["a and a > 1 -> a or a > 1"] == (2, 3)
    assert found["a + 1 -> a - 1"] == (5, 7)


@pytest.mark.slow
def test_what_runs_at_the_start_is_changed_too_and_nothing_that_a_test_kept_hides_a_change(
    planted: pathlib.Path,
) -> None:
    (planted / "terminal/planted.py").write_text(EARLY, encoding="utf-8")
    (planted / "tests/test_planted.py").write_text(EARLY_TESTS, encoding="utf-8")
    with trying(PLANTED, planted, seed=1) as trials:
        known = trials.begin()
        found = {each.change: trials.run(each) for each in mutants("terminal/planted.py", EARLY.encode())}
    assert {tried.outcome for tried in found.values()} == {KILLED}
    assert {change for change, tried in found.items() if tried.test.endswith("at_the_start")} == {
        "7 -> 8, in LIMIT = 7",
        "number * 2 -> number // 2",
        "2 -> 3, in number * 2",
    }
    takers = known["takers"]["terminal/planted.py"]
    assert [len(takers[line]) for line in ("3", "7", "15")] == [1, 1, 2]
    assert (takers["3"], takers["7"]) == ([""], [""])


@pytest.mark.slow
def test_a_mutant_that_never_ends_is_ended(planted: pathlib.Path) -> None:
    source = CODE.encode()
    start = source.index(b"values.pop()")
    endless = Mutant("terminal/planted.py", 11, "total", "endless", start, start + len(b"values.pop()"), "len(values)")
    with trying(PLANTED, planted, seed=1) as trials:
        trials.begin()
        assert trials.run(endless) == Tried(endless, TIMED_OUT)


@pytest.mark.slow
def test_nothing_is_tried_where_the_tests_fail_as_it_is(planted: pathlib.Path) -> None:
    (planted / "terminal/planted.py").write_text(CODE.replace("100", "0"), encoding="utf-8")
    with trying(PLANTED, planted, seed=1) as trials, pytest.raises(NotReady, match="test_little_is_free"):
        trials.begin()

"""Each driver has a scorecard beside it, whole: everything is done, by a test that exists, or exempt with a reason.

Only trying the real device may be still to do.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HW = ROOT / "terminal" / "hw"
TRIED = "Tried on the real device"
QUESTIONS = (
    "Reconnects",
    "Loss logged once, return logged once",
    "Bounded reads",
    "Stoppable within 1 s",
    "Parser fuzzed",
    "Simulator with faults",
    "Memory flat",
    TRIED,
)
DONE, TO_DO, EXEMPT = "done", "to do", "exempt"
# It opens nothing and serves nothing, so that its class does not give it away: the readers' drivers send its bytes.
DRIVERS_BY_NAME = frozenset({"reader_feedback"})

Row = tuple[str, str, str]


def driver_modules(folder: Path) -> set[str]:
    """Return the modules with a class that serves a device or carries bytes to one; protocols are only spoken of."""
    return {
        module.stem
        for module in folder.glob("*.py")
        for node in ast.parse(module.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and _drives(node)
    } | DRIVERS_BY_NAME


def _drives(found: ast.ClassDef) -> bool:
    if any(isinstance(base, ast.Name) and base.id == "Protocol" for base in found.bases):
        return False
    methods = {node.name for node in found.body if isinstance(node, ast.FunctionDef)}
    return "serve" in methods or (found.name.endswith("Transport") and {"open", "close", "read", "write"} <= methods)


def rows(scorecard: str) -> list[Row]:
    """Return question, state and evidence of each row of a scorecard's table."""
    cells = [
        tuple(cell.strip() for cell in line.strip().strip("|").split("|"))
        for line in scorecard.splitlines()
        if line.startswith("|")
    ]
    assert cells, "no table"
    assert all(len(row) == 3 for row in cells), f"rows of three: {[row for row in cells if len(row) != 3]}"
    # Behind the heads and the line under them.
    return [(row[0], row[1], row[2]) for row in cells[2:]]


def named(evidence: str) -> Iterator[tuple[str, str]]:
    """Return each file and function that evidence names, as `tests/x.py`, `tests/x.py::test_y` or `test_y`."""
    for words in re.findall(r"`([^`]+)`", evidence):
        path, _, function = words.partition("::")
        if path.startswith("test_"):
            path, function = "", words
        if path.startswith(("tests/", "bench/", "docs/")) or function:
            yield path, function


def exists(path: str, function: str, root: Path) -> bool:
    """Whether a file of the repository exists and defines the function, or, without a file, any test file does."""
    files = [root / path] if path else list((root / "tests").rglob("test_*.py"))
    if not function:
        return all(file.is_file() for file in files)
    head = re.compile(rf"^def {re.escape(function)}\(", re.MULTILINE)
    return any(file.is_file() and head.search(file.read_text(encoding="utf-8")) for file in files)


def shortcomings(scorecard: str, tried: bool, root: Path) -> list[str]:
    """Return what a scorecard lacks; `tried` is whether docs/hardware.md has a result for its driver."""
    found = rows(scorecard)
    said = [question for question, _, _ in found]
    wrong = [f"{question}: asked {said.count(question)} times" for question in QUESTIONS if said.count(question) != 1]
    for question, state, evidence in found:
        if state not in {DONE, TO_DO, EXEMPT}:
            wrong.append(f"{question}: {state} is no state")
        wrong += [
            f"{question}: {path}::{function} does not exist"
            for path, function in named(evidence)
            if not exists(path, function, root)
        ]
        if question == TRIED:
            wrong += _about_trying(state, evidence, tried)
        elif state == TO_DO:
            wrong.append(f"{question}: still to do; only {TRIED.lower()} may wait")
        elif state == DONE and not any(_is_test(path, function) for path, function in named(evidence)):
            wrong.append(f"{question}: done without a test")
        elif state != DONE and not evidence:
            wrong.append(f"{question}: {state} without a reason")
    return wrong


def _is_test(path: str, function: str) -> bool:
    return function.startswith("test_") or Path(path).name.startswith("test_")


def _about_trying(state: str, evidence: str, tried: bool) -> list[str]:
    if tried:
        right = state == DONE and "`docs/hardware.md`" in evidence
        return [] if right else [f"{TRIED}: docs/hardware.md has a result, and the scorecard does not name it"]
    right = state == TO_DO and "not yet" in evidence
    return [] if right else [f"{TRIED}: docs/hardware.md has no result, so it is to do and says: not yet"]


def results(hardware: str) -> set[str]:
    """Return the drivers that stand in the table of results of docs/hardware.md."""
    part = hardware.partition("## Results with real devices\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE))


CARDS = sorted(HW.glob("*.scorecard.md"))


def test_each_driver_has_a_scorecard_and_each_scorecard_a_driver() -> None:
    assert {card.name.removesuffix(".scorecard.md") for card in CARDS} == driver_modules(HW)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_a_scorecard_asks_everything_and_its_evidence_exists(card: Path) -> None:
    tried = card.name.removesuffix(".scorecard.md") in results((ROOT / "docs" / "hardware.md").read_text("utf-8"))
    assert shortcomings(card.read_text(encoding="utf-8"), tried, ROOT) == []


def test_results_are_of_drivers_there_are() -> None:
    assert results((ROOT / "docs" / "hardware.md").read_text(encoding="utf-8")) <= driver_modules(HW)


@pytest.fixture
def little(tmp_path: Path) -> Path:
    """Return a repository with one test."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text("def test_it() -> None: ...\n", encoding="utf-8")
    return tmp_path


def a_scorecard(**changed: str) -> str:
    """Return a whole scorecard, each question done but for trying it, with rows changed or (empty) left out."""
    lines = dict.fromkeys(QUESTIONS, "done | `tests/test_x.py::test_it`")
    lines[TRIED] = "to do | not yet on any"
    lines |= {question.replace("_", " "): cells for question, cells in changed.items()}
    table = [f"| {question} | {cells} |" for question, cells in lines.items() if cells]
    return "\n".join(["# A driver", "", "| Question | State | Evidence |", "|---|---|---|", *table])


def test_a_whole_scorecard_falls_short_of_nothing(little: Path) -> None:
    assert shortcomings(a_scorecard(), False, little) == []
    assert shortcomings(a_scorecard(Reconnects="done | by `test_it`"), False, little) == []
    assert shortcomings(a_scorecard(Reconnects="exempt | it has no cable"), False, little) == []
    assert shortcomings(a_scorecard(**{TRIED: "done | `docs/hardware.md`"}), True, _with_docs(little)) == []


def _with_docs(root: Path) -> Path:
    (root / "docs").mkdir()
    (root / "docs" / "hardware.md").write_text("", encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"Reconnects": ""}, "Reconnects: asked 0 times"),
        ({"Reconnects": "yes | `test_it`"}, "Reconnects: yes is no state"),
        ({"Reconnects": "done | surely"}, "Reconnects: done without a test"),
        ({"Reconnects": "done | `tests/sim.py`"}, "Reconnects: tests/sim.py:: does not exist"),
        ({"Reconnects": "done | `test_other`"}, "Reconnects: ::test_other does not exist"),
        ({"Reconnects": "done | `tests/test_x.py::test_no`"}, "Reconnects: tests/test_x.py::test_no does not exist"),
        ({"Reconnects": "to do | later"}, f"Reconnects: still to do; only {TRIED.lower()} may wait"),
        ({"Two_cards": "to do | `test_it`"}, f"Two cards: still to do; only {TRIED.lower()} may wait"),
        ({"Reconnects": "exempt | "}, "Reconnects: exempt without a reason"),
        ({"Two_cards": "done | surely"}, "Two cards: done without a test"),
        ({TRIED: "done | by me"}, f"{TRIED}: docs/hardware.md has no result, so it is to do and says: not yet"),
        ({TRIED: "to do | none at hand"}, f"{TRIED}: docs/hardware.md has no result, so it is to do and says: not yet"),
    ],
)
def test_what_a_scorecard_lacks_is_told(little: Path, changed: dict[str, str], told: str) -> None:
    assert told in shortcomings(a_scorecard(**changed), False, little)


def test_a_result_that_a_scorecard_does_not_name_is_told(little: Path) -> None:
    assert shortcomings(a_scorecard(), True, little)


def test_a_new_driver_is_seen_by_what_it_does(tmp_path: Path) -> None:
    (tmp_path / "scale.py").write_text("class Scale:\n    def serve(self) -> None: ...\n", encoding="utf-8")
    (tmp_path / "said.py").write_text("class Driver(Protocol):\n    def serve(self) -> None: ...\n", encoding="utf-8")
    assert driver_modules(tmp_path) - DRIVERS_BY_NAME == {"scale"}


def test_only_the_table_of_results_has_results() -> None:
    table = "## Results with real devices\n\n| driver |\n|---|\n| `wedge` | y |\n"
    assert results(f"| `pcsc` | x |\n{table}\n## More\n| `pn532` | z |\n") == {"wedge"}

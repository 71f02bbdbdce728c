"""How soon a till answers for its health while every fault of the matrix is thrown at it, one after the other.

All faults are thrown twice. Once the till is a program like any other, and a late answer may be the machine's: a bare
server asked at the same moments shows how late that is. Once the till, the bare server and what asks them have first
right to the processors, and then what is late is the till's own: its computing, its threads waiting for each other.
"""

from __future__ import annotations

import contextlib
import http
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bench import first
from bench.figures import Figure, once, p99, quantile, sampled, spread
from bench.programs import READY_WORD, REPOSITORY, BenchError
from bench.scale import Scale
from tests.cli.home import DEMO, Home, bare_home
from tests.hw_sim.control import FAULT_LOG_VARIABLE
from tests.matrix.rows import ROWS
from tests.matrix.shop import PIN, TillShop
from tests.matrix.table import MOMENTS, TILLS, Cell, Row
from tests.matrix.till_cells import TillCell

LIMIT_MS = 50.0
CALM_S = 5.0
CALM = "no fault"
NAMED = 3  # of the slowest answers, in the note


class Answer(NamedTuple):
    """One answer of the till, and what a bare server took for its own at the same moment."""

    at_ns: int
    took_ms: float
    status: int
    bare_ms: float


@dataclass(slots=True)
class Asked:
    """What was asked and answered, and what the till was under meanwhile: (fault, from ns, to ns)."""

    before_others: bool = False
    answers: list[Answer] = field(default_factory=list)
    late_ms: list[float] = field(default_factory=list)
    spans: list[tuple[str, int, int]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def during(self, at_ns: int) -> str:
        """Return what was going on at a moment."""
        return next((name for name, began_ns, ended_ns in self.spans if began_ns <= at_ns <= ended_ns), "between")

    def chosen(self, *, calm: bool) -> list[Answer]:
        """Return the answers with no fault or with one."""
        return [answer for answer in self.answers if (self.during(answer.at_ns) == CALM) == calm]


def measure(folder: pathlib.Path, scale: Scale) -> list[Figure]:
    """Return the figures of the health page."""
    chosen = cells(scale.faults)
    folder.mkdir(parents=True, exist_ok=True)
    figures = []
    with _fault_log(folder / "health-faults.log"):
        prepared = _prepared(folder / "health-shop")
        for before_others in (False, True) if first.allowed() else (False,):
            asked = Asked(before_others)
            for printer in sorted(set(TILLS.values()), reverse=True):
                mine = [cell for cell in chosen if TILLS[cell.row.device] == printer]
                while mine:
                    mine = _through(prepared, printer, mine, asked)
            figures += _figures(asked, len(chosen))
    return figures


def cells(most: int) -> list[Cell]:
    """Return one cell for each fault of a till's devices, the moments in turn; `most` of them, spread over all."""
    rows = [row for row in ROWS if row.device in TILLS and len(row.exempt) < len(MOMENTS)]
    step = max(1, -(-len(rows) // most))
    return [_cell(row, number) for number, row in enumerate(rows)][::step]


def _cell(row: Row, turn: int) -> Cell:
    """Return a row's cell at the moment whose turn it is, or the next that it has."""
    moments = (*MOMENTS[turn % len(MOMENTS) :], *MOMENTS)
    return Cell(row, next(moment for moment in moments if moment not in row.exempt))


def _through(prepared: Home, printer: str, mine: Sequence[Cell], asked: Asked) -> list[Cell]:
    """Throw the faults at one till and return those that are left for a new one, since it failed at one."""
    folder = prepared.folder.with_name(f"health-till-{int(asked.before_others)}-{len(asked.spans)}")
    shutil.rmtree(folder, ignore_errors=True)
    shop = TillShop(prepared.copy_to(folder), printer)
    left = list(mine)
    try:
        if asked.before_others:
            first.give(shop.pid)
        with _asking(shop.address, asked):
            with _span(CALM, asked):
                time.sleep(CALM_S)
            while left:
                cell = left.pop(0)
                try:
                    with _span(cell.name, asked):
                        TillCell(shop, cell).run()
                except (AssertionError, OSError) as error:
                    asked.failed.append(f"{cell.name}: {str(error)[:200]}")
                    break
    finally:
        shop.close()
    return left


@contextlib.contextmanager
def _span(name: str, asked: Asked) -> Iterator[None]:
    began_ns = time.monotonic_ns()
    try:
        yield
    finally:
        asked.spans.append((name, began_ns, time.monotonic_ns()))


@contextlib.contextmanager
def _asking(address: str, asked: Asked) -> Iterator[None]:
    """Have a program ask throughout, a bare server beside the till as well, and add what they answered."""
    with _program("bench.bare") as (bare, facts), _program("bench.asker", address, facts["address"]) as (asker, _):
        if asked.before_others:
            for program in (bare, asker):
                first.give(program.pid)
        begun_ns = time.monotonic_ns()
        yield
        report: Mapping[str, Any] = json.loads(asker.communicate()[0])
        bare.communicate()
    asked.answers += [Answer(*answer) for answer in report["answers"] if answer[0] >= begun_ns]
    asked.late_ms += report["late_ms"]


@contextlib.contextmanager
def _program(module: str, *words: str) -> Iterator[tuple[subprocess.Popen[str], Mapping[str, Any]]]:
    """Give a started program and the facts of its `ready` line; it ends when its standard input does."""
    command = [sys.executable, "-m", module, *words]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None, "it was asked for"
        line = program.stdout.readline()
        if not line.startswith(READY_WORD):
            raise BenchError(f"{module} did not start")
        yield program, json.loads(line.removeprefix(READY_WORD))


@contextlib.contextmanager
def _fault_log(path: pathlib.Path) -> Iterator[None]:
    """Let the simulators note the faults that were hit, as the matrix wants to see them; in a test they do already."""
    if FAULT_LOG_VARIABLE in os.environ:
        yield
        return
    path.write_text("", encoding="utf-8")
    os.environ[FAULT_LOG_VARIABLE] = str(path)
    try:
        yield
    finally:
        del os.environ[FAULT_LOG_VARIABLE]


def _prepared(folder: pathlib.Path) -> Home:
    """Return the folder of a till with the demonstration shop's members."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    home = bare_home(folder)
    for words in (
        ("setup", "apply", "--yes", DEMO / "shop.toml"),
        ("staff", "add", "陈晓", "--pin", PIN),
        ("import", "members", DEMO / "members.csv"),
    ):
        said = home.run(*words)
        if said.exit_code:
            raise BenchError(f"the shop could not be made: {said.err}")
    return home


def _figures(asked: Asked, thrown: int) -> list[Figure]:
    """Return the figures of one round; what the machine alone was too late for says nothing about a till."""
    who = "before other programs: " if asked.before_others else ""
    calm = [answer.took_ms for answer in asked.chosen(calm=True)]
    answers = asked.chosen(calm=False)
    under, bare = [answer.took_ms for answer in answers], [answer.bare_ms for answer in answers]
    wrong = [answer for answer in asked.answers if answer.status != http.HTTPStatus.OK]
    limit = LIMIT_MS if max(bare) <= LIMIT_MS else None
    return [
        sampled(f"{who}answer with no fault, p50", calm, "ms", note=spread(calm, "ms")),
        sampled(f"{who}answer with no fault, p99", calm, "ms", of=p99),
        sampled(f"{who}answer under faults, p50", under, "ms", limit=LIMIT_MS, note=spread(under, "ms")),
        sampled(f"{who}answer under faults, p99", under, "ms", of=p99, limit=limit, note=f"{thrown} faults"),
        once(f"{who}answer under faults, longest", max(under), "ms", limit=limit, note=_slowest(asked)),
        _above(f"{who}answers", under),
        sampled(f"{who}bare server, p50", bare, "ms", note=spread(bare, "ms")),
        sampled(f"{who}bare server, p99", bare, "ms", of=p99),
        once(f"{who}bare server, longest", max(bare), "ms", note=_machine(limit)),
        _above(f"{who}answers of the bare server", bare),
        once(f"{who}answers that were no health", len(wrong), "", limit=0.0),
        once(f"{who}the asker itself woken late, longest", max(asked.late_ms), "ms", note=_late(asked.late_ms)),
        once(
            f"{who}faults at which the till failed otherwise",
            len(asked.failed),
            "",
            limit=0.0,
            note="; ".join(asked.failed)[:300],
        ),
    ]


def _machine(limit: float | None) -> str:
    return "" if limit else "the machine alone was too late, so the till's longest is not judged"


def _late(late_ms: Sequence[float]) -> str:
    return f"p99 {quantile(late_ms, 0.99):.1f} ms, p99.9 {quantile(late_ms, 0.999):.1f} ms"


def _above(of_what: str, values: Sequence[float]) -> Figure:
    """Return how many of a thousand are above the limit."""
    over = sum(value > LIMIT_MS for value in values)
    name = f"{of_what} above {LIMIT_MS:.0f} ms, of a thousand"
    return once(name, 1e3 * over / len(values), "", note=f"{over} of {len(values)}")


def _slowest(asked: Asked) -> str:
    """Return the slowest answers, each with what the till was under and the bare server's answer."""
    slowest = sorted(asked.answers, key=lambda answer: -answer.took_ms)[:NAMED]
    return ", ".join(f"{one.took_ms:.0f} ms (bare {one.bare_ms:.0f}) at {asked.during(one.at_ns)}" for one in slowest)

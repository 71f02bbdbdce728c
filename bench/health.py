"""How soon a till answers for its health while every fault of the matrix is thrown at it, one after the other."""

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
from typing import Any

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


@dataclass(slots=True)
class Asked:
    """What was asked and answered, and what the till was under meanwhile: (fault, from ns, to ns)."""

    answers: list[tuple[int, float, int]] = field(default_factory=list)
    late_ms: list[float] = field(default_factory=list)
    spans: list[tuple[str, int, int]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def during(self, at_ns: int) -> str:
        """Return what was going on at a moment."""
        return next((name for name, began_ns, ended_ns in self.spans if began_ns <= at_ns <= ended_ns), "between")

    def took_ms(self, *, calm: bool) -> list[float]:
        """Return the answers' milliseconds, with no fault or with one."""
        return [took_ms for at_ns, took_ms, _ in self.answers if (self.during(at_ns) == CALM) == calm]


def measure(folder: pathlib.Path, scale: Scale) -> list[Figure]:
    """Return the figures of the health page."""
    chosen = cells(scale.faults)
    asked = Asked()
    folder.mkdir(parents=True, exist_ok=True)
    with _fault_log(folder / "health-faults.log"):
        prepared = _prepared(folder / "health-shop")
        for printer in sorted(set(TILLS.values()), reverse=True):
            mine = [cell for cell in chosen if TILLS[cell.row.device] == printer]
            while mine:
                mine = _through(prepared, printer, mine, asked)
    return _figures(asked, len(chosen))


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
    folder = prepared.folder.with_name(f"health-till-{len(asked.spans)}")
    shutil.rmtree(folder, ignore_errors=True)
    shop = TillShop(prepared.copy_to(folder), printer)
    left = list(mine)
    try:
        with _asking(shop.address, asked):
            with _span(CALM, asked):
                time.sleep(CALM_S)
            while left:
                cell = left.pop(0)
                try:
                    with _span(cell.name, asked):
                        TillCell(shop, cell).run()
                except AssertionError as error:
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
    """Have a program ask throughout, and add what it was answered."""
    command = [sys.executable, "-m", "bench.asker", address]
    program = subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None, "it was asked for"
    if not program.stdout.readline().startswith(READY_WORD):
        raise BenchError("what asks for the health page did not start")
    try:
        yield
    finally:
        report: Mapping[str, Any] = json.loads(program.communicate()[0])
        asked.answers += [(at_ns, took_ms, status) for at_ns, took_ms, status in report["answers"]]
        asked.late_ms += report["late_ms"]


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
        ("setup", "apply", DEMO / "shop.toml"),
        ("staff", "add", "陈晓", "--pin", PIN),
        ("import", "members", DEMO / "members.csv"),
    ):
        said = home.run(*words)
        if said.exit_code:
            raise BenchError(f"the shop could not be made: {said.err}")
    return home


def _figures(asked: Asked, thrown: int) -> list[Figure]:
    calm, under = asked.took_ms(calm=True), asked.took_ms(calm=False)
    over = [answer for answer in asked.answers if answer[1] > LIMIT_MS]
    wrong = [answer for answer in asked.answers if answer[2] != http.HTTPStatus.OK]
    slowest = sorted(asked.answers, key=lambda answer: -answer[1])[:NAMED]
    named = ", ".join(f"{took_ms:.0f} ms at {asked.during(at_ns)}" for at_ns, took_ms, _ in slowest)
    return [
        sampled("answer with no fault, p50", calm, "ms", note=spread(calm, "ms")),
        sampled("answer with no fault, p99", calm, "ms", of=p99),
        sampled("answer under faults, p50", under, "ms", limit=LIMIT_MS, note=spread(under, "ms")),
        sampled("answer under faults, p99", under, "ms", of=p99, limit=LIMIT_MS, note=f"{thrown} faults"),
        once("answer under faults, longest", max(under), "ms", limit=LIMIT_MS, note=named),
        once(
            f"answers above {LIMIT_MS:.0f} ms, of a thousand",
            1e3 * len(over) / len(asked.answers),
            "",
            note=f"{len(over)} of {len(asked.answers)}",
        ),
        once("answers that were no health", len(wrong), "", limit=0.0),
        sampled("the asker itself woken late, p99", asked.late_ms, "ms", of=p99, note="the machine's own part"),
        once("the asker itself woken late, longest", max(asked.late_ms), "ms", note=f"p99.9 {_most(asked.late_ms)}"),
        once(
            "faults at which the till failed otherwise",
            len(asked.failed),
            "",
            limit=0.0,
            note="; ".join(asked.failed)[:300],
        ),
    ]


def _most(values: Sequence[float]) -> str:
    return f"{quantile(values, 0.999):.1f} ms"

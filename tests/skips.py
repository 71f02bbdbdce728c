"""A pytest plugin: a test that is skipped without being on the checked-in list of allowed skips has failed."""

from __future__ import annotations

import fnmatch
import pathlib
from collections.abc import Generator, Iterable

import pytest

SEPARATOR = "|"


def parse(text: str) -> list[tuple[str, str]]:
    """Return the list's pairs of test pattern and reason pattern; raise `ValueError` naming a line that is neither."""
    pairs = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        test, separator, reason = (part.strip() for part in line.partition(SEPARATOR))
        if not (test and separator and reason):
            raise ValueError(f"allowed skips, line {number}: expected `test {SEPARATOR} reason`")
        pairs.append((test, reason))
    return pairs


def is_allowed(allowed: Iterable[tuple[str, str]], node_id: str, reason: str) -> bool:
    """Return whether the list has this skip, with this reason."""
    return any(fnmatch.fnmatchcase(node_id, test) and fnmatch.fnmatchcase(reason, why) for test, why in allowed)


class Judge:
    """Turns the reports of skips that are not on the list into failures."""

    def __init__(self, allowed: list[tuple[str, str]]) -> None:
        """Allow what the pairs of patterns match."""
        self._allowed = allowed

    def _judge(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.outcome != "skipped" or hasattr(report, "wasxfail") or not isinstance(report.longrepr, tuple):
            return
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if not is_allowed(self._allowed, report.nodeid, reason):
            report.outcome = "failed"
            report.longrepr = f"{report.nodeid} was skipped and is not on the list of allowed skips: {reason}"

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Judge a test."""
        report = yield
        self._judge(report)
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(self) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Judge a module that skips itself while it is read."""
        report = yield
        self._judge(report)
        return report


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the place of the list."""
    parser.addini("allowed_skips", "the list of skips that do not fail the run", default="tests/allowed_skips.txt")


def pytest_configure(config: pytest.Config) -> None:
    """Read the list and start judging."""
    path = pathlib.Path(config.rootpath, config.getini("allowed_skips"))
    config.pluginmanager.register(Judge(parse(path.read_text(encoding="utf-8"))), "skip-judge")

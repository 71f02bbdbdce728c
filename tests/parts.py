"""A pytest plugin: `--part=2/4` collects the second of four parts of the test files; four processes then run all tests.

They tell each other nothing. Where thousands of tests take a millisecond each, handing out every one to a process and
hearing of it again (pytest-xdist) takes longer than the tests.
"""

from __future__ import annotations

import argparse
import pathlib
from collections.abc import Iterable
from dataclasses import dataclass

import pytest

FILES = pytest.StashKey[frozenset[pathlib.Path]]()


@dataclass(frozen=True, slots=True)
class Part:
    """One of `count` parts, counted from 1."""

    number: int
    count: int


def part(text: str) -> Part:
    """Return the part that is written as `number/count`."""
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise argparse.ArgumentTypeError(f"a part is written as 1/2 or 2/2, not {text!r}")
    return Part(int(number), int(count))


def files_of(part: Part, files: Iterable[pathlib.Path]) -> frozenset[pathlib.Path]:
    """Return the part's files: of each folder's as many as any other part has, and about as long ones."""
    ordered = sorted(files, key=lambda file: (file.parent, -file.stat().st_size, file.name))
    return frozenset(ordered[part.number - 1 :: part.count])


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the run's option."""
    parser.addoption("--part", type=part, default=None, metavar="NUMBER/COUNT", help="which part of the tests to run")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the files."""
    if config.option.part:
        found = [file for folder in config.args for file in pathlib.Path(folder).absolute().rglob("test_*.py")]
        config.stash[FILES] = files_of(config.option.part, found)


def pytest_ignore_collect(collection_path: pathlib.Path, config: pytest.Config) -> bool | None:
    """Leave the files of other parts alone, unread."""
    is_test = collection_path.match("test_*.py")
    return True if is_test and config.option.part and collection_path not in config.stash[FILES] else None

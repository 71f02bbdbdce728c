"""Tests that are run in parts are all run, each once."""

from __future__ import annotations

import argparse
import pathlib
import re
import subprocess
import sys

import pytest

from tests.parts import Part, files_of, part

REPOSITORY = pathlib.Path(__file__).parent.parent
FILES = sorted(REPOSITORY.rglob("tests/**/test_*.py"))


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_every_file_is_in_one_part(count: int) -> None:
    parts = [files_of(Part(number, count), reversed(FILES)) for number in range(1, count + 1)]
    assert sorted(file for files in parts for file in files) == FILES
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_a_part_is_written_as_its_number_and_how_many_there_are() -> None:
    assert part("2/4") == Part(2, 4)


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "1/2/3", "-1/2", "a/b"])
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        part(text)


@pytest.mark.slow
def test_parts_run_each_test_once(tmp_path: pathlib.Path) -> None:
    for name in "abc":
        (tmp_path / f"test_{name}.py").write_text(f"def test_{name}(): ...\n")
    command = [sys.executable, "-m", "pytest", "-v", "-p", "tests.parts", "--rootdir", str(tmp_path), str(tmp_path)]
    ran = []
    for option in ("--part=1/2", "--part=2/2"):
        done = subprocess.run([*command, option], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True)
        ran.append(re.findall(r"::(test_\w) PASSED", done.stdout))
    assert ran == [["test_a", "test_c"], ["test_b"]]

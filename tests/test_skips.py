"""The list of allowed skips lets through what it names and fails the rest."""

import pathlib
import subprocess
import sys

import pytest

from tests import skips

pytestmark = pytest.mark.slow

REPOSITORY = pathlib.Path(__file__).parent.parent
SKIPPING = """
import pytest

@pytest.mark.skip(reason="no such daemon here")
def test_one(): ...

def test_two():
    pytest.skip("the moon is full")
"""


def run(folder: pathlib.Path, allowed: str, source: str = SKIPPING) -> subprocess.CompletedProcess[str]:
    (folder / "allowed.txt").write_text(allowed)
    (folder / "pytest.ini").write_text("[pytest]\nallowed_skips = allowed.txt\n")
    (folder / "test_sample.py").write_text(source)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.skips", "--rootdir", str(folder), str(folder)]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False)


def test_an_unlisted_skip_fails_the_run_by_name(tmp_path: pathlib.Path) -> None:
    finished = run(tmp_path, "*::test_one | no such daemon *\n")
    assert finished.returncode == pytest.ExitCode.TESTS_FAILED
    assert "test_two was skipped and is not on the list" in finished.stdout
    assert "the moon is full" in finished.stdout
    assert "test_one was skipped" not in finished.stdout


def test_listed_skips_pass(tmp_path: pathlib.Path) -> None:
    finished = run(tmp_path, "# why\n\n*::test_one | no such daemon *\n*::test_two | *moon*\n")
    assert finished.returncode == pytest.ExitCode.OK
    assert "2 skipped" in finished.stdout


def test_a_module_that_skips_itself_unlisted_fails_the_run(tmp_path: pathlib.Path) -> None:
    source = "import pytest\npytest.skip('not today', allow_module_level=True)\n"
    finished = run(tmp_path, "", source)
    assert finished.returncode == pytest.ExitCode.INTERRUPTED
    assert "not today" in finished.stdout


def test_an_expected_failure_is_no_skip(tmp_path: pathlib.Path) -> None:
    source = "import pytest\n@pytest.mark.xfail(strict=True)\ndef test_x(): assert False\n"
    assert run(tmp_path, "", source).returncode == pytest.ExitCode.OK


def test_a_skip_with_another_reason_than_the_listed_one_is_not_allowed() -> None:
    allowed = skips.parse("*::test_one | no such daemon here")
    assert skips.is_allowed(allowed, "tests/test_sample.py::test_one", "no such daemon here")
    assert not skips.is_allowed(allowed, "tests/test_sample.py::test_one", "too slow")


def test_a_line_without_a_reason_is_refused_by_number() -> None:
    with pytest.raises(ValueError, match="line 2"):
        skips.parse("# a list\n*::test_one")

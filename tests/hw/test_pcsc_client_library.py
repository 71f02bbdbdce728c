"""The same PC/SC tests against the client library of the next Debian release, in a tree of it."""

from __future__ import annotations

import os
import pathlib
import subprocess

import pytest

TREE_VARIABLE = "COUNTERFOIL_DEBIAN13_TREE"
PROJECT = "/shop"  # where the project is set up inside the tree
TESTS = (
    "tests/hw_sim/test_pcsc_daemon.py",
    "tests/hw/test_pcsc_driver.py",
    "tests/hw/test_pcsc_hanging_reader.py",
    "tests/hw/test_pcsc_mute_service.py",
    "tests/hw/test_pcsc_readers.py",
    "tests/hw/test_pcsc_transactions.py",
)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_readers_and_driver_work_with_the_client_library_of_debian_13() -> None:
    tree = os.environ.get(TREE_VARIABLE, "")
    if not tree:
        pytest.skip(f"no Debian 13 tree: {TREE_VARIABLE} names none")
    assert (pathlib.Path(tree) / PROJECT.lstrip("/") / ".venv").is_dir(), "run image/setup.sh test inside the tree"
    library = next((pathlib.Path(tree) / "usr/lib").glob("*/libpcsclite.so.1")).resolve()
    assert (
        b"2.3"
        in subprocess.run(
            ["chroot", tree, "dpkg-query", "-W", "-f", "${Version}", "libpcsclite1"], capture_output=True, check=True
        ).stdout
    ), library
    run = subprocess.run(
        ["chroot", tree, "sh", "-c", f"cd {PROJECT} && .venv/bin/python -m pytest -q {' '.join(TESTS)}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:]

"""A new till for each test: bare, or a copy of one that has a shop, a cashier and members."""

from __future__ import annotations

import pathlib

import pytest

from tests.cli.home import Home, bare_home, demo_home


@pytest.fixture
def bare(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Give a till that has never run."""
    return bare_home(tmp_path_factory.mktemp("till"))


@pytest.fixture(scope="session")
def _prepared(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return demo_home(tmp_path_factory.mktemp("till"), (("陈晓", "cashier", "246810"),))


@pytest.fixture
def till(_prepared: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Give a till with the demo shop, one cashier (PIN 246810) and 24 members; it is not running."""
    return _prepared.copy_to(tmp_path_factory.mktemp("till"))


@pytest.fixture
def as_root() -> None:
    """Skip what only root can set up."""
    if not _may_mount():
        pytest.skip("a small file system can be mounted by root only")


def _may_mount() -> bool:
    # Bit 21 of the effective capabilities is CAP_SYS_ADMIN (capabilities(7)), which mount(2) asks for.
    status = pathlib.Path("/proc/self/status").read_text()
    effective = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff"))
    return bool(int(effective, 16) >> 21 & 1)

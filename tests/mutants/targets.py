"""What is changed, and the tests that ought to notice it."""

from __future__ import annotations

import pathlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """Modules and the tests of them, as paths below the repository; `*` stands for all modules of a folder."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]

    def paths(self, root: pathlib.Path) -> list[str]:
        """Return the modules' paths in order."""
        found = {path.relative_to(root).as_posix() for each in self.modules for path in root.glob(each)}
        return sorted(found)


TARGETS = (
    Target(
        "prices",
        ("terminal/rules/prices/*.py", "terminal/rules/split.py"),
        ("tests/prices", "tests/rules/test_split.py", "tests/rules/test_survivors.py"),
    ),
    Target(
        "ledger",
        ("terminal/rules/fold.py", "terminal/rules/bucket.py", "terminal/rules/entry.py", "terminal/ledger/*.py"),
        (
            "tests/ledger",
            "tests/rules/test_fold.py",
            "tests/rules/test_bucket.py",
            "tests/rules/test_entry.py",
            "tests/rules/test_chain.py",
            "tests/rules/test_book_edges.py",
            "tests/rules/test_survivors.py",
        ),
    ),
)

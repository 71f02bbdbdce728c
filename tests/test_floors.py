"""Imports go down only: the floors of docs/architecture.md, their bans, and the sizes of files and functions."""

from __future__ import annotations

import ast
import functools
import pathlib
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.syntax import nodes_of

REPOSITORY = pathlib.Path(__file__).parent.parent

FLOORS = {
    "base": 0,
    "runtime": 1,
    "store": 1,
    "rules": 1,
    "ledger": 2,
    "services": 3,
    "hw": 4,
    "kiosk_ui": 4,
    "sync": 4,
    "payments": 4,
    "wiring": 5,
    "reactions": 6,
    "use_cases": 6,
    "app": 7,
    # The command line starts the application, so it stands above the other composition root.
    "cli": 8,
    "__main__": 9,
}
BASE_ONLY = {"hw", "payments"}
CLOUD_MAY_IMPORT = ("terminal.base", "terminal.rules", "terminal.sync.wire")
# The one module of the cloud that knows its database.
CLOUD_STORAGE = "cloud/sqlite_storage.py"

DATABASES = {"peewee", "playhouse", "sqlcipher3", "sqlite3"}
DRIVERS = {"serial", "smartcard", "evdev", "escpos"}
WEB = {"flask", "flask_babel", "jinja2", "waitress", "werkzeug"}
# Who may import them; nobody else may.
OWNERS = {
    **dict.fromkeys(DATABASES, ("store",)),
    **dict.fromkeys(DRIVERS, ("hw",)),
    **dict.fromkeys(WEB, ("app", "cli", "kiosk_ui")),
    "httpx": ("payments", "sync"),
}
# A rule is decided from values alone.
IMPURE = {"asyncio", "http", "multiprocessing", "os", "pathlib", "random", "secrets", "select", "shutil"}
IMPURE |= {"socket", "subprocess", "tempfile", "threading", "time", "urllib"}
CLOCK_CALLS = {"now", "today", "utcnow"}

# Each has one handler that catches everything, and there is no other: a message or a driver that fails ends no thread.
MAY_CATCH_EVERYTHING = {"terminal/runtime/dispatcher.py", "terminal/runtime/supervisor.py"}

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
# `path` or `path::function`, with the reason why splitting it would make the code worse.
SIZE_EXCEPTIONS: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the tree: its path below the repository and every node of its syntax."""

    path: str
    nodes: tuple[ast.AST, ...]
    lines: int

    @property
    def parts(self) -> list[str]:
        """Its dotted name, as a list."""
        parts = self.path.removesuffix(".py").split("/")
        return parts[:-1] if parts[-1] == "__init__" else parts

    @property
    def package(self) -> str:
        """The floor's name: `ledger` for terminal/ledger/post.py, nothing for terminal/__init__.py."""
        return self.parts[1] if len(self.parts) > 1 else ""

    def imports(self) -> Iterator[tuple[int, str]]:
        """Give line and full dotted name of everything it imports, wherever in the module."""
        own = self.parts if self.path.endswith("__init__.py") else self.parts[:-1]
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                start = own[: len(own) + 1 - node.level] if node.level else []
                origin = ".".join([*start, *([node.module] if node.module else [])])
                yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)
            elif isinstance(node, ast.Call) and _name(node.func) in {"import_module", "__import__"}:
                named = (item.value for item in node.args if isinstance(item, ast.Constant))
                yield from ((node.lineno, name) for name in named if isinstance(name, str))


def _name(node: ast.expr | None) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


@functools.cache
def read_modules(root: pathlib.Path) -> list[Module]:
    """Return every module of terminal/ and cloud/ below `root`."""
    modules = []
    for path in sorted([*root.glob("terminal/**/*.py"), *root.glob("cloud/**/*.py")]):
        text = path.read_text(encoding="utf-8")
        modules.append(Module(path.relative_to(root).as_posix(), nodes_of(path), len(text.splitlines())))
    return modules


def floor_offences(module: Module) -> Iterator[str]:
    """Give a sentence for each import that goes up, sideways, or where it is banned."""
    if module.parts[0] == "terminal" and module.package not in {"", *FLOORS}:
        yield f"{module.path}: has no floor"
        return
    for line, name in module.imports():
        top, _, rest = name.partition(".")
        if top in {"terminal", "cloud"}:
            reason = _own_offence(module, name, rest.partition(".")[0])
        else:
            reason = _foreign_offence(module, top)
        if reason:
            yield f"{module.path}:{line}: imports {name}: {reason}"


def _own_offence(module: Module, name: str, target: str) -> str:
    if module.parts[0] == "cloud":
        allowed = name.startswith("cloud") or any(f"{name}.".startswith(f"{good}.") for good in CLOUD_MAY_IMPORT)
        return "" if allowed else f"cloud may import only {', '.join(CLOUD_MAY_IMPORT)}"
    if name.startswith("cloud"):
        return "the terminal does not know the cloud's code"
    if not module.package:
        return "terminal/__init__.py imports nothing of ours"
    if target not in FLOORS:
        return "that has no floor"
    if module.package in BASE_ONLY and target not in {"base", module.package}:
        return f"{module.package} imports base only"
    goes_down = target == module.package or FLOORS[target] < FLOORS[module.package]
    return "" if goes_down else "imports go down only"


def _foreign_offence(module: Module, top: str) -> str:
    if module.parts[0] == "cloud":
        if top in IMPURE:
            return "the cloud has no clock, no chance and no I/O of its own"
        return f"only {CLOUD_STORAGE} may" if top in DATABASES and module.path != CLOUD_STORAGE else ""
    if module.package == "rules" and top in IMPURE:
        return "rules have no clock and no I/O"
    owners = OWNERS.get(top)
    return f"only {' and '.join(owners)} may" if owners and module.package not in owners else ""


def purity_offences(module: Module) -> Iterator[str]:
    """Give a sentence for each call in a rule that asks the clock or opens a file."""
    if module.parts[:2] != ["terminal", "rules"]:
        return
    for node in module.nodes:
        if isinstance(node, ast.Call):
            asks_clock = isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK_CALLS
            if asks_clock or (isinstance(node.func, ast.Name) and node.func.id in {"open", "input"}):
                yield f"{module.path}:{node.lineno}: calls {_name(node.func)}(): rules have no clock and no I/O"


def catch_offences(module: Module) -> Iterator[str]:
    """Give a sentence for each handler that catches everything: where it may not, or a second one where it may."""
    allowed = 1 if module.path in MAY_CATCH_EVERYTHING else 0
    for node in module.nodes:
        caught: list[ast.expr | None] = []
        if isinstance(node, ast.ExceptHandler):
            caught = [*node.type.elts] if isinstance(node.type, ast.Tuple) else [node.type]
        elif isinstance(node, ast.Call) and _name(node.func) == "suppress":
            caught = [*node.args]
        if any(kind is None or _name(kind) in {"Exception", "BaseException"} for kind in caught):
            if allowed and any(_name(kind) == "Exception" for kind in caught):
                allowed -= 1
                continue
            line = getattr(node, "lineno", 0)
            yield f"{module.path}:{line}: catches everything; name what you expect"


def size_offences(module: Module) -> Iterator[str]:
    """Give a sentence for each file and function that is too long and not excused."""
    if module.lines > FILE_LINES_MAX and module.path not in SIZE_EXCEPTIONS:
        yield f"{module.path}: {module.lines} lines, at most {FILE_LINES_MAX}"
    for node in module.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX and f"{module.path}::{node.name}" not in SIZE_EXCEPTIONS:
                yield f"{module.path}:{node.lineno}: {node.name} has {lines} lines, at most {FUNCTION_LINES_MAX}"


def offences(root: pathlib.Path) -> list[str]:
    """Return every offence below `root`, one sentence each."""
    checks = (floor_offences, purity_offences, catch_offences, size_offences)
    return [sentence for module in read_modules(root) for check in checks for sentence in check(module)]


def test_the_tree_keeps_its_floors() -> None:
    assert {module.package for module in read_modules(REPOSITORY)} >= {"base", "rules", "ledger", "hw"}
    found = offences(REPOSITORY)
    assert not found, "\n" + "\n".join(found)


def test_no_size_is_excused_that_is_not_too_long() -> None:
    modules = read_modules(REPOSITORY)
    known = {module.path for module in modules} | {
        f"{module.path}::{node.name}"
        for module in modules
        for node in module.nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert set(SIZE_EXCEPTIONS) <= known


BAD = [
    ("terminal/rules/price.py", "from terminal.services import members", "imports go down only"),
    ("terminal/rules/price.py", "from terminal import store", "imports go down only"),
    ("terminal/rules/price.py", "def f() -> None:\n    import terminal.store.models", "imports go down only"),
    ("terminal/rules/price.py", "from ..store import models", "imports go down only"),
    ("terminal/rules/__init__.py", "from .. import store", "imports go down only"),
    (
        "terminal/store/models.py",
        "import importlib\nimportlib.import_module('terminal.ledger')",
        "imports go down only",
    ),
    ("terminal/runtime/dispatcher.py", "import terminal.rules.codes", "imports go down only"),
    ("terminal/hw/reader.py", "from terminal.rules import codes", "hw imports base only"),
    ("terminal/payments/gateway.py", "from terminal.ledger import post", "payments imports base only"),
    ("terminal/kiosk_ui/pages.py", "from terminal.hw import reader", "imports go down only"),
    ("terminal/app.py", "from terminal import cli", "imports go down only"),
    ("terminal/base/money.py", "import cloud.api", "does not know the cloud"),
    ("terminal/base/money.py", "import terminal.misc", "has no floor"),
    ("terminal/misc/money.py", "", "has no floor"),
    ("terminal/__init__.py", "from terminal.base import money", "imports nothing of ours"),
    ("terminal/kiosk_ui/pages.py", "import peewee", "only store may"),
    ("terminal/services/members.py", "from peewee import IntegrityError", "only store may"),
    ("terminal/sync/push.py", "import flask", "only app and cli and kiosk_ui may"),
    ("terminal/sync/push.py", "import serial.tools", "only hw may"),
    ("terminal/rules/price.py", "import time", "no clock and no I/O"),
    ("terminal/rules/price.py", "from os import path", "no clock and no I/O"),
    ("terminal/rules/price.py", "import datetime\ndatetime.datetime.now()", "calls now()"),
    ("terminal/rules/price.py", "open('x')", "calls open()"),
    ("terminal/services/sale.py", "try:\n    pass\nexcept Exception:\n    pass", "catches everything"),
    ("terminal/services/sale.py", "try:\n    pass\nexcept:\n    pass", "catches everything"),
    ("terminal/hw/a.py", "try:\n    pass\nexcept (OSError, BaseException):\n    pass", "catches everything"),
    ("terminal/hw/a.py", "import contextlib\nwith contextlib.suppress(Exception):\n    pass", "catches everything"),
    ("terminal/runtime/dispatcher.py", 2 * "try:\n    pass\nexcept Exception:\n    pass\n", "catches everything"),
    ("terminal/runtime/dispatcher.py", "try:\n    pass\nexcept BaseException:\n    pass", "catches everything"),
    ("cloud/api.py", "from terminal.store import models", "cloud may import only"),
    ("cloud/api.py", "from terminal.sync import push", "cloud may import only"),
    ("cloud/core.py", "import sqlite3", "only cloud/sqlite_storage.py may"),
    ("cloud/core.py", "import time", "no clock, no chance and no I/O"),
    ("terminal/base/long.py", "x = 1\n" * (FILE_LINES_MAX + 1), "401 lines"),
    ("terminal/base/long.py", "def f() -> None:\n" + "    x = 1\n" * FUNCTION_LINES_MAX, "f has 61 lines"),
]


@pytest.mark.parametrize(("path", "source", "complaint"), BAD)
def test_an_offence_is_found(tmp_path: pathlib.Path, path: str, source: str, complaint: str) -> None:
    write(tmp_path, path, source)
    found = offences(tmp_path)
    assert len(found) == 1, found
    assert found[0].startswith(path)
    assert complaint in found[0]


GOOD = [
    ("terminal/services/members.py", "from terminal.ledger import post\nfrom terminal.rules import price"),
    ("terminal/hw/reader.py", "import smartcard.scard\nfrom terminal.base import events\nfrom . import apdu"),
    ("terminal/cli.py", "from terminal import app"),
    ("terminal/store/db.py", "import peewee\nfrom sqlcipher3 import dbapi2"),
    ("terminal/runtime/dispatcher.py", "try:\n    pass\nexcept Exception:\n    pass"),
    ("cloud/api.py", "from terminal.sync.wire import Push\nfrom terminal.sync import wire\nimport flask"),
    ("cloud/sqlite_storage.py", "import sqlite3"),
    ("terminal/rules/price.py", "import datetime\nfrom terminal.base.money import Money\nfrom . import bonus"),
]


@pytest.mark.parametrize(("path", "source"), GOOD)
def test_what_is_allowed_is_not_complained_of(tmp_path: pathlib.Path, path: str, source: str) -> None:
    write(tmp_path, path, source)
    assert offences(tmp_path) == []


def write(root: pathlib.Path, path: str, source: str) -> None:
    """Put one module below `root`."""
    target = root / path
    target.parent.mkdir(parents=True)
    target.write_text(source, encoding="utf-8")

"""A till's folder and its command line: every command is a process of its own, most of them forked from a warm one."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.cli.warm import warm

REPOSITORY = pathlib.Path(__file__).parents[2]
DEMO = REPOSITORY / "tests" / "hw_sim" / "demo"
COMMAND_S = 60.0
END_S = 30.0
CODE = re.compile(r"\[([a-z_]+)\]$")
# Paths are relative, so that a copy of the folder is a till of its own.
CONFIG = """
[till]
data_dir = "data"
listen = "127.0.0.1:0"

[pcsc]
enabled = false
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a command ended with and said."""

    exit_code: int
    out: str
    err: str

    @property
    def code(self) -> str:
        """Return the stable code of the one sentence on standard error; fail where there is not exactly one."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        found = CODE.search(lines[0])
        assert found, f"no code behind: {lines[0]}"
        return found[1]


@dataclass(slots=True)
class Serving:
    """A running till."""

    process: subprocess.Popen[str]
    address: str
    log: pathlib.Path
    facts: dict[str, Any] = field(default_factory=dict)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code; fail when it takes longer than `END_S`."""
        self.process.send_signal(number)
        code = self.process.wait(END_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@dataclass(frozen=True, slots=True)
class Home:
    """One till's folder."""

    folder: pathlib.Path

    @property
    def config(self) -> pathlib.Path:
        """Return the configuration file."""
        return self.folder / "till.toml"

    @property
    def data(self) -> pathlib.Path:
        """Return the folder of store and key."""
        return self.folder / "data"

    def run(self, *words: object, environment: Mapping[str, str] | None = None) -> Said:
        """Run `terminal WORDS --config ...` and return what it said; a traceback fails the test at once."""
        return run(*words, "--config", self.config, environment=environment)

    def serve(self, environment: Mapping[str, str] | None = None) -> Serving:
        """Start the till and return it once it is ready."""
        log = self.folder / "serve.log"
        with log.open("w") as errors:
            process = subprocess.Popen(
                command("serve", "--config", self.config),
                cwd=REPOSITORY,
                env={**os.environ, **(environment or {})},
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("ready "):
            process.kill()
            process.wait()
            raise AssertionError(f"the till did not start: {log.read_text()}")
        facts = json.loads(line.removeprefix("ready "))
        return Serving(process, facts["kiosk"].removesuffix("/kiosk"), log, facts)

    def file(self, name: str, content: str | bytes) -> pathlib.Path:
        """Write a file beside the configuration and return it."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def entries(self) -> int:
        """Return how many entries the proven book has."""
        said = self.run("book", "verify", "--json")
        assert said.exit_code == 0, said
        return int(json.loads(said.out)["entries"])

    def store_bytes(self) -> dict[str, bytes]:
        """Return every file of the store, byte for byte."""
        return {path.name: path.read_bytes() for path in sorted(self.data.glob("store.*")) if path.is_file()}

    def copy_to(self, folder: pathlib.Path) -> Home:
        """Return a copy that is a till of its own."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Home(folder)


def command(*words: object) -> list[str]:
    """Return the command line of `terminal WORDS`."""
    return [sys.executable, "-m", "terminal.cli", *map(str, words)]


def run(*words: object, environment: Mapping[str, str] | None = None) -> Said:
    """Run `terminal WORDS` and return what it said; a traceback fails the test at once.

    With an `environment` of its own it is started from nothing, as it reads that at its start.
    """
    if environment is None:
        code, out, err = warm(REPOSITORY).run(words, COMMAND_S)
    else:
        code, out, err = _run_cold(words, environment)
    assert "Traceback" not in err + out, err
    return Said(code, out, err)


def _run_cold(words: tuple[object, ...], environment: Mapping[str, str]) -> tuple[int, str, str]:
    done = subprocess.run(
        command(*words),
        cwd=REPOSITORY,
        env={**os.environ, "LC_ALL": "C.UTF-8", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=COMMAND_S,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def bare_home(folder: pathlib.Path, config: str = CONFIG) -> Home:
    """Return a folder with nothing but a configuration."""
    home = Home(folder)
    home.config.write_text(config, encoding="utf-8")
    return home


def demo_home(folder: pathlib.Path, people: Iterable[tuple[str, str, str]], shop: str = "") -> Home:
    """Return a home with the demo shop (or the set-up file `shop`), its members, and people by name, role and PIN."""
    home = bare_home(folder)
    file = home.file("shop.toml", shop) if shop else DEMO / "shop.toml"
    for words in (
        ("setup", "apply", "--yes", file),
        *(("staff", "add", name, "--role", role, "--pin", pin) for name, role, pin in people),
        ("import", "members", DEMO / "members.csv"),
    ):
        said = home.run(*words)
        assert said.exit_code == 0, said
    return home

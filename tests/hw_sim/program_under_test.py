"""What the simulators' tests share: a simulator running as a program of its own, and waiting for a condition."""

from __future__ import annotations

import contextlib
import json
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.hw_sim.control import ControlClient

PATIENCE_S = 60.0
LOOK_S = 0.002


def until(condition: Callable[[], object]) -> None:
    """Wait for a condition; fail at the deadline."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        time.sleep(LOOK_S)


@contextlib.contextmanager
def running(simulator: str, folder: pathlib.Path, *words: str) -> Iterator[tuple[dict[str, Any], ControlClient]]:
    """Run a simulator's program; give what it said when ready and its knobs. It must end well, told by SIGTERM."""
    control = str(folder / "control")
    command = [sys.executable, "-m", f"tests.hw_sim.{simulator}", "--control", control, *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as program:
        assert program.stdout is not None
        try:
            word, _, rest = program.stdout.readline().partition(" ")
            assert word == "ready"
            ready = json.loads(rest)
            assert ready["control"] == control
            with contextlib.closing(ControlClient(control)) as knobs:
                yield ready, knobs
        finally:
            program.send_signal(signal.SIGTERM)
        assert program.wait(PATIENCE_S) == 0

"""The simulated card readers for pieces that need no till: a process of their own on sockets of their own."""

from __future__ import annotations

import contextlib
import os
import pathlib
import sys
import tempfile
from collections.abc import Iterator, Sequence

from bench.programs import Running

# The environment that leads a program to the readers, and their control socket.
Service = tuple[dict[str, str], str]


@contextlib.contextmanager
def reader_service(
    log: pathlib.Path, cards: pathlib.Path, names: Sequence[str]
) -> Iterator[tuple[dict[str, str], str]]:
    """Run readers of these names with a deck; give their environment and control socket."""
    # A socket's path is short (unix(7)); the data's may be long.
    with tempfile.TemporaryDirectory(prefix="counterfoil-bench-") as sockets:
        service, control = f"{sockets}/pcscd.comm", f"{sockets}/pcsc.ctl"
        environment = {**os.environ, "PCSCLITE_CSOCK_NAME": service}
        words = ["--socket", service, "--control", control, "--cards", str(cards)]
        readers = [word for name in names for word in ("--readers", name)]
        running = Running([sys.executable, "-m", "bench.reader", *words, *readers], environment, log)
        try:
            yield environment, control
        finally:
            running.end()

"""The till as it is shipped, which also writes down when each of its commits was durable (CLOCK_MONOTONIC).

A program: `python -m bench.stamped_till --config FILE --stamps FILE`; one line of nanoseconds per commit.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import signal
import threading
import time
from collections.abc import Sequence

from terminal.app import Till
from terminal.base.config import load_config


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the till until SIGTERM; prints one line `ready {json}`."""
    parser = argparse.ArgumentParser(prog="python -m bench.stamped_till")
    parser.add_argument("--config", type=pathlib.Path, required=True)
    parser.add_argument("--stamps", type=pathlib.Path, required=True)
    options = parser.parse_args(arguments)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    till = Till(load_config(options.config))
    stamps = os.open(options.stamps, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_TRUNC, 0o600)
    database = till._store.database  # noqa: SLF001 - nobody outside the process can see the moment of a commit
    commit = database.commit

    def stamped() -> None:
        commit()
        os.write(stamps, b"%d\n" % time.monotonic_ns())

    database.commit = stamped  # type: ignore[method-assign]
    till.start()
    print("ready {}", flush=True)
    stop.wait()
    till.stop()


if __name__ == "__main__":
    main()

"""The simulated card readers with one verb more: `tap` lays a card down and says when (CLOCK_MONOTONIC).

A program: `python -m bench.reader --socket PATH --control PATH --cards FILE --readers NAME`.
"""

from __future__ import annotations

import argparse
import json
import signal
import time
from collections.abc import Sequence

from tests.hw_sim.cards import read_deck
from tests.hw_sim.control import ControlServer
from tests.hw_sim.pcsc_daemon import PcscDaemon


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the readers until SIGTERM; prints one line `ready {json}`."""
    parser = argparse.ArgumentParser(prog="python -m bench.reader")
    for name in ("--socket", "--control", "--cards"):
        parser.add_argument(name, required=True)
    parser.add_argument("--readers", action="append", required=True)
    options = parser.parse_args(arguments)
    daemon = PcscDaemon(options.socket, options.readers, read_deck(options.cards))
    daemon.start()

    def tap(reader: str, card: str) -> dict[str, int]:
        # The stamp comes first: whatever the stand-in daemon does with the card counts as waiting.
        at_ns = time.monotonic_ns()
        daemon.desk.insert(reader, card)
        return {"at_ns": at_ns}

    control = ControlServer(options.control, {**daemon.verbs(), "tap": tap})
    signal.signal(signal.SIGTERM, lambda *_: control.stopped.set())
    print(f"ready {json.dumps({'control': options.control})}", flush=True)
    control.stopped.wait()
    control.close()
    daemon.close()


if __name__ == "__main__":
    main()

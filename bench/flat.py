"""What 100,000 taps, 10,000 replugs and 1,000 restarts of the card service leave behind in the reader's driver."""

from __future__ import annotations

import pathlib
import sys
from typing import Any

from bench.figures import Figure, once
from bench.members import card_id, write_deck
from bench.programs import report_of
from bench.readers import reader_service
from bench.scale import Scale
from bench.shop import READER

GROWTH_LIMIT_MB = 2.0  # what allocators keep back for themselves; a leak of 100 bytes a tap would be 10 MB
TIMEOUT_S = 3_600.0
NEIGHBOUR = "Counterfoil Counter Reader 01 00"
WORDS = {"taps": "taps", "replugs": "replugs", "restarts": "restarts of the card service"}


def measure(folder: pathlib.Path, scale: Scale) -> list[Figure]:
    """Return the figures of the driver's memory, threads and open files."""
    counts = {"taps": scale.many_taps, "replugs": scale.replugs, "restarts": scale.restarts}
    report = _run(folder, counts)
    return [figure for sort, count in counts.items() for figure in _figures(sort, count, report[sort])]


def _figures(sort: str, count: int, left: dict[str, Any]) -> list[Figure]:
    words = f"{count:,} {WORDS[sort]}"
    each_ms = 1e3 * left["took_s"] / count
    return [
        once(
            f"memory added by {words}",
            left["rss_kb"] * 1024 / 1e6,
            "MB",
            limit=GROWTH_LIMIT_MB,
            note=f"{left['took_s']:.0f} s, {each_ms:.1f} ms each, with the simulator's part",
        ),
        once(f"threads added by {words}", left["threads"], "threads", limit=0.0),
        once(f"open files added by {words}", left["files"], "files", limit=0.0),
    ]


def _run(folder: pathlib.Path, counts: dict[str, int]) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    deck = folder / "flat-deck.json"
    write_deck(deck, (0, 1))
    with reader_service(folder / "flat-reader.log", deck, [READER, NEIGHBOUR]) as (environment, control):
        words = ["--control", control, "--reader", READER, "--neighbour", NEIGHBOUR]
        words += ["--card", card_id(0), "--other", card_id(1)]
        numbers = [word for sort, count in counts.items() for word in (f"--{sort}", str(count))]
        return report_of([sys.executable, "-m", "bench.steady", *words, *numbers], environment, TIMEOUT_S)

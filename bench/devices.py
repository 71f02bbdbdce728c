"""What checking a card adds to a tap on the till's own side, and a code of 500 characters through scanners' drivers."""

from __future__ import annotations

import json
import pathlib
import sys

from bench.checks import CODE_CHARACTERS, deck
from bench.figures import Figure, p99, sampled, spread
from bench.programs import report_of
from bench.readers import reader_service
from bench.scale import Scale
from bench.shop import READER

CHECK_LIMIT_MS = 5.0
SCAN_LIMIT_MS = 20.0
TIMEOUT_S = 600.0
CARDS = {"desfire": "a DESFire", "ntag424": "an NTAG 424 DNA"}
LINES = {"typed": "typed by a keyboard scanner", "serial": "on a serial line"}


def measure(folder: pathlib.Path, scale: Scale) -> list[Figure]:
    """Return the figures of checks and scans."""
    folder.mkdir(parents=True, exist_ok=True)
    cards = folder / "checked-deck.json"
    cards.write_text(json.dumps(deck()), encoding="utf-8")
    with reader_service(folder / "checked-reader.log", cards, [READER]) as (environment, control):
        words = ["--control", control, "--reader", READER, "--count", str(scale.checks)]
        report = report_of([sys.executable, "-m", "bench.checks", *words], environment, TIMEOUT_S)
    figures = []
    for kind, words_of in CARDS.items():
        name = f"EV2First check of {words_of}"
        ours, whole = report[kind], report[f"{kind}_all"]
        figures += [
            sampled(f"{name}, ours beside a bare tap", ours, "ms", limit=CHECK_LIMIT_MS, note=spread(ours, "ms")),
            sampled(f"{name}, with the simulated card's part beside a bare tap", whole, "ms"),
        ]
    for line, words_of in LINES.items():
        name, took = f"{CODE_CHARACTERS} characters {words_of}, to the event", report[line]
        figures += [
            sampled(name, took, "ms", limit=SCAN_LIMIT_MS, note=spread(took, "ms")),
            sampled(f"{name}, p99", took, "ms", of=p99),
        ]
    return figures

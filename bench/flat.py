"""What taps, scans, replugs and restarts by the thousand leave behind in the drivers of readers and scanners."""

from __future__ import annotations

import contextlib
import os
import pathlib
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.figures import Figure, once
from bench.members import card_id, write_deck
from bench.programs import Running, report_of
from bench.readers import reader_service
from bench.scale import Scale
from bench.shop import READER

GROWTH_LIMIT_MB = 2.0  # what allocators keep back for themselves; a leak of 100 bytes a tap would be 10 MB
TIMEOUT_S = 7_200.0
NEIGHBOUR = "Counterfoil Counter Reader 01 00"


@dataclass(frozen=True, slots=True)
class Work:
    """One sort of work: what it is called and how often it is done."""

    words: str
    count: int


def measure(folder: pathlib.Path, scale: Scale) -> list[Figure]:
    """Return the figures of the drivers' memory, threads and open files."""
    folder.mkdir(parents=True, exist_ok=True)
    deck = folder / "flat-deck.json"
    write_deck(deck, (0, 1))
    pcsc = {
        "taps": Work("taps", scale.many_taps),
        "replugs": Work("replugs", scale.replugs),
        "restarts": Work("restarts of the card service", scale.restarts),
    }
    board = {
        "uses": Work("cards at a PN532", scale.board_taps),
        "replugs": Work("replugs of a PN532", scale.board_replugs),
    }
    scanner = {
        "uses": Work("codes of a serial scanner", scale.scans),
        "replugs": Work("replugs of a serial scanner", scale.scanner_replugs),
    }
    cards = ["--cards", card_id(0), card_id(1)]
    return [
        *_figures(pcsc, _readers(folder, deck, pcsc)),
        *_figures(board, _line(folder, "pn532", ["--cards", str(deck)], board, cards)),
        *_figures(scanner, _line(folder, "scanner", [], scanner, [])),
    ]


def _figures(works: dict[str, Work], report: dict[str, Any]) -> Iterator[Figure]:
    for sort, work in works.items():
        took_s, before, after = (report[sort][name] for name in ("took_s", "before", "after"))
        words = f"{work.count:,} {work.words}"
        before_mb, after_mb = (held["rss_kb"] * 1024 / 1e6 for held in (before, after))
        note = (
            f"{before_mb:.2f} MB before, {after_mb:.2f} after; {took_s:.0f} s, {1e3 * took_s / work.count:.1f} ms each"
        )
        yield once(f"memory added by {words}", after_mb - before_mb, "MB", limit=GROWTH_LIMIT_MB, note=note)
        for name, unit in (("threads", "threads"), ("files", "files")):
            yield once(
                f"{'open ' if name == 'files' else ''}{name} added by {words}",
                after[name] - before[name],
                unit,
                limit=0.0,
                note=f"{before[name]} before, {after[name]} after",
            )


def _readers(folder: pathlib.Path, deck: pathlib.Path, works: dict[str, Work]) -> dict[str, Any]:
    with reader_service(folder / "flat-reader.log", deck, [READER, NEIGHBOUR]) as (environment, control):
        words = ["--control", control, "--reader", READER, "--neighbour", NEIGHBOUR]
        words += ["--card", card_id(0), "--other", card_id(1)]
        numbers = [word for sort, work in works.items() for word in (f"--{sort}", str(work.count))]
        return report_of([sys.executable, "-m", "bench.steady", *words, *numbers], environment, TIMEOUT_S)


def _line(
    folder: pathlib.Path, device: str, deck: list[str], works: dict[str, Work], cards: list[str]
) -> dict[str, Any]:
    with _device(folder, device, deck) as ends:
        numbers = ["--uses", str(works["uses"].count), "--replugs", str(works["replugs"].count)]
        command = [sys.executable, "-m", "bench.steady_lines", device, *ends, *numbers, *cards]
        return report_of(command, dict(os.environ), TIMEOUT_S)


@contextlib.contextmanager
def _device(folder: pathlib.Path, device: str, words: list[str]) -> Iterator[list[str]]:
    """Run a simulator on a line; give the words that name its line and its control socket."""
    # A socket's path is short (unix(7)); the data's may be long.
    with tempfile.TemporaryDirectory(prefix="counterfoil-bench-") as sockets:
        ends = ["--link", f"{sockets}/line", "--control", f"{sockets}/line.ctl"]
        module = {"pn532": "pn532", "scanner": "serial_scanner"}[device]
        command = [sys.executable, "-m", f"tests.hw_sim.{module}", *ends, *words]
        running = Running(command, os.environ, folder / f"flat-{device}.log")
        try:
            yield ends
        finally:
            running.end()

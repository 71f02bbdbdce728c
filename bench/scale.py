"""How much is measured: the whole, or a quick look."""

from __future__ import annotations

from dataclasses import dataclass

from bench.members import MANY


@dataclass(frozen=True, slots=True)
class Scale:
    """Counts of one run."""

    members: int
    taps: int
    starts: int
    postings: int
    cards: int
    sales: int
    look_ups: int
    checks: int
    many_taps: int
    replugs: int
    restarts: int
    board_taps: int
    board_replugs: int
    scans: int
    scanner_replugs: int
    faults: int
    entries: int
    book_members: int
    book_entries: int
    small_members: int
    small_entries: int
    bills: int


WHOLE = Scale(
    members=MANY,
    taps=200,
    starts=10,
    postings=400,
    cards=1_000_000,
    sales=100,
    look_ups=3_000,
    checks=400,
    many_taps=100_000,
    replugs=10_000,
    restarts=1_000,
    board_taps=100_000,
    board_replugs=10_000,
    scans=100_000,
    scanner_replugs=5_000,
    faults=1_000,  # all there are
    entries=5_000,
    book_members=200_000,
    book_entries=5_000_000,
    small_members=2_000,
    small_entries=50_000,
    bills=400,
)
QUICK = Scale(
    members=3_000,
    taps=30,
    starts=3,
    postings=60,
    cards=30_000,
    sales=15,
    look_ups=500,
    checks=60,
    many_taps=3_000,
    replugs=500,
    restarts=60,
    board_taps=200,
    board_replugs=50,
    scans=3_000,
    scanner_replugs=300,
    faults=8,
    entries=500,
    book_members=2_000,
    book_entries=20_000,
    small_members=200,
    small_entries=2_000,
    bills=60,
)

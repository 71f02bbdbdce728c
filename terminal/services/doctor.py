"""The self-check: what a technician would look at first, each with a stable code and whether it passed."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from terminal.base.clock import Clock
from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.rules import entry
from terminal.services.checks import Check
from terminal.services.storage import STORE_FILE, read_store
from terminal.services.storage_health import SYS, disks_health, file_systems_health, folder_health
from terminal.store.database import SQLITE_VERSION, load_key

__all__ = ["Check", "examine", "versions"]

YEAR_LEAST = 2026  # no release is older, so no right clock shows less


# Reads a file of keys and raises `Refusal` when it cannot be used.
LoadKeys = Callable[[Path], object]


def examine(
    config: Config,
    report: Mapping[str, Any] | None,
    clock: Clock,
    load_card_keys: LoadKeys,
    fonts: tuple[Path, ...],
    sys: Path = SYS,
) -> list[Check]:
    """Return every check; `report` is what the running till says of itself, or None where none runs.

    `sys` is where the kernel tells of disks.

    Nothing is changed and nothing is made: it may be run at any time, beside a till that sells.
    """
    return [
        *_till(report),
        *_devices(report),
        folder_health(config.till.data_dir),
        *disks_health(sys),
        *file_systems_health(sys),
        _clock(clock),
        _store_key(config.till.key_file),
        *_card_keys(config.till.card_keys, load_card_keys),
        _store(config),
        *(Check("font", font.name, "" if font.is_file() else "font_missing", {"file": str(font)}) for font in fonts),
    ]


def versions(product: str) -> dict[str, str]:
    """Return what runs here, by name."""
    return {
        "counterfoil": product,
        "python": platform.python_version(),
        "sqlite": SQLITE_VERSION,
        "system": platform.platform(terse=True),
        "machine": platform.machine(),
    }


def _till(report: Mapping[str, Any] | None) -> Iterator[Check]:
    if report is None:
        yield Check("till", trouble="till_not_running")
    elif not report["ok"]:
        yield Check("till", trouble="till_busy")
    elif report["events_dropped"]:
        yield Check("till", trouble="events_dropped", values={"dropped": report["events_dropped"]})
    else:
        yield Check("till")


def _devices(report: Mapping[str, Any] | None) -> Iterator[Check]:
    if report is None:
        return
    for name, state in sorted(report["devices"].items()):
        yield Check("device", name, state["code"] or report["printers"].get(name, ""))


def _clock(clock: Clock) -> Check:
    year = clock.local(clock.now_ms()).year
    if year < YEAR_LEAST:
        return Check("clock", trouble="clock_wrong", values={"year": year})
    return Check("clock", trouble="" if clock.trusted() else "clock_untrusted")


def _store_key(path: Path) -> Check:
    try:
        load_key(path, may_make=False)
    except Refusal as refusal:
        return Check("store_key", trouble=refusal.code)
    except OSError:
        return Check("store_key", trouble="key_unusable")
    return Check("store_key")


def _card_keys(path: Path | None, load: LoadKeys) -> Iterator[Check]:
    if path is None:
        return
    try:
        load(path)
    except Refusal as refusal:
        # The reason names settings of the file and never what they are set to.
        yield Check("card_keys", trouble=refusal.code, values={"reason": refusal.values.get("reason", "")})
    else:
        yield Check("card_keys")


def _store(config: Config) -> Check:
    """Check that the store opens, and that its last entry is the one that was sealed."""
    try:
        database = read_store(config)
        try:
            row = database.row("SELECT n, seq, hash FROM life WHERE open = 1")
            if row is None:
                return Check("store")
            n, seq, head = row
            last = database.rows(
                "SELECT hash, CAST(bytes AS BLOB) FROM entry WHERE life = ? AND seq >= ? ORDER BY seq", (n, seq - 1)
            )
        finally:
            database.close()
    except Refusal as refusal:
        return Check("store", subject=STORE_FILE, trouble=refusal.code, values=refusal.values)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Check("store", subject=STORE_FILE, trouble="store_unusable", values={"reason": reason})
    if not last:
        return Check("store", trouble="" if seq == 0 else "book_wrong")
    before = last[0][0] if len(last) > 1 else entry.GENESIS
    sealed = entry.seal(before, last[-1][1])
    return Check("store", trouble="" if sealed == last[-1][0] == head else "book_wrong")

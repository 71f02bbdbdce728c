"""The stores that several pieces measure: ten members, and a hundred thousand, imported by the product's command."""

from __future__ import annotations

import contextlib
import hashlib
import json
import pathlib
import subprocess
from collections.abc import Iterator

from bench.members import FEW, FILE_VERSION, write_file
from bench.programs import REPOSITORY, BenchError
from bench.shop import PIN, Shop, open_shop
from terminal.store.migrations import MIGRATIONS
from tests.hw_sim.shop_first_start import DEMO

COMMAND_TIMEOUT_S = 300.0
CASHIER = "bench"


@contextlib.contextmanager
def few_store(folder: pathlib.Path) -> Iterator[Shop]:
    """Give a fresh shop with ten members, set up; its till is not running."""
    with open_shop(folder / "few") as shop:
        set_up(shop)
        run(shop, "import", "members", str(members_file(shop, FEW)))
        yield shop


def many_folder(folder: pathlib.Path, members: int) -> pathlib.Path:
    """Return where the store of that many members is kept from run to run."""
    return folder / f"many-{members}"


def many_store(folder: pathlib.Path, members: int) -> pathlib.Path:
    """Return the folder of a shop with that many members, importing them first unless an earlier run left them."""
    kept = many_folder(folder, members)
    if not is_kept(kept):
        with open_shop(kept) as shop:
            set_up(shop)
            run(shop, "import", "members", str(members_file(shop, members)))
            note_kept(kept)
    return kept


def members_file(shop: Shop, members: int) -> pathlib.Path:
    """Write that many members as a file to import and return it."""
    file = shop.wiring.data / "members.csv"
    write_file(file, members)
    return file


def set_up(shop: Shop) -> None:
    """Give the shop the demo shop's rules and one cashier."""
    run(shop, "setup", "apply", "--yes", str(DEMO / "shop.toml"))
    run(shop, "staff", "add", CASHIER, "--pin", PIN)


def run(shop: Shop, *words: str) -> str:
    """Run one command of the product and return what it said; raise `BenchError` with its words when it fails."""
    ended = subprocess.run(
        shop.command(*words),
        cwd=REPOSITORY,
        env=shop.environment,
        capture_output=True,
        text=True,
        timeout=COMMAND_TIMEOUT_S,
        check=False,
    )
    if ended.returncode:
        raise BenchError(f"`terminal {' '.join(words)}` failed: {(ended.stdout + ended.stderr)[-400:]}")
    return ended.stdout


def is_kept(kept: pathlib.Path) -> bool:
    """Tell whether a whole store of this schema and this file is there."""
    record = kept / "kept.json"
    return record.exists() and json.loads(record.read_text(encoding="utf-8")) == _marks()


def note_kept(kept: pathlib.Path) -> None:
    """Note that the store is whole."""
    (kept / "kept.json").write_text(json.dumps(_marks()), encoding="utf-8")


def _marks() -> dict[str, int | str]:
    tables = hashlib.sha256("".join(step.sql for step in MIGRATIONS).encode()).hexdigest()
    return {"tables": tables, "file": FILE_VERSION}

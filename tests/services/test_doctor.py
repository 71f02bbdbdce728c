"""The self-check on a real store and made-up folders: what it finds, by its code, and that it changes nothing."""

from __future__ import annotations

import datetime as dt
import sys as python
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from terminal.base.config import Config, parse_config
from terminal.base.errors import Refusal
from terminal.base.ids import new_id
from terminal.hw.cards.keys import load_card_keys
from terminal.rules.doctor_words import remedy
from terminal.services.doctor import Check, examine, versions
from terminal.services.storage import open_store
from tests.support import SHANGHAI, ManualClock

WELL = {"ok": True, "events_dropped": 0, "devices": {}, "printers": {}}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    made = parse_config('[till]\ndata_dir = "data"\n', tmp_path)
    open_store(made).close()
    return made


def nothing(_: Path) -> None:
    """Load keys that are all right."""


def look(
    config: Config,
    report: dict[str, Any] | None = None,
    *,
    clock: ManualClock | None = None,
    load: Callable[[Path], object] = nothing,
    fonts: tuple[Path, ...] = (),
    sys: Path = Path("/nowhere"),
) -> dict[str, Check]:
    checks = examine(config, WELL if report is None else report, clock or ManualClock(), load, fonts, sys)
    return {f"{check.code} {check.subject}".strip(): check for check in checks}


def test_a_store_is_opened_with_the_day_of_the_configuration(tmp_path: Path) -> None:
    text = '[till]\ndata_dir = "data"\nbusiness_day_cutover = "05:30"\n'
    store = open_store(parse_config(text, tmp_path))
    at = dt.datetime(2026, 11, 22, 5, 29, tzinfo=SHANGHAI)
    assert store.book.day_at(int(at.timestamp() * 1000)) == dt.date(2026, 11, 21)
    store.close()


def test_a_sound_box_passes_every_check(config: Config) -> None:
    found = look(config, {**WELL, "devices": {"receipts": {"code": ""}}})
    assert set(found) == {"till", "device receipts", "disk", "clock", "store_key", "store"}
    assert all(check.passed for check in found.values())


def test_a_book_with_entries_passes_and_one_with_another_last_entry_does_not(config: Config) -> None:
    store = open_store(config)
    with store.database.write():
        draft = store.book.begin(new_id(), "import", "0" * 64)  # type: ignore[arg-type]  # any id will do
        store.book.post(draft)
    assert look(config)["store"].passed
    with store.database.write():
        store.database.run("UPDATE entry SET bytes = bytes || x'20'")
    store.close()
    assert look(config)["store"].trouble == "book_wrong"


def test_a_till_that_does_not_run_is_busy_or_drops_events_is_told(config: Config) -> None:
    checks = examine(config, None, ManualClock(), nothing, ())
    assert checks[0] == Check("till", trouble="till_not_running")
    assert look(config, {**WELL, "ok": False})["till"].trouble == "till_busy"
    dropping = look(config, {**WELL, "events_dropped": 7})["till"]
    assert (dropping.trouble, dropping.values) == ("events_dropped", {"dropped": 7})


def test_a_device_in_trouble_is_told_by_its_own_code(config: Config) -> None:
    found = look(config, {**WELL, "devices": {"gun": {"code": "device_missing"}, "receipts": {"code": ""}}})
    assert found["device gun"].trouble == "device_missing"
    assert found["device receipts"].passed


def test_a_printer_that_is_there_and_cannot_print_is_told_by_what_blocks_it(config: Config) -> None:
    report = {**WELL, "devices": {"receipts": {"code": ""}}, "printers": {"receipts": "printer_paper_out"}}
    assert look(config, report)["device receipts"].trouble == "printer_paper_out"


def test_a_clock_that_cannot_be_right_is_told_apart_from_one_that_was_not_set(config: Config) -> None:
    assert look(config, clock=ManualClock(trusted=False))["clock"].trouble == "clock_untrusted"
    wrong = look(config, clock=ManualClock(dt.datetime(1970, 1, 1, tzinfo=SHANGHAI)))["clock"]
    assert (wrong.trouble, wrong.values) == ("clock_wrong", {"year": 1970})


def test_key_files_are_judged_by_who_may_read_them_and_what_they_hold(config: Config) -> None:
    key = config.till.key_file
    key.chmod(0o644)
    assert look(config)["store_key"].trouble == "key_exposed"
    key.chmod(0o600)
    right = key.read_bytes()
    key.write_bytes(b"short")
    assert look(config)["store_key"].trouble == "key_malformed"
    key.write_bytes(bytes(32))
    found = look(config)
    assert found["store_key"].passed
    assert found["store store.db"].trouble == "store_key_wrong"
    key.unlink()
    assert look(config)["store_key"].trouble == "key_missing"
    key.write_bytes(right)


def test_card_keys_are_looked_at_where_the_shop_has_some(tmp_path: Path, config: Config) -> None:
    assert "card_keys" not in look(config)
    with_keys = parse_config('[till]\ndata_dir = "data"\ncard_keys = "cards.toml"\n', tmp_path)

    def exposed(_: Path) -> None:
        raise Refusal("card_keys_exposed", file="cards.toml")

    assert look(with_keys)["card_keys"].passed
    assert look(with_keys, load=exposed)["card_keys"].trouble == "card_keys_exposed"
    # The real reader of the file says what is wrong in it, and never a value.
    missing = look(with_keys, load=load_card_keys)["card_keys"]
    assert "there is no such file" in remedy(missing.trouble, missing.values, "en")
    (tmp_path / "cards.toml").touch(0o600)
    (tmp_path / "cards.toml").write_text(f'[ntag424]\nmaster = "{"5EC4E7" * 3}"\n', encoding="utf-8")
    wrong = look(with_keys, load=load_card_keys)["card_keys"]
    words = remedy(wrong.trouble, wrong.values, "en")
    assert (wrong.trouble, "ntag424.master" in words, "5EC4E7" in words) == ("card_keys_malformed", True, False)


def test_a_store_that_the_disk_does_not_give_is_a_finding_and_no_end_of_the_check(config: Config) -> None:
    store = config.till.data_dir / "store.db"
    store.unlink()
    store.symlink_to(store)  # a loop: any question about it fails with ELOOP
    found = look(config)["store store.db"]
    assert found.failed
    assert remedy(found.trouble, found.values, "en")


def test_a_missing_folder_store_and_font_are_told(tmp_path: Path) -> None:
    empty = parse_config('[till]\ndata_dir = "none"\n', tmp_path)
    found = look(empty, fonts=(tmp_path / "a.ttc",))
    assert found["disk"].trouble == "disk_missing"
    assert found["store store.db"].trouble == "store_missing"
    assert found["font a.ttc"].trouble == "font_missing"
    assert list(tmp_path.iterdir()) == []


def test_wear_that_could_not_be_read_is_neither_passed_nor_failed_and_errors_are_told(
    tmp_path: Path, config: Config
) -> None:
    (tmp_path / "block" / "nvme0n1" / "device").mkdir(parents=True)
    (tmp_path / "fs" / "ext4" / "nvme0n1p2").mkdir(parents=True)
    (tmp_path / "fs" / "ext4" / "nvme0n1p2" / "errors_count").write_text("4\n")
    found = look(config, sys=tmp_path)
    wear, files = found["wear nvme0n1"], found["file_system nvme0n1p2"]
    assert (wear.passed, wear.failed, wear.trouble) == (False, False, "wear_needs_root")
    assert (files.passed, files.failed, files.values) == (False, True, {"count": 4})


def test_looking_changes_nothing(config: Config) -> None:
    def state() -> list[tuple[str, int, int]]:
        return sorted(
            (file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in config.till.data_dir.iterdir()
        )

    before = state()
    look(config)
    assert state() == before


def test_the_versions_name_what_runs() -> None:
    found = versions("1.2.3")
    assert found["counterfoil"] == "1.2.3"
    assert found["python"] == ".".join(map(str, python.version_info[:3]))

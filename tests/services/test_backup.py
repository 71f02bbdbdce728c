"""Making a backup: of one moment while the till works, read back before it has its name, and never half of one."""

from __future__ import annotations

import os
import pathlib
import random
import resource
import shutil
import threading
from collections.abc import Callable

import pytest

from terminal.base.errors import Refusal
from terminal.services.backup.making import COPY_FILE, LOCK_FILE, BackupMaker
from terminal.services.shop import apply_setup
from terminal.store.database import Database, WriterLock
from tests.services.backup_box import KEY, Box, label_of, read_all
from tests.sync.till import Till

pytestmark = pytest.mark.slow

SHOP = """
shop = {{ name = "{name}", branch = "{branch}" }}
top_up = {{ min = "1.00", max = "5.00" }}
points = {{ per_yuan = 10 }}
"""
Shown = Callable[[int, int], None]


@pytest.fixture
def box(tmp_path: pathlib.Path) -> Box:
    return Box(tmp_path / "box")


@pytest.fixture
def stick(tmp_path: pathlib.Path) -> pathlib.Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def filled(box: Box, megabytes: int = 3) -> Till:
    """Return a till whose store has so much in it."""
    till, chance = box.till(), random.Random(7)
    for _ in range(megabytes * 10):
        till.mailbox.put("x", chance.randbytes(100_000))
    return till


def make(box: Box, dest: pathlib.Path, shown: Shown) -> None:
    BackupMaker(box.config, box.clock, "9.9.9").make(dest, KEY.lock(), shown)


def refused(box: Box, dest: pathlib.Path, shown: Shown = lambda _done, _whole: None) -> Refusal:
    """Return the refusal of a backup; fail if it left anything behind but what it was told to keep."""
    with pytest.raises(Refusal) as caught:
        make(box, dest, shown)
    assert not list(box.data.glob(f"{COPY_FILE}*"))
    return caught.value


def test_a_backup_is_of_one_moment_though_the_till_writes_all_the_while(box: Box, stick: pathlib.Path) -> None:
    till = filled(box)
    purse = till.sell(100_000)
    till.database.close()
    written: list[int] = []

    def sell(done: int, whole: int) -> None:
        # Between slices of the copy, and after it.
        if done < whole:
            with_till = box.till()
            with_till.spend(purse, 1)
            written.append(with_till.book.life().seq)
            with_till.database.close()

    make(box, stick / "b", sell)
    assert len(written) > 5
    label = label_of(stick / "b")
    assert (label.seq, label.entries, label.epoch) == (1, 1, 1), "what was sold since the beginning is not in it"
    other = Box(stick.parent / "other")
    other.restore(stick / "b")
    restored = other.till()
    assert restored.book.balances(purse.owner)["principal"] == 100_000
    restored.database.close()


def test_a_till_never_waits_for_a_backup_to_commit(box: Box, stick: pathlib.Path) -> None:
    filled(box).database.close()
    half_way, go_on = threading.Event(), threading.Event()

    def hold(_done: int, _whole: int) -> None:
        half_way.set()
        assert go_on.wait(60)

    thread = threading.Thread(target=make, args=(box, stick / "b", hold))
    thread.start()
    try:
        assert half_way.wait(60)
        till = box.till()  # its writes would end with `database is locked` after five seconds
        till.sell(5)
        till.database.close()
    finally:
        go_on.set()
        thread.join()
    assert label_of(stick / "b").entries == 0


def test_a_folder_gets_a_file_named_after_shop_and_moment(box: Box, stick: pathlib.Path) -> None:
    till = box.till()
    apply_setup(till.database, SHOP.format(name="兰亭/美业: *?", branch="静安店"))
    till.database.close()
    made = box.backup(stick)
    assert made.path == stick / "兰亭-美业-静安店-20261121-143200.cfbackup"
    assert made.size_bytes == made.path.stat().st_size
    assert (made.label.shop, made.label.branch, made.label.version) == ("兰亭/美业: *?", "静安店", "9.9.9")
    assert made.label.at_ms == box.clock.now_ms()
    assert [path.name for path in stick.iterdir()] == [made.path.name]
    with pytest.raises(Refusal, match="backup_exists"):
        box.backup(stick)
    box.clock.advance(1)
    assert box.backup(stick).path.name.endswith("143201.cfbackup")


def test_a_very_long_shop_name_is_cut_between_characters(box: Box, stick: pathlib.Path) -> None:
    till = box.till()
    apply_setup(till.database, SHOP.format(name="长" * 60, branch=""))
    till.database.close()
    name = box.backup(stick).path.name
    assert name.startswith("长" * 40 + "-2026")


def test_a_file_that_is_there_is_left_as_it_is(box: Box, stick: pathlib.Path) -> None:
    box.till().database.close()
    taken = stick / "b"
    taken.write_text("holiday pictures")
    assert refused(box, taken).code == "backup_exists"
    assert taken.read_text() == "holiday pictures"


def test_a_file_that_appears_meanwhile_is_left_as_it_is(box: Box, stick: pathlib.Path) -> None:
    box.till().database.close()
    taken = stick / "b"
    assert refused(box, taken, lambda _done, _whole: (taken.write_text("mine"), None)[1]).code == "backup_exists"
    assert taken.read_text() == "mine"
    assert list(stick.iterdir()) == [taken]


def test_a_folder_that_is_not_there_is_named(box: Box, stick: pathlib.Path) -> None:
    box.till().database.close()
    refusal = refused(box, stick / "usb" / "b")
    assert (refusal.code, refusal.values["folder"]) == ("backup_folder_missing", str(stick / "usb"))


def test_a_stick_that_vanishes_leaves_a_sentence(box: Box, stick: pathlib.Path) -> None:
    filled(box).database.close()

    def pull_out(done: int, whole: int) -> None:
        if done > whole * 0.4:
            shutil.rmtree(stick, ignore_errors=True)

    assert refused(box, stick / "b", pull_out).code == "backup_gone"
    assert not stick.exists()


def test_a_place_nobody_may_write_leaves_a_sentence(box: Box) -> None:
    if not os.path.ismount("/sys"):
        pytest.skip("no place here that not even root may write: /sys is not mounted")
    box.till().database.close()
    assert refused(box, pathlib.Path("/sys/kernel/b")).code == "backup_no_rights"


def test_a_file_system_for_small_files_leaves_a_sentence_and_no_file(box: Box, stick: pathlib.Path) -> None:
    filled(box).database.close()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(done: int, whole: int) -> None:
        # From when the copy is complete, as on a stick whose file system holds no more in one file.
        if done * 3 >= whole:
            resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, hard))

    try:
        assert refused(box, stick / "b", limit).code == "backup_too_large"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(stick.iterdir()) == []


@pytest.mark.parametrize("place", [-1, 200, 2_000_000])
def test_a_medium_that_keeps_something_else_is_noticed_before_the_file_has_its_name(
    box: Box, stick: pathlib.Path, place: int
) -> None:
    filled(box).database.close()
    part = stick / "b.part"

    def spoil(done: int, whole: int) -> None:
        # All is written by then, and nothing is read back yet.
        if done * 3 >= whole * 2 and part.exists():
            data = bytearray(part.read_bytes())
            data[place] ^= 1
            part.write_bytes(data)

    # The last piece that is written says so before it is durable, so the file is spoiled in every state it can be in.
    assert refused(box, stick / "b", spoil).code == "backup_unlike"
    assert list(stick.iterdir()) == []


def test_two_backups_at_once_are_one_and_a_refusal(box: Box, stick: pathlib.Path) -> None:
    box.till().database.close()
    lock = WriterLock(box.data / LOCK_FILE)
    try:
        assert refused(box, stick / "b").code == "backup_busy"
    finally:
        lock.release()
    box.backup(stick / "b")


def test_what_a_killed_backup_left_is_in_nobodys_way(box: Box, stick: pathlib.Path) -> None:
    box.till().database.close()
    (stick / "b.part").write_bytes(b"half")
    for suffix in ("", "-wal", "-journal"):
        (box.data / f"{COPY_FILE}{suffix}").write_bytes(b"half of a copy")
    box.backup(stick / "b")
    assert read_all(stick / "b")
    assert sorted(path.name for path in stick.iterdir()) == ["b"]


def test_what_a_killed_backup_left_in_a_folder_is_removed_by_the_tills_next_one(box: Box, stick: pathlib.Path) -> None:
    box.till().database.close()

    left: list[tuple[str, bytes]] = []

    def look(_done: int, _whole: int) -> None:
        left.extend((path.name, path.read_bytes()) for path in stick.iterdir() if not left)

    make(box, stick, look)
    ((name, half),) = left
    (stick / name).write_bytes(half)
    (stick / "of-another-till.cfbackup.part").write_bytes(b"half of what another till is writing")
    box.clock.advance(60)
    made = box.backup(stick)
    names = [path.name for path in stick.iterdir()]
    assert name not in names
    assert made.path.name in names
    assert "of-another-till.cfbackup.part" in names


def test_a_damaged_page_anywhere_in_the_store_is_told_and_not_backed_up(
    box: Box, stick: pathlib.Path, seed: int
) -> None:
    filled(box, megabytes=1).database.close()
    whole, chance = box.store.read_bytes(), random.Random(seed)
    pages = len(whole) // 4096
    for page in {1, pages - 1, *chance.sample(range(1, pages), 12)}:
        data = bytearray(whole)
        data[page * 4096 + chance.randrange(4096 - 32)] ^= 1 << chance.randrange(8)
        box.store.write_bytes(data)
        assert refused(box, stick / "b").code in {"store_damaged", "store_key_wrong"}, f"page {page}, seed {seed}"
        assert list(stick.iterdir()) == []
    box.store.write_bytes(whole)
    box.backup(stick / "b")


def test_a_till_that_never_ran_has_nothing_to_back_up(box: Box, stick: pathlib.Path) -> None:
    assert refused(box, stick / "b").code == "store_missing"
    assert list(stick.iterdir()) == []


def test_the_backup_holds_neither_the_stores_own_key_nor_the_lock(box: Box, stick: pathlib.Path) -> None:
    box.till().database.close()
    made = box.backup(stick / "b")
    key = (box.data / "store.key").read_bytes()
    assert key not in made.path.read_bytes()
    other = Box(stick.parent / "other")
    (other.data / "store.key").write_bytes(bytes(range(1, 33)))
    other.restore(made.path)
    with pytest.raises(Refusal, match="store_key_wrong"):
        Database(other.store, key).rows("SELECT 1 FROM meta")
    opened = Database(other.store, bytes(range(1, 33)))
    assert opened.rows("SELECT count(*) FROM life") == [(2,)]
    opened.close()

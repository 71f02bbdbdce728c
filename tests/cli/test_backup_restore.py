"""`terminal restore`: with the key from paper, shown before anything is done, and refused in words."""

from __future__ import annotations

import json
import pathlib
import subprocess

import pytest

from terminal.base.words.backup import LANGUAGES, PHRASES, WORDS
from tests.cli.backup_desk import make_key, restore, screen
from tests.cli.home import Home, bare_home

pytestmark = pytest.mark.slow


@pytest.fixture
def kept(till: Home, tmp_path: pathlib.Path) -> tuple[Home, pathlib.Path, str]:
    """Give a till, a backup of it, and its recovery key."""
    source = tmp_path / "b.cfbackup"
    return till, source, make_key(till, source)


@pytest.fixture
def empty(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Give a machine that never had a till."""
    return bare_home(tmp_path_factory.mktemp("new"))


def member(home: Home) -> dict[str, object]:
    said = home.run("member", "show", "--phone", "13800138001", "--json")
    found: dict[str, object] = json.loads(said.out)[0]
    return found


def test_a_new_machine_goes_on_where_the_backup_ends(kept: tuple[Home, pathlib.Path, str], empty: Home) -> None:
    lost, source, key = kept
    said = restore(empty, source, key.lower())
    assert (said.exit_code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0].endswith("opens this backup.")
    shown = dict(line.split(maxsplit=1) for line in lines[1:8])
    assert (shown["Shop"], shown["Entries"], shown["Members"], shown["Age"][:3]) == (
        "兰亭美业 静安店",
        "24",
        "24",
        "0 h",
    )
    assert "no second box may work from this backup" in said.out
    assert "Restored: 28 entries are proved. Bills are numbered from 2-000003 on." in said.out
    assert key.split()[0] not in said.out
    assert member(empty) == member(lost)
    assert empty.entries() == 28
    assert sorted(path.name for path in empty.data.iterdir() if path.suffix != ".lock") == [
        "backup.key",
        "store.db",
        "store.key",
    ]
    serving = empty.serve()
    assert serving.end() == 0
    # Nobody has to be asked for a key again.
    again = empty.run("backup", source.with_name("next"))
    assert again.exit_code == 0


def test_a_person_types_group_by_group_and_is_told_which_one_is_wrong(
    kept: tuple[Home, pathlib.Path, str], empty: Home
) -> None:
    _, source, key = kept
    groups = key.split()
    with screen("restore", source, "--config", empty.config) as shown:
        for number, group in enumerate(groups, 1):
            shown.until(f"group {number} of 7")
            if number == 3:
                shown.type(group[:-1] + ("0" if group[-1] != "0" else "1"))
                shown.until("Group 3 of the recovery key is mistyped")
            shown.type(group)
        shown.until("To go on, type ")
        _, wiped, after = shown.seen.rpartition("\x1b[2J\x1b[3J")
        assert wiped, "a typed key does not stay on the screen"
        assert not any(group in after for group in groups)
        assert "Entries" in after
        shown.type("no")
        assert shown.end() == 1
    assert "[confirmation_wrong]" in shown.seen
    assert not (empty.data / "store.db").exists()


def test_a_key_may_come_from_a_file_or_a_scanner_at_once(kept: tuple[Home, pathlib.Path, str], empty: Home) -> None:
    _, source, key = kept
    file = empty.file("key.txt", "-".join(key.split()) + "\n")
    assert restore(empty, source, "", "--key-file", file).exit_code == 0
    with screen("restore", source, "--replace", "--config", empty.config) as shown:
        shown.until("(or all of it): ")
        shown.type("-".join(key.split()))
        shown.until("To go on, type ")
        shown.type("")
        assert shown.end() == 1
    missing = empty.run("restore", source, "--replace", "--key-file", empty.folder / "none")
    assert (missing.exit_code, missing.code) == (1, "file_unreadable")


@pytest.mark.parametrize("which", ["mistyped", "short", "other", "nothing"])
def test_a_key_that_is_not_the_one_is_refused_by_its_own_code(
    kept: tuple[Home, pathlib.Path, str], empty: Home, which: str
) -> None:
    lost, source, key = kept
    typed, code = {
        "mistyped": (key[:7] + ("A" if key[7] != "A" else "B") + key[8:], "recovery_group_wrong"),
        "short": (key[:-1], "recovery_key_length"),
        "other": ("", "recovery_key_other"),
        "nothing": (" ", "recovery_key_length"),
    }[which]
    if which == "other":
        typed = make_key(lost)
    said = restore(empty, source, typed)
    assert (said.exit_code, said.code) == (1, code)
    assert not (empty.data / "store.db").exists()


def test_a_running_till_and_a_store_that_is_there_are_in_the_way(kept: tuple[Home, pathlib.Path, str]) -> None:
    till, source, key = kept
    before = till.store_bytes()
    said = till.run("restore", source)
    assert (said.exit_code, said.code, said.out) == (1, "restore_store_exists", "")
    serving = till.serve()
    said = till.run("restore", source, "--replace")
    assert (said.exit_code, said.code, said.out) == (1, "store_in_use", "")
    assert serving.end() == 0
    assert restore(till, source, key, "--replace", answer="no").code == "confirmation_wrong"
    assert till.store_bytes()["store.db"] == before["store.db"]
    said = restore(till, source, key, "--replace")
    assert (said.exit_code, said.err) == (0, "")
    (aside,) = till.data.glob("store.replaced-*.db")
    assert aside.read_bytes() == before["store.db"]
    assert f"The old store is kept as {aside}." in said.out
    assert till.entries() == 28


def test_what_is_no_backup_is_said_before_a_key_is_asked_for(empty: Home) -> None:
    for name, content in (("empty", b""), ("short", b"CFBACKUP"), ("text", b"holiday pictures" * 100)):
        said = empty.run("restore", empty.file(name, content))
        assert (said.exit_code, said.out) == (1, "")
        assert said.code == ("backup_damaged" if name == "short" else "backup_not_one")
    said = empty.run("restore", empty.folder / "none")
    assert (said.exit_code, said.code) == (1, "file_unreadable")


def test_a_disk_that_is_too_small_leaves_what_was_there(
    kept: tuple[Home, pathlib.Path, str], as_root: None, tmp_path: pathlib.Path
) -> None:
    del as_root
    till, source, key = kept
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=900k", "tmpfs", str(small)], check=True)
    try:
        home = till.copy_to(small)
        before = home.store_bytes()
        said = restore(home, source, key, "--replace")
        assert (said.exit_code, said.code) == (1, "disk_full"), said
        assert home.store_bytes() == before
        assert not list(home.data.glob("restore.*"))
        assert home.entries() == 24
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_every_word_is_there_in_three_languages_with_the_same_values() -> None:
    for name, three in {**WORDS, **PHRASES}.items():
        values = [sorted(part.partition("}")[0].partition(":")[0] for part in text.split("{")[1:]) for text in three]
        assert len(three) == len(LANGUAGES), name
        assert all(three), name
        assert values[0] == values[1] == values[2], name

"""Keys, disks and versions that do not fit: one sentence, exit code 1, and the store as it was."""

from __future__ import annotations

import pathlib
import subprocess
from collections.abc import Iterator
from contextlib import suppress

import pytest

from terminal.store.database import Database
from tests.cli.home import CONFIG, DEMO, Home, bare_home

pytestmark = pytest.mark.slow

WRITERS = (("serve",), ("staff", "add", "甲"), ("setup", "apply", "--yes", DEMO / "shop.toml"))
READERS = (("book", "verify"), ("book", "export"), ("import", "members", DEMO / "members.csv", "--dry-run"))


LOGS = ("store.db-wal", "store.db-shm")


def refused(home: Home, code: str, *commands: tuple[object, ...]) -> None:
    """Fail unless each command is refused with the code and leaves the store byte for byte as it was."""
    before = home.store_bytes()
    for words in commands:
        said = home.run(*words)
        assert (said.exit_code, said.code, said.out) == (1, code, ""), (words, said)
    assert {**home.store_bytes(), **dict.fromkeys(LOGS, b"")} == {**before, **dict.fromkeys(LOGS, b"")}
    assert all(log.stat().st_size == 0 for log in home.data.glob("store.db-wal"))


def test_a_key_that_others_can_read_is_refused(till: Home) -> None:
    (till.data / "store.key").chmod(0o644)
    refused(till, "key_exposed", ("serve",), ("book", "export"))


def test_a_missing_key_is_refused_and_no_new_one_is_made(till: Home) -> None:
    (till.data / "store.key").unlink()
    refused(till, "key_missing", ("serve",), ("book", "verify"))


def test_a_wrong_key_is_refused(till: Home) -> None:
    (till.data / "store.key").write_bytes(bytes(32))
    refused(till, "store_key_wrong", ("staff", "add", "甲"), ("book", "verify"))


def test_a_key_of_another_length_is_refused(till: Home) -> None:
    (till.data / "store.key").write_bytes(bytes(31))
    refused(till, "key_malformed", ("serve",), ("book", "verify"))


def test_a_key_file_that_cannot_be_made_is_named(bare: Home) -> None:
    bare.file("till.toml", CONFIG.replace("[pcsc]", 'key_file = "/proc/no/such.key"\n[pcsc]'))
    said = bare.run("serve")
    assert (said.exit_code, said.code) == (1, "key_unusable")
    assert "/proc/no/such.key" in said.err
    assert not (bare.data / "store.db").exists()


def test_a_store_of_a_newer_version_is_refused_untouched(till: Home) -> None:
    database = Database(till.data / "store.db", (till.data / "store.key").read_bytes())
    database.run("UPDATE meta SET value = 99 WHERE name = 'min_writer'")
    database.close()
    refused(till, "store_newer", *WRITERS, *READERS)
    assert "schema 99" in till.run("serve").err


def test_looking_at_a_newer_store_leaves_no_file(till: Home) -> None:
    database = Database(till.data / "store.db", (till.data / "store.key").read_bytes())
    database.run("UPDATE meta SET value = 99 WHERE name = 'min_writer'")
    database.close()
    assert till.run("serve").code == "store_newer"
    assert not [name for name in LOGS if (till.data / name).exists()]


def test_a_store_that_is_no_database_is_refused(till: Home) -> None:
    (till.data / "store.db").write_bytes(b"not a store at all" * 1000)
    refused(till, "store_key_wrong", ("serve",), ("book", "verify"))


@pytest.mark.parametrize("folder", ["till.toml/data", "/proc/counterfoil"])
def test_a_data_folder_that_cannot_be_made_is_named(bare: Home, folder: str) -> None:
    bare.file("till.toml", CONFIG.replace('"data"', f'"{folder}"'))
    for words in (("serve",), ("staff", "add", "甲")):
        said = bare.run(*words)
        assert (said.exit_code, said.code) == (1, "data_dir_unusable")
        assert folder in said.err
        assert "till.data_dir" in said.err


@pytest.mark.parametrize(
    "words",
    [
        ("book", "verify"),
        ("book", "export"),
        ("member", "show", "--phone", "13812345678"),
        ("member", "show", "--card", "0BE2FB0B"),
        ("member", "show", "--id", "00" * 16),
        ("import", "members", DEMO / "members.csv", "--dry-run"),
    ],
    ids=lambda words: " ".join(map(str, words[:3])),
)
def test_reading_before_the_first_start_says_so_and_makes_nothing(bare: Home, words: tuple[object, ...]) -> None:
    before = sorted(bare.folder.rglob("*"))
    said = bare.run(*words)
    assert (said.exit_code, said.code, said.out) == (1, "store_missing", "")
    assert sorted(bare.folder.rglob("*")) == before


@pytest.mark.parametrize("words", [("check-config", "till.toml"), ("doctor",), ("devices", "list")], ids=" ".join)
def test_looking_at_a_till_that_never_ran_makes_nothing(bare: Home, words: tuple[str, ...]) -> None:
    before = sorted(bare.folder.rglob("*"))
    bare.run(*(bare.config if word == "till.toml" else word for word in words))
    assert sorted(bare.folder.rglob("*")) == before


def test_a_command_that_writes_makes_the_store_before_the_first_start(bare: Home) -> None:
    assert bare.run("import", "members", DEMO / "members.csv").exit_code == 0
    assert bare.run("member", "show", "--phone", "13800138001").exit_code == 0


@pytest.fixture
def small_disk(as_root: None, tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """Give a file system of two megabytes."""
    del as_root
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(tmp_path)], check=True)
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_full_disk_refuses_what_does_not_fit_and_half_does_nothing(
    till: Home, small_disk: pathlib.Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = till.copy_to(small_disk)
    entries = home.entries()
    members = [f"F{number},会员{number},139{number:08d},{number}.00" for number in range(5_000)]
    many = till.file("many.csv", "会员编号,姓名,手机,余额\n" + "\n".join(members))
    said = home.run("import", "members", many)
    assert (said.exit_code, said.code) == (1, "disk_full"), said
    taken = home.copy_to(tmp_path_factory.mktemp("till")).entries() - entries
    assert 0 <= taken < 5_000, "what was taken is whole and proved"


def test_a_first_start_on_a_full_disk_is_refused_and_works_with_space(small_disk: pathlib.Path) -> None:
    home = bare_home(small_disk)
    filler = small_disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    stuck = home.run("staff", "add", "乙")
    assert stuck.exit_code == 1
    assert stuck.code in {"disk_full", "data_dir_unusable", "key_unusable", "store_unusable"}
    filler.unlink()
    assert home.run("staff", "add", "乙").exit_code == 0


def test_a_proof_on_a_full_disk_is_refused_in_words(till: Home, small_disk: pathlib.Path) -> None:
    home = till.copy_to(small_disk)
    with suppress(OSError), (small_disk / "filler").open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    assert home.run("book", "verify").code in {"disk_full", "store_unusable"}

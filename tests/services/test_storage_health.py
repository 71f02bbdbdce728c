"""What is found of disks and file systems in folders laid out as the kernel's, and of the folder of the till's data."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from terminal.rules.doctor_words import remedy
from terminal.services.checks import Check
from terminal.services.storage_health import disks_health, file_systems_health, folder_health

BLOCK_BYTES = 4096


def disk(sys: Path, name: str, **told: str) -> Path:
    """Lay out a disk whose device tells this, and return the device's folder."""
    device = sys / "block" / name / "device"
    device.mkdir(parents=True)
    for file, text in told.items():
        (device / file).write_text(text)
    return device


def only(sys: Path) -> Check:
    (found,) = disks_health(sys)
    return found


@pytest.mark.parametrize(
    ("life_time", "pre_eol_info", "expected"),
    [
        ("0x01 0x02\n", "0x01\n", Check("wear", "mmcblk0", "", {"used_percent": 20})),
        ("0x02 0x09\n", "0x01\n", Check("wear", "mmcblk0", "wear_high", {"used_percent": 90})),
        ("0x0b 0x01\n", "0x01\n", Check("wear", "mmcblk0", "wear_high", {"used_percent": 100})),
        ("0x01 0x01\n", "0x02\n", Check("wear", "mmcblk0", "spare_low")),
        ("0x00 0x00\n", "0x03\n", Check("wear", "mmcblk0", "spare_low")),
        ("0x00 0x00\n", "0x00\n", Check("wear", "mmcblk0", "wear_not_told")),
        ("", "", Check("wear", "mmcblk0", "wear_not_told")),
        ("none\n", "?", Check("wear", "mmcblk0", "wear_not_told")),
    ],
)
def test_wear_of_an_emmc_is_read_from_its_own_estimates(
    tmp_path: Path, life_time: str, pre_eol_info: str, expected: Check
) -> None:
    disk(tmp_path, "mmcblk0", life_time=life_time, pre_eol_info=pre_eol_info)
    assert only(tmp_path) == expected


@pytest.mark.parametrize(
    ("name", "told", "trouble"),
    [
        ("mmcblk1", {"type": "SD\n"}, "wear_not_told"),
        ("vda", {}, "wear_not_told"),
        ("sda", {"state": "running\n", "ioerr_cnt": "0x7\n"}, "wear_needs_root"),
        ("nvme0n1", {"state": "live\n"}, "wear_needs_root"),
    ],
)
def test_a_disk_that_does_not_tell_its_wear_here_has_neither_passed_nor_failed(
    tmp_path: Path, name: str, told: dict[str, str], trouble: str
) -> None:
    disk(tmp_path, name, **told)
    found = only(tmp_path)
    assert (found.subject, found.trouble, found.passed, found.failed) == (name, trouble, False, False)


@pytest.mark.parametrize(("name", "state"), [("nvme0n1", "dead"), ("sda", "offline"), ("sda", "transport-offline")])
def test_a_disk_that_the_kernel_has_given_up_is_told(tmp_path: Path, name: str, state: str) -> None:
    disk(tmp_path, name, state=f"{state}\n")
    assert next(disks_health(tmp_path)) == Check("disk", name, "disk_failed", {"state": state})


@pytest.mark.parametrize("state", ["resetting", "connecting", "blocked", "quiesce"])
def test_a_disk_that_is_busy_with_itself_is_not_called_failed(tmp_path: Path, state: str) -> None:
    disk(tmp_path, "nvme0n1", state=state)
    assert only(tmp_path).code == "wear"


def test_sticks_and_what_is_no_disk_are_left_out_and_an_emmc_is_told_once(tmp_path: Path) -> None:
    device = disk(tmp_path, "mmcblk0", life_time="0x01 0x01")
    (tmp_path / "block" / "mmcblk0boot0").mkdir()
    (tmp_path / "block" / "mmcblk0boot0" / "device").symlink_to(device)
    disk(tmp_path, "sdb")
    (tmp_path / "block" / "sdb" / "removable").write_text("1\n")
    (tmp_path / "block" / "loop0").mkdir()
    (tmp_path / "block" / "zram0").mkdir()
    assert only(tmp_path).subject == "mmcblk0"


def test_the_errors_that_a_file_system_noted_are_told(tmp_path: Path) -> None:
    for name, count in (("sda1", "0\n"), ("sda2", "12\n"), ("sda3", "")):
        (tmp_path / "fs" / "ext4" / name).mkdir(parents=True)
        (tmp_path / "fs" / "ext4" / name / "errors_count").write_text(count)
    (tmp_path / "fs" / "ext4" / "features").mkdir()
    assert list(file_systems_health(tmp_path)) == [
        Check("file_system", "sda1", "", {"count": 0}),
        Check("file_system", "sda2", "file_system_errors", {"count": 12}),
    ]


def test_a_kernel_that_tells_nothing_is_no_trouble(tmp_path: Path) -> None:
    assert list(disks_health(tmp_path)) + list(file_systems_health(tmp_path)) == []


def told(*, free_blocks: int, flags: int = 0) -> os.statvfs_result:
    """Return what the kernel says of a file system with so many free blocks of 4 kB."""
    counts = (100_000_000, free_blocks, free_blocks, 1000, 1000, 1000)
    return os.statvfs_result((BLOCK_BYTES, BLOCK_BYTES, *counts, flags, 255))


def test_a_folder_with_room_passes_and_a_full_one_does_not(tmp_path: Path) -> None:
    assert folder_health(tmp_path, lambda _: told(free_blocks=100_000)) == Check("disk", values={"free_mb": 409})
    low = folder_health(tmp_path, lambda _: told(free_blocks=10_000))
    assert (low.trouble, low.values) == ("disk_low", {"free_mb": 40})
    assert folder_health(tmp_path).code == "disk"


def test_a_file_system_that_became_read_only_is_told_apart_from_missing_rights(tmp_path: Path) -> None:
    read_only = folder_health(tmp_path, lambda _: told(free_blocks=100_000, flags=os.ST_RDONLY))
    assert read_only.trouble == "disk_read_only"
    assert folder_health(tmp_path / "none").trouble == "disk_missing"


@pytest.mark.parametrize(
    ("number", "trouble"),
    [(errno.EIO, "disk_failed"), (errno.EACCES, "disk_no_rights"), (errno.ENOENT, "disk_missing")],
)
def test_a_disk_that_cannot_even_be_asked_is_a_finding_and_no_end_of_the_check(
    tmp_path: Path, number: int, trouble: str
) -> None:
    def fails(_: Path) -> os.statvfs_result:
        raise OSError(number, os.strerror(number))

    found = folder_health(tmp_path, fails)
    assert (found.code, found.trouble) == ("disk", trouble)
    assert remedy(found.trouble, found.values, "en")


def test_a_file_where_the_folder_should_be_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    assert folder_health(tmp_path / "data").trouble == "disk_missing"


def test_a_folder_of_somebody_else_is_told(tmp_path: Path) -> None:
    found = folder_health(tmp_path, lambda _: told(free_blocks=100_000), lambda _, wanted: not wanted & os.W_OK)
    assert found.trouble == "disk_no_rights"

"""What the kernel tells every user of its disks and file systems: space, errors, and wear where it is told at all.

Nothing here asks a disk itself. SMART of SATA disks and the health log of NVMe ones are answers to commands that only
the administrator may send (CAP_SYS_RAWIO, CAP_SYS_ADMIN), so their wear is called unread, never good. A SCSI disk's
`ioerr_cnt` counts questions that it declined as well; a sound disk has some, so nothing is made of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from terminal.services.checks import Check

SYS = Path("/sys")
DISK_LOW_MB = 200
WEAR_HIGH_TENTHS = 9  # JESD84-B51, 7.4: DEVICE_LIFE_TIME_EST counts used life in tenths, 0x0B is beyond the end
SPARE_LOW = 2  # JESD84-B51, 7.4: PRE_EOL_INFO is 2 with 80 % of the spare blocks used, 3 with 90 %
# What the kernel says of a disk that it has given up: NVMe (drivers/nvme/host/sysfs.c), SCSI (scsi_sysfs.c).
GIVEN_UP = frozenset({"dead", "offline", "transport-offline"})
NEEDS_ROOT = ("nvme", "sd")


def folder_health(
    folder: Path,
    ask: Callable[[Path], os.statvfs_result] = os.statvfs,
    may: Callable[[Path, int], bool] = os.access,
) -> Check:
    """Return whether the till's data has room (in MB) and may be written; a disk that gives errors has failed."""
    try:
        told = ask(folder)
        is_folder = folder.is_dir()
    except OSError as error:
        return _unasked(error)
    if not is_folder:
        return Check("disk", trouble="disk_missing")
    if told.f_flag & os.ST_RDONLY:
        # A file system with errors is made so by the kernel (ext4(5), errors=remount-ro).
        return Check("disk", trouble="disk_read_only")
    if not may(folder, os.W_OK | os.X_OK):
        return Check("disk", trouble="disk_no_rights")
    free_mb = told.f_bavail * told.f_frsize // 1_000_000
    return Check("disk", trouble="disk_low" if free_mb < DISK_LOW_MB else "", values={"free_mb": free_mb})


def _unasked(error: OSError) -> Check:
    """Return what it means that nothing can be asked of a folder."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Check("disk", trouble="disk_missing")
    if isinstance(error, PermissionError):
        return Check("disk", trouble="disk_no_rights")
    return Check("disk", trouble="disk_failed", values={"state": error.strerror or type(error).__name__})


def disks_health(sys: Path = SYS) -> Iterator[Check]:
    """Yield the wear of each built-in disk below `sys`, and each one that has stopped working."""
    seen: set[Path] = set()
    for block in sorted((sys / "block").glob("*")):
        device = (block / "device").resolve()
        # What has no device is no disk of its own (loop, zram, RAID); an eMMC's boot areas are the same device's.
        if not device.is_dir() or device in seen or _read(block / "removable") == "1":
            continue
        seen.add(device)
        state = _read(device / "state")
        if state in GIVEN_UP:
            yield Check("disk", block.name, "disk_failed", {"state": state})
        yield _wear(block.name, device)


def file_systems_health(sys: Path = SYS) -> Iterator[Check]:
    """Yield each ext4 file system in use below `sys`, with the errors that it has written down (ext4 in the kernel)."""
    for told in sorted((sys / "fs" / "ext4").glob("*/errors_count")):
        count = _number(told)
        if count is not None:
            trouble = "file_system_errors" if count else ""
            yield Check("file_system", told.parent.name, trouble, {"count": count})


def _wear(name: str, device: Path) -> Check:
    """Return what a disk tells of its wear; eMMC does, an SD card cannot, others only to the administrator."""
    try:
        tenths = max(int(part, 16) for part in _read(device / "life_time").split())
    except ValueError:
        tenths = 0
    spare = _number(device / "pre_eol_info") or 0
    if not tenths and not spare:  # 0 is "not defined"
        return Check("wear", name, "wear_needs_root" if name.startswith(NEEDS_ROOT) else "wear_not_told")
    if spare >= SPARE_LOW:
        return Check("wear", name, "spare_low")
    worn = "wear_high" if tenths >= WEAR_HIGH_TENTHS else ""
    return Check("wear", name, worn, {"used_percent": min(tenths, 10) * 10})


def _read(file: Path) -> str:
    """Return a file's one line, or nothing where it cannot be read."""
    try:
        return file.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _number(file: Path) -> int | None:
    try:
        return int(_read(file), 0)
    except ValueError:
        return None

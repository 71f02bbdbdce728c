"""What the figures were measured on, and how busy it was."""

from __future__ import annotations

import os
import pathlib
import platform
import shutil
import sqlite3

from sqlcipher3 import dbapi2 as sqlcipher


def description(folder: pathlib.Path) -> str:
    """Return the machine in a few lines: cores, memory, versions, and the file system the stores are on."""
    memory_gb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    free_gb = shutil.disk_usage(folder).free / 1e9
    lines = (
        f"{os.cpu_count()} cores ({_processor()}), {memory_gb:.0f} GB, {platform.system()} {platform.release()}",
        f"CPython {platform.python_version()}, SQLite {sqlcipher.sqlite_version} and {sqlite3.sqlite_version} (plain)",
        f"stores on {_file_system(folder)}, {free_gb:.0f} GB free",
    )
    return "\n".join(f"  {line}" for line in lines)


def load() -> str:
    """Return how many programs wanted a core during the last minute: figures of a busy machine are its own."""
    busy = os.getloadavg()[0]
    cores = os.cpu_count() or 1
    words = "others were busy, so repeat this on a quiet machine" if busy > cores else "quiet enough"
    return f"  load {busy:.1f} on {cores} cores ({words})"


def _processor() -> str:
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith(("model name", "Model")):
            return line.partition(":")[2].strip()
    return platform.machine()


def _file_system(folder: pathlib.Path) -> str:
    """Return the type of the file system that holds `folder`: the mount with the longest matching path."""
    found = ("", "unknown")
    for line in pathlib.Path("/proc/mounts").read_text(encoding="utf-8").splitlines():
        _, place, kind, *_ = line.split()
        if folder.resolve().is_relative_to(place) and len(place) > len(found[0]):
            found = (place, kind)
    return found[1]

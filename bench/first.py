"""First right to the processors, for what is to be measured as if nothing else ran on the machine."""

from __future__ import annotations

import os
import pathlib

# The lowest real-time priority: before every ordinary program, after what the machine itself needs.
PRIORITY = 1


def allowed() -> bool:
    """Return whether this machine lets us give it, by giving it to this thread for a moment."""
    before = os.sched_getscheduler(0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    except PermissionError:
        return False
    os.sched_setscheduler(0, before, os.sched_param(0))
    return True


def give(pid: int) -> None:
    """Give it to all threads of a process, and so to those that they start."""
    for thread in pathlib.Path(f"/proc/{pid}/task").iterdir():
        os.sched_setscheduler(int(thread.name), os.SCHED_FIFO, os.sched_param(PRIORITY))

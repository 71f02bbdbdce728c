"""The C library's heap of a program with many threads."""

from __future__ import annotations

import ctypes
from typing import Final

# glibc, mallopt(3): by default each thread soon has an arena of its own, eight for each processor, and keeps in it what
# it once needed. The till's threads mostly wait, and Python runs one of them at a time.
M_ARENA_MAX: Final = -8
ARENAS: Final = 2


def share_heap() -> None:
    """Let all threads take memory from two arenas; to be called before there are any. Does nothing on another libc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, ARENAS)

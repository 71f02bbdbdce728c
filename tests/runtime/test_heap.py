"""Threads share the C library's heap."""

from __future__ import annotations

import subprocess
import sys

from terminal.runtime.heap import ARENAS

THREADS = 8
# Each thread takes memory of the C library while all the others have some; then the library counts its arenas.
PROGRAM = f"""
import ctypes, sys, threading
if {{share}}:
    from terminal.runtime.heap import share_heap
    share_heap()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
all_there = threading.Barrier({THREADS})
def work():
    assert libc.malloc(1000)
    all_there.wait()
threads = [threading.Thread(target=work) for _ in range({THREADS})]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""


def test_threads_share_a_few_arenas() -> None:
    def arenas(*, share: bool) -> int:
        told = subprocess.run(
            [sys.executable, "-c", PROGRAM.format(share=share)], capture_output=True, text=True, check=True
        )
        return told.stdout.count("<heap nr=")

    assert arenas(share=False) > ARENAS, "otherwise this shows nothing"
    assert arenas(share=True) <= ARENAS

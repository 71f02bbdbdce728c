"""Writing to a PN532's line, a pseudo-terminal here: what the kernel took is what counts."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator

import pytest
import serial

from terminal.hw.pn532_line import WRITE_TIMEOUT_S, Pn532Line

FRAME = bytes.fromhex("0000FF03FDD442608A00")
MORE_THAN_A_LINE_HOLDS = 1_000_000


@pytest.fixture
def ends() -> Iterator[tuple[int, serial.Serial]]:
    """The far end and the port of one line."""
    far, near = os.openpty()
    port = serial.Serial(os.ttyname(near), 115200, timeout=0.05)
    os.close(near)
    with port, contextlib.closing(os.fdopen(far, "rb", closefd=True)):
        yield far, port


def test_a_program_held_up_while_it_writes_has_written_all_the_same(ends: tuple[int, serial.Serial]) -> None:
    far, port = ends
    held_up = itertools.count(0.0, 10 * WRITE_TIMEOUT_S)
    assert Pn532Line(port, lambda: next(held_up)).write(FRAME) == len(FRAME)
    assert os.read(far, 100) == FRAME


def test_a_line_that_takes_no_more_is_an_error_and_not_a_wait_without_end(ends: tuple[int, serial.Serial]) -> None:
    _far, port = ends
    with pytest.raises(OSError, match="takes no bytes"):
        Pn532Line(port).write(bytes(MORE_THAN_A_LINE_HOLDS))


def test_a_line_that_is_gone_is_an_error(ends: tuple[int, serial.Serial]) -> None:
    far, port = ends
    other = os.open(os.devnull, os.O_RDWR)
    os.dup2(other, far)
    os.close(other)
    with pytest.raises(OSError, match="error"):
        Pn532Line(port).write(FRAME)

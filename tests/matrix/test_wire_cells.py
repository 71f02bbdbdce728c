"""Every fault of a device that stands before no till here: its driver reports it once, alone, and works again."""

from __future__ import annotations

import pathlib

import pytest

from terminal.base.events import DeviceDown, DeviceUp
from tests.matrix.table import MID_MESSAGE, Cell
from tests.matrix.watch import told_in, until
from tests.matrix.wires import WITNESS, Wire, make_wire

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_a_fault_is_reported_once_and_the_device_works_again(
    wire_cell: Cell, tmp_path: pathlib.Path, seed: int
) -> None:
    assert seed >= 0
    wire = make_wire(wire_cell.row.device, tmp_path)
    try:
        run(wire, wire_cell)
    finally:
        wire.close()


def run(wire: Wire, cell: Cell) -> None:
    row, before = cell.row, wire.hits()
    if cell.moment == MID_MESSAGE:
        wire.begin_message()
    for step in row.put:
        wire.do(step)
    if row.device != "wedge" and row.fault == "slow":
        wire.begin_message()
    until(lambda: all(wire.hits()[fault] > before[fault] for fault in row.counted), f"{row.counted} counted")
    unsaid = cell.moment in row.unsaid
    if row.lost and not unsaid:
        until(lambda: wire.told(DeviceDown) == list(row.lost), f"{row.lost} lost")
    for step in row.lift:
        wire.do(step)
    until(wire.ready, "the device there again")
    wire.works()
    lost = wire.told(DeviceDown)
    assert lost == list(row.lost) or (unsaid and not lost), lost
    assert sorted(wire.told(DeviceUp)) == sorted([wire.device, WITNESS, *lost])
    logged = told_in(wire.lines)
    assert logged == {
        **{(device, "down"): 1 for device in lost},
        (wire.device, "up"): 1 + len(lost),
        (WITNESS, "up"): 1,
    }

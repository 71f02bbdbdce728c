"""A run whose simulators have a fault that never took effect says which, and fails."""

from __future__ import annotations

import pathlib

from tests.fault_cover import offered_faults, without_effect
from tests.hw_sim.control import FaultCounter


def test_faults_in_no_log_are_named_in_order_and_those_of_any_process_count(tmp_path: pathlib.Path) -> None:
    (tmp_path / "1.log").write_text("card torn\nprinter lid\n", encoding="utf-8")
    (tmp_path / "2.log").write_text("reader mute\n", encoding="utf-8")
    offered = {"card torn", "printer lid", "printer paper", "reader mute", "board noise"}
    assert without_effect(offered, tmp_path) == ["board noise", "printer paper"]


def test_every_simulator_offers_faults_and_a_hit_reaches_the_runs_log(fault_log: pathlib.Path) -> None:
    offered = offered_faults()
    assert len(offered) > 50
    simulator, fault = min(offered).split(" ", 1)
    before = fault_log.read_text(encoding="utf-8").count(f"{simulator} {fault}\n")
    FaultCounter(simulator, frozenset({fault})).hit(fault)
    assert fault_log.read_text(encoding="utf-8").count(f"{simulator} {fault}\n") == before + 1

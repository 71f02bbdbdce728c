"""The cards on the demo shop's bench, and codes that a person scans from the paper in their hand."""

from __future__ import annotations

import json
import pathlib
import socket
import subprocess
import sys

import httpx
import pytest

from tests.hw_sim.bench_under_test import make_wiring, open_bench
from tests.hw_sim.cards import read_deck
from tests.hw_sim.printer_bench import CUT, INIT, qr
from tests.hw_sim.program_under_test import until
from tests.hw_sim.shop_cards import BLANKS, lay_out_cards
from tests.hw_sim.shop_first_start import DEMO
from tests.hw_sim.test_shop import open_shop


def test_every_start_lays_out_the_demo_cards_and_new_blanks_without_keys(tmp_path: pathlib.Path) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    lay_out_cards(first)
    lay_out_cards(second)
    demo = json.loads((DEMO / "cards.json").read_text(encoding="utf-8"))
    before, after = (json.loads(file.read_text(encoding="utf-8")) for file in (first, second))
    assert before[: len(demo)] == after[: len(demo)] == demo
    blanks = before[len(demo) :]
    assert {blank["kind"] for blank in blanks} == set(BLANKS)
    assert all(set(blank) == {"id", "label", "kind", "uid"} for blank in blanks), "as the maker delivers them"
    numbers = [card["uid"] for card in (*blanks, *after[len(demo) :])]
    assert len(set(numbers)) == 2 * len(BLANKS)
    assert set(read_deck(str(first))) == {card["id"] for card in before}


@pytest.mark.slow
def test_a_code_on_a_slip_can_be_scanned_from_it(tmp_path: pathlib.Path) -> None:
    with open_bench(tmp_path, make_wiring(tmp_path)) as bench:
        with socket.create_connection(("127.0.0.1", bench.printer.port)) as connection:
            connection.sendall(INIT + b"member\n" + qr(b"CF1-7K2MQ0X4T9B3WHD") + CUT + INIT + b"no code\n" + CUT)
            until(lambda: len(bench.state()["slips"]) == 2)
        assert [slip["codes"] for slip in bench.state()["slips"]] == [["CF1-7K2MQ0X4T9B3WHD"], []]


@pytest.mark.slow
def test_a_blank_is_refused_in_words_by_the_board_that_does_not_have_it(tmp_path: pathlib.Path) -> None:
    with open_bench(tmp_path, make_wiring(tmp_path)) as bench:
        bench.pcsc.desk.add_card({"id": "blank-ntag424", "kind": "ntag424", "uid": "04112233445566"})
        said = bench.refused("/api/tap", place="kiosk-pn532", card="blank-ntag424", manner="tap")
        assert said == "Blanks are for the two other readers."
        bench.press("/api/tap", place="counter", card="blank-ntag424", manner="hold")
        assert bench.card_at("counter") == "blank-ntag424"


@pytest.mark.slow
def test_a_blank_of_each_kind_on_the_bench_becomes_a_member_s_card(tmp_path: pathlib.Path) -> None:
    with open_shop(tmp_path, "--port", "0") as (_, ready):
        for kind in BLANKS:
            order = ("--phone", "13800138020", "--kind", kind, "--reader", "counter-reader")
            command = [
                sys.executable,
                "-u",
                "-m",
                "terminal.cli",
                "cards",
                "issue",
                *order,
                "--config",
                ready["config"],
            ]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as issuing:
                assert issuing.stdout is not None
                assert "counter-reader" in issuing.stdout.readline()
                tap = {"place": "counter", "card": f"blank-{kind}", "manner": "hold"}
                httpx.post(ready["bench"] + "/api/tap", json=tap).raise_for_status()
                said = issuing.stdout.read()
                assert issuing.wait(60) == 0, said

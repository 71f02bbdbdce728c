"""The engine prices the bills of golden.json as they were written down, the worked examples among them."""

from __future__ import annotations

import functools
import json

import pytest

from terminal.rules.prices.engine import price
from tests.prices import naive
from tests.prices.draw_golden import FILE, drawn, entry, worked_examples
from tests.prices.golden_form import Told, answer_told, case_read

STEPS = {"session", "promotion", "level", "line_coupon", "bill_promotion", "bill_coupon", "points", "round_off"}

# What the shop's rules are explained with: what is left after each step, and the net lines.
EXAMPLES = [
    pytest.param("K-1", [434_54, 394_54, 344_54, 292_54, 292_50], [229_83, 62_67], id="K-1"),
    pytest.param("K-2", [434_54, 347_63], [273_15, 74_48], id="K-2"),
    pytest.param("K-3", [481_10, 403_50], [310_40, 93_10], id="K-3"),
]


@functools.cache
def golden() -> dict[str, Told]:
    entries = json.loads(FILE.read_text(encoding="utf-8"))
    return {each["name"]: each for each in entries}


def asked(told: Told) -> Told:
    return {key: value for key, value in told.items() if key not in {"name", "answer"}}


def test_the_engine_prices_every_golden_bill_as_written() -> None:
    wrong = [name for name, told in golden().items() if answer_told(price, case_read(asked(told))) != told["answer"]]
    assert wrong == []


def test_there_are_three_hundred_golden_bills_and_every_step_is_in_them() -> None:
    answers = [told["answer"] for told in golden().values()]
    steps = [step[0] for answer in answers if isinstance(answer, dict) for step in answer.get("steps", [])]
    assert sum(isinstance(answer, dict) and "steps" in answer for answer in answers) >= 300
    assert {name for name in STEPS if steps.count(name) >= 20} == STEPS
    assert FILE.stat().st_size < 600_000


@pytest.mark.parametrize(("name", "left_fen", "net_fen"), EXAMPLES)
def test_a_worked_example_comes_out_as_the_shop_explains_it(name: str, left_fen: list[int], net_fen: list[int]) -> None:
    priced = answer_told(price, worked_examples()[name])
    assert priced == golden()[name]["answer"]
    steps, lines = priced["steps"], priced["list_own_net"]
    assert isinstance(steps, list)
    assert isinstance(lines, list)
    offs = [step[2] for step in steps]
    assert [486_00 - sum(offs[: count + 1]) for count in range(len(offs))] == left_fen
    assert [net for _, _, net in lines] == net_fen
    assert priced["payable_fen"] == left_fen[-1]


def test_the_first_example_uses_points_and_spreads_its_bill_steps_as_explained() -> None:
    priced = answer_told(price, worked_examples()["K-1"])
    lines = priced["list_own_net"]
    assert isinstance(lines, list)
    assert priced["points_used"] == 52_00
    assert [own - net for _, own, net in lines] == [111_61, 30_43]


def test_golden_bills_are_what_would_be_drawn_and_priced_today() -> None:
    examples = worked_examples()
    names = [*list(golden())[:12], *list(golden())[-4:]]
    again = [entry(name, examples.get(name) or drawn(int(name.removeprefix("drawn-")))) for name in names]
    assert [golden()[name] for name in names] == json.loads(json.dumps(again))


def test_the_naive_way_and_the_golden_bills_agree_for_the_examples() -> None:
    for name, case in worked_examples().items():
        assert answer_told(naive.price, case) == golden()[name]["answer"]
        assert case_read(asked(golden()[name])) == case

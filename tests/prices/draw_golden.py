"""Write golden.json: bills and their prices with every step, drawn from a fixed seed and priced by the naive way.

`python -m tests.prices.draw_golden` writes it anew.
"""

from __future__ import annotations

import datetime as dt
import json
import pathlib
from collections import Counter
from collections.abc import Iterator

from terminal.base.errors import Refusal
from terminal.rules.prices.basket import (
    CASH,
    DISCOUNT,
    Basket,
    BillPromotion,
    Coupon,
    LevelPrice,
    Line,
    PriceRules,
    Use,
)
from terminal.rules.scope import Scope
from tests.prices import naive
from tests.prices.baskets import Case, case_of
from tests.prices.golden_form import Told, answer, answer_told, told

FILE = pathlib.Path(__file__).with_name("golden.json")
SEED = "golden"
PRICED, OF_EACH_REFUSAL = 320, 3
MOST_LINES = 6  # a person reads it


def worked_examples() -> dict[str, Case]:
    """Return the examples that the shop's rules are explained with, by their names."""
    lines = (Line("haircut", "service", "hair", 388_00), Line("shampoo", "product", "care", 98_00))
    basket = Basket(lines, dt.datetime(2026, 11, 21, 14, 32), level="gold")  # noqa: DTZ001 - the shop's civil time
    levels = (
        LevelPrice("gold", 8_800, Scope(kinds=frozenset({"service"}))),
        LevelPrice("gold", 9_500, Scope(kinds=frozenset({"product"}))),
    )
    promotion = BillPromotion("400 less 40", 400_00, 40_00)
    plain = PriceRules(levels=levels)
    everything = PriceRules(levels=levels, bill_promotions=(promotion,), round_off_unit_fen=10)
    return {
        "K-1": Case(basket, everything, (Use(Coupon("cash 50", CASH, off_fen=50_00)),), 5_230),
        "K-2": Case(basket, plain, (Use(Coupon("bill 80 %", DISCOUNT, rate_bp=8_000)),)),
        "K-3": Case(basket, plain, (Use(Coupon("haircut 80 %", DISCOUNT, rate_bp=8_000, on_line=True), 0),)),
    }


def drawn(number: int) -> Case:
    """Return a drawn case by its number."""
    return case_of(SEED, number)


def cases() -> Iterator[tuple[str, Case]]:
    """Yield all cases with their names: the examples, drawn ones of at least two steps, some of each refusal."""
    yield from worked_examples().items()
    priced, refused = 0, Counter[str]()
    number = 0
    while priced < PRICED:
        number += 1
        case = drawn(number)
        found = answer(naive.price, case)
        if len(case.basket.lines) > MOST_LINES:
            continue
        if isinstance(found, Refusal):
            refused[found.code] += 1
            wanted = refused[found.code] <= OF_EACH_REFUSAL
        else:
            wanted = len(found.steps) >= 2
            priced += wanted
        if wanted:
            yield f"drawn-{number}", case


def entry(name: str, case: Case) -> Told:
    """Return a case with its price as golden.json has it."""
    asked = told(case)
    assert isinstance(asked, dict)
    return {"name": name, **asked, "answer": answer_told(naive.price, case)}


def main() -> None:
    """Write the file, the parts of a case on a line each."""
    texts: list[str] = []
    for name, case in cases():
        lines = [f"{json.dumps(part)}: {json.dumps(value)}" for part, value in entry(name, case).items()]
        texts.append("{" + ",\n ".join(lines) + "}")
    FILE.write_text("[\n" + ",\n".join(texts) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()

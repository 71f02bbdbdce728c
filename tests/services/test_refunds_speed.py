"""What refunds look up is found by indexes, however much the book holds."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator

import pytest

from terminal.services.refunds import card_returns, cases, payouts, records
from tests.services.refund_bench import RefundBench, open_bench


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[RefundBench]:
    """Give a counter over an empty book."""
    with open_bench(tmp_path) as made:
        yield made


def steps(bench: RefundBench, query: str) -> list[str]:
    marks = query.count("?")
    return [str(row[3]) for row in bench.made.database.rows(f"EXPLAIN QUERY PLAN {query}", (b"",) * marks)]


@pytest.mark.parametrize(
    ("query", "indexes"),
    [
        pytest.param(records._UNDOING, ["deed_undoes"], id="what undoes an entry"),
        pytest.param(records._FIGURES, ["PRIMARY KEY"], id="the deed of an entry"),
        pytest.param(records._ENTRY, ["(life=? AND seq=?)"], id="an entry by its name"),
        pytest.param(records._OF_MEMBER.format(marks="?"), ["deed_account"], id="what a member did"),
        pytest.param(cases._APPROVED, ["deed_account", "deed_undoes"], id="whether somebody may spend"),
        pytest.param(records._KIND, ["PRIMARY KEY"], id="what an entry was that is no longer kept"),
        pytest.param(card_returns._HAS_MEDIUM, ["medium_account"], id="cards of an account"),
        pytest.param(
            records._NAMED.format(owners="?", some="amount > 0", marks="?"), ["held_live"], id="lots here by their ids"
        ),
        pytest.param(
            records._NAMED.format(owners="?", some="amount = 0", marks="?"), ["held_spent"], id="lots that are used up"
        ),
        pytest.param(payouts._OWING, ["deed_shift"], id="what is still to be paid out"),
    ],
)
def test_no_table_that_grows_is_gone_through(bench: RefundBench, query: str, indexes: list[str]) -> None:
    found = steps(bench, query)
    assert [index for index in indexes if not any(index in step for step in found)] == []
    # `life` has a row or few, and `taking` one for each day, shift, kind and account.
    scanned = [step for step in found if re.match(r"SCAN (?!life|taking|moved|\(subquery)", step)]
    assert [step for step in scanned if "CONSTANT ROW" not in step] == []

"""The figures of the health page are read beside the writer, by any thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from terminal.base.ids import ActionId, new_id
from terminal.services.storage import Glance
from tests.services.conftest import RULES, Bench


@pytest.fixture
def glance(bench: Bench) -> Iterator[Glance]:
    made = Glance(bench.database)
    yield made
    made.close()


def test_it_does_not_wait_for_a_transaction_and_sees_it_once_it_is_done(bench: Bench, glance: Glance) -> None:
    account, staff = bench.member(), bench.cashier()
    before = glance.look()
    with bench.database.write():
        bench.money.top_up(RULES, staff, ActionId(new_id()), account, 100_00, 0)
        assert glance.look() == before
    entries, waiting = before
    assert glance.look() == (entries + 1, waiting + 1) == (bench.entries(), bench.spool.waiting())


def test_many_threads_share_its_one_connection(bench: Bench, glance: Glance) -> None:
    seen: list[tuple[int, int]] = []
    threads = [threading.Thread(target=lambda: seen.append(glance.look())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert seen == [(bench.entries(), 0)] * 8

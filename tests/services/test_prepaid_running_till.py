"""Days of time passes at a running till: settled after its start, and again an hour later whatever went wrong."""

from __future__ import annotations

import datetime as dt
import pathlib
import time
from collections.abc import Callable

import pytest

from terminal.app import Till
from terminal.base.config import parse_config
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.rules.passes.sale import sell
from terminal.rules.passes.terms import TIME_PASS, PassPart, PassTerms
from terminal.rules.rulebook import Rulebook
from terminal.services.chores import SETTLE_AGAIN_S
from terminal.services.prepaid.pass_units import make_pass
from terminal.services.prepaid.units import new_lot
from tests.fuzz.till import CONFIG

MONTH = PassTerms("month", TIME_PASS, 300_00, (PassPart(frozenset({"121"})),), valid_days=30)
SETTLED = "SELECT count(*) FROM deed WHERE kind = 'pass_days'"


def till_with_a_pass(folder: pathlib.Path) -> Till:
    """Return a till that does not run yet, with a pass sold three days ago."""
    till = Till(parse_config(CONFIG, folder))
    database, book = till._store.database, till._store.book
    # Nobody may keep the clock of the machine that tests.
    till._store.clock._synchronised = lambda: True
    till._rules.apply(Rulebook(passes=(MONTH,)), 0)
    made = sell(MONTH, book.today() - dt.timedelta(days=3))
    with database.write():
        draft = book.begin(ActionId(new_id()), "bill", "0" * 64)
        draft.payload |= {"account": "", "operator": "", "shift": 0, "versions": {}}
        lot = new_lot(draft)
        make_pass(draft, AccountId(new_id()), MONTH, made, lot, version=till._rules.current().versions["passes"])
        draft.debit("tender/cash", made.price_fen)
        draft.credit("deferred", made.price_fen)
        book.post(draft)
    return till


@pytest.mark.slow
def test_a_till_settles_the_days_that_are_over_once_it_runs(tmp_path: pathlib.Path) -> None:
    till = till_with_a_pass(tmp_path)
    till.start()
    try:
        deadline_s = time.monotonic() + 30
        while till._dispatcher.ask(lambda: till._store.database.row(SETTLED)) != (1,):
            assert time.monotonic() < deadline_s, "nobody settled the days"
            time.sleep(0.05)
    finally:
        till.stop()


def test_what_stops_the_settling_of_days_stops_it_for_an_hour_and_not_for_good(tmp_path: pathlib.Path) -> None:
    till = till_with_a_pass(tmp_path)
    database = till._store.database
    try:
        database.run("ALTER TABLE unit_hold RENAME TO lost")
        with pytest.raises(Exception, match="unit_hold"):
            till._chores.settle()
        ((due_s, _, message),) = till._dispatcher._later
        assert due_s - till._store.clock.monotonic_s() > SETTLE_AGAIN_S / 2
        database.run("ALTER TABLE lost RENAME TO unit_hold")
        again: Callable[[], object] = message.work
        again()
        assert database.row(SETTLED) == (1,)
    finally:
        till._watch.close()
        till._glance.close()
        database.close()
        till._store.lock.release()

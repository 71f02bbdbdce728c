"""The watch: alerts come before settlement, are told at once and noted, and a rule that blocks asks for a manager."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.rules.canonical import Canonical
from terminal.rules.entry import Entry
from terminal.rules.rulebook import Rulebook
from terminal.rules.till import anomaly
from terminal.rules.till.anomaly import CARD, OPERATOR, Event, Rule
from terminal.rules.when import Window
from terminal.services.shifts import past
from terminal.services.shifts.watch import Watch
from terminal.services.staff import Staff
from terminal.services.views import SignedIn
from tests.services.shift_bench import ShiftBench, line, name_of, note, shift_bench

CARD_FREQ = Rule("card_freq", "frequency", scope=CARD, window_minutes=10, limit=3, block=True)


@dataclass(slots=True)
class Guarded:
    """A till that is watched."""

    till: ShiftBench
    watch: Watch
    alarms: list[str]
    later: list[Callable[[], None]]
    anna: SignedIn
    boss: SignedIn

    def doing(self, kind: str, account: str = "", fen: int = 0, **facts: str | int) -> Event:
        """Return something that is about to be done."""
        made = self.watch.event(kind, self.anna, ActionId(new_id()), account, fen)
        return replace(made, **facts)  # type: ignore[arg-type]  # the facts are named by each test

    def spend(self, account: str, rules: tuple[Rule, ...]) -> list[Canonical]:
        """Settle a bill of 10.00 of a member's, where the rules let it pass; return what its entry notes."""
        book, doing = Rulebook(anomalies=rules), self.doing(anomaly.SPEND, account, 10_00)
        with self.till.database.write():
            noted = self.watch.guard(book, doing)
        self.till.bill(self.anna, note([line("service", 10_00)], {"cash": 10_00}, account), alerts=noted)
        return noted

    def settled(self) -> None:
        """Have done what was put off to the end of the transaction."""
        while self.later:
            self.later.pop(0)()

    def refused(self, work: Callable[[], object]) -> str:
        """Return the code something is refused with."""
        with pytest.raises(Refusal) as caught, self.till.database.write():
            work()
        return caught.value.code


@pytest.fixture
def guarded(tmp_path: pathlib.Path) -> Iterator[Guarded]:
    """Give a watched till; after the test its book must still be right."""
    till = shift_bench(tmp_path)
    alarms: list[str] = []
    later: list[Callable[[], None]] = []
    watch = Watch(till.database, till.book, till.clock, till.rights, alarm=alarms.append, soon=later.append)
    anna = till.signed_in(till.person("陈晓"))
    yield Guarded(till, watch, alarms, later, anna, till.person("李店长", "manager"))
    assert till.verify() == ""
    till.database.close()


@pytest.mark.parametrize("block", [pytest.param(True, id="A-1"), pytest.param(False, id="A-1 without block")])
def test_the_third_spend_in_ten_minutes_is_told_and_noted_and_where_it_blocks_a_manager_approves(
    guarded: Guarded, *, block: bool
) -> None:
    account, rules = new_id(), (replace(CARD_FREQ, block=block),)
    for _ in range(2):
        assert guarded.spend(account, rules) == []
        guarded.till.clock.advance(240)
    assert guarded.alarms == []
    assert guarded.watch.judge(Rulebook(anomalies=rules), guarded.doing(anomaly.SPEND, new_id())).alerts == ()
    alert = {"rule": "card_freq", "code": "anomaly_frequency", "found": 3, "block": block}
    if not block:
        assert guarded.spend(account, rules) == [alert]
        assert guarded.till.last().payload["alerts"] == [alert]
        assert guarded.alarms == ["anomaly_frequency"]
        return
    book, doing = Rulebook(anomalies=rules), guarded.doing(anomaly.SPEND, account, 10_00)
    assert guarded.refused(lambda: guarded.watch.guard(book, doing)) == "approval_needed"
    assert guarded.alarms == ["anomaly_frequency"]
    guarded.settled()
    told = guarded.till.last()
    assert (told.kind, told.payload["alerts"], told.payload["about"]) == ("alert", [alert], doing.id)
    entries = guarded.till.book.life().seq
    assert guarded.refused(lambda: guarded.watch.guard(book, doing)) == "approval_needed"
    guarded.settled()
    assert guarded.till.book.life().seq == entries, "the same attempt is noted once"
    given = guarded.till.rights.give(
        book.roles, guarded.anna, guarded.boss.staff_id, ActionId(doing.id), "settle_alert", 10_00
    )
    with guarded.till.database.write():
        noted = guarded.watch.guard(book, doing)
    assert noted == [{**alert, "approved_by": guarded.boss.staff_id, "approval": given}]


def test_a_spend_after_the_window_is_the_first_again(guarded: Guarded) -> None:
    account = new_id()
    for _ in range(2):
        guarded.spend(account, (CARD_FREQ,))
    guarded.till.clock.advance(601)
    assert guarded.spend(account, (CARD_FREQ,)) == []


def test_a_top_up_that_is_soon_undone_is_found_by_the_name_of_its_entry(guarded: Guarded) -> None:
    rule = Rule("undone", "top_up_void", window_minutes=5)
    account = AccountId(new_id())
    topped_up = guarded.till.top_up(guarded.anna, 100_00, account=account)
    doing = guarded.doing(anomaly.VOID, account, 100_00, undoes=name_of(topped_up))
    book = Rulebook(anomalies=(rule,))
    assert [each.code for each in guarded.watch.judge(book, doing).alerts] == ["anomaly_top_up_void"]
    other = replace(doing, undoes="d/1/1")
    assert guarded.watch.judge(book, other).alerts == ()


def test_the_third_drawer_opening_without_a_sale_is_told_and_noted_by_itself(guarded: Guarded) -> None:
    book = Rulebook(anomalies=(Rule("drawer", "drawer", scope=OPERATOR, window_minutes=10, limit=3),))
    found = []
    for _ in range(3):
        doing = guarded.doing(anomaly.DRAWER)
        with guarded.till.database.write():
            guarded.till.database.run(
                "INSERT INTO drawer_opening (action_id, state, code, staff, reason, bill_no, at)"
                " VALUES (?, 'done', '', ?, 'staff', '', ?)",
                (bytes.fromhex(doing.id), guarded.anna.staff_id, guarded.till.clock.now_ms()),
            )
        before = guarded.till.book.life().seq
        with guarded.till.database.write():
            guarded.watch.pass_noted(book, doing)
        found.append(guarded.till.book.life().seq - before)
    assert (found, guarded.alarms) == ([0, 0, 1], ["anomaly_drawer"])
    payload = guarded.till.last().payload
    assert (payload["kind"], payload["of"], payload["operator"]) == ("alert", "drawer", guarded.anna.staff_id)


def test_wrong_pins_are_counted_from_the_book(guarded: Guarded) -> None:
    book = Rulebook(anomalies=(Rule("pins", "pin_failures", scope=OPERATOR, window_minutes=10, limit=3),))
    found = []
    for _ in range(3):
        guarded.till.staff.note_wrong(guarded.anna.staff_id)
        with guarded.till.database.write():
            found.append(len(guarded.watch.pin_failed(book, guarded.till.last()).alerts))
    assert (found, guarded.alarms) == ([0, 0, 1], ["anomaly_pin_failures"])
    assert (guarded.till.last().kind, guarded.till.last().payload["of"]) == ("alert", "pin_failed")


def test_somebody_elses_wrong_pins_are_not_counted_with_ones_own(guarded: Guarded) -> None:
    book = Rulebook(anomalies=(Rule("pins", "pin_failures", scope=OPERATOR, window_minutes=10, limit=2),))
    for by in (guarded.anna, guarded.boss, guarded.anna):
        guarded.till.staff.note_wrong(by.staff_id)
        failed = guarded.till.last()
        with guarded.till.database.write():
            verdict = guarded.watch.pin_failed(book, failed)
    assert [each.found for each in verdict.alerts] == [2]


def test_a_wrong_pin_that_a_rule_blocks_is_locked_as_after_the_last_try(guarded: Guarded) -> None:
    book = Rulebook(anomalies=(Rule("pins", "pin_failures", scope=OPERATOR, window_minutes=10, limit=2, block=True),))

    def failed(made: Entry) -> bool:
        return guarded.watch.pin_failed(book, made).needs_manager

    staff = Staff(guarded.till.database, guarded.till.book, guarded.till.clock, failed)
    boss = guarded.boss.staff_id
    refused = [staff.note_wrong(boss) for _ in range(2)]
    assert [(each.code, dict(each.values)) for each in refused] == [
        ("pin_wrong", {"left": 4}),
        ("pin_locked", {"minutes": 15}),
    ]
    assert guarded.refused(lambda: staff.pin_hash(boss)) == "pin_locked"


def test_a_discount_over_the_roles_own_and_an_hour_when_the_shop_is_closed_are_told(guarded: Guarded) -> None:
    rules = (Rule("discount", "discount_over"), Rule("hours", "outside_hours", hours=(Window(from_minute=900),)))
    book = Rulebook(anomalies=rules)

    def codes(by: SignedIn, bp: int) -> list[str]:
        doing = guarded.doing(anomaly.SPEND, new_id(), 1_00, discount_bp=bp, operator=by.staff_id)
        return [each.code for each in guarded.watch.judge(book, doing).alerts]

    # It is 14:32, and this shop opens at 15:00.
    assert codes(guarded.anna, 1_001) == ["anomaly_discount_over", "anomaly_outside_hours"]
    assert codes(guarded.boss, 10_000) == codes(guarded.anna, 1_000) == ["anomaly_outside_hours"]


def test_a_clock_that_was_turned_back_is_told(guarded: Guarded) -> None:
    book = Rulebook(anomalies=(Rule("clock", "clock_back", limit=5),))
    guarded.till.top_up(guarded.anna, 1_00)
    guarded.till.clock.advance(-400)
    verdict = guarded.watch.judge(book, guarded.doing(anomaly.SPEND))
    assert [(each.code, each.found) for each in verdict.alerts] == [("anomaly_clock_back", 7)]
    guarded.till.clock.advance(400)
    assert guarded.watch.judge(book, guarded.doing(anomaly.SPEND)).alerts == ()


def test_several_members_topped_up_by_one_payer_code_are_told(guarded: Guarded) -> None:
    book = Rulebook(anomalies=(Rule("payer", "one_payer", window_minutes=60, limit=2),))
    with guarded.till.database.write():
        draft = guarded.till.draft("top_up", guarded.anna, account=new_id(), amount_fen=1_00, payer="ab12")
        guarded.till.book.post(draft)
    for payer, alerts in (("ab12", 1), ("cd34", 0)):
        doing = guarded.doing(anomaly.TOP_UP, new_id(), 1_00, payer=payer)
        assert len(guarded.watch.judge(book, doing).alerts) == alerts


def test_a_shop_without_rules_reads_nothing(guarded: Guarded) -> None:
    book = Rulebook(anomalies=(CARD_FREQ,))
    doing, database = guarded.doing(anomaly.SPEND, new_id()), guarded.till.database
    database.run("ALTER TABLE deed RENAME TO hidden")
    assert guarded.watch.judge(Rulebook(), doing).alerts == ()
    with pytest.raises(Refusal, match="store_unusable"):
        guarded.watch.judge(book, doing)
    database.run("ALTER TABLE hidden RENAME TO deed")


def test_looking_back_reads_no_whole_table(guarded: Guarded) -> None:
    for sql in (past._DEEDS, past._OPENINGS, past._ENTRIES):
        values = (1, "staff")[: sql.count("?")]
        plan = [row[3] for row in guarded.till.database.rows(f"EXPLAIN QUERY PLAN {sql}", values)]
        assert not any(step.startswith("SCAN") and "life" not in step for step in plan), plan

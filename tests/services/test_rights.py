"""Rights at the till: what a role may do alone, and a second person's yes, good for one thing, once, for minutes."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Callable, Iterator

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import ActionId, new_id
from terminal.rules.rulebook import DEFAULT_ROLES
from terminal.rules.till import shift as rules
from terminal.rules.till.roles import ACTIONS
from terminal.services import staff as people
from terminal.services.ask import at_once
from terminal.services.shifts.asked import Wish
from terminal.services.shifts.commands import OF_OTHER
from terminal.services.shifts.eyes import OPEN_DRAWER
from terminal.services.shifts.hand_prices import CHANGE_PRICE
from terminal.services.shifts.rights import FourEyes
from terminal.services.shifts.signing import Signing
from terminal.services.shifts.watch import SETTLE
from terminal.services.views import SignedIn
from tests.services.shift_bench import PIN, ShiftBench, shift_bench

ROLES = DEFAULT_ROLES
A, B = ActionId("a1" * 16), ActionId("b2" * 16)


@pytest.fixture
def till(tmp_path: pathlib.Path) -> Iterator[ShiftBench]:
    """Give a till."""
    made = shift_bench(tmp_path)
    yield made
    assert made.verify() == ""
    made.database.close()


@pytest.fixture
def anna(till: ShiftBench) -> SignedIn:
    """Give a cashier."""
    return till.person("陈晓")


@pytest.fixture
def boss(till: ShiftBench) -> SignedIn:
    """Give a manager."""
    return till.person("李店长", "manager")


def check(till: ShiftBench, by: SignedIn, action_id: ActionId, amount: int, approval: str = "") -> dict[str, object]:
    with till.database.write():
        return dict(till.rights.check(ROLES, by, action_id, "void", amount, approval=approval))


def refused(till: ShiftBench, by: SignedIn, action_id: ActionId, amount: int, approval: str = "") -> str:
    return till.refused(lambda: check(till, by, action_id, amount, approval)).code


def test_a_role_does_alone_what_is_within_its_limit(till: ShiftBench, anna: SignedIn, boss: SignedIn) -> None:
    assert check(till, anna, A, 500_00) == {}
    assert refused(till, anna, A, 500_01) == "approval_needed"
    assert (till.rights.needs_approval(ROLES, anna, "void", 500_00), check(till, boss, A, 10**9)) == (False, {})
    assert till.rights.needs_approval(ROLES, anna, "void", 500_01)
    assert refused(till, till.person("阿宾", "technician"), A, 1) == "approval_needed"
    assert refused(till, till.person("外人", "ghost"), A, 1) == "role_unknown"


def test_an_approval_is_for_one_thing_of_one_person_once(till: ShiftBench, anna: SignedIn, boss: SignedIn) -> None:
    ben = till.person("周宁")
    given = till.rights.give(ROLES, anna, boss.staff_id, A, "void", 600_00)
    assert refused(till, anna, B, 600_00) == "approval_needed"
    assert refused(till, anna, B, 600_00, given) == "approval_other"
    assert refused(till, anna, A, 600_01) == "approval_other"
    assert refused(till, ben, A, 600_00) == "approval_needed"
    assert refused(till, ben, A, 600_00, given) == "approval_other"
    assert check(till, anna, A, 600_00) == {"approved_by": boss.staff_id, "approval": given}
    assert refused(till, anna, A, 600_00, given) == "approval_used"
    assert refused(till, anna, A, 600_00) == "approval_needed"


def test_an_approval_that_the_action_did_not_come_to_use_is_still_there(
    till: ShiftBench, anna: SignedIn, boss: SignedIn
) -> None:
    till.rights.give(ROLES, anna, boss.staff_id, A, "void", 600_00)

    def fail() -> None:
        assert till.rights.check(ROLES, anna, A, "void", 600_00)
        raise RuntimeError

    with pytest.raises(RuntimeError), till.database.write():
        fail()
    assert check(till, anna, A, 600_00)["approved_by"] == boss.staff_id


def test_an_approval_ends_after_its_minutes_and_never_begins_later(
    till: ShiftBench, anna: SignedIn, boss: SignedIn
) -> None:
    given = till.rights.give(ROLES, anna, boss.staff_id, A, "void", 600_00)
    till.clock.advance(ROLES.approval_minutes * 60 + 1)
    assert refused(till, anna, A, 600_00, given) == "approval_ended"
    till.clock.advance(-ROLES.approval_minutes * 60 - 2)
    assert refused(till, anna, A, 600_00, given) == "approval_ended"
    till.clock.advance(1)
    assert check(till, anna, A, 600_00, given)


def test_an_approver_who_left_or_lost_the_role_approves_nothing(
    till: ShiftBench, anna: SignedIn, boss: SignedIn
) -> None:
    given = till.rights.give(ROLES, anna, boss.staff_id, A, "void", 600_00)
    with till.database.write():
        till.database.run("UPDATE staff SET role = 'cashier' WHERE id = ?", (boss.staff_id,))
    assert refused(till, anna, A, 600_00, given) == "approval_role"
    with till.database.write():
        till.database.run("UPDATE staff SET active = 0 WHERE id = ?", (boss.staff_id,))
    assert refused(till, anna, A, 600_00, given) == "staff_unknown"


def test_two_people_are_needed_and_the_second_gives_the_pin(till: ShiftBench, anna: SignedIn, boss: SignedIn) -> None:
    eyes, ben = FourEyes(till.rights, till.staff, at_once), till.person("周宁")

    def ask(approver: SignedIn, pin: str = PIN, by: SignedIn = anna) -> str:
        return eyes.approve(ROLES, by, approver=approver.staff_id, pin=pin, action_id=A, action="void", amount=600_00)

    assert till.refused(lambda: ask(anna)).code == "approval_own"
    assert till.refused(lambda: ask(ben, "000000")).code == "approval_role"
    with pytest.raises(Refusal, match="pin_wrong left=4"):
        ask(boss, "000000")
    failed = till.last()
    assert (failed.kind, failed.payload["operator"], failed.payload["wrong"]) == ("pin_failed", boss.staff_id, 1)
    given = ask(boss)
    assert check(till, anna, A, 600_00) == {"approved_by": boss.staff_id, "approval": given}


@pytest.fixture
def signing(till: ShiftBench) -> Signing:
    """Give what tells who acts, with a watch of nothing."""
    eyes = FourEyes(till.rights, till.staff, at_once)
    return Signing(till.database, till.staff, eyes, lambda: till.rulebook, at_once)


def void(till: ShiftBench, *amounts_fen: int) -> Callable[[Wish], list[dict[str, object]]]:
    """Return something that needs the right to void to each of these amounts."""

    def work(wish: Wish) -> list[dict[str, object]]:
        with till.database.write():
            return [dict(till.rights.check(ROLES, wish.by, wish.action_id, "void", each)) for each in amounts_fen]

    return work


def test_an_approver_approves_just_what_is_refused_and_is_not_asked_where_nothing_is(
    till: ShiftBench, signing: Signing, anna: SignedIn, boss: SignedIn
) -> None:
    by, ben = (anna.name, PIN), till.person("周宁")
    assert signing.done(A, by, ("", ""), void(till, 500_00)) == [{}]
    assert signing.done(A, by, (ben.name, "000000"), void(till, 500_00)) == [{}]
    assert signing.approved(A, by, (ben.name, "000000"), "void", 500_00).approval == ""
    alone = till.refused(lambda: signing.done(A, by, ("", ""), void(till, 600_00)))
    assert (alone.code, dict(alone.values)) == ("approval_needed", {"right": "void", "amount": 600_00})
    assert till.refused(lambda: signing.done(A, by, (ben.name, PIN), void(till, 600_00))).code == "approval_role"
    assert till.refused(lambda: signing.done(A, by, ("nobody", PIN), void(till, 600_00))).code == "staff_unknown"
    (given,) = signing.done(A, by, (boss.name, PIN), void(till, 600_00))
    assert given["approved_by"] == boss.staff_id
    both = signing.done(B, by, (boss.name, PIN), void(till, 600_00, 700_00))
    assert len({str(each["approval"]) for each in both}) == 2


def test_what_is_refused_though_it_was_approved_is_asked_for_no_second_time(
    signing: Signing, anna: SignedIn, boss: SignedIn
) -> None:
    asked = []

    def work(wish: Wish) -> None:
        asked.append(wish.action_id)
        raise Refusal("approval_needed", right="void", amount=600_00)

    with pytest.raises(Refusal, match="approval_needed"):
        signing.done(A, (anna.name, PIN), (boss.name, PIN), work)
    assert asked == [A, A]


def test_looking_for_an_approval_reads_no_whole_table(till: ShiftBench) -> None:
    for sql, values in (
        (
            "SELECT id FROM approval WHERE action_id = ? AND action = ? AND operator = ? AND used_at = 0",
            ("a", "b", "c"),
        ),
        ("SELECT id FROM shift WHERE staff = ? AND closed_at = 0 ORDER BY number DESC LIMIT 1", ("a",)),
        ("SELECT count(*) FROM drawer_opening WHERE at >= ? AND at <= ? AND staff = ?", (1, 2, "a")),
    ):
        plan = [row[3] for row in till.database.rows(f"EXPLAIN QUERY PLAN {sql}", values)]
        assert not any(step.startswith("SCAN") for step in plan), plan


def test_ids_of_approvals_are_new_each_time(till: ShiftBench, anna: SignedIn, boss: SignedIn) -> None:
    action = ActionId(new_id())
    assert len({till.rights.give(ROLES, anna, boss.staff_id, action, "void", 1) for _ in range(3)}) == 3


def test_every_action_that_is_checked_is_one_that_roles_can_limit() -> None:
    checked = re.compile(r"\b(?:rights|by|_rights)\.check\([^()]*?\"([a-z_]+)\"")
    services = pathlib.Path(people.__file__).parent
    found = {name for path in services.rglob("*.py") for name in checked.findall(path.read_text(encoding="utf-8"))}
    found |= {rules.CASH_OUT, OF_OTHER, SETTLE, OPEN_DRAWER, CHANGE_PRICE}
    assert {"refund", "close_shift_of_other", "settle_alert", "cash_out"} <= found
    assert found <= ACTIONS.keys()

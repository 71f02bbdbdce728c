"""Roles and their limits, and a second person's approval of exactly one thing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.till.roles import (
    ALLOWED,
    NEEDS_APPROVAL,
    Ask,
    Limit,
    Role,
    Roles,
    Staff,
    approve,
    check,
    decide,
    mistakes,
)
from tests.told import keys as keys_of

ROLES = Roles(
    (
        Role(
            "cashier",
            (Limit("discount", 1_000), Limit("refund", 50_00), Limit("open_drawer"), Limit("replace_medium", 500_00)),
        ),
        Role(
            "manager",
            (Limit("discount", 5_000), Limit("refund", 2_000_00), Limit("blacklist"), Limit("open_drawer")),
            frozenset({"cashier", "manager"}),
        ),
        Role(
            "owner",
            (Limit("discount"), Limit("refund"), Limit("adjust_balance"), Limit("replace_medium")),
            frozenset({"cashier", "manager"}),
        ),
    )
)
ANNA, BOSS, SECOND, OWNER = (
    Staff("anna", "cashier"),
    Staff("boss", "manager"),
    Staff("second", "manager"),
    Staff("owner", "owner"),
)
AT = dt.datetime(2026, 3, 2, 12, 0)  # noqa: DTZ001 - the shop's own civil time
ASK = Ask("a1", "refund", 80_00)


@pytest.mark.parametrize(
    ("staff", "action", "amount", "decision"),
    [
        (ANNA, "refund", 50_00, ALLOWED),
        (ANNA, "refund", 50_01, NEEDS_APPROVAL),
        (ANNA, "open_drawer", 0, ALLOWED),
        (ANNA, "blacklist", 0, NEEDS_APPROVAL),
        (ANNA, "replace_medium", 500_00, ALLOWED),
        (ANNA, "replace_medium", 500_01, NEEDS_APPROVAL),
        (ANNA, "discount", 10_000, NEEDS_APPROVAL),
        (BOSS, "refund", 2_000_01, NEEDS_APPROVAL),
        (OWNER, "refund", 10**9, ALLOWED),
    ],
)
def test_what_is_within_the_limit_is_done_alone_and_the_rest_needs_approval(
    staff: Staff, action: str, amount: int, decision: str
) -> None:
    assert decide(ROLES, staff, Ask("a1", action, amount)) == decision


@pytest.mark.parametrize(
    ("staff", "ask", "code"),
    [
        (OWNER, Ask("a1", "blacklist"), "role_forbidden"),
        (ANNA, Ask("a1", "void", 1), "role_forbidden"),
        (Staff("x", "ghost"), ASK, "role_unknown"),
        (ANNA, Ask("a1", "dance"), "role_action_unknown"),
        (ANNA, Ask("a1", "refund", -1), "role_amount_bad"),
        (ANNA, Ask("a1", "discount", 10_001), "role_amount_bad"),
        (ANNA, Ask("a1", "open_drawer", 1), "role_amount_bad"),
    ],
)
def test_what_nobody_may_approve_or_makes_no_sense_is_refused(staff: Staff, ask: Ask, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        decide(ROLES, staff, ask)


def test_an_approval_lets_one_thing_be_done_until_it_ends() -> None:
    approval = approve(ROLES, ANNA, BOSS, ASK, AT)
    assert (approval.operator, approval.approver, approval.ends_at) == ("anna", BOSS, AT + dt.timedelta(minutes=10))
    with pytest.raises(Refusal, match="approval_needed"):
        check(ROLES, ANNA, ASK, AT)
    check(ROLES, ANNA, ASK, AT, approval)
    check(ROLES, ANNA, ASK, approval.ends_at, approval)
    check(ROLES, ANNA, Ask("a2", "refund", 10_00), AT)
    for at in (approval.ends_at + dt.timedelta(seconds=1), AT - dt.timedelta(seconds=1)):
        with pytest.raises(Refusal, match="approval_ended"):
            check(ROLES, ANNA, ASK, at, approval)


@pytest.mark.parametrize(
    ("staff", "ask"),
    [
        (ANNA, replace(ASK, action_id="a2")),
        (ANNA, replace(ASK, amount=80_01)),
        (ANNA, replace(ASK, amount=79_99)),
        (ANNA, Ask("a1", "adjust_balance", 80_00)),
        (Staff("cleo", "cashier"), ASK),
    ],
)
def test_an_approval_is_good_for_nothing_else(staff: Staff, ask: Ask) -> None:
    with pytest.raises(Refusal, match="approval_other"):
        check(ROLES, staff, ask, AT, approve(ROLES, ANNA, BOSS, ASK, AT))


def test_nobody_approves_their_own_work_and_only_who_may_approves_at_all() -> None:
    big = Ask("a1", "refund", 3_000_00)
    with pytest.raises(Refusal, match="approval_own"):
        approve(ROLES, BOSS, BOSS, big, AT)
    for approver in (BOSS, Staff("ben", "cashier")):
        with pytest.raises(Refusal, match="approval_role"):
            approve(ROLES, ANNA, approver, big, AT)
    with pytest.raises(Refusal, match="approval_role"):
        approve(ROLES, OWNER, BOSS, ASK, AT)
    with pytest.raises(Refusal, match="role_unknown"):
        approve(ROLES, ANNA, Staff("x", "ghost"), ASK, AT)
    with pytest.raises(Refusal, match="role_action_unknown"):
        approve(ROLES, ANNA, BOSS, Ask("a1", "dance"), AT)
    assert approve(ROLES, BOSS, OWNER, big, AT).approver == OWNER
    assert approve(ROLES, SECOND, BOSS, ASK, AT).operator == "second"


def test_an_approval_does_not_outlive_the_right_to_give_it() -> None:
    approval = approve(ROLES, ANNA, BOSS, ASK, AT)
    cashier, manager, owner = ROLES.roles
    lowered = replace(ROLES, roles=(cashier, replace(manager, limits=()), owner))
    with pytest.raises(Refusal, match="approval_role"):
        check(lowered, ANNA, ASK, AT, approval)


@settings(max_examples=50)
@given(st.sampled_from([ANNA, BOSS, OWNER]), st.sampled_from([ANNA, BOSS, SECOND, OWNER]), st.integers(0, 5_000_00))
def test_what_is_approved_is_always_within_the_limit_of_another_person(
    operator: Staff, approver: Staff, amount: int
) -> None:
    ask = Ask("a1", "refund", amount)
    try:
        check(ROLES, operator, ask, AT, approve(ROLES, operator, approver, ask, AT))
    except Refusal:
        return
    assert approver.id != operator.id
    assert ROLES.named(approver.role).may("refund", amount)


def test_all_mistakes_of_the_roles_are_found() -> None:
    assert mistakes(ROLES) == []
    wrong = Roles(
        (
            Role("a", (Limit("dance"), Limit("refund", -1), Limit("refund")), frozenset({"ghost"})),
            Role("b", (Limit("discount", 10_001), Limit("open_drawer", 3))),
            Role("a"),
        ),
        approval_minutes=0,
    )
    assert keys_of(mistakes(wrong)) == [
        "approval_minutes",
        "roles",
        "roles[a].approves",
        "roles[a].limits",
        "roles[a].limits[dance]",
        "roles[a].limits[refund].most_fen",
        "roles[b].limits[discount].most_bp",
        "roles[b].limits[open_drawer]",
    ]

"""The life of a medium: every state, event, person and proof of the table."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.media import fees, states
from terminal.rules.media.fees import CardFees, Due
from terminal.rules.media.states import (
    ACTIVE,
    BLACKLIST,
    BLANK,
    CANCEL_LOSS,
    CARD,
    EXCHANGE,
    FROZEN,
    IDENTITY,
    ISSUE,
    PIN,
    REGISTER,
    REPLACE,
    REPORT_LOSS,
    RETIRED,
    RETURN,
    REVOKED,
    Medium,
    Request,
)

ALL_SHOWN = frozenset(states.PROOFS)
MANAGER = Request("manager", ALL_SHOWN)
CASHIER = Request("cashier", ALL_SHOWN)
ACCOUNT = "a" * 32

# Written out once more by hand, from the rules of the shop: state, event, the state it leads to, who, what is shown.
TABLE = [
    (ACTIVE, REPORT_LOSS, FROZEN, {"cashier": "", "manager": "", "member": "", "kiosk": PIN}),
    (FROZEN, CANCEL_LOSS, ACTIVE, {"cashier": IDENTITY, "manager": IDENTITY}),
    (ACTIVE, REPLACE, REVOKED, {"cashier": IDENTITY, "manager": IDENTITY}),
    (FROZEN, REPLACE, REVOKED, {"cashier": IDENTITY, "manager": IDENTITY}),
    (ACTIVE, EXCHANGE, RETIRED, {"cashier": CARD, "manager": CARD}),
    (ACTIVE, RETURN, RETIRED, {"manager": CARD}),
    *[(state, BLACKLIST, REVOKED, {"manager": ""}) for state in states.STATES],
]


def in_state(state: str, *, is_named: bool = True) -> Medium:
    """A medium as it is in that state."""
    ended_by = {REVOKED: REPLACE, RETIRED: RETURN}.get(state, "")
    return Medium("key 1", state, "" if state == BLANK else ACCOUNT, is_named, ended_by)


def refusal_of(medium: Medium, event: str, request: Request) -> str:
    """The code with which an event is refused, empty where it is not."""
    try:
        states.moved(medium, event, request)
    except Refusal as refusal:
        return refusal.code
    return ""


@pytest.mark.parametrize(("state", "event", "target", "who"), TABLE)
def test_an_event_leads_where_the_table_says(state: str, event: str, target: str, who: dict[str, str]) -> None:
    for actor, proof in who.items():
        assert states.moved(in_state(state), event, Request(actor, frozenset({proof} - {""}))).state == target


@pytest.mark.parametrize(("state", "event", "_target", "who"), TABLE)
def test_nobody_else_may_and_nothing_less_is_enough(state: str, event: str, _target: str, who: dict[str, str]) -> None:
    for actor in states.ACTORS:
        if actor not in who:
            code = "medium_manager_only" if set(who) == {"manager"} else "medium_staff_only"
            assert refusal_of(in_state(state), event, Request(actor, ALL_SHOWN)) == code
        elif who[actor]:
            codes = {IDENTITY: "medium_identity_needed", PIN: "medium_pin_needed", CARD: "medium_absent"}
            assert refusal_of(in_state(state), event, Request(actor, ALL_SHOWN - {who[actor]})) == codes[who[actor]]


def test_every_event_that_is_not_in_the_table_is_refused_for_the_state() -> None:
    good = {(state, event) for state, event, _, _ in TABLE}
    reasons = dict(
        zip(
            states.STATES,
            ("medium_blank", "medium_active", "medium_frozen", "card_replaced", "medium_retired"),
            strict=True,
        )
    )
    for state, event in itertools.product(states.STATES, (REPORT_LOSS, CANCEL_LOSS, REPLACE, EXCHANGE, RETURN)):
        if (state, event) not in good:
            assert refusal_of(in_state(state), event, MANAGER) == reasons[state], (state, event)


def test_a_blank_is_issued_to_an_account_by_staff() -> None:
    card = states.issued(Medium("key 1"), ACCOUNT, Request("cashier"), is_named=False)
    assert card == Medium("key 1", ACTIVE, ACCOUNT, is_named=False)
    assert states.issued(Medium("key 1"), ACCOUNT, Request("cashier")).is_named


@pytest.mark.parametrize(
    ("medium", "account", "by", "code"),
    [
        (Medium("k"), "", "cashier", "medium_no_account"),
        (Medium("k"), ACCOUNT, "kiosk", "medium_staff_only"),
        (Medium("k"), ACCOUNT, "member", "medium_staff_only"),
        (in_state(ACTIVE), ACCOUNT, "cashier", "medium_active"),
        (in_state(REVOKED), ACCOUNT, "manager", "card_replaced"),
        (in_state(RETIRED), ACCOUNT, "manager", "medium_retired"),
    ],
)
def test_only_a_blank_is_issued(medium: Medium, account: str, by: str, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        states.issued(medium, account, Request(by, ALL_SHOWN))


@pytest.mark.parametrize("event", [REPORT_LOSS, REPLACE])
def test_an_anonymous_card_is_neither_reported_lost_nor_replaced_before_it_is_registered(event: str) -> None:
    card = in_state(ACTIVE, is_named=False)
    assert refusal_of(card, event, MANAGER) == "medium_anonymous"
    named = states.moved(card, REGISTER, Request("cashier", frozenset({CARD})))
    assert named.is_named
    assert named.state == ACTIVE
    assert refusal_of(named, event, MANAGER) == ""


def test_an_anonymous_card_may_be_exchanged_and_returned_by_who_holds_it() -> None:
    card = in_state(ACTIVE, is_named=False)
    _, new = states.swapped(card, Medium("key 2"), EXCHANGE, CASHIER)
    assert not new.is_named
    assert states.moved(card, RETURN, MANAGER).state == RETIRED


def test_registering_needs_the_card_and_is_done_once() -> None:
    assert refusal_of(in_state(ACTIVE, is_named=False), REGISTER, Request("cashier")) == "medium_absent"
    assert refusal_of(in_state(ACTIVE), REGISTER, CASHIER) == "medium_named"


@pytest.mark.parametrize("event", ["", "sell", ISSUE])
def test_an_event_of_no_name_is_refused(event: str) -> None:
    assert refusal_of(in_state(ACTIVE), event, MANAGER) == "medium_event"


@pytest.mark.parametrize("case", [pytest.param(True, id="L-1")])
def test_a_lost_card_is_replaced_for_a_fee_and_the_money_stays_where_it_is(case: bool) -> None:
    purse = {"principal": 75_000, "bonus": 15_000}
    lost = states.moved(Medium("A", ACTIVE, ACCOUNT), REPORT_LOSS, Request("cashier"))
    assert lost.state == FROZEN
    old, new = states.swapped(
        lost, Medium("B"), REPLACE, Request("cashier", frozenset({IDENTITY}), sum(purse.values()))
    )
    assert (old.state, new) == (REVOKED, Medium("B", ACTIVE, ACCOUNT))
    taken = fees.dues(CardFees(replace_fen=1_000), REPLACE)
    assert taken == (Due("sales/fee", 1_000),)
    assert purse == {"principal": 75_000, "bonus": 15_000}
    with pytest.raises(Refusal, match="card_replaced"):
        states.check_usable(old)
    states.check_usable(new)
    assert case


def test_above_the_limit_only_the_manager_replaces() -> None:
    def replaced(by: str, value_fen: int) -> str:
        return states.swapped(
            in_state(ACTIVE), Medium("B"), REPLACE, Request(by, ALL_SHOWN, value_fen), manager_from_fen=100_000
        )[0].state

    assert replaced("cashier", 99_999) == REVOKED
    assert replaced("manager", 100_000) == REVOKED
    with pytest.raises(Refusal, match="medium_replace_limit limit_fen=100000"):
        replaced("cashier", 100_000)


def test_without_a_limit_a_cashier_replaces_whatever_the_account_holds() -> None:
    request = Request("cashier", ALL_SHOWN, 10**9)
    assert states.swapped(in_state(FROZEN), Medium("B"), REPLACE, request)[0].ended_by == REPLACE


@pytest.mark.parametrize(
    ("old", "blank", "event", "code"),
    [
        (in_state(ACTIVE), Medium("key 1"), REPLACE, "medium_same_identity"),
        (in_state(ACTIVE), Medium("key 2", ACTIVE, "b" * 32), REPLACE, "medium_active"),
        (in_state(FROZEN), Medium("key 2"), EXCHANGE, "medium_frozen"),
        (in_state(ACTIVE), Medium("key 2"), RETURN, "medium_event"),
        (in_state(REVOKED), Medium("key 2"), REPLACE, "card_replaced"),
    ],
)
def test_a_swap_that_makes_no_sense_is_refused(old: Medium, blank: Medium, event: str, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        states.swapped(old, blank, event, MANAGER)


def test_a_blacklisted_card_says_so_and_stays_blacklisted() -> None:
    bad = states.moved(in_state(ACTIVE), BLACKLIST, MANAGER)
    with pytest.raises(Refusal, match="medium_blacklisted"):
        states.check_usable(bad)
    assert states.moved(bad, BLACKLIST, MANAGER) == bad
    replaced = in_state(REVOKED)
    assert states.moved(replaced, BLACKLIST, MANAGER) == replaced


@pytest.mark.parametrize(
    ("state", "code"),
    [(BLANK, "medium_blank"), (FROZEN, "card_frozen"), (REVOKED, "card_replaced"), (RETIRED, "medium_retired")],
)
def test_only_an_active_medium_is_usable(state: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        states.check_usable(in_state(state))
    assert refused.value.code == code


def test_plastic_is_issued_again_only_under_a_new_key() -> None:
    earlier = [in_state(RETIRED), Medium("key 2", REVOKED, ACCOUNT, ended_by=BLACKLIST)]
    assert states.reissued(earlier, "key 3") == Medium("key 3")
    for identity in ("key 1", "key 2", ""):
        with pytest.raises(Refusal, match="medium_same_identity"):
            states.reissued(earlier, identity)
    for state in (BLANK, ACTIVE, FROZEN):
        with pytest.raises(Refusal, match="medium_in_use"):
            states.reissued([*earlier, in_state(state)], "key 3")


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*states.MOVES, "swap"]),
            st.sampled_from(states.ACTORS),
            st.sets(st.sampled_from(states.PROOFS)),
        ),
        max_size=12,
    ),
    st.booleans(),
)
@pytest.mark.parametrize("case", [pytest.param(True, id="invariant-6")])
def test_a_medium_that_ended_never_names_its_account_again(
    case: bool, steps: list[tuple[str, str, set[str]]], is_named: bool
) -> None:
    medium, ended = states.issued(Medium("key 1"), ACCOUNT, CASHIER, is_named=is_named), False
    for event, actor, shown in steps:
        request = Request(actor, frozenset(shown))
        try:
            if event == "swap":
                medium, _ = states.swapped(medium, Medium("key 2"), REPLACE, request)
            else:
                medium = states.moved(medium, event, request)
        except Refusal:
            pass
        ended = ended or medium.state in states.FINAL
        assert (medium.state in states.FINAL) == ended
        assert medium.account == ACCOUNT
        if medium.state != ACTIVE:
            with pytest.raises(Refusal):
                states.check_usable(medium)
    assert case


@pytest.mark.parametrize(
    ("event", "held_fen", "expected"),
    [
        (ISSUE, 0, (Due("sales/fee", 500), Due("card_deposit", 2_000))),
        (REPLACE, 2_000, (Due("sales/fee", 1_000),)),
        (EXCHANGE, 2_000, (Due("sales/fee", 300),)),
        (RETURN, 1_500, (Due("card_deposit", -1_500),)),
        (RETURN, 0, ()),
        (REPORT_LOSS, 2_000, ()),
        (BLACKLIST, 2_000, ()),
    ],
)
def test_fees_are_income_and_deposits_a_debt_that_goes_back(
    event: str, held_fen: int, expected: tuple[Due, ...]
) -> None:
    assert fees.dues(CardFees(500, 1_000, 300, 2_000), event, held_fen) == expected


def test_a_shop_without_fees_takes_none() -> None:
    assert fees.dues(CardFees(), ISSUE) == ()
    with pytest.raises(Refusal, match="card_fee_negative"):
        fees.dues(CardFees(), RETURN, -1)


def test_all_mistakes_of_the_fees_are_told_at_once() -> None:
    assert fees.mistakes(CardFees(1, 2, 3, 4)) == fees.mistakes(CardFees()) == []
    assert fees.mistakes(CardFees(-1, 100_001, 100_000, -5)) == [
        ("issue_fen", "card_fee_negative"),
        ("deposit_fen", "card_fee_negative"),
        ("replace_fen", "card_fee_absurd"),
    ]

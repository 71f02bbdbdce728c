"""What the life of media refuses, what a tapped card is told, and what the chain is told of each event."""

from __future__ import annotations

import pytest

from terminal.base.errors import Refusal
from terminal.base.events import AUTHENTICATED
from terminal.rules.media import states
from terminal.rules.media.fees import CardFees
from terminal.services.media_life.asked import By, CardRules
from tests.services.conftest import Bench
from tests.services.media_bench import CARD_A, CARD_B, CARD_C, FREE, MediaBench, blank, media_bench

pytestmark = pytest.mark.slow


@pytest.fixture
def shop(bench: Bench) -> MediaBench:
    """Give a shop's media."""
    return media_bench(bench)


def test_what_was_not_shown_or_not_by_whom_it_takes_is_refused(shop: MediaBench) -> None:
    shop.member()
    n, life, nothing = shop.n(CARD_A), shop.life, frozenset[str]()
    life.report_loss(shop.asked(shown=nothing), n)
    for code, work in (
        ("medium_identity_needed", lambda: life.cancel_loss(shop.asked(shown=nothing), n)),
        ("medium_identity_needed", lambda: life.replace(shop.asked(shown=nothing), n, blank(CARD_B), FREE)),
        ("medium_frozen", lambda: life.exchange(shop.asked(), n, blank(CARD_B), FREE)),
        ("medium_frozen", lambda: life.report_loss(shop.asked(), n)),
        ("medium_manager_only", lambda: life.blacklist(shop.asked(), n)),
        ("medium_manager_only", lambda: life.blacklist_number(shop.asked(), CARD_C)),
        ("medium_frozen", lambda: life.take_back(shop.asked(), n)),
        ("medium_staff_only", lambda: life.cancel_loss(shop.asked(By(states.MEMBER)), n)),
        ("medium_unknown", lambda: life.report_loss(shop.asked(), 999)),
    ):
        assert shop.refused(work) == code


def test_a_kiosk_reports_a_loss_after_the_pin_only(shop: MediaBench) -> None:
    shop.member()
    asked = shop.asked(By(states.KIOSK), frozenset())
    assert shop.refused(lambda: shop.life.report_loss(asked, shop.n(CARD_A))) == "medium_pin_needed"


def test_above_the_shops_limit_the_manager_replaces(shop: MediaBench) -> None:
    shop.member()
    rules = CardRules(1, CardFees(), manager_from_fen=900_00)
    replace = shop.life.replace
    assert shop.refused(lambda: replace(shop.asked(), shop.n(CARD_A), blank(CARD_B), rules)) == "medium_replace_limit"
    replace(shop.asked(shop.manager), shop.n(CARD_A), blank(CARD_B), rules)
    assert shop.states(CARD_A) == ["revoked"]
    again = shop.refused(lambda: replace(shop.asked(shop.manager), shop.n(CARD_A), blank(CARD_B), rules))
    assert again == "card_replaced", "what is wrong with the old card goes before what is wrong with the new number"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (CARD_A, "medium_in_use"),
        ("0199424779", "medium_in_use"),  # the same chip as a typing reader spells it
        ("0be2-fb0b", "medium_in_use"),
        ("not a number!", "card_number_bad"),
        ("", "card_number_bad"),
    ],
)
def test_a_number_that_is_somebodys_or_none_is_not_issued(shop: MediaBench, number: str, code: str) -> None:
    account = shop.member()
    assert shop.refused(lambda: shop.life.issue(shop.asked(), account, blank(number), FREE)) == code


def test_plastic_comes_back_only_with_a_new_key(shop: MediaBench) -> None:
    account = shop.member()
    life = shop.life
    life.exchange(shop.asked(), shop.n(CARD_A), blank(CARD_B), FREE)
    for number in (CARD_A, "0199424779"):
        again = blank(number)
        assert shop.refused(lambda again=again: life.issue(shop.asked(), account, again, FREE)) == (  # type: ignore[misc]
            "medium_same_identity"
        )
    life.issue(shop.asked(), account, blank(CARD_A, "key 2"), FREE)
    old, new = life.by_number(CARD_A)
    assert (old.medium.state, new.medium.state, new.assurance) == ("retired", "active", AUTHENTICATED)
    life.blacklist(shop.asked(shop.manager), new.n)
    assert shop.refused(lambda: life.issue(shop.asked(), account, blank(CARD_A, "key 2"), FREE)) == (
        "medium_same_identity"
    )


def test_fees_that_make_no_sense_are_refused(shop: MediaBench) -> None:
    account = shop.member()
    for fen, code in ((-1, "card_fee_negative"), (1_000_01, "card_fee_absurd")):
        rules = CardRules(1, CardFees(deposit_fen=fen))
        assert shop.refused(lambda rules=rules: shop.life.issue(shop.asked(), account, blank(CARD_B), rules)) == code  # type: ignore[misc]


def test_a_number_that_is_nobodys_can_be_blocked_before_anybody_gets_it(shop: MediaBench) -> None:
    account = shop.member()
    asked = shop.asked(shop.manager)
    done = shop.life.blacklist_number(asked, CARD_B)
    assert (done.account, shop.states(CARD_B), "account" in shop.last().payload) == ("", ["revoked"], False)
    entries = shop.bench.entries()
    assert (shop.life.blacklist_number(asked, CARD_B), shop.bench.entries()) == (done, entries)
    assert shop.tap(CARD_B) != ""
    assert shop.refused(lambda: shop.life.issue(shop.asked(), account, blank(CARD_B), FREE)) == "medium_same_identity"
    boss = shop.asked(shop.manager)
    assert shop.refused(lambda: shop.life.blacklist_number(boss, CARD_A)) == "medium_in_use"


def test_a_tapped_card_finds_its_member_exactly_while_its_medium_is_usable(shop: MediaBench) -> None:
    shop.member()
    life, boss = shop.life, shop.manager
    for event, do in (
        ("", lambda: None),
        (states.REPORT_LOSS, lambda: life.report_loss(shop.asked(), shop.n(CARD_A))),
        (states.CANCEL_LOSS, lambda: life.cancel_loss(shop.asked(), shop.n(CARD_A))),
        (states.REPLACE, lambda: life.replace(shop.asked(), shop.n(CARD_A), blank(CARD_B), FREE)),
        (states.EXCHANGE, lambda: life.exchange(shop.asked(), shop.n(CARD_B), blank(CARD_C), FREE)),
        (states.RETURN, lambda: life.take_back(shop.asked(boss), shop.n(CARD_C))),
        (states.BLACKLIST, lambda: life.blacklist(shop.asked(boss), shop.n(CARD_C))),
    ):
        do()
        for number in (CARD_A, CARD_B, CARD_C):
            if media := life.by_number(number):
                says = usable(media[-1].medium)
                shown = shop.tap(number)
                assert (shown == "") == (says == ""), (event, number)
                if says in {"card_frozen", "card_replaced"}:
                    assert shown == says, (event, number)
    assert shop.states(CARD_A, CARD_B, CARD_C) == ["revoked", "retired", "revoked"]


def usable(medium: states.Medium) -> str:
    """Return why a medium may not name its account, empty where it may."""
    try:
        states.check_usable(medium)
    except Refusal as refusal:
        return refusal.code
    return ""


def test_the_chain_is_told_all_of_a_medium_it_does_not_know_and_then_only_what_changed(shop: MediaBench) -> None:
    account = shop.member()
    shop.life.report_loss(shop.asked(), shop.n(CARD_A))
    entry = shop.last()
    key = str(entry.payload["key"])
    told = shop.told(entry)
    assert (told["number"], told["account"], told["state"], told["named"]) == (CARD_A, account, "frozen", 1)
    body = b"{}"
    shop.bench.database.run("INSERT INTO chain_row VALUES ('medium', ?, 3, 1, ?, '', 1)", (key, body))
    shop.life.cancel_loss(shop.asked(), shop.n(CARD_A))
    entry = shop.last()
    assert (entry.payload["key"], entry.payload["base"], shop.told(entry)) == (key, 3, {"state": "active"})


def test_two_profiles_of_the_same_card_look_different_to_who_tries_numbers(shop: MediaBench) -> None:
    shop.member()
    for _ in range(2):
        shop.life.report_loss(shop.asked(), shop.n(CARD_A))
        shop.life.cancel_loss(shop.asked(), shop.n(CARD_A))
    digests = [row[0] for row in shop.bench.database.rows("SELECT digest FROM proposal")]
    assert len(set(digests)) == len(digests) == 4


def test_what_was_asked_of_a_number_cannot_be_found_by_trying_numbers(shop: MediaBench) -> None:
    asked, journal = shop.asked(), shop.life._journal
    digests = {journal.turn(states.ISSUE, asked, {}, blank(CARD_A))[0].request for _ in range(3)}
    assert len(digests) == 3, "each has a salt of its own"

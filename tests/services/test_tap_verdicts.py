"""What a tap is worth by the till's own word, by which its reader says yes or no."""

from __future__ import annotations

import dataclasses

import pytest

from terminal.base.events import CardDetected, CardTapped
from terminal.base.ids import AccountId
from tests.services.conftest import Bench

UID = bytes.fromhex("04A1B2C3D4E5F6")
GENUINE = CardTapped("desk", "desk", "ntag424", 0.0, uid=UID, proof="authenticated")


@pytest.fixture
def account(bench: Bench) -> AccountId:
    """A member whose card has proved itself."""
    made = bench.member(cards=(UID.hex().upper(),))
    assert bench.media.member_of(GENUINE) == made
    return made


def verdicts(bench: Bench, event: CardTapped) -> tuple[bool, bool]:
    """Return what kiosk and counter say to a tap; a count is new at each."""
    later = event if event.counter is None else dataclasses.replace(event, counter=event.counter + 1)
    return bench.kiosk.card_tapped(event), bench.counter.card_tapped(later)


def test_a_members_card_is_good(bench: Bench, account: AccountId) -> None:
    assert verdicts(bench, GENUINE) == (True, True)
    assert bench.told[-1].found == account


def test_a_card_that_was_never_issued_here_is_good_by_its_number(bench: Bench) -> None:
    bench.member(cards=(UID.hex().upper(),))
    for proof in ("refused", "none", "delayed", ""):
        assert verdicts(bench, dataclasses.replace(GENUINE, proof=proof)) == (True, True)


@pytest.mark.parametrize("proof", ["refused", "none", "delayed", ""])
def test_a_card_that_does_not_prove_itself_any_more_is_refused(bench: Bench, account: AccountId, proof: str) -> None:
    assert account
    assert verdicts(bench, dataclasses.replace(GENUINE, proof=proof)) == (False, False)


def test_a_count_is_good_once(bench: Bench, account: AccountId) -> None:
    assert account
    tapped = dataclasses.replace(GENUINE, proof="counted", counter=7)
    assert verdicts(bench, tapped) == (True, True)
    assert verdicts(bench, tapped) == (False, False)


def test_a_strangers_card_is_refused(bench: Bench) -> None:
    assert verdicts(bench, GENUINE) == (False, False)


@pytest.mark.parametrize("state", ["frozen", "revoked", "retired"])
def test_a_card_out_of_use_is_refused(bench: Bench, account: AccountId, state: str) -> None:
    assert account
    bench.database.run("UPDATE medium SET state = ? WHERE kind = 'card'", (state,))
    assert verdicts(bench, GENUINE) == (False, False)


def test_a_card_of_two_members_is_good_only_where_staff_can_choose(bench: Bench) -> None:
    for name in ("周敏", "周芳"):
        bench.member(name, cards=(UID.hex().upper(),))
    assert verdicts(bench, dataclasses.replace(GENUINE, proof="none")) == (False, True)
    assert len(bench.told[-1].several) == 2


def test_of_two_cards_at_once_neither_is_good(bench: Bench, account: AccountId) -> None:
    assert account
    for slot in ("desk", "board"):
        bench.kiosk.card_detected(CardDetected("desk", slot, 0.0))
    assert not bench.kiosk.card_tapped(GENUINE)

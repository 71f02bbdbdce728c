"""Taps judged: a card that once proved its key is told from a copy of its number, at every reader."""

from __future__ import annotations

import logging

import pytest

from terminal.base.errors import Refusal
from terminal.base.events import CardTapped
from terminal.base.ids import AccountId
from tests.services.conftest import Bench

UID = bytes.fromhex("04A1B2C3D4E5F6")
M1 = bytes.fromhex("0BE2FB0B")


def tap(uid: bytes, proof: str = "", device: str = "counter-reader", kind: str = "desfire") -> CardTapped:
    return CardTapped(device, device, kind, 0.0, uid=uid, proof=proof)


@pytest.fixture
def account(bench: Bench) -> AccountId:
    return bench.member(cards=(UID.hex().upper(),))


def assurance(bench: Bench) -> str:
    row = bench.database.row("SELECT assurance FROM medium WHERE number = ?", (UID.hex().upper(),))
    assert row is not None
    return str(row[0])


def test_a_card_is_its_members_whatever_it_proves_until_it_once_proved_its_key(
    bench: Bench, account: AccountId
) -> None:
    for proof in ("", "none", "refused", "delayed"):
        assert bench.media.member_of(tap(UID, proof)) == account
    assert assurance(bench) == "id-only"
    assert bench.media.member_of(tap(UID, "authenticated")) == account
    assert assurance(bench) == "authenticated"
    assert bench.alarms == []


@pytest.mark.parametrize(("proof", "kind"), [("refused", "desfire"), ("none", "m1"), ("none", "em4100")])
def test_after_that_a_card_with_its_number_and_not_its_key_is_a_clone_and_staff_are_told(
    bench: Bench, account: AccountId, proof: str, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    bench.media.member_of(tap(UID, "authenticated"))
    with caplog.at_level(logging.WARNING), pytest.raises(Refusal, match="card_clone"):
        bench.media.member_of(tap(UID, proof, "kiosk-reader", kind))
    assert bench.alarms == [("kiosk-reader", "card_clone")]
    assert "kiosk-reader" in caplog.text
    assert UID.hex() not in caplog.text.lower()
    assert bench.media.member_of(tap(UID, "authenticated")) == account


def test_a_card_that_makes_us_wait_is_no_clone(bench: Bench, account: AccountId) -> None:
    bench.media.member_of(tap(UID, "authenticated"))
    with pytest.raises(Refusal, match="card_delayed"):
        bench.media.member_of(tap(UID, "delayed"))
    assert bench.alarms == []
    assert bench.media.member_of(tap(UID, "authenticated")) == account


def test_a_till_without_keys_can_tell_nothing_and_accuses_nobody(bench: Bench, account: AccountId) -> None:
    bench.media.member_of(tap(UID, "authenticated"))
    assert bench.media.member_of(tap(UID, "")) == account


def test_both_screens_show_a_clone_and_no_member(bench: Bench, account: AccountId) -> None:
    assert account
    bench.media.member_of(tap(UID, "authenticated"))
    bench.kiosk.card_tapped(tap(UID, "refused", "kiosk-reader"))
    assert (bench.shown[-1].name, bench.shown[-1].code) == ("error", "card_clone")
    bench.counter.card_tapped(tap(UID, "refused"))
    assert (bench.told[-1].error, bench.told[-1].found) == ("card_clone", "")


def test_a_reader_set_to_one_end_takes_no_mirror_image(bench: Bench) -> None:
    account = bench.member(cards=(f"{int.from_bytes(M1, 'little'):010d}",))
    assert bench.media.member_of(tap(M1, device="reversed-reader")) == account
    assert bench.media.member_of(tap(M1[::-1])) == account
    with pytest.raises(Refusal, match="card_unknown"):
        bench.media.member_of(tap(M1[::-1], device="reversed-reader"))


def test_a_card_memory_that_holds_no_number_is_nobodys(bench: Bench) -> None:
    with pytest.raises(Refusal, match="card_number_bad"):
        bench.media.member_of(CardTapped("r", "r", "em4100", 0.0, number="~~~"))

"""Taps judged: a card that once proved its key is told from a copy of its number, at every reader."""

from __future__ import annotations

import logging

import pytest

from terminal.base.errors import Refusal
from terminal.base.events import CardTapped, CodeScanned
from terminal.base.ids import AccountId
from terminal.hw.cards.sun import TapAddresses
from terminal.services.media import Media
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


@pytest.mark.parametrize(
    ("proof", "kind"), [("refused", "desfire"), ("none", "m1"), ("none", "desfire"), ("", "em4100")]
)
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
    keyless = Media(
        bench.database,
        bench.members,
        {},
        lambda *_: pytest.fail("nobody is accused"),
        has_keys=False,
        taps=TapAddresses(None),
    )
    assert keyless.member_of(tap(UID, "")) == account
    assert keyless.member_of_code(UID.hex()) == account


@pytest.mark.parametrize("typed", [UID.hex().upper(), UID[::-1].hex().upper()])
def test_a_reader_that_types_an_authenticated_cards_number_has_a_copy_before_it(
    bench: Bench, account: AccountId, typed: str
) -> None:
    typing = CardTapped("pad", "pad", "em4100", 0.0, number=typed)
    assert bench.media.member_of(typing) == account
    bench.media.member_of(tap(UID, "authenticated"))
    with pytest.raises(Refusal, match="card_clone"):
        bench.media.member_of(typing)
    assert bench.alarms == [("pad", "card_clone")]


def test_the_number_of_an_authenticated_card_shown_as_a_code_opens_nobody_at_the_kiosk(
    bench: Bench, account: AccountId
) -> None:
    def show() -> None:
        bench.kiosk.code_scanned(CodeScanned("gun", 0.0, UID.hex().upper()))

    show()
    assert bench.screen.name == "member"
    bench.kiosk.finish(bench.screen.session)
    bench.media.member_of(tap(UID, "authenticated"))
    show()
    assert (bench.screen.name, bench.screen.code) == ("error", "card_tap_needed")
    assert [hit.account for hit in bench.members.search(UID.hex())] == [account], "staff find by any number"


def test_a_card_known_by_its_memory_and_its_chip_is_one_card_whichever_is_copied(bench: Bench) -> None:
    account = bench.member(cards=("880012", UID.hex().upper()))
    genuine = CardTapped("desk", "desk", "cpu", 0.0, uid=UID, number="880012", proof="authenticated")
    assert bench.media.member_of(genuine) == account
    for copy in (tap(UID, "none", kind="ntag"), CardTapped("pad", "pad", "em4100", 0.0, number="880012")):
        with pytest.raises(Refusal, match="card_clone"):
            bench.media.member_of(copy)


def test_a_card_enrolled_by_its_chip_is_found_when_its_memory_gets_a_number(bench: Bench, account: AccountId) -> None:
    assert bench.media.member_of(CardTapped("desk", "desk", "cpu", 0.0, uid=UID, number="990099")) == account


def test_a_card_that_proved_itself_is_found_whatever_end_its_reader_was_set_to(bench: Bench) -> None:
    account = bench.member(cards=(M1.hex().upper(),))
    assert bench.media.member_of(tap(M1, "authenticated", "reversed-reader")) == account


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

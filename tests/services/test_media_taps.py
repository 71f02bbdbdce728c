"""Tap addresses judged: each proves its card once, wherever it is scanned, typed or read, and never again."""

from __future__ import annotations

import logging

import pytest

from terminal.base.errors import Refusal
from terminal.base.events import CardTapped, CodeScanned
from terminal.base.ids import AccountId
from terminal.services.desk import Desk
from tests.hw_sim.card_aes import diversify, encrypt, mac_t, tap_keys
from tests.services.conftest import TAP_FILE, TAP_META, TAP_PREFIX, Bench
from tests.services.test_desk import desk, token_of

__all__ = ["desk"]

UID = bytes.fromhex("04A1B2C3D4E5F6")


def address(counter: int, uid: bytes = UID, *, master: bytes = TAP_FILE) -> str:
    """Return what a card's tap of that count makes."""
    mirrored = uid + counter.to_bytes(3, "little")
    hidden = encrypt(TAP_META, b"\xc7" + mirrored + b"noise").hex().upper()
    _, mac_key = tap_keys(diversify(master, uid, b"salon"), mirrored)
    return f"{TAP_PREFIX}?picc_data={hidden}&cmac={mac_t(mac_key, b'').hex().upper()}"


@pytest.fixture
def account(bench: Bench) -> AccountId:
    return bench.member(cards=(UID.hex().upper(),))


def assurance(bench: Bench) -> str:
    row = bench.database.row("SELECT assurance FROM medium WHERE number = ?", (UID.hex().upper(),))
    assert row is not None
    return str(row[0])


def counted(counter: int | None, device: str = "counter-reader", uid: bytes = UID) -> CardTapped:
    return CardTapped(device, device, "ntag424", 0.0, uid=uid, proof="counted", counter=counter)


def scan(bench: Bench, text: str) -> tuple[str, str]:
    """Scan at the counter and return whom it found and the refusal."""
    bench.counter.code_scanned(CodeScanned("scanner", 0.0, text))
    return bench.told[-1].found, bench.told[-1].error


def test_an_address_scanned_at_the_counter_finds_its_member_as_an_authenticated_card(
    bench: Bench, account: AccountId
) -> None:
    assert scan(bench, address(7)) == (account, "")
    assert assurance(bench) == "authenticated"


def test_an_address_is_good_once_and_so_is_every_older_one(bench: Bench, account: AccountId) -> None:
    assert scan(bench, address(7)) == (account, "")
    assert scan(bench, address(7)) == ("", "tap_url_replayed")
    assert scan(bench, address(6)) == ("", "tap_url_replayed")
    assert scan(bench, address(8)) == (account, "")
    assert bench.database.rows("SELECT uid, counter FROM card_tap") == [(UID, 8)]


def test_the_count_outlives_a_restart(bench: Bench, account: AccountId) -> None:
    assert scan(bench, address(7)) == (account, "")
    bench.database.close()
    bench.database.connect()
    assert scan(bench, address(7)) == ("", "tap_url_replayed")


def test_each_card_has_a_count_of_its_own(bench: Bench, account: AccountId) -> None:
    other = bytes.fromhex("04A1B2C3D4E5F7")
    second = bench.member("李雷", cards=(other.hex().upper(),))
    assert scan(bench, address(900)) == (account, "")
    assert scan(bench, address(1, other)) == (second, "")


def test_an_address_that_is_damaged_or_not_made_with_the_shops_keys_finds_nobody_and_counts_nothing(
    bench: Bench, account: AccountId
) -> None:
    assert account
    assert scan(bench, address(7)[:-1]) == ("", "tap_url_malformed")
    assert scan(bench, f"{TAP_PREFIX}?x=1") == ("", "tap_url_malformed")
    assert scan(bench, address(9, master=TAP_META)) == ("", "tap_url_mac_wrong")
    assert scan(bench, address(9)[:-16] + "0" * 16) == ("", "tap_url_mac_wrong")
    assert bench.database.rows("SELECT uid FROM card_tap") == []
    assert assurance(bench) == "id-only"


def test_a_web_address_that_is_none_of_the_shops_is_an_unknown_code(bench: Bench, account: AccountId) -> None:
    assert account
    assert scan(bench, "https://shop.example/terms") == ("", "code_unknown")
    assert scan(bench, f"https://other.example/t{address(7)[len(TAP_PREFIX) :]}") == ("", "code_unknown")


def test_an_address_of_a_card_that_is_nobodys_yet_is_used_up_all_the_same(bench: Bench) -> None:
    assert scan(bench, address(7)) == ("", "card_unknown")
    account = bench.member(cards=(UID.hex().upper(),))
    assert scan(bench, address(7)) == ("", "tap_url_replayed")
    assert scan(bench, address(8)) == (account, "")


def test_a_frozen_card_stays_frozen_however_genuine_its_address(bench: Bench, account: AccountId) -> None:
    assert account
    bench.database.run("UPDATE medium SET state = 'frozen' WHERE kind = 'card'")
    assert scan(bench, address(7)) == ("", "card_frozen")
    assert assurance(bench) == "id-only"


def test_the_kiosk_shows_the_member_of_a_new_address_and_refuses_an_old_one(bench: Bench, account: AccountId) -> None:
    assert account
    bench.kiosk.code_scanned(CodeScanned("gun", 0.0, address(7)))
    assert bench.screen.name == "member"
    bench.kiosk.finish(bench.screen.session)
    bench.kiosk.code_scanned(CodeScanned("gun", 0.0, address(7)))
    assert (bench.screen.name, bench.screen.code) == ("error", "tap_url_replayed")


def test_two_scanners_share_one_count(bench: Bench, account: AccountId) -> None:
    bench.kiosk.code_scanned(CodeScanned("gun", 0.0, address(7)))
    assert scan(bench, address(7)) == ("", "tap_url_replayed")
    assert scan(bench, address(8)) == (account, "")


def test_a_search_repeated_as_one_types_finds_the_same_member_and_an_old_address_finds_nobody(
    bench: Bench, desk: Desk, account: AccountId
) -> None:
    token = token_of(bench, desk)
    for _ in range(2):
        assert [hit.account for hit in desk.find_members(token, address(7))] == [account]
    assert assurance(bench) == "authenticated"
    with pytest.raises(Refusal, match="tap_url_replayed"):
        desk.find_members(token, address(6))
    # After another address was shown, the one that was searched last is an old one too.
    assert scan(bench, address(8)) == (account, "")
    for old in (address(7), address(8)):
        with pytest.raises(Refusal, match="tap_url_replayed"):
            desk.find_members(token, old)
    assert [hit.account for hit in desk.find_members(token, "王小芳")] == [account]


def test_a_search_for_a_refused_address_is_refused_each_time(bench: Bench, desk: Desk, account: AccountId) -> None:
    assert account
    token = token_of(bench, desk)
    assert scan(bench, address(7))[1] == ""
    for _ in range(2):
        with pytest.raises(Refusal, match="tap_url_replayed"):
            desk.find_members(token, address(7))
        with pytest.raises(Refusal, match="tap_url_mac_wrong"):
            desk.find_members(token, address(9, master=TAP_META))


def test_a_scanner_that_types_into_the_page_counts_as_any_other(bench: Bench, desk: Desk, account: AccountId) -> None:
    token = token_of(bench, desk)
    desk.scanned(token, address(7))
    assert bench.told[-1].found == account
    desk.scanned(token, address(7))
    assert bench.told[-1].error == "tap_url_replayed"


def test_a_reader_that_had_a_new_address_made_has_the_genuine_card(bench: Bench, account: AccountId) -> None:
    assert bench.media.member_of(counted(7)) == account
    assert assurance(bench) == "authenticated"
    assert bench.media.member_of(counted(8)) == account
    assert scan(bench, address(8)) == ("", "tap_url_replayed")
    assert bench.alarms == []


@pytest.mark.parametrize("stale", [counted(7), counted(6), counted(None)])
def test_what_shows_a_reader_an_old_address_is_a_copy_and_staff_are_told(
    bench: Bench, account: AccountId, stale: CardTapped
) -> None:
    assert bench.media.member_of(counted(7)) == account
    with pytest.raises(Refusal, match="card_clone"):
        bench.media.member_of(stale)
    assert bench.alarms == [("counter-reader", "card_clone")]
    assert bench.media.member_of(counted(8)) == account


def test_an_old_address_at_a_reader_makes_no_card_authenticated(bench: Bench) -> None:
    assert scan(bench, address(7)) == ("", "card_unknown")
    account = bench.member(cards=(UID.hex().upper(),))
    # Found by its number, as a card that was never issued here is.
    assert bench.media.member_of(counted(7)) == account
    assert assurance(bench) == "id-only"


def test_no_log_holds_an_address_or_a_number(
    bench: Bench, desk: Desk, account: AccountId, caplog: pytest.LogCaptureFixture
) -> None:
    assert account
    with caplog.at_level(logging.DEBUG):
        token = token_of(bench, desk)
        for text in (address(7), address(7), address(9, master=TAP_META), address(8)[:-1]):
            scan(bench, text)
            with pytest.raises(Refusal):
                desk.find_members(token, text)
        bench.kiosk.card_tapped(counted(7, "kiosk-reader"))
    assert "has the number of an authenticated card" in caplog.text
    for secret in ("picc_data", "cmac", TAP_PREFIX, UID.hex(), TAP_META.hex(), TAP_FILE.hex()):
        assert secret not in caplog.text.lower()


def test_a_number_written_into_a_sector_goes_before_the_chip_number_and_proves_nothing(bench: Bench) -> None:
    uid = bytes.fromhex("0BE2FB0B")
    earlier = bench.member("李雷", cards=(uid.hex().upper(),))
    account = bench.member(cards=("VIP20260018",))
    tap = CardTapped("desk", "desk", "m1", 0.0, uid=uid, number="VIP20260018", proof="none")
    assert bench.media.member_of(tap) == account
    assert bench.media.member_of(CardTapped("desk", "desk", "m1", 0.0, uid=uid, proof="none")) == earlier
    assert bench.database.rows("SELECT DISTINCT assurance FROM medium WHERE kind = 'card'") == [("id-only",)]


def test_a_forged_sector_with_the_number_of_an_authenticated_card_is_a_copy(bench: Bench) -> None:
    uid = UID.hex().upper()
    account = bench.member(cards=("VIP20260018", uid))
    genuine = CardTapped("desk", "desk", "cpu", 0.0, uid=UID, number="VIP20260018", proof="authenticated")
    assert bench.media.member_of(genuine) == account
    forged = CardTapped("desk", "desk", "m1", 0.0, uid=b"\x0b\xe2\xfb\x0b", number="VIP20260018", proof="none")
    with pytest.raises(Refusal, match="card_clone"):
        bench.media.member_of(forged)

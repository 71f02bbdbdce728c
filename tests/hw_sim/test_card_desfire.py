"""DESFire EV1, EV2 and EV3 in dialogue: sessions, files, keys, issuing, the random identifier."""

from __future__ import annotations

import pytest

from tests.hw_sim.card_host import Ev1Host, Ev2Host, mixed_key, native
from tests.hw_sim.keyed_cards import (
    AID,
    KEY,
    OTHER,
    UID,
    ZERO,
    H,
    desfire,
    span,
)


def test_an_ev1_session_reads_and_writes_in_all_three_modes() -> None:
    card = desfire("ev1")
    assert native(card, 0x5A, AID) == (b"", 0)
    host = Ev1Host(card, OTHER, 1)
    assert host.plain(0xBD, span(1, 4, 3)) == (bytes([4, 5, 6]), 0)
    assert host.plain(0xBD, span(2, 0, 0)) == (bytes(range(80)), 0)
    assert host.read_full(0xBD, span(3, 10, 20), 20) == bytes(range(10, 30))
    assert host.plain(0x3D, span(1, 0, 2), b"ab") == (b"", 0)
    assert host.plain(0x3D, span(2, 0, 2), b"cd", mac=True) == (b"", 0)
    assert host.write_full(0x3D, span(3, 0, 2), b"ef") == 0
    files = card.applications[AID].files
    assert [bytes(files[number].memory[:3]) for number in (1, 2, 3)] == [b"ab\x02", b"cd\x02", b"ef\x02"]
    assert host.read_full(0x51, b"", 7) == H(UID)
    assert host.plain(0x71, b"\x00\x00")[1] == 0x1C


def test_an_ev2_session_reads_and_writes_in_all_three_modes() -> None:
    card = desfire("ev3")
    native(card, 0x5A, AID)
    host = Ev2Host(card, OTHER, 1)
    assert host.plain(0xAD, span(1, 4, 3)) == (bytes([4, 5, 6]), 0)
    assert host.call(0xAD, span(2, 0, 0)) == (bytes(range(80)), 0)
    assert host.call(0xBD, span(3, 0, 0), hidden=True) == (bytes(range(80)), 0)
    assert host.plain(0x8D, span(1, 0, 2) + b"ab") == (b"", 0)
    assert host.call(0x8D, span(2, 0, 2), b"cd") == (b"", 0)
    assert host.call(0x8D, span(3, 0, 2), b"ef", hide=True) == (b"", 0)
    assert host.again(KEY, 0) == 0
    assert host.call(0x51, hidden=True) == (H(UID), 0)
    assert host.call(0xF5, b"\x03") == (H("00031011500000"), 0)
    assert host.call(0x60)[0][14:21] == H(UID)
    assert host.call(0x5F, b"\x01", H("01EEEE"), hide=True) == (b"", 0)
    assert host.call(0xF5, b"\x01") == (H("0001EEEE500000"), 0)
    files = card.applications[AID].files
    assert [bytes(files[number].memory[:3]) for number in (1, 2, 3)] == [b"ab\x02", b"cd\x02", b"ef\x02"]


def test_a_long_write_comes_in_frames() -> None:
    card = desfire()
    native(card, 0x5A, AID)
    Ev2Host(card, OTHER, 1)
    card.session = None
    card.applications[AID].files[1].set_access(H("EEEE"))
    header, data = span(1, 0, 60), b"z" * 60
    assert card.apdu(H("903D000034") + header + data[:45] + b"\x00") == H("91AF")
    assert card.apdu(H("90AF00000F") + data[45:] + b"\x00") == H("9100")
    assert card.applications[AID].files[1].memory[:60] == data
    assert card.apdu(H("903D000034") + header + data[:45] + b"\x00") == H("91AF")
    assert card.apdu(H("90AF000000")) == H("917E")


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("90AD0000070300000001000000", 0xAE),
        ("90AD0000070900000001000000", 0xF0),
        ("905A00000301020300", 0xA0),
        ("90AA0000010500", 0x40),
        ("90770000010000", 0x9D),
        ("90EE000000", 0x1C),
        ("90F500000100", 0x7E),
        ("90510000010000", 0x7E),
    ],
)
def test_any_error_ends_the_session(command: str, status: int) -> None:
    card = desfire()
    native(card, 0x5A, AID)
    if status != 0x9D:
        Ev2Host(card, KEY)
    assert card.apdu(H(command)) == bytes([0x91, status])
    assert native(card, 0x51) == (b"", 0xAE)


def test_a_wrong_mac_ends_the_session_and_writes_nothing() -> None:
    card = desfire()
    native(card, 0x5A, AID)
    Ev2Host(card, OTHER, 1)
    assert native(card, 0x8D, span(2, 0, 2) + b"cd" + bytes(8)) == (b"", 0x1E)
    assert card.applications[AID].files[2].memory[:2] == b"\x00\x01"
    assert native(card, 0x51) == (b"", 0xAE)


@pytest.mark.parametrize("version", ["ev1", "ev2"])
def test_a_blank_gets_its_application_file_and_keys(version: str) -> None:
    card = desfire(version, applications={})
    assert native(card, 0x6A) == (b"", 0)
    assert native(card, 0xCA, AID + H("0F82")) == (b"", 0)
    assert native(card, 0xCA, AID + H("0F82")) == (b"", 0xDE)
    assert native(card, 0x6A) == (AID, 0)
    native(card, 0x5A, AID)
    assert native(card, 0x45) == (H("0F82"), 0)
    assert native(card, 0x6F) == (b"", 0)
    assert native(card, 0xCD, H("01031F11200000")) == (b"", 0)
    assert native(card, 0x6F) == (b"\x01", 0)
    other, check = mixed_key(OTHER, ZERO)
    if version == "ev1":
        old = Ev1Host(card, ZERO)
        assert old.write_full(0xC4, b"\x01", other, check) == 0
        assert old.write_full(0xC4, b"\x00", KEY + b"\x02") == 0
    else:
        new = Ev2Host(card, ZERO)
        assert new.call(0xC4, b"\x01", other + check, hide=True) == (b"", 0)
        assert new.call(0xC4, b"\x00", KEY + b"\x02", hide=True) == (b"", 0)
    assert card.applications[AID].keys == [KEY, OTHER]
    assert native(card, 0x51) == (b"", 0xAE)
    assert native(card, 0x64, b"\x00") == (b"\x02", 0)
    assert Ev1Host(card, KEY).read_full(0x51, b"", 7) == H(UID)


def test_settings_decide_who_makes_applications_and_changes_keys() -> None:
    closed = desfire(picc_key=KEY.hex(), picc_settings="09", applications={})
    assert native(closed, 0xCA, AID + H("0F82")) == (b"", 0xAE)
    assert Ev2Host(closed, KEY).call(0xCA, AID + H("FE82")) == (b"", 0)
    native(closed, 0x5A, AID)
    host = Ev2Host(closed, ZERO)
    other, check = mixed_key(OTHER, ZERO)
    assert host.call(0xC4, b"\x01", other + check, hide=True) == (b"", 0x9D)
    assert Ev2Host(closed, ZERO).call(0xC4, b"\x00", KEY + b"\x01", hide=True) == (b"", 0x9D)


def test_a_random_uid_hides_the_real_one_until_somebody_has_authenticated() -> None:
    card = desfire(random_uid=True)
    shown = card.uid
    assert (len(shown), shown[0]) == (4, 0x08)
    assert native(card, 0x60)[0][14:21] == bytes(7)
    native(card, 0x5A, AID)
    assert Ev2Host(card, KEY).call(0x51, hidden=True) == (H(UID), 0)
    card.enter_field()
    assert card.uid != shown


def test_the_random_uid_is_switched_on_for_ever() -> None:
    card = desfire(picc_key=KEY.hex())
    assert Ev2Host(card, KEY).call(0x5C, b"\x00", b"\x02", hide=True) == (b"", 0)
    assert card.uid == H(UID)
    card.enter_field()
    assert card.uid[0] == 0x08
    assert Ev2Host(card, KEY).call(0x5C, b"\x00", b"\x00", hide=True) == (b"", 0)
    card.enter_field()
    assert card.uid[0] == 0x08

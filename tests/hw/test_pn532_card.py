"""What a PC/SC reader would be asked, as a PN532 is asked it: every byte on the line is written down here."""

from __future__ import annotations

import threading

import pytest

from terminal.hw.card_reading import Identified, Unfit, identify
from terminal.hw.cards.classic import read_number
from terminal.hw.cards.keys import ClassicKeys
from terminal.hw.pn532_card import COMMANDS_MAX, CardLost, CardWasReset, Pn532Card, search
from terminal.hw.pn532_link import RESENDS_MAX, Patience, Pn532Link
from terminal.hw.pn532_target import Target, TargetMalformed, made_up_atr, parse_targets
from tests.hw.pn532_peer import ACK, ERROR, SILENCE_S, VERSION, Transcript, asked, frame

PATIENCE = Patience(ack_s=0.1, answer_s=0.5, card_s=1.0, gap_s=0.1)
UID4, UID7 = bytes.fromhex("0BE2FB0B"), bytes.fromhex("04B6A59483C280")
CLASSIC = Target(0x08, UID4)
TYPE2 = Target(0x00, UID7)
PART4 = Target(0x20, UID7, bytes.fromhex("067577810280"))
OFF, ON = asked("320100", "33"), asked("320101", "33")
EMPTY = asked("4A0100", "4B00")
DEAF = [(ACK, b""), asked("02", "03" + VERSION)]


def listed(target: Target) -> tuple[bytes, bytes]:
    """Return the search that finds `target`."""
    parts = [b"\x01\x01\x00\x04", bytes([target.sak, len(target.uid)]), target.uid, target.ats]
    return asked("4A0100", "4B" + b"".join(parts).hex())


def again(target: Target) -> list[tuple[bytes, bytes]]:
    """Return what selects `target` from the beginning."""
    return [OFF, ON, listed(target)]


class Desk:
    """A conversation with `target` over a transcript."""

    def __init__(self, target: Target, *lines: tuple[bytes, bytes], limit_s: float = 60.0) -> None:
        self.port = Transcript(*lines)
        self.stop = threading.Event()
        link = Pn532Link(self.port, PATIENCE, self.port.clock_s)
        self.card = Pn532Card(link, target, self.stop, limit_s, self.port.clock_s)

    def send(self, command: str) -> str:
        data, status = self.card.transmit(bytes.fromhex(command))
        return f"{data.hex().upper()} {status:04X}".strip()


@pytest.mark.parametrize(
    ("target", "atr"),
    [
        (CLASSIC, "3B8F8001804F0CA000000306030001000000006A"),
        (Target(0x18, UID4), "3B8F8001804F0CA0000003060300020000000069"),
        (TYPE2, "3B8F8001804F0CA0000003060300030000000068"),
        (Target(0x09, UID4), "3B8F8001804F0CA000000306030026000000004D"),
        (Target(0x88, UID4), "3B8F8001804F0CA00000030603FF88000000001C"),
        (PART4, "3B8180018080"),
        (Target(0x20, UID7), "3B80800101"),
        (Target(0x20, UID7, b"\x01"), "3B80800101"),
        (Target(0x20, UID7, bytes.fromhex("0200")), "3B80800101"),
        # A CPU card that also has sectors: three interface bytes, then eleven historical ones.
        (Target(0x28, UID4, bytes.fromhex("10788073021020900000000000429C53")), "3B8B80011020900000000000429C5327"),
    ],
)
def test_the_answer_to_reset_is_the_one_a_pcsc_reader_makes_up(target: Target, atr: str) -> None:
    assert made_up_atr(target).hex().upper() == atr


def test_a_listing_is_a_card_or_none_or_malformed() -> None:
    assert parse_targets(b"\x00") is None
    assert parse_targets(bytes.fromhex("0101000408040BE2FB0B")) == CLASSIC
    assert parse_targets(bytes.fromhex("010103442007") + UID7 + PART4.ats) == PART4
    # Whatever comes behind the ATS is not the card's.
    assert parse_targets(bytes.fromhex("010103442007") + UID7 + PART4.ats + b"\xaa") == PART4
    for bad in ["", "01", "0101000408", "0201000408040BE2FB0B", "0101000408040BE2", "0101000408050BE2FB0B11"]:
        with pytest.raises(TargetMalformed):
            parse_targets(bytes.fromhex(bad))


def test_two_listings_may_be_one_card_by_number_and_type() -> None:
    phone, later = Target(0x20, bytes.fromhex("08112233")), Target(0x20, bytes.fromhex("08445566"))
    assert CLASSIC.may_be(Target(0x08, UID4))
    assert phone.may_be(later)
    assert not CLASSIC.may_be(Target(0x08, bytes.fromhex("11223344")))
    assert not CLASSIC.may_be(Target(0x18, UID4))
    assert not phone.may_be(Target(0x20, UID4))


def test_a_number_is_not_shown_by_accident() -> None:
    assert UID7.hex() not in repr(PART4)
    assert str(UID7) not in repr(PART4)


def test_the_number_and_the_ats_are_known_without_asking() -> None:
    desk = Desk(PART4)
    assert desk.send("FFCA000000") == UID7.hex().upper() + " 9000"
    assert desk.send("FFCA000004") == "6C07"
    assert desk.send("FFCA010000") == "067577810280 9000"
    assert Desk(CLASSIC).send("FFCA010000") == "6A81"


@pytest.mark.parametrize(
    ("uid", "last_four"), [(UID4, "0BE2FB0B"), (UID7, "9483C280")], ids=["four bytes", "seven bytes"]
)
def test_a_number_in_a_sector_is_read_and_after_a_refusal_the_card_is_listed_and_opened_again(
    uid: bytes, last_four: str
) -> None:
    key, target = "A1B2C3D4E5F6", Target(0x08, uid)
    place = ClassicKeys(2, 1, "B", "ascii", 0, 16, bytes.fromhex(key))
    written = b"VIP20260018".ljust(16, b"\0").hex()
    login, read = f"40016109{key}{last_four}", "40013009"
    desk = Desk(target, asked(login, "4100"), asked(read, f"4100{written}"))
    assert read_number(desk.card.transmit, place) == "VIP20260018"
    desk.port.assert_at_end()
    # UM0701-02, 7.1: 14 is a refused key, 13 a card that answered nothing whole.
    desk = Desk(target, asked(login, "4114"), *again(target), asked(login, "4100"), asked(read, f"4100{written}"))
    assert read_number(desk.card.transmit, place) == "VIP20260018"
    desk.port.assert_at_end()
    refused = (asked(login, "4114"), *again(target))
    desk = Desk(target, *refused, *refused)
    assert read_number(desk.card.transmit, place) == ""
    desk.port.assert_at_end()
    silent = (asked(login, "4100"), asked(read, "4113"), *again(target))
    desk = Desk(target, *silent, *silent)
    assert read_number(desk.card.transmit, place) is None
    desk.port.assert_at_end()


def test_a_card_pulled_away_while_its_number_is_read_is_lost() -> None:
    place = ClassicKeys(2, 1, "A", "ascii", 0, 16, bytes.fromhex("A1B2C3D4E5F6"))
    gone = (OFF, ON, EMPTY)
    desk = Desk(CLASSIC, asked("40016009A1B2C3D4E5F60BE2FB0B", "4100"), asked("40013009", "4101"), *gone, *gone)
    with pytest.raises(CardLost):
        read_number(desk.card.transmit, place)
    desk.port.assert_at_end()


def test_a_classic_sector_is_logged_in_to_and_read_and_written() -> None:
    key, block = "A0A1A2A3A4A5", "00112233445566778899AABBCCDDEEFF"
    desk = Desk(
        CLASSIC,
        asked(f"40016004{key}0BE2FB0B", "4100"),
        asked("40013004", f"4100{block}"),
        asked(f"4001A004{block}", "4100"),
        asked(f"40016105{key}0BE2FB0B", "4100"),
    )
    assert desk.send(f"FF82000006{key}") == "9000"
    assert desk.send("FF860000050100046000") == "9000"
    assert desk.send("FFB0000410") == f"{block} 9000"
    assert desk.send(f"FFD6000410{block}") == "9000"
    assert desk.send("FF8800056100") == "9000"
    desk.port.assert_at_end()


def test_a_classic_card_with_a_long_number_logs_in_with_the_end_of_it() -> None:
    desk = Desk(Target(0x08, UID7), asked("40016004FFFFFFFFFFFF9483C280", "4100"))
    desk.send("FF82000106FFFFFFFFFFFF")
    assert desk.send("FF860000050100046001") == "9000"
    desk.port.assert_at_end()


def test_after_a_wrong_key_the_card_is_selected_again_and_the_right_key_works() -> None:
    desk = Desk(
        CLASSIC,
        asked("40016004FFFFFFFFFFFF0BE2FB0B", "4114"),
        *again(CLASSIC),
        asked("40016004A0A1A2A3A4A50BE2FB0B", "4100"),
    )
    desk.send("FF82000006FFFFFFFFFFFF")
    desk.send("FF82000106A0A1A2A3A4A5")
    assert desk.send("FF860000050100046000") == "6300"
    assert desk.send("FF860000050100046001") == "9000"
    desk.port.assert_at_end()


def test_a_card_pulled_away_while_logging_in_is_gone_and_not_refused() -> None:
    desk = Desk(CLASSIC, asked("40016004FFFFFFFFFFFF0BE2FB0B", "4101"), OFF, ON, EMPTY, OFF, ON, EMPTY)
    desk.send("FF82000006FFFFFFFFFFFF")
    with pytest.raises(CardLost) as caught:
        desk.send("FF860000050100046000")
    assert not isinstance(caught.value, CardWasReset)
    desk.port.assert_at_end()


def test_another_card_in_its_place_is_not_taken_for_it() -> None:
    other = Target(0x08, bytes.fromhex("11223344"))
    desk = Desk(CLASSIC, asked("40013004", "4127"), *again(other), *again(other))
    with pytest.raises(CardLost):
        desk.send("FFB0000410")
    desk.port.assert_at_end()


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("FF860000050100046000", "6300"),  # no key loaded
        ("FF82000206FFFFFFFFFFFF", "6300"),  # no such slot
        ("FF82000005FFFFFFFFFF", "6700"),
        ("FF8600000501000460", "6700"),
        ("FFB0000411", "6C10"),
        ("FFD600040411223344", "6700"),  # a block has sixteen bytes
        ("FFD7000405000000000A", "6A81"),
        ("FFC2000002810000", "6A81"),
        ("FF00400000", "6A81"),
        ("FF00", "6A81"),
        ("FF", "6A81"),
        ("00A4040000", "6D00"),
    ],
)
def test_what_cannot_be_done_is_refused_without_asking_the_chip(command: str, status: str) -> None:
    assert Desk(CLASSIC).send(command) == status


def test_pages_of_a_type_2_card_are_read_and_written() -> None:
    pages = "E1101200" * 4
    desk = Desk(TYPE2, asked("40013003", f"4100{pages}"), asked("4001A20411223344", "4100"))
    assert desk.send("FFB0000310") == f"{pages} 9000"
    assert desk.send("FFD600040411223344") == "9000"
    assert desk.send("FFD6000410" + "00" * 16) == "6700"
    desk.port.assert_at_end()


def test_fewer_bytes_are_cut_from_the_sixteen_that_come() -> None:
    pages = "00112233445566778899AABBCCDDEEFF"
    assert Desk(TYPE2, asked("40013003", f"4100{pages}")).send("FFB0000304") == "00112233 9000"
    # A read that brings less than a block is none.
    assert Desk(TYPE2, asked("40013003", "41000011")).send("FFB0000304") == "6300"


def test_a_raw_command_carries_the_chips_status_back() -> None:
    desk = Desk(TYPE2, asked("4260", "43000004040201000F03"), asked("4260", "4301"), *again(TYPE2))
    assert desk.send("FF00000003D44260") == "D543000004040201000F03 9000"
    assert desk.send("FF00000003D44260") == "D54301 9000"
    desk.port.assert_at_end()
    assert Desk(PART4).send("FF00000003D44260") == "6A81"
    assert Desk(TYPE2).send("FF00000003D44060") == "6A81"
    assert Desk(TYPE2).send("FF00000004D44260") == "6A81"
    assert Desk(TYPE2).send("FF00000002D442") == "6A81"


def test_a_processor_card_takes_commands_as_they_are() -> None:
    desk = Desk(PART4, asked("40019060000000", "410004010101001A0591AF"))
    assert desk.send("9060000000") == "04010101001A05 91AF"


def test_an_answer_in_several_parts_is_put_together() -> None:
    desk = Desk(
        PART4,
        asked("400100B0000000", "4140" + "11" * 200),
        asked("4001", "4100" + "22" * 50 + "9000"),
        asked("400100B0000000", "41006C02"),
        asked("400100B0000002", "410033346101"),
        asked("400100C0000001", "4100359000"),
    )
    assert desk.send("00B0000000") == "11" * 200 + "22" * 50 + " 9000"
    assert desk.send("00B0000000") == "333435 9000"
    desk.port.assert_at_end()


def test_the_longest_command_and_answer_fit_extended_frames() -> None:
    command, answer = "00D60000FF" + "5A" * 255, "C3" * 256 + "9000"
    desk = Desk(PART4, asked("4001" + command, "4100" + answer))
    assert desk.send(command) == "C3" * 256 + " 9000"
    assert desk.send("00D60000000200" + "5A" * 512) == "6700"
    desk.port.assert_at_end()


def test_a_processor_card_that_lost_the_conversation_is_selected_and_begun_with_again() -> None:
    desk = Desk(PART4, asked("40019060000000", "4101"), *again(PART4))
    with pytest.raises(CardWasReset):
        desk.send("9060000000")
    desk.port.assert_at_end()


def test_a_command_to_a_processor_card_is_never_sent_twice() -> None:
    """Lost on the line: the card is begun with again, for half an authentication said twice looks like a forgery."""
    lost = frame("D44001" + "90AF000000")
    desk = Desk(PART4, (lost, b""), (ACK, b""), *DEAF, *again(PART4))
    with pytest.raises(CardWasReset):
        desk.send("90AF000000")
    desk.port.assert_at_end()


def test_nor_is_a_raw_one_which_may_be_a_step_of_an_authentication() -> None:
    desk = Desk(TYPE2, (frame("D4421A00"), b""), (ACK, b""), *DEAF, *again(TYPE2))
    with pytest.raises(CardWasReset):
        desk.send("FF00000004D4421A00")
    desk.port.assert_at_end()


def test_a_card_that_never_answers_does_not_use_up_the_whole_conversation() -> None:
    desk = Desk(PART4, (frame("D440019060000000"), ACK), (ACK, b""), *DEAF, *again(PART4))
    began_s = desk.port.clock_s()
    with pytest.raises(CardWasReset):
        desk.send("9060000000")
    assert desk.port.clock_s() - began_s < PATIENCE.card_s + 0.5
    desk.port.assert_at_end()


def test_a_command_that_the_chip_refuses_each_time_is_the_cards_trouble() -> None:
    refused = (frame("D440019060000000"), ACK + ERROR)
    desk = Desk(PART4, *[refused] * (1 + RESENDS_MAX), (ACK, b""), *DEAF, *again(PART4))
    with pytest.raises(CardWasReset):
        desk.send("9060000000")
    desk.port.assert_at_end()


def test_a_command_to_a_storage_card_is_sent_again() -> None:
    desk = Desk(TYPE2, (frame("D440013003"), b""), asked("40013003", "4100" + "11" * 16))
    assert desk.send("FFB0000310") == "11" * 16 + " 9000"


@pytest.mark.parametrize("answer", ["41", "410090", "4100"])
def test_an_answer_too_short_to_be_one_is_the_end(answer: str) -> None:
    with pytest.raises(CardLost):
        Desk(PART4, asked("40019060000000", answer)).send("9060000000")


def test_a_card_with_always_more_to_say_is_cut_off() -> None:
    desk = Desk(PART4, asked("400100B0000000", "4100116101"), *[asked("400100C0000001", "4100116101")] * COMMANDS_MAX)
    with pytest.raises(CardLost):
        desk.send("00B0000000")
    parts = [asked("400100B0000000", "4140" + "11" * 250), *[asked("4001", "4140" + "11" * 250)] * 100]
    with pytest.raises(CardLost):
        Desk(PART4, *parts).send("00B0000000")


def test_the_conversation_ends_with_its_time_and_when_stopping() -> None:
    desk = Desk(PART4, limit_s=SILENCE_S / 2)
    desk.port.read()
    with pytest.raises(CardLost):
        desk.send("9060000000")
    desk = Desk(PART4)
    desk.stop.set()
    with pytest.raises(CardLost):
        desk.send("9060000000")


@pytest.mark.parametrize(
    ("target", "lines", "found"),
    [
        (CLASSIC, [], Identified("m1", UID4)),
        (TYPE2, [asked("4260", "43000004040201000F03")], Identified("ntag", UID7)),
        (TYPE2, [asked("4260", "4301"), *again(TYPE2)], Identified("ultralight", UID7)),
        (Target(0x00, UID4), [], Identified("m1", UID4)),
        (Target(0x08, bytes.fromhex("08112233")), [], Unfit("card_random_uid")),
        (
            PART4,
            [
                asked("40019060000000", "410004010101001A0591AF"),
                asked("400190AF000000", "410004010101001A0591AF"),
                asked("400190AF000000", "410004B6A59483C28000000000001A9100"),
            ],
            Identified("desfire", UID7),
        ),
        (PART4, [asked("40019060000000", "41006D00")], Unfit("card_foreign")),
    ],
)
def test_identification_works_as_it_is(
    target: Target, lines: list[tuple[bytes, bytes]], found: Identified | Unfit
) -> None:
    desk = Desk(target, *lines)
    assert identify(made_up_atr(target), desk.card.transmit) == found
    desk.port.assert_at_end()


def test_a_search_that_loses_its_answer_is_made_once_more() -> None:
    port = Transcript((frame("D44A0100"), ACK), (ACK, b""), *DEAF, listed(CLASSIC))
    link = Pn532Link(port, PATIENCE, port.clock_s)
    assert search(link, threading.Event(), afresh=False) == CLASSIC
    port.assert_at_end()

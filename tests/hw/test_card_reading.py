"""What a card is, decided from its answers alone."""

from __future__ import annotations

import pytest

from terminal.hw.card_reading import Identified, Unfit, identify

UID4 = bytes.fromhex("0BE2FB0B")
UID7 = bytes.fromhex("04A1B2C3D4E580")
DESFIRE_ATR = bytes.fromhex("3B8180018080")
PHONE_ATR = bytes.fromhex("3B80800101")
SLE4442_ATR = bytes.fromhex("3B04A2131091")
UID = "FFCA000000"
NATIVE = "9060000000"
MORE = "90AF000000"
RAW_VERSION = "FF00000003D44260"
SELECT_SLE = "FFA400000106"
READ_SLE = "FFB0002010"


def storage_atr(name: str, standard: str = "03") -> bytes:
    body = bytes.fromhex("8F8001804F0CA000000306" + standard + name + "00000000")
    check = 0
    for byte in body:
        check ^= byte
    return b"\x3b" + body + bytes([check])


class Card:
    """Answers the commands it was given answers for (data and status in one hex string), else `6D 00`."""

    def __init__(self, answers: dict[str, str | list[str]]) -> None:
        self._answers = answers
        self.asked: list[str] = []

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        self.asked.append(command.hex().upper())
        answer = self._answers.get(self.asked[-1], "6D00")
        if isinstance(answer, list):
            answer = answer.pop(0)
        whole = bytes.fromhex(answer)
        return whole[:-2], int.from_bytes(whole[-2:], "big")


def ntag_version(subtype: str) -> str:
    return "D54300" + "0004" + subtype + "01000F03" + "9000"


@pytest.mark.parametrize(
    ("name", "uid", "raw_version", "kind"),
    [
        ("0001", UID4, "6A81", "m1"),
        ("0002", UID4, "6A81", "m1"),
        ("0026", UID4, "6A81", "m1"),
        ("0036", UID7, "6A81", "m1"),
        ("FF08", UID4, "6A81", "m1"),
        ("FF28", UID4, "6A81", "m1"),
        ("FF88", UID4, "6A81", "m1"),
        ("0003", UID4, "6A81", "m1"),  # a reader that calls Classic cards so
        ("0003", UID7, ntag_version("0402"), "ntag"),
        ("0003", UID7, ntag_version("0301"), "ultralight"),
        ("0003", UID7, "6A81", "ultralight"),
        ("0003", UID7, "D543019000", "ultralight"),
        ("FF00", UID7, ntag_version("0402"), "ntag"),
        ("003A", UID7, "6A81", "ultralight"),
        ("00AA", UID7, "6A81", "unknown"),
    ],
)
def test_a_storage_card_is_known_by_its_name_and_answers(name: str, uid: bytes, raw_version: str, kind: str) -> None:
    card = Card({UID: uid.hex() + "9000", RAW_VERSION: raw_version})
    assert identify(storage_atr(name), card.transmit) == Identified(kind, uid)


def test_the_atr_made_here_is_the_published_one() -> None:
    assert storage_atr("0001").hex().upper() == "3B8F8001804F0CA000000306030001000000006A"


def test_a_felica_card_by_its_published_atr_is_foreign_and_asked_nothing() -> None:
    # PC/SC part 3 supplement: storage card (4F), standard 11 (FeliCa), card name 003B.
    card = Card({UID: UID4.hex() + "9000"})
    assert identify(bytes.fromhex("3B8F8001804F0CA00000030611003B0000000042"), card.transmit) == Unfit("card_foreign")
    assert card.asked == []


@pytest.mark.parametrize(("standard", "name"), [("11", "003B"), ("0B", "0014"), ("07", "0000"), ("05", "0000")])
def test_felica_vicinity_and_type_b_cards_are_foreign_and_asked_nothing(standard: str, name: str) -> None:
    card = Card({UID: UID4.hex() + "9000"})
    assert identify(storage_atr(name, standard), card.transmit) == Unfit("card_foreign")
    assert card.asked == []


@pytest.mark.parametrize("atr", [storage_atr("0001"), PHONE_ATR, DESFIRE_ATR, b""])
def test_a_random_uid_is_refused_whatever_the_card_says_it_is(atr: bytes) -> None:
    card = Card({UID: "08A1B2C39000", NATIVE: "04010133001605" + "9100"})
    assert identify(atr, card.transmit) == Unfit("card_random_uid")


def test_a_seven_byte_uid_that_begins_with_08_is_not_random() -> None:
    uid = bytes.fromhex("08A1B2C3D4E5F6")
    assert identify(storage_atr("0001"), Card({UID: uid.hex() + "9000"}).transmit) == Identified("m1", uid)


@pytest.mark.parametrize(
    "answer", ["88A1B2C39000", "000000009000", "0102039000", "9000", "6300", "01020304050607089000"]
)
def test_a_storage_card_without_a_whole_uid_is_unreadable(answer: str) -> None:
    assert identify(storage_atr("0001"), Card({UID: answer}).transmit) == Unfit("card_unreadable")


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("04010101001605", "desfire"),
        ("04010133001605", "desfire"),
        ("04080130001305", "desfire"),
        ("04040230001105", "ntag"),
    ],
)
def test_a_card_that_answers_get_version_is_known_by_its_type(version: str, kind: str) -> None:
    card = Card({UID: UID7.hex() + "9000", NATIVE: version + "91AF", MORE: [version + "91AF", UID7.hex() + "9100"]})
    assert identify(DESFIRE_ATR, card.transmit) == Identified(kind, UID7)
    assert card.asked == [UID, NATIVE, MORE, MORE]


def test_a_card_that_always_has_more_to_say_is_cut_off() -> None:
    card = Card({UID: UID7.hex() + "9000", NATIVE: "0491AF", MORE: "0491AF"})
    assert identify(DESFIRE_ATR, card.transmit) == Unfit("card_foreign")
    assert card.asked.count(MORE) == 3


@pytest.mark.parametrize("status", ["911C", "6D00", "6E00", "6A82", "9100"])
def test_a_processor_card_without_get_version_is_foreign(status: str) -> None:
    card = Card({UID: "3F10A2C49000", NATIVE: status})
    assert identify(bytes.fromhex("3B8A800100318066B084080000"), card.transmit) == Unfit("card_foreign")


@pytest.mark.parametrize("answer", ["6A81", "6300", "0102030405060708" + "9000"])
def test_a_contact_card_and_an_identity_card_are_foreign(answer: str) -> None:
    card = Card({UID: answer})
    assert identify(bytes.fromhex("3B6500002063CB6800"), card.transmit) == Unfit("card_foreign")


@pytest.mark.parametrize("status", ["9000", "6114", "6C20"])
def test_a_configured_application_makes_a_processor_card_the_shops_own(status: str) -> None:
    name = bytes.fromhex("F0434F554E")
    card = Card({UID: "3F10A2C49000", NATIVE: "6D00", "00A4040005F0434F554E00": status})
    other = bytes.fromhex("F001")
    assert identify(PHONE_ATR, card.transmit, (other, name)) == Identified("unknown", bytes.fromhex("3F10A2C4"))
    assert identify(PHONE_ATR, card.transmit, (other,)) == Unfit("card_foreign")


@pytest.mark.parametrize(
    ("memory", "number"),
    [
        (b"2026008818" + b"\xff" * 6, "2026008818"),
        (b"VIP00123" + b"\x00" * 8, "VIP00123"),
        (b"1234567890123456", "1234567890123456"),
        (b"8\xff\xff\xff\xff\xff\xff\xff99999999", "8"),
    ],
)
def test_a_memory_cards_number_is_read_from_address_32(memory: bytes, number: str) -> None:
    card = Card({SELECT_SLE: "9000", READ_SLE: memory.hex() + "9000"})
    assert identify(SLE4442_ATR, card.transmit) == Identified("sle4442", b"", number)


@pytest.mark.parametrize("memory", [b"\xff" * 16, b"\x00" * 16, b"12-34" + b"\xff" * 11, b"12\xb2\xb3" + b"\xff" * 12])
def test_a_memory_card_without_a_plain_number_has_none(memory: bytes) -> None:
    card = Card({SELECT_SLE: "9000", READ_SLE: memory.hex() + "9000"})
    assert identify(SLE4442_ATR, card.transmit) == Unfit("card_no_number")


@pytest.mark.parametrize(
    "answers",
    [
        {SELECT_SLE: "6300"},
        {SELECT_SLE: "9000", READ_SLE: "6300"},
        {SELECT_SLE: "9000", READ_SLE: b"2026".hex() + "9000"},  # cut short, no end mark
        {SELECT_SLE: "9000", READ_SLE: [b"1234567890123456".hex() + "9000", b"1234567890123457".hex() + "9000"]},
        {SELECT_SLE: "9000", READ_SLE: [b"1234567890123456".hex() + "9000", "6300"]},
    ],
)
def test_a_memory_card_that_cannot_be_read_twice_alike_is_unreadable(answers: dict[str, str | list[str]]) -> None:
    assert identify(SLE4442_ATR, Card(answers).transmit) == Unfit("card_unreadable")


def test_a_memory_card_is_never_asked_about_or_given_its_secret_code() -> None:
    card = Card({SELECT_SLE: "9000", READ_SLE: b"1234567890123456".hex() + "9000"})
    identify(SLE4442_ATR, card.transmit)
    assert set(card.asked) == {SELECT_SLE, READ_SLE}


def test_numbers_stay_out_of_logs() -> None:
    assert "0be2" not in repr(Identified("m1", UID4)).lower()
    assert "2026" not in repr(Identified("sle4442", number="2026008818"))

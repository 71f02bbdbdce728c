"""Tags known by the address they make at each tap: every command, and what genuine and other tags come out as."""

from __future__ import annotations

from typing import Any

import pytest

from terminal.hw.card_reading import Identified, Unfit
from terminal.hw.cards.examining import examine
from terminal.hw.cards.issuing import NotBlank, issue
from terminal.hw.cards.keys import CardKeys, Ntag424Keys
from terminal.hw.cards.native import CardSaysNo
from terminal.hw.cards.ordering import issuable
from terminal.hw.cards.sdm_file import SdmFile, address_in
from terminal.hw.cards.sun import TapAddresses
from terminal.hw.cards.tapping import prove_tap, read_address
from tests.hw.cards.test_classic import Transcript
from tests.hw.cards.test_sun import FILE_MASTER, META, PREFIX, UID, address
from tests.hw_sim.card_reader import CardReader
from tests.hw_sim.cards import make_card

KEYS = CardKeys(ntag424=Ntag424Keys(0, b"salon", b"", META, FILE_MASTER, PREFIX))
SELECT, SELECT_FILE = "00A4040C07D2760000850101", "00A4000C02E104"
FACTORY = "00" * 16
ATR = bytes.fromhex("3B8180018080")
SDM: dict[str, Any] = {"ndef": SdmFile(PREFIX).content().hex(), "sdm": SdmFile(PREFIX).settings().hex()}
OWN = [FACTORY, FACTORY, FACTORY, META.hex(), f"{FILE_MASTER.hex()}/{b'salon'.hex()}"]


def ndef(text: str) -> str:
    """Return an NDEF message with an https address."""
    payload = b"\x04" + text.removeprefix("https://").encode()
    return (bytes([0xD1, 0x01, len(payload), 0x55]) + payload).hex().upper()


def test_every_command_that_reads_an_address() -> None:
    tapped = address(UID, 61)
    size = len(bytes.fromhex(ndef(tapped)))
    lines = [(SELECT_FILE, "9000"), ("00B0000002", f"{size:04X}9000"), (f"00B00002{size:02X}", ndef(tapped) + "9000")]
    reader = Transcript(*lines)
    assert prove_tap(UID, reader.transmit, KEYS) == 61
    reader.assert_at_end()


@pytest.mark.parametrize(
    "lines",
    [
        [(SELECT_FILE, "6A82")],
        [(SELECT_FILE, "9000"), ("00B0000002", "6982")],
        [(SELECT_FILE, "9000"), ("00B0000002", "00009000")],
        [(SELECT_FILE, "9000"), ("00B0000002", "01009000")],
        [(SELECT_FILE, "9000"), ("00B0000002", "069000")],
        [(SELECT_FILE, "9000"), ("00B0000002", "00069000"), ("00B0000206", "D10102550441" + "6B00")],
        [(SELECT_FILE, "9000"), ("00B0000002", "00069000"), ("00B0000206", "D101029000")],
    ],
    ids=["no file", "locked", "empty", "too long", "half a length", "refused", "half a message"],
)
def test_a_tag_that_gives_no_whole_message_has_no_address(lines: list[tuple[str, str]]) -> None:
    reader = Transcript(*lines)
    assert read_address(reader.transmit) == ""
    reader.assert_at_end()


def test_a_reader_that_lost_the_tag_is_told_from_a_tag_without_an_address() -> None:
    reader = Transcript((SELECT_FILE, "9000"), ("00B0000002", "6300"))
    with pytest.raises(CardSaysNo, match="card_unreadable"):
        read_address(reader.transmit)


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("D1010555046578616D", "https://exam"),
        ("D101055503612E6262", "http://a.bb"),
        ("9101055502612E6262" + "5101055503612E6262", "https://www.a.bb"),
        ("D1010B55007778703A2F2F61626364", "wxp://abcd"),
        ("D101055554656E4142", ""),  # an abbreviation that is none
        ("D1010554026578616D", ""),  # a text
        ("C1010000000555046578616D", ""),  # a long record
        ("D2010555046578616D", ""),  # a media type
        ("D1010955046578616D", ""),  # cut short
        ("D101035504FFFE", ""),
        ("D1010055", ""),
        ("D101", ""),
        ("", ""),
    ],
)
def test_the_first_record_is_a_web_address_or_there_is_none(message: str, found: str) -> None:
    assert address_in(bytes.fromhex(message)) == found


class Tag:
    """A simulated tag on a simulated reader."""

    def __init__(self, kind: str = "ntag424", uid: bytes = UID, **more: Any) -> None:
        self.model = make_card({"id": "x", "kind": kind, "uid": uid.hex(), **more})
        self.reader = CardReader()
        self.reader.power_on(self.model)
        self.asked: list[str] = []

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        self.asked.append(command.hex().upper())
        answer = self.reader.transmit(self.model, command)
        return answer[:-2], int.from_bytes(answer[-2:], "big")

    def tap(self, keys: CardKeys = KEYS) -> Identified | Unfit:
        self.reader.power_on(self.model)
        self.asked.clear()
        return examine(self.model.atr, self.transmit, keys)


def test_a_genuine_tag_gives_its_count_which_grows_by_each_tap() -> None:
    tag = Tag(keys=OWN, counter=41, **SDM)
    assert [tag.tap() for _ in range(3)] == [
        Identified("ntag424", UID, "", "counted", counter) for counter in (42, 43, 44)
    ]
    assert tag.asked[-4:-1] == [SELECT, SELECT_FILE, "00B0000002"]


@pytest.mark.parametrize("keys", [[*OWN[:4], FACTORY], [*OWN[:3], FACTORY, OWN[4]], [FACTORY] * 5])
def test_a_tag_whose_address_is_not_made_with_the_shops_keys_is_refused(keys: list[str]) -> None:
    tag = Tag(keys=keys, **SDM)
    assert tag.tap() == Identified("ntag424", UID, "", "refused")


def test_a_tag_that_shows_another_tags_address_is_refused() -> None:
    # A rewritten file is the same at each tap; even the newest address of a genuine tag does not fit this one's chip.
    message = bytes.fromhex(ndef(address(UID, 900)))
    copied = Tag(uid=bytes.fromhex("04A1B2C3D4E580"), ndef=(len(message).to_bytes(2, "big") + message).hex())
    found = copied.tap()
    assert isinstance(found, Identified)
    assert (found.proof, found.counter) == ("refused", None)


@pytest.mark.parametrize(
    "more",
    [{}, {"ndef": SdmFile("https://other.example/t").content().hex()}],
    ids=["empty file", "somebody's address"],
)
def test_a_tag_with_no_address_of_the_shop_proves_nothing_and_is_no_forgery(more: dict[str, Any]) -> None:
    assert Tag(**more).tap() == Identified("ntag", UID, "", "none")


def test_a_tag_of_another_type_with_a_copied_address_proves_nothing() -> None:
    found = Tag("ntag213").tap()
    assert isinstance(found, Identified)
    assert (found.kind, found.proof) == ("ntag", "none")


def test_where_there_is_a_key_to_authenticate_with_no_tap_is_used_up() -> None:
    both = CardKeys(ntag424=Ntag424Keys(0, b"salon", bytes(range(16)), META, FILE_MASTER, PREFIX))
    tag = Tag(keys=[f"{bytes(range(16)).hex()}/{b'salon'.hex()}", *OWN[1:]], counter=7, **SDM)
    found = tag.tap(both)
    assert isinstance(found, Identified)
    assert (found.proof, found.counter) == ("authenticated", None)
    assert SELECT_FILE not in tag.asked
    assert tag.tap() == Identified("ntag424", UID, "", "counted", 8)


def test_cards_are_not_issued_without_a_master() -> None:
    assert issuable(KEYS) == frozenset()
    tag = Tag()
    with pytest.raises(NotBlank, match="card_key_missing"):
        issue("ntag424", tag.transmit, KEYS)
    assert tag.asked == []


def test_an_address_is_told_from_other_texts_by_how_it_begins() -> None:
    taps, tapped = TapAddresses(KEYS), address(UID, 3)
    for text in (tapped, f" {tapped}\r\n", f"\ufeff{tapped}\x00", tapped[:60], f"{PREFIX}?"):
        assert taps.of_shop(text) == text.strip(" \r\n\x00\ufeff")
    for text in (
        "",
        PREFIX,
        f"{PREFIX}s?x",
        f"x{tapped}",
        f"http{tapped[5:]}",
        "https://shop.example/other?x=1",
        "CF1-X",
    ):
        assert taps.of_shop(text) == ""
    for keys in (None, CardKeys(), CardKeys(ntag424=Ntag424Keys(0, b"salon", bytes(range(16))))):
        assert TapAddresses(keys).of_shop(tapped) == ""
    assert taps.read(tapped).counter == 3

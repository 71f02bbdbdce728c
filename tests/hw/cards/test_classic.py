"""Numbers in a sector of a MIFARE Classic: every command that is sent for one, and what each card comes out as."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Mapping

import pytest

from terminal.hw.card_reading import GET_UID, Identified, Transmit, Unfit
from terminal.hw.cards.classic import number_in, read_number
from terminal.hw.cards.examining import examine
from terminal.hw.cards.keys import CardKeys, ClassicKeys
from tests.hw_sim.card_reader import CardReader
from tests.hw_sim.cards import make_card

KEY, OTHER_KEY = "A1B2C3D4E5F6", "0102030405AA"
FACTORY = "FFFFFFFFFFFF"
PLACE = ClassicKeys(sector=2, block=1, key_type="A", form="ascii", offset=0, length=16, key=bytes.fromhex(KEY))
NUMBER = b"VIP20260018".ljust(16, b"\x00").hex().upper()
LOAD = f"FF82000006{KEY}"
OPEN = "FF860000050100096000"
READ = "FFB0000910"
ATR = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")
UID = "0BE2FB0B"


class Transcript:
    """A reader that knows its lines: each command with data and status of its answer."""

    def __init__(self, *lines: tuple[str, str]) -> None:
        self._lines = list(lines)

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        assert self._lines, f"sent after the end: {command.hex()}"
        expected, answer = self._lines.pop(0)
        assert command.hex().upper() == expected
        whole = bytes.fromhex(answer)
        return whole[:-2], int.from_bytes(whole[-2:], "big")

    def assert_at_end(self) -> None:
        assert not self._lines, f"never sent: {self._lines[0][0]}"


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        ([(LOAD, "9000"), (OPEN, "9000"), (READ, NUMBER + "9000")], "VIP20260018"),
        # Another key: once more from the key on, and then it is no card of the shop's making.
        ([(LOAD, "9000"), (OPEN, "6300"), (LOAD, "9000"), (OPEN, "6300")], ""),
        ([(LOAD, "9000"), (OPEN, "6300"), (LOAD, "9000"), (OPEN, "9000"), (READ, NUMBER + "9000")], "VIP20260018"),
        # A failed command ends the authentication: the block is asked for only after a new one.
        (
            [(LOAD, "9000"), (OPEN, "9000"), (READ, "6300"), (LOAD, "9000"), (OPEN, "9000"), (READ, NUMBER + "9000")],
            "VIP20260018",
        ),
        ([(LOAD, "9000"), (OPEN, "9000"), (READ, "6300"), (LOAD, "9000"), (OPEN, "9000"), (READ, "6300")], None),
        ([(LOAD, "9000"), (OPEN, "9000"), (READ, "6300"), (LOAD, "9000"), (OPEN, "6300")], None),
        # Half a block is half a number.
        (
            [(LOAD, "9000"), (OPEN, "9000"), (READ, NUMBER[:16] + "9000")] * 2,
            None,
        ),
        # A reader that takes no keys.
        ([(LOAD, "6A81"), (LOAD, "6A81")], ""),
        ([(LOAD, "9000"), (OPEN, "9000"), (READ, "00" * 16 + "9000")], ""),
    ],
)
def test_every_command_for_a_number_and_what_follows_each_answer(
    lines: list[tuple[str, str]], number: str | None
) -> None:
    reader = Transcript(*lines)
    assert read_number(reader.transmit, PLACE) == number
    reader.assert_at_end()


def test_the_other_key_and_a_block_of_a_large_sector_are_named_as_the_card_counts_them() -> None:
    place = dataclasses.replace(PLACE, sector=39, block=14, key_type="B")
    lines = [(LOAD, "9000"), ("FF860000050100FE6100", "9000"), ("FFB000FE10", NUMBER + "9000")]
    reader = Transcript(*lines)
    assert read_number(reader.transmit, place) == "VIP20260018"
    reader.assert_at_end()


@pytest.mark.parametrize(
    ("sector", "block", "number"), [(0, 1, 1), (1, 0, 4), (15, 2, 62), (31, 2, 126), (32, 0, 128), (33, 14, 158)]
)
def test_a_block_is_counted_over_small_and_large_sectors(sector: int, block: int, number: int) -> None:
    assert dataclasses.replace(PLACE, sector=sector, block=block).block_no == number


FORMS = [
    ("ascii", 0, 16, b"880012" + bytes(10), "880012"),
    ("ascii", 0, 16, b"880012" + b"\xff" * 10, "880012"),
    ("ascii", 0, 16, b"  880012".ljust(16), "880012"),
    ("ascii", 0, 16, b"1234567890ABCDEF", "1234567890ABCDEF"),
    ("ascii", 4, 6, b"1111880012222222", "880012"),
    ("ascii", 0, 16, bytes(16), ""),
    ("ascii", 0, 16, b"\xff" * 16, ""),
    ("ascii", 0, 16, b" " * 16, ""),
    ("ascii", 0, 16, b"88-0012" + bytes(9), ""),
    ("ascii", 0, 16, "会员01".encode("gb18030") + bytes(10), ""),
    ("bcd", 0, 4, bytes.fromhex("00880012") + b"\x77" * 12, "00880012"),
    ("bcd", 2, 4, bytes.fromhex("7777880012FF") + b"\x77" * 10, "880012"),
    ("bcd", 0, 4, bytes.fromhex("8800123F") + bytes(12), "8800123"),
    ("bcd", 0, 4, bytes.fromhex("88A00123") + bytes(12), ""),
    ("bcd", 0, 4, bytes.fromhex("8F800123") + bytes(12), ""),
    ("bcd", 0, 4, bytes(16), ""),
    ("bcd", 0, 4, b"\xff" * 16, ""),
    ("hex", 0, 4, bytes.fromhex("0BE2FB0B") + b"\x77" * 12, "0BE2FB0B"),
    ("hex", 0, 16, bytes(range(16)), "000102030405060708090A0B0C0D0E0F"),
    ("hex", 0, 4, bytes(4) + b"\x77" * 12, ""),
    ("hex", 0, 4, b"\xff" * 4 + b"\x77" * 12, ""),
]


@pytest.mark.parametrize(("form", "offset", "length", "block", "number"), FORMS)
def test_a_block_holds_a_number_in_the_form_it_was_set_to_or_none(
    form: str, offset: int, length: int, block: bytes, number: str
) -> None:
    assert number_in(block, dataclasses.replace(PLACE, form=form, offset=offset, length=length)) == number


def test_whatever_a_block_holds_comes_out_as_letters_and_digits_or_nothing() -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for _ in range(2000):
        offset = chance.randrange(16)
        place = dataclasses.replace(
            PLACE,
            form=chance.choice(["ascii", "bcd", "hex"]),
            offset=offset,
            length=chance.randint(1, 16 - offset),
        )
        block = chance.choice([chance.randbytes(16), bytes(chance.choices(b"\x00 09AZaz\xff", k=16))])
        number = number_in(block, place)
        assert number == "" or (number.isascii() and number.isalnum() and len(number) <= 32)


def trailer(key_a: str, key_b: str = FACTORY, access: str = "78778869") -> str:
    return key_a + access + key_b


def tap(card: Mapping[str, object], keys: ClassicKeys | None = PLACE) -> tuple[Identified | Unfit, list[str]]:
    """Return what a card on a simulated reader is, and the commands it was asked."""
    model, reader = make_card({"id": "x", "kind": "classic_1k", "uid": UID, **card}), CardReader()
    reader.power_on(model)
    asked: list[str] = []

    def transmit(command: bytes) -> tuple[bytes, int]:
        asked.append(command.hex().upper())
        answer = reader.transmit(model, command)
        return answer[:-2], int.from_bytes(answer[-2:], "big")

    return examine(model.atr, transmit, CardKeys(classic=keys)), asked


WRITTEN: dict[str, object] = {"blocks": {"9": NUMBER}, "trailers": {"2": trailer(KEY)}}


@pytest.mark.parametrize("kind", ["classic_1k", "classic_4k", "fudan_m1"])
def test_a_card_with_the_shops_key_is_known_by_its_number_and_its_chip_and_proves_nothing(kind: str) -> None:
    found, asked = tap({"kind": kind, **WRITTEN})
    assert found == Identified("m1", bytes.fromhex(UID), "VIP20260018", "none")
    assert asked == [GET_UID.hex().upper(), LOAD, OPEN, READ]


def test_the_second_key_of_a_sector_serves_as_well() -> None:
    keys = dataclasses.replace(PLACE, key_type="B")
    found, _ = tap({"blocks": {"9": NUMBER}, "trailers": {"2": trailer(OTHER_KEY, KEY)}}, keys)
    assert isinstance(found, Identified)
    assert found.number == "VIP20260018"


@pytest.mark.parametrize(
    "card",
    [
        {},
        {"blocks": {"9": NUMBER}, "trailers": {"2": trailer(OTHER_KEY)}},
        {"trailers": {"2": trailer(KEY)}},
        # The right number under the right key, in the sector next to it.
        {"blocks": {"13": NUMBER}, "trailers": {"3": trailer(KEY)}},
    ],
    ids=["factory new", "another key", "empty block", "another sector"],
)
def test_any_other_card_is_known_by_its_chip_as_before(card: dict[str, object]) -> None:
    found, _ = tap(card)
    assert found == Identified("m1", bytes.fromhex(UID), "", "none")


def test_a_block_that_the_shops_key_opens_and_does_not_get_says_nothing_of_whose_card_it_is() -> None:
    # Access bits under which only key B reads data.
    locked = {"blocks": {"9": NUMBER}, "trailers": {"2": trailer(KEY, FACTORY, "0F00FF69")}}
    assert tap(locked)[0] == Unfit("card_unreadable")


def test_without_a_place_for_numbers_a_classic_is_asked_for_nothing_but_its_chip() -> None:
    found, asked = tap(WRITTEN, None)
    assert isinstance(found, Identified)
    assert (found.number, asked) == ("", [GET_UID.hex().upper()])


def test_other_cards_are_never_sent_the_key() -> None:
    for card in ({"kind": "ntag213", "uid": "04A1B2C3D4E580"}, {"kind": "desfire", "uid": "04A1B2C3D4E580"}):
        _, asked = tap(card)
        assert not any(KEY in command for command in asked)


@pytest.mark.parametrize("command", ["FFD6", "FFD7", "FF00"])
def test_nothing_is_written_or_sent_past_the_reader(command: str) -> None:
    for card in (WRITTEN, {}, {"trailers": {"2": trailer(OTHER_KEY)}}):
        _, asked = tap(card)
        assert not any(each.startswith(command) for each in asked)


class _Torn(Exception):  # noqa: N818 - said of the card
    """The card was pulled away."""


def test_a_card_torn_away_at_any_command_raises_what_the_reader_raises_and_tells_nothing() -> None:
    _, asked = tap(WRITTEN)
    for last in range(len(asked)):
        model, reader, left = make_card({"id": "x", "kind": "classic_1k", "uid": UID, **WRITTEN}), CardReader(), last
        reader.power_on(model)

        def transmit(command: bytes) -> tuple[bytes, int]:
            nonlocal left
            if not left:
                raise _Torn
            left -= 1
            answer = reader.transmit(model, command)  # noqa: B023 - called within this round
            return answer[:-2], int.from_bytes(answer[-2:], "big")

        ask: Transmit = transmit
        with pytest.raises(_Torn):
            examine(ATR, ask, CardKeys(classic=PLACE))

"""The PN532 model without its line: frames byte by byte, commands and cards."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.hw_sim.card_desfire import DesfireCard
from tests.hw_sim.card_ultralight_aes import UltralightAesCard
from tests.hw_sim.cards import make_card
from tests.hw_sim.pn532_bench import (
    ACK,
    CLASSIC,
    DESFIRE,
    ERROR,
    NACK,
    NO_TRY_MORE,
    NTAG,
    PREAMBLE,
    SAM,
    SEARCH,
    VERSION,
    VERSION_ANSWER,
    Bench,
    framed,
)
from tests.hw_sim.pn532_wire import FrameReader, frame

TORN_TYPE_2 = {"id": "x", "kind": "ultralight_aes", "uid": "04A1B2C3D4E580"}


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_the_published_frames_are_understood_and_answered_byte_by_byte(bench: Bench) -> None:
    bench.raw(PREAMBLE, 0.005)
    assert bench.raw(SAM) == ACK + "0000FF02FED5151600"
    assert bench.raw(VERSION) == ACK + VERSION_ANSWER
    assert bench.raw("0000FF06FAD43205FF0102F300") == ACK + "0000FF02FED533F800"
    assert bench.raw(SEARCH, 0.1) == ACK + "0000FF03FDD54B00E000"


def test_nothing_is_heard_before_the_wake_up(bench: Bench) -> None:
    assert bench.raw(SAM + VERSION, 1) == ""
    assert bench.hits["asleep"] == 1
    bench.raw(PREAMBLE, 0.005)
    assert bench.raw(VERSION) == ACK + VERSION_ANSWER
    assert bench.hits["asleep"] == 1


def test_a_command_right_behind_a_whole_preamble_is_heard_and_behind_a_short_one_is_not(bench: Bench) -> None:
    assert bench.raw(PREAMBLE + SAM).startswith(ACK)
    other = Bench()
    assert other.raw("55" + SAM) == ""
    assert other.raw(SAM).startswith(ACK)


def test_before_the_sam_configuration_a_search_is_acknowledged_and_never_answered(bench: Bench) -> None:
    bench.raw(PREAMBLE, 0.005)
    bench.chip.field.insert(make_card(CLASSIC))
    assert bench.raw(SEARCH, 2) == ACK


def test_a_search_without_limited_retries_waits_for_a_card_for_ever(bench: Bench) -> None:
    bench.raw(PREAMBLE, 0.005)
    bench.raw(SAM)
    assert bench.raw(SEARCH, 10) == ACK
    assert bench.chip.searching
    bench.chip.field.insert(make_card(CLASSIC))
    assert bench.pass_time(0.01).hex().upper() == framed("D54B0101000408040BE2FB0B")


def test_an_ack_ends_the_running_command_and_a_new_command_does_too(bench: Bench) -> None:
    bench.raw(PREAMBLE, 0.005)
    bench.raw(SAM)
    bench.raw(SEARCH)
    assert bench.raw(ACK, 1) == ""
    bench.chip.field.insert(make_card(CLASSIC))
    assert bench.pass_time(1) == b""
    bench.chip.field.remove()
    bench.raw(SEARCH)
    assert bench.raw(VERSION) == ACK + VERSION_ANSWER
    assert not bench.chip.searching


def test_a_nack_brings_the_last_frame_again(bench: Bench) -> None:
    bench.ready()
    assert bench.raw(NACK)
    assert bench.raw(VERSION) == ACK + VERSION_ANSWER
    assert bench.raw(NACK) == VERSION_ANSWER
    assert bench.raw(NACK) == VERSION_ANSWER


def test_a_frame_with_a_wrong_checksum_is_passed_over_in_silence(bench: Bench) -> None:
    bench.ready()
    assert bench.raw("0000FF02FFD4022A00") == ""
    assert bench.raw("0000FF02FED4022B00") == ""
    assert bench.raw(VERSION) == ACK + VERSION_ANSWER


def test_an_extended_frame_is_understood_like_a_normal_one(bench: Bench) -> None:
    bench.ready()
    assert bench.raw("0000FFFFFF0002FED4022A00") == ACK + VERSION_ANSWER
    assert bench.raw("0000FFFFFF0002FFD4022A00") == ""


@pytest.mark.parametrize("content", ["D499", "D502", "D4", "D414", "D41409", "D432", "D43205FF", "D44A0300", "D44A"])
def test_what_is_no_command_gets_an_ack_and_the_error_frame(bench: Bench, content: str) -> None:
    assert bench.ready().raw(framed(content)) == ACK + ERROR


@pytest.mark.parametrize(
    ("spec", "target"),
    [
        (CLASSIC, "000408040BE2FB0B"),
        ({**CLASSIC, "uid": "04A1B2C3D4E580"}, "0044080704A1B2C3D4E580"),
        ({**CLASSIC, "kind": "classic_4k"}, "000218040BE2FB0B"),
        (NTAG, "0044000704A1B2C3D4E580"),
        (DESFIRE, "0344200704582F6A1B6E80067577810280"),
        ({"id": "x", "kind": "ultralight_aes", "uid": "04A1B2C3D4E580"}, "0044000704A1B2C3D4E580"),
        ({"id": "x", "kind": "cpu", "uid": "3F10A2C4", "historical": "AB"}, "000428043F10A2C40675778102AB"),
        ({"id": "x", "kind": "bank", "uid": "3F10A2C4", "historical": ""}, "000420043F10A2C40575778102"),
    ],
)
def test_a_listed_card_shows_atqa_sak_uid_and_ats(bench: Bench, spec: dict[str, Any], target: str) -> None:
    assert bench.ready(**spec).ask("D44A0100") == "D54B0101" + target


def test_a_phone_has_another_uid_each_time_the_field_returns(bench: Bench) -> None:
    bench.ready(id="x", kind="phone")
    seen = set()
    for _ in range(3):
        seen.add(bench.ask("D44A0100")[16:24])
        bench.ask("D4320100")
    assert len(seen) > 1
    assert all(uid.startswith("08") for uid in seen)


@pytest.mark.parametrize("spec", [{"id": "x", "kind": "sle4442"}])
def test_a_card_without_an_antenna_is_refused(bench: Bench, spec: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="could hear"):
        bench.chip.field.insert(make_card(spec))


def test_a_classic_is_authenticated_read_and_written_through_the_exchange(bench: Bench) -> None:
    bench.ready(**CLASSIC).ask("D44A0100")
    assert bench.ask("D440016004FFFFFFFFFFFF0BE2FB0B") == "D54100"
    assert bench.ask("D44001A004" + "11" * 16) == "D54100"
    assert bench.ask("D440013004") == "D54100" + "11" * 16
    assert bench.ask("D440013008") == "D54113"


def test_after_a_failed_classic_authentication_the_card_is_silent_until_it_is_listed_again(bench: Bench) -> None:
    bench.ready(**CLASSIC).ask("D44A0100")
    assert bench.ask("D440016004A0A1A2A3A4A50BE2FB0B") == "D54114"
    assert bench.ask("D440016004FFFFFFFFFFFF0BE2FB0B") == "D54101"
    bench.ask("D44A0100")
    assert bench.ask("D440016104FFFFFFFFFFFF0BE2FB0B") == "D54100"


def test_a_classic_with_seven_uid_bytes_takes_the_last_four_in_its_authentication(bench: Bench) -> None:
    bench.ready(id="x", kind="classic_1k", uid="04A1B2C3D4E580").ask("D44A0100")
    assert bench.ask("D440016004FFFFFFFFFFFFC3D4E580") == "D54100"


def test_an_ntag_answers_pages_version_and_password_in_both_kinds_of_exchange(bench: Bench) -> None:
    bench.ready(**NTAG).ask("D44A0100")
    for command, answer in (("D44001", "D54100"), ("D442", "D54300")):
        assert bench.ask(command + "60") == answer + "0004040201000F03"
        assert bench.ask(command + "A204DEADBEEF") == answer
        assert bench.ask(command + "3004").startswith(answer + "DEADBEEF")
        assert bench.ask(command + "1BFFFFFFFF") == answer + "0000"


def test_an_ntag_that_refused_must_be_listed_again(bench: Bench) -> None:
    bench.ready(**NTAG).ask("D44A0100")
    assert bench.ask("D4421B00000000") == "D54301"
    assert bench.ask("D440013004") == "D54101"
    bench.ask("D44A0100")
    assert bench.ask("D440013004")[:6] == "D54100"


def test_a_part_4_card_takes_apdus_in_the_exchange_only(bench: Bench) -> None:
    bench.ready(**DESFIRE).ask("D44A0100")
    assert bench.ask("D440019060000000") == "D541000401011200180591AF"
    assert bench.ask("D4429060000000") == "D54301"


def test_an_ultralight_aes_answers_its_challenge_and_its_silence_in_the_raw_exchange(bench: Bench) -> None:
    bench.ready(id="x", kind="ultralight_aes", uid="04A1B2C3D4E580").ask("D44A0100")
    assert len(bench.ask("D4421A00")) == len("D54300AF") + 32
    assert bench.ask("D442AF" + "00" * 32) == "D54301"
    assert bench.ask("D4421A00") == "D54301"
    bench.ask("D44A0100")
    assert bench.ask("D4421A00").startswith("D54300AF")


@pytest.mark.parametrize(("spec", "command"), [(DESFIRE, "D440019060000000"), (TORN_TYPE_2, "D4421A00")])
def test_a_card_torn_away_by_its_own_trouble_gives_a_timeout_and_is_gone(
    bench: Bench, spec: dict[str, Any], command: str
) -> None:
    bench.ready(**spec).ask("D44A0100")
    card = bench.chip.field.card
    assert isinstance(card, DesfireCard | UltralightAesCard)
    card.trouble.lose_field()
    assert bench.ask(command)[4:] == "01"
    assert bench.chip.field.card is None
    assert bench.ask("D44A0100") == "D54B00"


def test_a_command_chained_in_two_pieces_reaches_the_card_whole(bench: Bench) -> None:
    bench.ready(**DESFIRE).ask("D44A0100")
    assert bench.ask("D440419060") == "D54100"
    assert bench.ask("D44001000000") == "D541000401011200180591AF"


def test_a_long_answer_comes_in_an_extended_frame(bench: Bench) -> None:
    answer = "6F" * 253
    card = {"id": "x", "kind": "cpu", "uid": "3F10A2C4", "applications": {"A0A1A2A3A4": answer}}
    bench.ready(**card).ask("D44A0100")
    raw = bench.raw(framed("D4400100A4040005A0A1A2A3A400"))
    assert raw.startswith(ACK + "0000FFFFFF0102FDD54100" + answer + "9000")


def test_an_exchange_without_a_listed_target_is_not_allowed(bench: Bench) -> None:
    bench.ready(**CLASSIC)
    assert bench.ask("D440013004") == "D54127"
    bench.ask("D44A0100")
    assert bench.ask("D440023004") == "D54127"
    assert bench.ask("D45201") == "D55300"
    assert bench.ask("D440013004") == "D54127"
    assert bench.ask("D45201") == "D55327"


def test_switching_the_field_off_drops_the_card(bench: Bench) -> None:
    bench.ready(**CLASSIC).ask("D44A0100")
    assert bench.ask("D40006") == "D50100"
    assert bench.ask("D4320100") == "D533"
    assert not bench.chip.field.on
    assert bench.ask("D440013004") == "D54127"
    assert bench.ask("D44A0100")[:8] == "D54B0101"
    assert bench.chip.field.on


def test_a_selected_card_misses_the_first_try_of_the_next_search(bench: Bench) -> None:
    bench.ready(**CLASSIC)
    bench.ask(NO_TRY_MORE)
    found = [bench.ask("D44A0100") != "D54B00" for _ in range(4)]
    assert found == [True, False, True, False]


def test_a_card_put_in_the_place_of_another_is_no_target_before_a_search(bench: Bench) -> None:
    bench.ready(**DESFIRE).ask("D44A0100")
    bench.chip.field.remove()
    bench.chip.field.insert(make_card({**DESFIRE, "uid": "04000000000001"}))
    assert bench.ask("D440019060000000") == "D54101"
    assert bench.ask("D44A0100")[16:30] == "04000000000001"


def test_presence_select_and_general_status_follow_the_target(bench: Bench) -> None:
    bench.ready(**CLASSIC)
    assert bench.ask("D404") == "D50500000000"
    bench.ask("D44A0100")
    assert bench.ask("D404") == "D5050001010100001000"
    assert bench.ask("D45401") == "D55500"
    bench.chip.field.remove()
    assert bench.ask("D40006") == "D50101"
    assert bench.ask("D40000AB") == "D50100AB"


def test_powered_down_it_sleeps_after_its_answer(bench: Bench) -> None:
    bench.ready()
    assert bench.ask("D41620") == "D51700"
    assert bench.raw(VERSION) == ""
    bench.raw(PREAMBLE, 0.005)
    assert bench.raw(VERSION) == ACK + VERSION_ANSWER


def test_the_record_of_commands_hides_keys_passwords_and_what_is_written(bench: Bench) -> None:
    bench.ready(**NTAG).ask("D44A0100")
    bench.chip.log.clear()
    bench.ask("D440016004FFFFFFFFFFFF0BE2FB0B")
    bench.ask("D4421B01020304")
    bench.ask("D44001A204DEADBEEF")
    bench.ask("D440013004")
    bench.ask("D4400190C4000003AABBCC00")
    bench.ask("D440019060000000")
    bench.ask("D44041" + "9071000003")
    bench.ask("D44001" + "AABBCC00")
    bench.ask("D44001AFAABBCC")
    bench.ask("D440010088000102AABB00")
    hidden = [
        *("D440016004" + "**" * 10, "D4421B" + "**" * 4, "D44001A204" + "**" * 4, "D440013004"),
        *("D4400190C4000003" + "**" * 4, "D440019060000000", "D440419071000003", "D44001" + "**" * 4),
        *("D44001AF" + "**" * 3, "D440010088000102" + "**" * 3),
    ]
    assert list(bench.chip.log) == hidden


def test_frames_are_found_in_any_noise_however_they_are_cut(seed: int) -> None:
    source = random.Random(seed)
    make_noise: Callable[[], bytes] = lambda: bytes(source.choices(range(1, 256), k=source.randrange(9)))  # noqa: E731
    for _ in range(300):
        contents = [source.randbytes(source.randrange(1, 265)) for _ in range(3)]
        line = b"".join(make_noise() + frame(content) for content in contents)
        reader, found = FrameReader(), []
        while line:
            cut = source.randrange(1, 60)
            found += reader.feed(line[:cut])
            line = line[cut:]
        assert [getattr(item, "data", None) for item in found] == contents


def test_no_bytes_whatever_stop_the_chip(bench: Bench, seed: int) -> None:
    source = random.Random(seed)
    bench.ready(**CLASSIC)
    pool = bytes.fromhex("0000FFD44A01005540") + bytes(range(8))
    for _ in range(2000):
        bench.raw(bytes(source.choices(pool, k=source.randrange(1, 20))).hex())
    for _ in range(2000):
        content = bytes([0xD4]) + source.randbytes(source.randrange(8))
        bench.raw(frame(content).hex())
    bench.chip.feed(bytes(300), bench.now_s)
    bench.pass_time(0.1)
    if not bench.chip.awake:
        bench.raw(PREAMBLE, 0.005)
    assert bench.raw(VERSION).endswith(ACK + VERSION_ANSWER)

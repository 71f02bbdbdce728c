"""Every fault that can be prepared for the PN532 model, frame by frame."""

from __future__ import annotations

import pytest

from tests.hw_sim.pn532_bench import ACK, DESFIRE, ERROR, NACK, PREAMBLE, SAM, SEARCH, VERSION, VERSION_ANSWER, Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_command_that_is_not_acknowledged_can_be_sent_again(bench: Bench) -> None:
    bench.ready().prepare("no_ack", times=2)
    assert [bench.raw(VERSION) for _ in range(3)] == ["", "", ACK + VERSION_ANSWER]
    bench.prepare("ack_lost")
    assert bench.raw(VERSION) == VERSION_ANSWER
    bench.prepare("nack")
    assert bench.raw(VERSION) == NACK
    assert bench.hits == {"no_ack": 2, "ack_lost": 1, "nack": 1}


def test_wrong_checksums_are_in_the_byte_they_name_and_gone_at_the_repetition(bench: Bench) -> None:
    bench.ready().prepare("bad_lcs")
    assert bench.raw(VERSION) == ACK + "0000FF06EAD50332010607E800"
    assert bench.raw(NACK) == VERSION_ANSWER
    bench.prepare("bad_dcs")
    assert bench.raw(VERSION) == ACK + "0000FF06FAD50332010607F800"
    assert bench.raw(NACK) == VERSION_ANSWER


def test_a_cut_frame_never_gets_its_rest(bench: Bench) -> None:
    bench.ready().prepare("cut_frame")
    assert bench.raw(VERSION, 1) == ACK + "0000FF06FAD5"


def test_noise_stands_before_a_frame_and_holds_no_start_code(bench: Bench) -> None:
    bench.ready().prepare("noise", times=2)
    answer = bytes.fromhex(bench.raw(VERSION))
    noise, rest = answer[:12], answer[12:]
    assert rest[:6].hex().upper() == ACK
    assert rest[-13:].hex().upper() == VERSION_ANSWER
    assert len(answer) == 6 + 13 + 24
    assert b"\x00" not in noise


def test_byte_by_byte_each_piece_is_one_byte(bench: Bench) -> None:
    bench.ready().prepare("byte_by_byte", times=2)
    bench.chip.feed(bytes.fromhex(VERSION), bench.now_s)
    assert bench.chip.due(bench.now_s) == []
    pieces = bench.chip.due(bench.now_s + 10)
    assert {len(piece) for piece in pieces} == {1}
    assert b"".join(pieces).hex().upper() == ACK + VERSION_ANSWER


def test_a_late_answer_comes_when_it_was_told_to_and_not_after_an_abort(bench: Bench) -> None:
    bench.ready().prepare("late_answer", times=2, late_s=1)
    assert bench.raw(VERSION, 0.9) == ACK
    assert bench.pass_time(0.2).hex().upper() == VERSION_ANSWER
    assert bench.raw(VERSION, 0.5) == ACK
    assert bench.raw(ACK, 5) == ""


def test_an_error_frame_can_come_instead_of_an_answer(bench: Bench) -> None:
    bench.ready().prepare("error_frame")
    assert bench.raw(VERSION) == ACK + ERROR
    assert bench.raw(VERSION) == ACK + VERSION_ANSWER


def test_a_card_pulled_away_in_mid_exchange_gives_a_timeout_and_is_gone(bench: Bench) -> None:
    bench.ready(**DESFIRE).ask("D44A0100")
    bench.prepare("card_gone", after=1, code=0x40)
    assert bench.ask("D440019060000000")[:6] == "D54100"
    assert bench.ask("D44A0100")[:8] == "D54B0101"
    assert bench.ask("D440019060000000") == "D54101"
    assert bench.ask("D44A0100") == "D54B00"
    assert bench.hits["card_gone"] == 1


def test_a_mute_chip_says_nothing_not_even_to_a_nack(bench: Bench) -> None:
    bench.ready().chip.mute = True
    assert bench.raw(VERSION, 1) + bench.raw(NACK, 1) == ""
    bench.chip.mute = False
    assert bench.raw(VERSION) == ACK + VERSION_ANSWER
    assert bench.hits["mute"] == 1


def test_a_brown_out_leaves_the_chip_asleep_and_without_its_settings(bench: Bench) -> None:
    bench.ready().prepare("brown_out")
    assert bench.raw(VERSION) == ""
    assert bench.raw(VERSION) == ""
    bench.raw(PREAMBLE, 0.005)
    assert bench.raw(SEARCH, 1) == ACK
    bench.raw(SAM)
    assert bench.raw(SEARCH, 1) == ACK
    assert bench.chip.searching


@pytest.mark.parametrize(("name", "times"), [("asleep", 1), ("no_such", 1), ("noise", 0)])
def test_what_cannot_be_prepared_is_refused(bench: Bench, name: str, times: int) -> None:
    with pytest.raises(ValueError, match=r"none of|at least"):
        bench.prepare(name, times=times)

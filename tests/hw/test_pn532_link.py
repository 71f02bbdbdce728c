"""Commands to a PN532 over a line that is quiet, disturbed, or dead: every byte sent is written down here."""

from __future__ import annotations

import threading
import tracemalloc

import pytest

from terminal.hw.pn532_link import (
    NACKS_MAX,
    RESENDS_MAX,
    ChipMute,
    ChipRefused,
    LinkStopped,
    Patience,
    Pn532Link,
)
from tests.hw.pn532_peer import ACK, ERROR, NACK, SILENCE_S, VERSION, WAKE_UP, Transcript, asked, frame

PATIENCE = Patience(ack_s=0.1, answer_s=0.5, card_s=1.0, gap_s=0.1)
# What the link says before it trusts the line again.
SETTLING = [(ACK, b""), asked("02", "03" + VERSION)]
SEARCH, NOBODY, FOUND = frame("D44A0100"), frame("D54B00"), frame("D54B0101000408040BE2FB0B")
CARD = bytes.fromhex("0101000408040BE2FB0B")


class Line:
    """A link over a transcript, asked for a search."""

    def __init__(self, *lines: tuple[bytes, bytes]) -> None:
        self.port = Transcript(*lines)
        self.link = Pn532Link(self.port, PATIENCE, self.port.clock_s)
        self.stop = threading.Event()

    def search(self, *, resend: bool = True) -> bytes:
        return self.link.command(0x4A, b"\x01\x00", stop=self.stop, resend=resend)


def test_an_acknowledged_command_gets_its_answer() -> None:
    line = Line((SEARCH, ACK + FOUND))
    assert line.search() == CARD
    line.port.assert_at_end()


def test_a_quiet_line_needs_nothing_but_the_command_each_time() -> None:
    line = Line(*[(SEARCH, ACK + NOBODY)] * 3)
    for _ in range(3):
        assert line.search() == b"\x00"
        line.link.idle(0.06)
    line.port.assert_at_end()


def test_noise_around_the_frames_makes_no_difference() -> None:
    line = Line((SEARCH, b"\xa5\x5a" + ACK + b"\x80\xff\xff" + FOUND))
    assert line.search() == CARD


def test_a_command_that_is_not_acknowledged_is_sent_again_three_times_then_ended() -> None:
    line = Line(*[(SEARCH, b"")] * (1 + RESENDS_MAX), (ACK, b""))
    began_s = line.port.clock_s()
    with pytest.raises(ChipMute):
        line.search()
    line.port.assert_at_end()
    assert line.port.clock_s() - began_s < 1.0


def test_a_lost_acknowledgement_costs_one_more_sending() -> None:
    line = Line((SEARCH, b""), (SEARCH, ACK + FOUND))
    assert line.search() == CARD


def test_after_a_second_sending_an_old_answer_never_passes_for_a_new_one() -> None:
    late = ACK + FOUND
    line = Line((SEARCH, b""), (SEARCH, ACK + NOBODY + late), *SETTLING, (SEARCH, ACK), (ACK, b""))
    assert line.search() == b"\x00"
    with pytest.raises(ChipMute):
        # This time the chip acknowledges and never answers.
        line.search()
    line.port.assert_at_end()


def test_a_command_that_must_not_be_done_twice_is_sent_once_and_its_answer_is_taken_without_acknowledgement() -> None:
    line = Line((SEARCH, b""))
    ticks = iter(range(100))

    def after_a_while() -> None:
        if next(ticks) == 4:
            line.port.say(FOUND)

    line.port.before_read = after_a_while
    assert line.search(resend=False) == CARD
    line.port.assert_at_end()


def test_a_command_that_must_not_be_done_twice_is_given_up_without_an_answer() -> None:
    line = Line((SEARCH, b""), (ACK, b""))
    with pytest.raises(ChipMute):
        line.search(resend=False)
    line.port.assert_at_end()


def test_an_answer_that_never_comes_ends_the_command_and_the_line_is_settled_before_the_next() -> None:
    line = Line((SEARCH, ACK), (ACK, b""), *SETTLING, (SEARCH, ACK + NOBODY))
    with pytest.raises(ChipMute):
        line.search()
    assert line.search() == b"\x00"
    line.port.assert_at_end()


@pytest.mark.parametrize("at", range(6, 15))
def test_a_spoilt_answer_is_asked_for_again_at_once(at: int) -> None:
    spoilt = bytearray(FOUND)
    spoilt[at] ^= 0x04
    line = Line((SEARCH, ACK + spoilt), (NACK, FOUND), *SETTLING, (SEARCH, ACK + NOBODY))
    began_s = line.port.clock_s()
    assert line.search() == CARD
    assert line.port.clock_s() - began_s < 0.06
    assert line.search() == b"\x00"
    line.port.assert_at_end()


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_an_answer_with_a_spoilt_head_is_asked_for_again(at: int) -> None:
    spoilt = bytearray(FOUND)
    spoilt[at] ^= 0x04
    # A spoilt start code looks like noise; only the wait for the answer tells that something is missing.
    heard = at > 2
    line = Line((SEARCH, ACK + spoilt), (NACK if heard else ACK, FOUND if heard else b""))
    if heard:
        assert line.search() == CARD
    else:
        with pytest.raises(ChipMute):
            line.search()
    line.port.assert_at_end()


def test_noise_like_a_start_code_before_an_answer_is_not_asked_for_again() -> None:
    line = Line((SEARCH, ACK + b"\x00\xff\x55\x55" + FOUND), (SEARCH, ACK + NOBODY))
    assert line.search() == CARD
    assert line.search() == b"\x00"
    line.port.assert_at_end()


def test_a_spoilt_acknowledgement_is_none_and_the_command_is_sent_again() -> None:
    line = Line((SEARCH, bytes.fromhex("0000FF00FE00")), (SEARCH, ACK + FOUND))
    assert line.search() == CARD
    line.port.assert_at_end()


def test_an_answer_that_has_begun_is_heard_to_its_end_beyond_the_deadline() -> None:
    line = Line((SEARCH, ACK))
    silences = iter(range(100))

    def slowly() -> None:
        if line.port.is_talking:
            line.port.let_pass(0.02)
        elif next(silences) == 7:
            line.port.say(FOUND)

    line.port.before_read = slowly
    began_s = line.port.clock_s()
    assert line.search() == CARD
    assert line.port.clock_s() - began_s > PATIENCE.answer_s + 0.05


def test_half_an_answer_is_asked_for_again() -> None:
    line = Line((SEARCH, ACK + FOUND[:9]), (NACK, FOUND))
    assert line.search() == CARD


def test_an_answer_that_is_always_spoilt_is_asked_for_a_few_times_only() -> None:
    spoilt = FOUND[:-3] + b"\x00\x00\x00"
    line = Line((SEARCH, ACK + spoilt), *[(NACK, spoilt)] * NACKS_MAX, (ACK, b""))
    with pytest.raises(ChipMute):
        line.search()
    line.port.assert_at_end()


def test_an_error_frame_is_a_refusal_once_it_has_come_each_time() -> None:
    line = Line(*[(SEARCH, ACK + ERROR)] * (1 + RESENDS_MAX), (ACK, b""))
    with pytest.raises(ChipRefused):
        line.search()
    line.port.assert_at_end()
    line = Line((SEARCH, ACK + ERROR), (SEARCH, ACK + FOUND))
    assert line.search() == CARD


def test_what_the_chip_did_not_take_is_sent_again_at_once_even_if_it_must_not_be_done_twice() -> None:
    for not_taken in (ACK + ERROR, ERROR, NACK):
        line = Line((SEARCH, not_taken), (SEARCH, ACK + FOUND))
        began_s = line.port.clock_s()
        assert line.search(resend=False) == CARD
        assert line.port.clock_s() - began_s < 0.05
        line.port.assert_at_end()


def test_a_chip_that_always_hears_wrong_is_mute() -> None:
    line = Line(*[(SEARCH, NACK)] * (1 + RESENDS_MAX), (ACK, b""))
    with pytest.raises(ChipMute):
        line.search()
    line.port.assert_at_end()


def test_an_answer_to_another_command_is_passed_over() -> None:
    line = Line((SEARCH, ACK + frame("D541000102") + frame("D503" + VERSION) + FOUND))
    assert line.search() == CARD


@pytest.mark.parametrize("late", [FOUND, FOUND[:9]])
def test_an_answer_that_comes_while_nothing_is_asked_is_dropped(late: bytes) -> None:
    line = Line(*SETTLING, (SEARCH, ACK + NOBODY))
    line.port.say(late)
    line.link.idle(1.0)
    assert line.search() == b"\x00"
    line.port.assert_at_end()


def test_waiting_idle_takes_one_read_and_an_endless_line_does_not_prolong_it() -> None:
    line = Line()
    began_s = line.port.clock_s()
    line.link.idle(0.06)
    assert line.port.clock_s() - began_s == pytest.approx(0.06)
    line.port.before_read = lambda: line.port.say(b"\xa5" * 100)
    began_s = line.port.clock_s()
    line.link.idle(0.06)
    assert line.port.clock_s() - began_s < 0.1


def test_an_endless_line_is_a_mute_chip() -> None:
    line = Line(*[(SEARCH, b"")] * (1 + RESENDS_MAX), (ACK, b""))
    line.port.before_read = lambda: line.port.say(b"\x00\xff\xa5" * 50)
    with pytest.raises(ChipMute):
        line.search()
    line.port.assert_at_end()


@pytest.mark.parametrize("reply", [b"", ACK, ACK + FOUND[:8]])
def test_stopping_ends_the_command_within_one_read(reply: bytes) -> None:
    line = Line((SEARCH, reply), (ACK, b""))
    silent_s: list[float] = []

    def stop_once_it_is_silent() -> None:
        if not line.port.is_talking:
            silent_s.append(line.port.clock_s())
            line.stop.set()

    line.port.before_read = stop_once_it_is_silent
    with pytest.raises(LinkStopped):
        line.search()
    line.port.assert_at_end()
    assert len(silent_s) == 1
    assert line.port.clock_s() - silent_s[0] == pytest.approx(SILENCE_S)


def test_waking_up_is_the_manuals_preamble() -> None:
    line = Line((WAKE_UP, b""))
    line.stop.set()
    line.link.wake_up(line.stop)
    line.port.assert_at_end()


def test_a_line_that_is_gone_is_told_as_it_is() -> None:
    line = Line((SEARCH, b""))

    def gone() -> None:
        raise OSError(5, "Input/output error")

    line.port.before_read = gone
    with pytest.raises(OSError, match="Input/output"):
        line.search()


def test_many_commands_cost_no_memory() -> None:
    port = Transcript()

    def exchange(count: int) -> None:
        for _ in range(count):
            port.expect((SEARCH, ACK + b"\x55" + FOUND))
            assert link.command(0x4A, b"\x01\x00", stop=stop) == CARD
            link.idle(0.06)

    link, stop = Pn532Link(port, PATIENCE, port.clock_s), threading.Event()
    tracemalloc.start()
    try:
        exchange(50)
        before, _ = tracemalloc.get_traced_memory()
        exchange(2000)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 10_000

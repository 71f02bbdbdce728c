"""How a stream of key events becomes codes."""

from __future__ import annotations

import time

import pytest

from terminal.hw.wedge_decoder import (
    CODE_CHARACTERS_MAX,
    PAUSE_S,
    REPEAT_S,
    SILENCE_S,
    LineRefused,
    LineTyped,
    WedgeDecoder,
)
from tests.hw.wedge_typist import Event, Typist
from tests.timing import fastest_s

DECODED_S = 0.005


def fed(decoder: WedgeDecoder, events: list[Event]) -> list[str]:
    """Return the texts and refusals' codes of what the events end."""
    lines = [line for event in events for line in decoder.feed(*event)]
    return [line.text if isinstance(line, LineTyped) else f"!{line.code}" for line in lines]


@pytest.mark.parametrize("end", ["ENTER", "KPENTER", "TAB", "LEFTCTRL+M", "LEFTCTRL+J", "LEFTCTRL+I"])
def test_a_code_ends_at_enter_and_its_like(end: str) -> None:
    assert fed(WedgeDecoder(), Typist().text("CF1-aBcD/9?x=%", end).events) == ["CF1-aBcD/9?x=%"]


def test_two_codes_in_one_burst_are_two() -> None:
    assert fed(WedgeDecoder(), Typist().text("first").text("second").events) == ["first", "second"]


def test_keys_held_down_repeat_in_vain() -> None:
    typist = Typist().text("abc", "").down("D")
    for _ in range(50):
        typist.event(1, 32, 2)
    assert fed(WedgeDecoder(), typist.up("D").keys("ENTER").events) == ["abcd"]


def test_either_shift_key_may_be_held_over_several_keys_and_both_at_once() -> None:
    typist = Typist().down("LEFTSHIFT").keys("A").down("RIGHTSHIFT").up("LEFTSHIFT").keys("B", "3").up("RIGHTSHIFT")
    assert fed(WedgeDecoder(), typist.keys("C", "ENTER").events) == ["AB#c"]


def test_keys_may_overlap() -> None:
    events = Typist().down("A", "B").up("A").down("C").up("B", "C").keys("ENTER").events
    assert fed(WedgeDecoder(), events) == ["abc"]


def test_caps_lock_exchanges_letters_and_nothing_else() -> None:
    typist = Typist().keys("CAPSLOCK").text("aB1-_").keys("CAPSLOCK").text("aB1-_")
    assert fed(WedgeDecoder(), typist.events) == ["Ab1-_", "aB1-_"]


@pytest.mark.parametrize(
    ("keys", "separator"),
    [
        ("LEFTCTRL+RIGHTBRACE", "\x1d"),
        ("RIGHTCTRL+RIGHTBRACE", "\x1d"),
        ("LEFTCTRL+LEFTSHIFT+6", "\x1e"),
        ("LEFTCTRL+6", "\x1e"),
        ("LEFTCTRL+BACKSLASH", "\x1c"),
        ("LEFTCTRL+MINUS", "\x1f"),
        ("LEFTCTRL+D", "\x04"),
    ],
)
def test_control_and_a_sign_are_a_separator(keys: str, separator: str) -> None:
    events = Typist().text("0106", "").keys(keys).text("17").events
    assert fed(WedgeDecoder(), events) == [f"0106{separator}17"]


@pytest.mark.parametrize("layout", ["gb", "de", "fr", "es", "it"])
def test_the_group_separator_is_in_its_place_in_every_country(layout: str) -> None:
    events = Typist().keys("H", "J", "LEFTCTRL+RIGHTBRACE", "K", "ENTER").events
    assert fed(WedgeDecoder(layout), events) == ["hj\x1dk"]


def test_f8_is_the_group_separator_only_where_the_scanner_sends_it_so() -> None:
    events = Typist().text("0106", "").keys("F8").text("17").events
    assert fed(WedgeDecoder(gs="f8"), events) == ["0106\x1d17"]
    assert fed(WedgeDecoder(gs="ctrl"), events) == ["010617"]


def alt(typist: Typist, digits: str, prefix: str = "KP", held: str = "LEFTALT") -> Typist:
    return typist.down(held).keys(*(prefix + digit for digit in digits)).up(held)


@pytest.mark.parametrize(("prefix", "held"), [("KP", "LEFTALT"), ("KP", "RIGHTALT"), ("", "LEFTALT")])
def test_alt_and_029_are_the_group_separator(prefix: str, held: str) -> None:
    typist = alt(Typist().text("0106", ""), "029", prefix, held).text("17")
    assert fed(WedgeDecoder(gs="alt029"), typist.events) == ["0106\x1d17"]


def typed_with_alt(numbers: list[int], alt_codes: str) -> list[str]:
    typist = Typist()
    for number in numbers:
        alt(typist, str(number))
    return fed(WedgeDecoder(alt_codes=alt_codes), typist.keys("ENTER").events)


@pytest.mark.parametrize("alt_codes", ["auto", "unicode"])
def test_alt_and_digits_are_unicode(alt_codes: str) -> None:
    assert typed_with_alt([ord(character) for character in "会员A王𠮷，"], alt_codes) == ["会员A王𠮷，"]


@pytest.mark.parametrize("alt_codes", ["auto", "gbk"])
def test_alt_and_digits_are_gbk_where_unicode_has_no_chinese(alt_codes: str) -> None:
    codes = [int.from_bytes(character.encode("gbk"), "big") for character in "会员A王雨桐。"]
    assert typed_with_alt(codes, alt_codes) == ["会员A王雨桐。"]


@pytest.mark.parametrize(
    ("number", "alt_codes"),
    [
        (0, "auto"),
        (7, "auto"),
        (0x110000, "auto"),
        (123456789, "auto"),
        (0xD800, "unicode"),
        (0xE000, "unicode"),
        (200, "gbk"),
        (0xFFFF, "gbk"),
    ],
)
def test_numbers_of_no_character_make_it_no_code(number: int, alt_codes: str) -> None:
    assert typed_with_alt([65, 66, number], alt_codes) == ["!scan_undecodable"]


def test_alt_without_digits_types_nothing() -> None:
    assert fed(WedgeDecoder(), Typist().text("abc", "").keys("LEFTALT").text("d").events) == ["abcd"]


def test_control_characters_make_it_no_code() -> None:
    assert fed(WedgeDecoder(), Typist().text("abc", "").keys("LEFTCTRL+G").text("d").events) == ["!scan_undecodable"]


def test_a_key_the_layout_does_not_know_makes_it_no_code_but_at_set_up() -> None:
    events = Typist().text("abc", "").keys("RIGHTALT+Q").text("d").events
    assert fed(WedgeDecoder(), events) == ["!scan_undecodable"]
    assert fed(WedgeDecoder(keep_unknown=True), events) == ["abc\ufffdd"]


def test_with_a_suffix_half_a_code_is_never_a_code() -> None:
    decoder = WedgeDecoder()
    assert fed(decoder, Typist().text("CF1-AB", "").events) == []
    assert list(decoder.pause(SILENCE_S - 0.01)) == []
    assert fed(decoder, Typist(1000.5).text("CD").events) == ["CF1-ABCD"], "the rest came late"
    assert fed(decoder, Typist(1010).text("CF1-EF", "").events) == []
    assert list(decoder.pause(SILENCE_S)) == []
    assert fed(decoder, Typist(1010.9).text("CF1-GH").events) == ["CF1-GH"], "the rest never came"
    assert fed(decoder, Typist(1020).text("CF1-IJ", "").wait(SILENCE_S).text("CF1-KL").events) == ["CF1-KL"]


def test_without_a_suffix_a_pause_ends_the_code() -> None:
    decoder = WedgeDecoder(suffix="none")
    assert fed(decoder, Typist().text("6901234567892", "").events) == []
    assert list(decoder.pause(PAUSE_S - 0.01)) == []
    assert list(decoder.pause(PAUSE_S)) == [LineTyped("6901234567892")]
    assert list(decoder.pause(5)) == []
    typist = Typist(1010).text("first", "").wait(PAUSE_S).text("second")
    assert fed(decoder, typist.events) == ["first", "second"], "read late, and seen in the events' own times"


def test_the_pause_is_between_150_and_250_ms() -> None:
    assert 0.15 <= PAUSE_S <= 0.25
    assert WedgeDecoder(suffix="none").due_s() is None
    for suffix, due_s in (("none", PAUSE_S), ("line", SILENCE_S)):
        decoder = WedgeDecoder(suffix=suffix)
        fed(decoder, Typist().text("abc", "").events)
        assert decoder.due_s() == due_s


def test_under_three_characters_is_nothing() -> None:
    assert fed(WedgeDecoder(), Typist().text("ab").text(" a ").keys("ENTER").text("abc").events) == ["abc"]


def test_blanks_at_the_ends_are_taken_off() -> None:
    assert fed(WedgeDecoder(), alt(Typist(), "65279").text("  a b c ").events) == ["a b c"]


def test_the_longest_code_passes_and_one_character_more_does_not() -> None:
    longest = "x" * CODE_CHARACTERS_MAX
    assert fed(WedgeDecoder(), Typist().text(longest).events) == [longest]
    assert fed(WedgeDecoder(), Typist().text(longest + "x").text("good").events) == ["!scan_too_long", "good"]


def test_an_endless_code_is_refused_once_and_keeps_no_memory() -> None:
    decoder = WedgeDecoder()
    typist = Typist()
    lines = []
    for _ in range(20):
        lines += fed(decoder, typist.text("9" * 1000, "").take())
        assert len(decoder._typed) <= CODE_CHARACTERS_MAX
    assert lines == ["!scan_too_long"]
    assert fed(decoder, typist.text("tail of it").take()) == []
    assert fed(decoder, typist.text("good").take()) == ["good"]


def test_lost_events_cost_the_code_they_were_lost_in() -> None:
    decoder = WedgeDecoder()
    typist = Typist().text("CF1-ABC", "").dropped().text("DEF")
    assert fed(decoder, typist.take()) == ["!scan_dropped"]
    assert fed(decoder, typist.text("CF1-ABCDEF").take()) == ["CF1-ABCDEF"]


def test_lost_events_before_the_first_key_cost_the_rest_of_the_code_too() -> None:
    assert fed(WedgeDecoder(), Typist().dropped().text("1-DEF").text("CF1").events) == ["!scan_dropped", "CF1"]


def test_after_lost_events_silence_is_an_end_too() -> None:
    decoder = WedgeDecoder()
    fed(decoder, Typist().text("CF1-ABC", "").dropped().text("DEF", "").events)
    assert decoder.due_s() == SILENCE_S
    assert list(decoder.pause(SILENCE_S)) == []
    assert fed(decoder, Typist(1001.5).text("good").events) == ["good"]
    typist = Typist(1010).text("CF1", "").dropped().wait(SILENCE_S).text("better")
    assert fed(decoder, typist.events) == ["!scan_dropped", "better"]


def test_a_key_that_went_up_among_lost_events_is_up() -> None:
    typist = Typist().text("CF1", "").down("LEFTSHIFT", "A").keys("CAPSLOCK").dropped().text("x").text("abc")
    assert fed(WedgeDecoder(), typist.events) == ["!scan_dropped", "abc"]
    lost_caps = Typist().keys("CAPSLOCK").text("CF1", "").dropped().text("x", "").keys("CAPSLOCK", "ENTER").text("abc")
    assert fed(WedgeDecoder(), lost_caps.events) == ["!scan_dropped", "abc"]


@pytest.mark.parametrize("held", ["LEFTSHIFT", "RIGHTALT", "LEFTCTRL", "X"])
def test_a_key_that_went_up_unheard_spoils_one_code_only(held: str) -> None:
    decoder = WedgeDecoder()
    typist = Typist().text("abcd", "").down(held).keys("ENTER").text("xyz1")
    assert fed(decoder, typist.events)[-1] == "xyz1"
    typist.take()
    silent = Typist(1010).text("abcd", "").down(held).wait(SILENCE_S).text("xyz2")
    assert fed(decoder, silent.events) == ["xyz2"]


def test_a_control_key_that_went_up_among_lost_events_makes_no_end() -> None:
    typist = Typist().text("CF1", "").down("LEFTCTRL").dropped().text("mabc").text("good")
    assert fed(WedgeDecoder(), typist.events) == ["!scan_dropped", "good"]


def test_a_key_that_is_down_already_types_nothing() -> None:
    events = Typist().down("A", "A").up("A", "A").keys("B", "C", "ENTER").events
    assert fed(WedgeDecoder(), events) == ["abc"], "another node of the device says the same a little later"


def test_the_same_code_counts_once_until_it_was_away_for_a_while() -> None:
    decoder = WedgeDecoder()
    typist = Typist()
    lines = []
    for _ in range(10):
        lines += fed(decoder, typist.text("code").wait(1.0).take())
    assert lines == ["code"], "a code lying under a stand scanner"
    assert fed(decoder, typist.wait(REPEAT_S).text("code").text("other").text("code").take()) == [
        "code",
        "other",
        "code",
    ]


def test_a_refusal_in_between_does_not_make_a_code_new() -> None:
    typist = Typist().text("code").text("x", "").dropped().text("y").text("code")
    assert fed(WedgeDecoder(), typist.events) == ["code", "!scan_dropped"]


def test_a_clock_stepping_back_hides_no_code() -> None:
    decoder = WedgeDecoder()
    assert fed(decoder, Typist(1000).text("code").events) == ["code"]
    assert fed(decoder, Typist(500).text("code").events) == ["code"]
    assert fed(decoder, [*Typist(500).text("half", "").events, *Typist(490).text("whole").events]) == ["whole"]


def test_a_payment_code_is_not_kept_longer_than_it_serves() -> None:
    decoder = WedgeDecoder()
    fed(decoder, Typist().text("134567890123456789").events)
    assert decoder.due_s() == REPEAT_S
    decoder.pause(REPEAT_S)
    assert "134567890123456789" not in repr({name: getattr(decoder, name) for name in vars(decoder)})
    assert decoder.due_s() is None


def test_codes_stay_out_of_logs() -> None:
    assert "1345" not in repr(LineTyped("134567890123456789"))


@pytest.mark.parametrize("suffix", ["line", "none"])
def test_what_a_person_types_is_no_scan(suffix: str) -> None:
    decoder = WedgeDecoder(suffix=suffix)
    person = Typist(step_s=0.04).text("13800138000")
    assert fed(decoder, person.events) == []
    assert list(decoder.pause(SILENCE_S)) == []
    assert fed(decoder, Typist(person.at_s + SILENCE_S).text("scan").events) == ["scan"]


def test_a_person_who_holds_a_shortcut_is_no_refusal() -> None:
    assert fed(WedgeDecoder(), Typist(step_s=0.05).text("abc", "").keys("LEFTALT+F").text("d").events) == []


@pytest.mark.parametrize("step_s", [0.0005, 0.001, 0.02])
def test_a_scanner_of_any_speed_is_no_person(step_s: float) -> None:
    typist = Typist()
    for name in ("LEFTSHIFT+C", "LEFTSHIFT+F", "1", "MINUS", "LEFTSHIFT+A", "ENTER"):
        *held, last = name.split("+")
        for code, value in [*((each, 1) for each in held), (last, 1), (last, 0), *((each, 0) for each in held)]:
            (typist.down if value else typist.up)(code).wait(step_s - typist.step_s)
    assert fed(WedgeDecoder(), typist.events) == ["CF1-A"]


def test_one_stall_in_a_scan_makes_it_no_person() -> None:
    assert fed(WedgeDecoder(), Typist().text("CF1-", "").wait(0.5).text("ABCD").events) == ["CF1-ABCD"]


def test_wrong_settings_are_refused_at_once() -> None:
    for wrong in ({"suffix": "tab"}, {"gs": "f9"}, {"alt_codes": "big5"}, {"layout": "xx"}):
        with pytest.raises(ValueError, match=r"one of|there are"):
            WedgeDecoder(**wrong)  # type: ignore[arg-type]


def test_lost_events_and_refusals_are_values() -> None:
    assert list(WedgeDecoder().feed(0, 3, 0, 1.0)) == [LineRefused("scan_dropped")]


@pytest.mark.bench
def test_five_hundred_characters_are_decoded_in_five_milliseconds() -> None:
    events = Typist().text("aA09-_/?=&:.%+#@Bb1X" * 25).events

    def decoded_s() -> float:
        decoder = WedgeDecoder()
        began_s = time.perf_counter()
        lines = [line for event in events for line in decoder.feed(*event)]
        passed_s = time.perf_counter() - began_s
        assert len(lines) == 1
        return passed_s

    assert fastest_s(DECODED_S, 50, decoded_s) < DECODED_S

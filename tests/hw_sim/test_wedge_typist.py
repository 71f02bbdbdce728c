"""What the simulated keyboard types, read back with a small table of its own."""

from __future__ import annotations

import itertools
import random
import struct
import unicodedata
from collections.abc import Iterable, Sequence

import pytest

from tests.hw_sim import wedge_typist as typist
from tests.hw_sim.wedge_keys import LAYOUTS, scan_code
from tests.hw_sim.wedge_typist import Event, Habits

CODE = "aA09-_/?=&:.%+#@"
SHIFT, ALT, ALT_GR, CTRL, ENTER = 42, 56, 100, 29, 28
KEYPAD = {82: "0", 79: "1", 80: "2", 81: "3", 75: "4", 76: "5", 77: "6", 71: "7", 72: "8", 73: "9"}


def downs(events: Iterable[Event]) -> list[int]:
    """Return the keys that go down, in order."""
    return [event.code for event in events if event.type == 1 and event.value == 1]


def keys(events: Iterable[Event]) -> list[tuple[int, int]]:
    """Return key and value of all key events, in order."""
    return [(event.code, event.value) for event in events if event.type == 1]


def held_after(events: Iterable[Event]) -> set[int]:
    held: set[int] = set()
    for code, value in keys(events):
        held = held | {code} if value else held - {code}
    return held


def alt_numbers(events: Sequence[Event]) -> list[str]:
    """Return what was typed on the keypad between each press and release of alt."""
    found: list[str] = []
    inside = False
    for code, value in keys(events):
        if code == ALT:
            inside = value == 1
            if inside:
                found.append("")
        elif inside and value == 1:
            found[-1] += KEYPAD[code]
    return found


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        ("us", [30, 42, 30, 11, 10, 12, 42, 12, 53, 42, 53, 13, 42, 8, 42, 39, 52, 42, 6, 42, 13, 42, 4, 42, 3]),
        ("de", [30, 42, 30, 11, 10, 53, 42, 53, 42, 8, 42, 12, 42, 11, 42, 7, 42, 52, 52, 42, 6, 27, 43, 100, 16]),
        ("fr", [16, 42, 16, 42, 11, 42, 10, 7, 9, 42, 52, 42, 50, 13, 2, 52, 42, 51, 42, 40, 42, 13, 100, 4, 100, 11]),
    ],
)
def test_the_set_up_code_is_typed_with_the_keys_of_each_country(layout: str, expected: list[int]) -> None:
    assert downs(typist.code(CODE, Habits(layout=layout, suffix="none"))) == expected


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_each_layout_types_all_of_printable_ascii_and_no_stroke_twice(layout: str) -> None:
    strokes = LAYOUTS[layout].strokes()
    ascii_signs = {chr(number) for number in range(32, 127)}
    assert ascii_signs <= set(strokes)
    assert len(set(strokes.values())) == len(strokes)


@pytest.mark.parametrize(
    ("layout", "sign", "expected"),
    [
        ("de", "z", [21]),
        ("de", "y", [44]),
        ("de", "ß", [12]),
        ("de", "^", [41, 57]),
        ("de", "|", [100, 86]),
        ("de", "\\", [100, 12]),
        ("fr", "m", [39]),
        ("fr", "1", [42, 2]),
        ("fr", "~", [100, 3, 57]),
        ("fr", "^", [100, 10]),
        ("us", "|", [42, 43]),
    ],
)
def test_signs_in_special_places_are_typed_there(layout: str, sign: str, expected: list[int]) -> None:
    assert downs(typist.code(sign, Habits(layout=layout, suffix="none"))) == expected


def test_each_key_comes_with_its_scan_code_and_each_report_ends() -> None:
    first, second = typist.code("A", Habits(suffix="none", key_s=0.01)), typist.code("A", Habits(joined=False))
    assert first[:5] == [(4, 4, 0x700E1, 0), (1, 42, 1, 0), (4, 4, 0x70004, 0), (1, 30, 1, 0), (0, 0, 0, 0)]
    assert first[5:] == [
        (4, 4, 0x700E1, 0.005),
        (1, 42, 0, 0.005),
        (4, 4, 0x70004, 0.005),
        (1, 30, 0, 0.005),
        (0, 0, 0, 0.005),
    ]
    assert keys(second)[:4] == [(42, 1), (30, 1), (30, 0), (42, 0)]
    assert sum(event.type == 0 for event in second) == 6


def test_scan_codes_are_those_of_the_usb_tables() -> None:
    published = {30: 0x04, 44: 0x1D, 2: 0x1E, 11: 0x27, 28: 0x28, 12: 0x2D, 43: 0x31, 39: 0x33, 53: 0x38, 58: 0x39}
    published |= {66: 0x41, 96: 0x58, 79: 0x59, 73: 0x61, 82: 0x62, 86: 0x64, 29: 0xE0, 56: 0xE2, 100: 0xE6}
    assert {key: scan_code(key) & 0xFFFF for key in published} == published


@pytest.mark.parametrize(("suffix", "last"), [("enter", 28), ("keypad_enter", 96), ("tab", 15), ("none", 2)])
def test_the_suffix_is_the_last_key(suffix: str, last: int) -> None:
    assert downs(typist.code("1", Habits(suffix=suffix)))[-1] == last


def test_group_separators_come_as_ctrl_and_bracket_f8_or_alt_029() -> None:
    typed = {gs: typist.code("1\x1d2", Habits(gs=gs, suffix="none")) for gs in ("ctrl", "f8", "alt029")}
    assert downs(typed["ctrl"]) == [2, CTRL, 27, 3]
    assert downs(typed["f8"]) == [2, 66, 3]
    assert alt_numbers(typed["alt029"]) == ["029"]
    assert downs(typist.code("\x1c\x1e\x01", Habits(suffix="none"))) == [CTRL, 43, CTRL, SHIFT, 7, CTRL, 30]


def test_chinese_comes_as_decimal_numbers_on_the_keypad() -> None:
    text = "会员A"
    assert alt_numbers(typist.code(text, Habits(alt="unicode"))) == ["20250", "21592"]
    assert alt_numbers(typist.code(text, Habits(alt="gbk"))) == ["48097", "54449"]
    assert alt_numbers(typist.code(text, Habits(alt="gbk", alt_zero=True))) == ["048097", "054449"]
    assert alt_numbers(typist.code(text, Habits(alt="unicode", alt_all=True))) == ["20250", "21592", "65"]


@pytest.mark.parametrize(
    ("text", "habits"),
    [("会", {}), ("ß", {"layout": "us"}), ("\U00020000", {"alt": "gbk"}), ("\x00", {})],
)
def test_a_sign_the_device_cannot_type_is_refused(text: str, habits: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"U\+"):
        typist.code(text, Habits(**habits))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "habits", [{"layout": "klingon"}, {"suffix": "bell"}, {"gs": "x"}, {"alt": "x"}, {"caps": "x"}, {"alt_all": True}]
)
def test_a_habit_no_device_has_is_refused(habits: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"one of|needs"):
        Habits(**habits)  # type: ignore[arg-type]


def test_between_two_caps_locks_letters_come_with_the_opposite_shift() -> None:
    typed = downs(typist.code("aB1", Habits(caps="wrapped", suffix="none")))
    assert typed == [58, SHIFT, 30, 48, 2, 58]


def test_held_keys_repeat_without_going_up_and_rolling_keys_go_down_before_the_last_goes_up() -> None:
    assert keys(typist.code("1", Habits(held_repeats=2, suffix="none"))) == [(2, 1), (2, 2), (2, 2), (2, 0)]
    rolled = typist.code("12", Habits(rollover=True, suffix="none"))
    assert keys(rolled) == [(2, 1), (2, 0), (3, 1), (3, 0)]
    assert sum(event.type == 0 for event in rolled) == 3
    again = typist.code("11", Habits(rollover=True, suffix="none"))
    assert sum(event.type == 0 for event in again) == 4


def test_digits_can_come_from_the_keypad() -> None:
    typed = downs(typist.code("0123456789", Habits(keypad=True, suffix="none")))
    assert "".join(KEYPAD[key] for key in typed) == "0123456789"


def test_a_person_is_slower_than_any_scanner_and_takes_slips_back() -> None:
    events = typist.person("13800138000", seed=3)
    presses = [event.at_s for event in events if event.type == 1 and event.value == 1]
    assert min(b - a for a, b in itertools.pairwise(presses)) > 0.06
    text: list[int] = []
    for key in downs(events):
        text = text[:-1] if key == 14 else [*text, key]
    assert text == [2, 4, 9, 11, 11, 2, 4, 9, 11, 11, 11, ENTER]
    assert any(14 in downs(typist.person("13800138000", seed=seed)) for seed in range(20))


def test_a_loss_is_said_in_the_middle_of_a_report_and_times_never_run_back() -> None:
    whole = typist.code("1234567890")
    lossy = typist.with_loss(whole, lost=12)
    place = next(place for place, event in enumerate(lossy) if event[:2] == (0, 3))
    assert lossy[place + 1].type == 1
    assert lossy[:place] == whole[:place]
    assert lossy[place + 1 :] == whole[-len(lossy[place + 1 :]) :]
    assert 12 <= len(whole) - len(lossy) + 1 <= 14
    times = [event.at_s for event in lossy]
    assert times == sorted(times)


def test_a_stuck_shift_never_comes_up_again() -> None:
    whole = typist.code("aBc")
    assert held_after(whole) == set()
    assert held_after(typist.with_stuck(whole)) == {SHIFT}
    assert typist.with_stuck(typist.code("abc")) == typist.code("abc")


def test_repeated_streams_follow_each_other_with_their_pause() -> None:
    once = typist.code("12", Habits(key_s=0.01))
    thrice = typist.repeated(once, 3, 0.5)
    assert keys(thrice) == keys(once) * 3
    starts = [event.at_s for event in thrice if event[:3] == (1, 2, 1)]
    assert starts == pytest.approx([0.0, 0.525, 1.05])


def test_two_nodes_share_a_code_report_by_report() -> None:
    whole = typist.code("1A2")
    by_suffix = typist.on_two_nodes(whole, "suffix")
    assert [event for _, event in by_suffix] == whole
    assert downs(event for node, event in by_suffix if node == 1) == [ENTER]
    alternate = typist.on_two_nodes(whole, "alternate")
    assert downs(event for node, event in alternate if node == 1) == [2, 3]
    for node in (0, 1):
        assert held_after(event for which, event in alternate if which == node) == set()
    with pytest.raises(ValueError, match="spread"):
        typist.on_two_nodes(whole, "by colour")


def test_packed_events_are_the_kernels_records() -> None:
    data = typist.pack([Event(1, 30, 1, 0.25), Event(4, 4, 0x70004, 1.5), Event(1, 30, -1, 0.0)], base_s=1_700_000_000)
    assert len(data) == 72
    assert struct.unpack("<qqHHi", data[:24]) == (1_700_000_000, 250_000, 1, 30, 1)
    assert struct.unpack("<qqHHi", data[24:48]) == (1_700_000_001, 500_000, 4, 4, 0x70004)
    assert struct.unpack("<qqHHi", data[48:])[4] == -1


def test_whatever_is_typed_every_key_that_goes_down_comes_up_again(seed: int) -> None:
    source = random.Random(seed)
    pool = [chr(number) for number in range(1, 0x250) if unicodedata.category(chr(number)) != "Cn"]
    for _ in range(300):
        habits = Habits(
            layout=source.choice(sorted(LAYOUTS)),
            suffix=source.choice(["enter", "tab", "none"]),
            gs=source.choice(["ctrl", "f8", "alt029"]),
            alt="unicode",
            caps=source.choice(["none", "wrapped"]),
            joined=source.random() < 0.5,
            rollover=source.random() < 0.5,
            held_repeats=source.randrange(3),
            keypad=source.random() < 0.5,
        )
        text = "".join(source.choices(pool, k=source.randrange(1, 30)))
        events = typist.code(text, habits)
        assert held_after(events) == set()
        assert events[-1].type == 0
        down: set[int] = set()
        for key, value in keys(events):
            assert (key in down) == (value != 1)
            down = down | {key} if value else down - {key}

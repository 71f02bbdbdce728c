"""What a keyboard-type scanner or 125 kHz reader types, as the kernel's input events; no device, no clock.

`code` gives the events of one code, the other functions disturb or combine what it gave. An event is
`(type, code, value, at_s)`; `pack` makes the kernel's 24-byte records of it.

Sources: linux/input.h (struct input_event), Documentation/input/event-codes.rst (SYN_DROPPED), and for the order in
which one report's modifiers and keys go up and down the kernel's hid-input: modifiers first, both ways.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tests.hw_sim.wedge_keys import (
    BACKSPACE,
    CAPS_LOCK,
    ENTER,
    F8,
    KEYPAD_DIGITS,
    KEYPAD_ENTER,
    LAYOUTS,
    LEFT_ALT,
    LEFT_SHIFT,
    TAB,
    Stroke,
    control_stroke,
    scan_code,
)

EV_SYN, EV_KEY, EV_MSC = 0, 1, 4
SYN_REPORT, SYN_DROPPED, MSC_SCAN = 0, 3, 4
UP, DOWN, AGAIN = 0, 1, 2
RECORD = struct.Struct("@qqHHi")  # 24 bytes where long has 64 bits
SUFFIXES = {"enter": ENTER, "keypad_enter": KEYPAD_ENTER, "tab": TAB, "none": 0}
GROUP_SEPARATOR = "\x1d"


class Event(NamedTuple):
    """One input event; `at_s` in seconds from the beginning of what is typed."""

    type: int
    code: int
    value: int
    at_s: float


@dataclass(frozen=True, slots=True)
class Habits:
    """How a device types. Times in seconds; `key_s` is what one key takes, up and down."""

    layout: str = "us"
    key_s: float = 0.004
    suffix: str = "enter"  # enter, keypad_enter, tab, none
    gs: str = "ctrl"  # ctrl (with ]), f8, alt029
    alt: str = "none"  # how signs without a key are typed: unicode or gbk (decimal on the keypad)
    alt_all: bool = False  # everything is typed that way
    alt_zero: bool = False  # with a leading zero
    caps: str = "none"  # wrapped: caps lock before and after, letters with the opposite shift in between
    joined: bool = True  # a modifier and its key in one report, as HID keyboards send them
    rollover: bool = False  # the next key goes down in the report in which the last goes up
    held_repeats: int = 0  # the kernel's own repeats of each key
    keypad: bool = False  # digits by the keypad

    def __post_init__(self) -> None:
        """Raise `ValueError` for a habit that no device has."""
        known = {
            "layout": set(LAYOUTS),
            "suffix": set(SUFFIXES),
            "gs": {"ctrl", "f8", "alt029"},
            "alt": {"none", "unicode", "gbk"},
            "caps": {"none", "wrapped"},
        }
        for name, values in known.items():
            if getattr(self, name) not in values:
                raise ValueError(f"{name} is one of {', '.join(sorted(values))}")
        if self.key_s < 0 or self.held_repeats < 0 or (self.alt_all and self.alt == "none"):
            raise ValueError("times and counts are at least 0, and alt_all needs unicode or gbk in alt")


Report = list[tuple[int, int]]  # key and value, of one report


def code(text: str, habits: Habits = Habits()) -> list[Event]:
    """Return the events of one code with its suffix; `ValueError` for a sign that this device cannot type."""
    reports: list[Report] = []
    wrapped = habits.caps == "wrapped"
    caps = _reports(Stroke(CAPS_LOCK), habits) if wrapped else []
    reports += caps
    for sign in text:
        reports += _sign(sign, habits, inverted=wrapped)
    reports += caps
    if end := SUFFIXES[habits.suffix]:
        reports += _reports(Stroke(end), habits)
    if habits.rollover:
        reports = _rolled(reports)
    return _events(reports, habits)


def person(text: str, *, layout: str = "us", seed: int = 1, slips: bool = True) -> list[Event]:
    """Return the events of a person who types `text` and Enter: 90 to 350 ms a key, now and then a slip taken back."""
    source = random.Random(seed)
    habits = Habits(layout=layout, joined=False)
    events: list[Event] = []
    at_s = 0.0
    for sign in [*text, "\n"]:
        groups = [_reports(Stroke(ENTER), habits)] if sign == "\n" else [_sign(sign, habits)]
        if slips and sign != "\n" and source.random() < 0.1:
            groups = [_sign("x", habits), _reports(Stroke(BACKSPACE), habits), *groups]
        for group in groups:
            made = _events(group, Habits(layout=layout, key_s=0.06))
            events += _later(made, at_s)
            at_s = events[-1].at_s + source.uniform(0.09, 0.35)
    return events


def lone_key(key: int) -> list[Event]:
    """Return the events of one key that goes down and up: caps lock, say."""
    return _events(_reports(Stroke(key), Habits()), Habits())


def after(first: Sequence[Event], second: Sequence[Event], pause_s: float) -> list[Event]:
    """Return two streams one behind the other, `pause_s` seconds between them."""
    end_s = first[-1].at_s + pause_s if first else 0.0
    return [*first, *_later(second, end_s)]


def repeated(events: Sequence[Event], times: int, pause_s: float) -> list[Event]:
    """Return a stream `times` times, as a stand scanner that still sees its code."""
    whole: list[Event] = []
    for _ in range(times):
        whole = after(whole, events, pause_s)
    return whole


def cut(events: Sequence[Event], share: float = 0.5) -> list[Event]:
    """Return the first `share` of a stream, ended behind a whole event but perhaps within a report."""
    return list(events[: max(1, int(len(events) * share))])


def with_loss(events: Sequence[Event], share: float = 0.5, lost: int = 12) -> list[Event]:
    """Return a stream in which the kernel lost `lost` events from `share` on and said so.

    Documentation/input/event-codes.rst: what follows SYN_DROPPED up to the next SYN_REPORT is the rest of a report
    that is not whole; here it begins behind a report's first event.
    """
    start = min(int(len(events) * share), len(events) - 1)
    end = min(start + lost, len(events) - 1)
    while end < len(events) - 1 and events[end - 1].type == EV_SYN:
        end += 1
    dropped = Event(EV_SYN, SYN_DROPPED, 0, events[end].at_s)
    return [*events[:start], dropped, *events[end:]]


def with_stuck(events: Sequence[Event], key: int = LEFT_SHIFT) -> list[Event]:
    """Return a stream in which the last release of `key` is missing, as after a loss nobody reported."""
    last = max((place for place, event in enumerate(events) if event[:3] == (EV_KEY, key, UP)), default=-1)
    return [event for place, event in enumerate(events) if place != last]


def on_two_nodes(events: Sequence[Event], how: str = "suffix") -> list[tuple[int, Event]]:
    """Return a stream spread over the nodes 0 and 1 of one device, by `suffix` (the last key) or `alternate` keys."""
    if how not in {"suffix", "alternate"}:
        raise ValueError("a code is spread by suffix or alternate")
    reports = _by_report(events)
    keys = [{event.code for event in report if event.type == EV_KEY} for report in reports]
    spread: list[tuple[int, Event]] = []
    node = 0
    for place, report in enumerate(reports):
        fresh = any(event.type == EV_KEY and event.value == DOWN for event in report)
        if how == "suffix":
            node = int(bool(keys[place] & keys[-1] & set(SUFFIXES.values())))
        elif fresh:
            node = 1 - node
        spread += [(node, event) for event in report]
    return spread


def pack(events: Iterable[Event], base_s: float = 0.0) -> bytes:
    """Return the events as the kernel's 24-byte records, their times counted from `base_s` seconds since 1970."""
    records = []
    base_us = round(base_s * 1_000_000)
    for event in events:
        micros = base_us + round(event.at_s * 1_000_000)
        records.append(RECORD.pack(micros // 1_000_000, micros % 1_000_000, event.type, event.code, event.value))
    return b"".join(records)


def _sign(sign: str, habits: Habits, *, inverted: bool = False) -> list[Report]:
    """Return the reports that type one character."""
    if sign == GROUP_SEPARATOR and habits.gs != "ctrl":
        return _reports(Stroke(F8), habits) if habits.gs == "f8" else _alt("029", habits)
    if "\x00" < sign < " ":
        return _reports(control_stroke(sign), habits)
    if habits.keypad and sign in "0123456789":
        return _reports(Stroke(KEYPAD_DIGITS[int(sign)]), habits)
    strokes = LAYOUTS[habits.layout].strokes().get(sign)
    if habits.alt_all or strokes is None:
        return _alt(_number(sign, habits), habits)
    if inverted and sign.isalpha() and sign.isascii():
        strokes = tuple(Stroke(stroke.code, () if stroke.held else (LEFT_SHIFT,)) for stroke in strokes)
    return [report for stroke in strokes for report in _reports(stroke, habits)]


def _number(sign: str, habits: Habits) -> str:
    if habits.alt == "none":
        raise ValueError(f"there is no key for U+{ord(sign):04X} on this layout, and the device types no codes")
    number = ord(sign)
    if habits.alt == "gbk":
        try:
            number = int.from_bytes(sign.encode("gbk"), "big")
        except UnicodeEncodeError:
            raise ValueError(f"U+{ord(sign):04X} is not in GBK") from None
    return ("0" if habits.alt_zero else "") + str(number)


def _alt(digits: str, habits: Habits) -> list[Report]:
    inner = [report for digit in digits for report in _reports(Stroke(KEYPAD_DIGITS[int(digit)]), habits)]
    return [[(LEFT_ALT, DOWN)], *inner, [(LEFT_ALT, UP)]]


def _reports(stroke: Stroke, habits: Habits) -> list[Report]:
    held = [[(stroke.code, AGAIN)]] * habits.held_repeats
    down, up = [(key, DOWN) for key in stroke.held], [(key, UP) for key in stroke.held]
    if habits.joined:
        return [[*down, (stroke.code, DOWN)], *held, [*up, (stroke.code, UP)]]
    inner: list[Report] = [[(stroke.code, DOWN)], *held, [(stroke.code, UP)]]
    return [*([key] for key in down), *inner, *([key] for key in reversed(up))]


def _rolled(reports: Sequence[Report]) -> list[Report]:
    """Merge a report that only lets keys go with the next one, unless that presses one of them again."""
    rolled: list[Report] = []
    for report in reports:
        last = rolled[-1] if rolled else []
        lets_go = bool(last) and all(value == UP for _, value in last)
        if lets_go and all(value == DOWN for _, value in report) and not {k for k, _ in last} & {k for k, _ in report}:
            rolled[-1] = [*last, *report]
        else:
            rolled.append(list(report))
    return rolled


def _events(reports: Sequence[Report], habits: Habits) -> list[Event]:
    events: list[Event] = []
    for place, report in enumerate(reports):
        at_s = place * habits.key_s / 2
        for key, value in report:
            if value != AGAIN:  # the kernel's own repeats come without a scan code
                events.append(Event(EV_MSC, MSC_SCAN, scan_code(key), at_s))
            events.append(Event(EV_KEY, key, value, at_s))
        events.append(Event(EV_SYN, SYN_REPORT, 0, at_s))
    return events


def _later(events: Sequence[Event], by_s: float) -> list[Event]:
    return [event._replace(at_s=event.at_s + by_s) for event in events]


def _by_report(events: Sequence[Event]) -> list[list[Event]]:
    reports: list[list[Event]] = [[]]
    for event in events:
        reports[-1].append(event)
        if event.type == EV_SYN:
            reports.append([])
    return reports if reports[-1] else reports[:-1]

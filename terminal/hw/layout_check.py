"""Says whether a scanner is set to the keyboard layout the terminal decodes it with, from one printed test code.

The operator prints `TEST_CODE`, scans it, and what arrived is compared with what a scanner set to each known country
would have made of it. Decode it with `keep_unknown`, so that keys the layout has no character for are not refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from terminal.hw.wedge_keys import CAPS_LOCK, LEFT_SHIFT, RIGHT_ALT, UNKNOWN, KeyTranslator
from terminal.hw.wedge_layouts import ALTGR, KEYPAD_KEYS, LAYOUTS, SHIFTED, SPACE, Layout, layout_named

TEST_CODE = "aA09-_/?=&:.%+#@"


@dataclass(frozen=True, slots=True)
class LayoutVerdict:
    """What the test code showed, by a stable code and the values of its sentence.

    `layout_fits` (`layout`), `layout_other` (`layout` is set here, the scanner types like `scanner`, or like any of
    several, joined by blanks), `layout_case` (`layout`; capital and small letters are exchanged or all alike: caps
    lock, or a setting of the scanner), `layout_cut` (`arrived` of `expected` characters, the rest lost: transmission
    too fast), `layout_differs` (`layout`, `expected` and `arrived` are the first characters that differ, at `position`
    counted from 1, `count` how many differ), `layout_not_test_code` (something else was scanned).
    """

    code: str
    values: Mapping[str, str | int] = field(default_factory=dict)


def check_layout(arrived: str, layout: str) -> LayoutVerdict:
    """What `arrived` says, decoded with `layout` when the operator scanned the printed `TEST_CODE`."""
    here = layout_named(layout)
    arrived = arrived.strip()
    if arrived == TEST_CODE:
        return LayoutVerdict("layout_fits", {"layout": layout})
    others = [name for name in LAYOUTS if name != layout and typed_by(TEST_CODE, LAYOUTS[name], here) == arrived]
    if others:
        return LayoutVerdict("layout_other", {"layout": layout, "scanner": " ".join(others)})
    if arrived.casefold() == TEST_CODE.casefold():
        return LayoutVerdict("layout_case", {"layout": layout})
    capitals = [
        name for name in LAYOUTS if name != layout and typed_by(TEST_CODE, LAYOUTS[name], here, caps=True) == arrived
    ]
    if capitals:
        return LayoutVerdict("layout_other", {"layout": layout, "scanner": " ".join(capitals)})
    return _difference(arrived, layout)


def typed_by(text: str, scanner: Layout, here: Layout, *, caps: bool = False) -> str:
    """What a scanner set to `scanner` makes of `text` where it is decoded with `here`; U+FFFD for unknown keys."""
    keys = KeyTranslator(here.name)
    arrived = [keys.press(CAPS_LOCK), keys.release(CAPS_LOCK)] if caps else []
    for character in text:
        for level, code in _strokes(character, scanner):
            held = [key for key, bit in ((LEFT_SHIFT, SHIFTED), (RIGHT_ALT, ALTGR)) if level & bit]
            arrived += [keys.press(key) for key in (*held, code)]
            arrived += [keys.release(key) for key in (code, *reversed(held))]
    return ("".join(arrived) + keys.flush()).strip()


def _strokes(character: str, layout: Layout) -> Iterator[tuple[int, int]]:
    """Yield level and key of what a scanner types for a character; nothing for one its country does not have."""
    for level, typed in enumerate(layout.levels):
        for code, found in typed.items():
            if found == character and code not in KEYPAD_KEYS:
                yield level, code
                if (level, code) in layout.dead:
                    yield 0, SPACE
                return


def _difference(arrived: str, layout: str) -> LayoutVerdict:
    """What differs where no layout explains it: characters lost, or single ones wrong, or another code altogether."""
    if 0 < len(arrived) < len(TEST_CODE) and _is_part(arrived, TEST_CODE):
        return LayoutVerdict("layout_cut", {"arrived": len(arrived), "expected": len(TEST_CODE)})
    pairs = enumerate(zip(TEST_CODE, arrived, strict=False), start=1)
    wrong = [(at, expected, typed) for at, (expected, typed) in pairs if expected != typed]
    if len(arrived) != len(TEST_CODE) or 2 * len(wrong) > len(TEST_CODE):
        return LayoutVerdict("layout_not_test_code")
    position, expected, typed = wrong[0]
    shown = "" if typed == UNKNOWN else typed
    return LayoutVerdict(
        "layout_differs",
        {"layout": layout, "position": position, "expected": expected, "arrived": shown, "count": len(wrong)},
    )


def _is_part(part: str, whole: str) -> bool:
    """Return whether `part` is `whole` with characters left out."""
    rest = iter(whole)
    return all(character in rest for character in part)

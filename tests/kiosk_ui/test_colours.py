"""The palette's contrast by WCAG 2, also over the member card's gradient, which axe cannot judge."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import terminal.kiosk_ui

TOKENS = (Path(terminal.kiosk_ui.__file__).parent / "static" / "tokens.css").read_text("utf-8")
_COLOUR = re.compile(r"--([a-z0-9-]+): (#[0-9a-f]{3,6});")

# Text, its ground, and the least contrast: 4.5 for text, 3 for outlines that must be seen (WCAG 2.2, 1.4.3 and 1.4.11).
PAIRS = [
    ("ink", "paper", 4.5),
    ("ink-2", "paper", 4.5),
    ("ink-2", "surface", 4.5),
    ("ink-2", "plum-soft", 4.5),
    ("plum", "plum-soft", 4.5),
    ("plum", "surface", 4.5),
    ("surface", "plum", 4.5),
    ("surface", "plum-light", 4.5),
    ("surface", "plum-deep", 4.5),
    ("blush", "plum-light", 4.5),
    ("blush", "plum-deep", 4.5),
    ("gold-ink", "gold-soft", 4.5),
    ("jade", "surface", 4.5),
    ("jade", "jade-soft", 4.5),
    ("vermilion", "vermilion-soft", 4.5),
    ("amber", "amber-soft", 4.5),
    ("slate", "slate-soft", 4.5),
    ("edge", "paper", 3.0),
    ("gold", "paper", 3.0),
]


def colours(theme: str) -> dict[str, str]:
    """Return the colours of `plain` or `contrast` by name."""
    plain, contrast = TOKENS.split('[data-contrast="1"]', 1)
    found = dict(_COLOUR.findall(plain))
    return found if theme == "plain" else {**found, **dict(_COLOUR.findall(contrast))}


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2."""
    digits = colour.lstrip("#")
    full = digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)
    parts = [int(full[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["plain", "contrast"])
@pytest.mark.parametrize(("text", "ground", "least"), PAIRS)
def test_text_stands_out_from_its_ground(theme: str, text: str, ground: str, least: float) -> None:
    palette = colours(theme)
    lighter, darker = sorted((luminance(palette[text]), luminance(palette[ground])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= least

"""Types on a keyboard of the United States, by the kernel's own names of its keys: events and their bytes."""

from __future__ import annotations

import struct

from evdev import ecodes

Event = tuple[int, int, int, float]

EV_SYN, EV_KEY, EV_MSC, SYN_DROPPED = 0, 1, 4, 3

_SIGNS = {
    "-": "MINUS",
    "=": "EQUAL",
    "[": "LEFTBRACE",
    "]": "RIGHTBRACE",
    ";": "SEMICOLON",
    "'": "APOSTROPHE",
    "`": "GRAVE",
    "\\": "BACKSLASH",
    ",": "COMMA",
    ".": "DOT",
    "/": "SLASH",
    " ": "SPACE",
}
_SHIFTED = dict(zip('!@#$%^&*()_+{}:"~|<>?', "1234567890-=[];'`\\,./", strict=True))


def key(name: str) -> int:
    """The code of a key by the kernel's name, such as `ENTER` or `A`."""
    code = getattr(ecodes, f"KEY_{name}")
    assert isinstance(code, int)
    return code


def us_key(character: str) -> tuple[int, bool]:
    """The key of a character, and whether it needs shift."""
    if character in _SHIFTED:
        return us_key(_SHIFTED[character])[0], True
    name = _SIGNS.get(character, character.upper())
    return key(name), character.isalpha() and character.isupper()


class Typist:
    """Collects events; `step_s` is the time from one event to the next."""

    def __init__(self, at_s: float = 1000.0, step_s: float = 0.004) -> None:
        self.at_s = at_s
        self.step_s = step_s
        self.events: list[Event] = []

    def take(self) -> list[Event]:
        """Return what was collected, and begin anew."""
        events, self.events = self.events, []
        return events

    def event(self, kind: int, code: int, value: int) -> Typist:
        self.at_s += self.step_s
        self.events.append((kind, code, value, self.at_s))
        return self

    def down(self, *names: str) -> Typist:
        for name in names:
            self.event(EV_KEY, key(name), 1)
            self.events.append((EV_SYN, 0, 0, self.at_s))
        return self

    def up(self, *names: str) -> Typist:
        for name in names:
            self.event(EV_KEY, key(name), 0)
            self.events.append((EV_SYN, 0, 0, self.at_s))
        return self

    def keys(self, *names: str) -> Typist:
        """Press and release keys; `A+B` holds A while B is pressed."""
        for name in names:
            *held, last = name.split("+")
            self.down(*held, last).up(last, *reversed(held))
        return self

    def text(self, text: str, end: str = "ENTER") -> Typist:
        """Type text as a scanner does, and the key that ends it ("" for none)."""
        for character in text:
            code, shift = us_key(character)
            self.event(EV_MSC, 4, code)
            if shift:
                self.down("LEFTSHIFT")
            self.event(EV_KEY, code, 1).event(EV_SYN, 0, 0).event(EV_KEY, code, 0).event(EV_SYN, 0, 0)
            if shift:
                self.up("LEFTSHIFT")
        return self.keys(end) if end else self

    def wait(self, seconds: float) -> Typist:
        self.at_s += seconds
        return self

    def dropped(self) -> Typist:
        return self.event(EV_SYN, SYN_DROPPED, 0).event(EV_SYN, 0, 0)


def pack(events: list[Event]) -> bytes:
    """Return the kernel's bytes of events: 24 each on a machine of 64 bits."""
    return b"".join(
        struct.pack("@llHHi", *divmod(round(at_s * 1_000_000), 1_000_000), kind, code, value)
        for kind, code, value, at_s in events
    )

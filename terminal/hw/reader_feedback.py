"""What a card reader says to the person: one short green "yes", a longer red "no", by each maker's own commands.

The bytes are those of the makers' manuals (ACR122U application programming interface 6.2; ACR1252U reference manual,
peripherals control). Feedback is a courtesy: whether it works is never shown, and its failure is logged once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["accepted", "refused", "idle"]
# Escape commands go through SCardControl with this code: 42000000h + 3500. The generic CCID driver refuses it unless
# bit 0 of ifdDriverOptions is set.
ESCAPE_CODE = 0x42000000 + 3500

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FeedbackProfile:
    """One model's commands, and how they are sent: as an APDU to a connected card's reader or as an escape command.

    `idle` is what ends a signal that does not end by itself; `quiet` switches the reader's own beep at detection off,
    which would say "yes" before anybody knows.
    """

    name: str
    escape: bool
    accepted: tuple[bytes, ...] = ()
    refused: tuple[bytes, ...] = ()
    idle: tuple[bytes, ...] = ()
    quiet: tuple[bytes, ...] = ()

    def commands(self, outcome: Outcome) -> tuple[bytes, ...]:
        """Return what to send for an outcome, in order; perhaps nothing."""
        return {"accepted": self.accepted, "refused": self.refused, "idle": self.idle}[outcome]


def acr122u_signal(state: int, on_100ms: int, off_100ms: int, times: int, buzzer: int) -> bytes:
    """Return FF 00 40 P2 04 t1 t2 n link: lights by the bits of P2; buzzer 0 none, 1 during t1, 2 during t2, 3 both."""
    return bytes((0xFF, 0x00, 0x40, state, 0x04, on_100ms, off_100ms, times, buzzer))


def acr1252u_buzzer(duration_10ms: int) -> bytes:
    """Return E0 00 00 28 01 d: a tone of d x 10 ms."""
    return bytes((0xE0, 0x00, 0x00, 0x28, 0x01, duration_10ms))


def acr1252u_lights(*, red: bool = False, green: bool = False) -> bytes:
    """Return E0 00 00 29 01 m: both lights set until the next such command."""
    return bytes((0xE0, 0x00, 0x00, 0x29, 0x01, red | green << 1))


# The buzzers have one pitch, so yes and no differ by length and number: one tone of 200 ms against two of 300 ms, or of
# 100 ms against one of 600 ms where each tone is a command of its own, which might end the one before.
# P2: bits 0, 1 end state of red, green; 2, 3 which of them are meant; 4, 5 state at the start; 6, 7 which blink.
_GREEN_ONCE, _RED_BLINKING = 0xAC, 0x5C

NONE = FeedbackProfile("none", escape=False)
ACR122U = FeedbackProfile(
    "acr122u",
    escape=False,
    accepted=(acr122u_signal(_GREEN_ONCE, 2, 0, 1, 1),),
    refused=(acr122u_signal(_RED_BLINKING, 3, 1, 2, 1),),
    quiet=(bytes.fromhex("ff 00 52 00 00"),),
)
ACR1252U = FeedbackProfile(
    "acr1252u",
    escape=True,
    accepted=(acr1252u_lights(green=True), acr1252u_buzzer(10)),
    refused=(acr1252u_lights(red=True), acr1252u_buzzer(60)),
    idle=(acr1252u_lights(),),
)
PROFILES = {profile.name: profile for profile in (NONE, ACR122U, ACR1252U)}


def profile_of(name: str) -> FeedbackProfile:
    """Return the profile called `name`; raise `ValueError` when there is none."""
    if name not in PROFILES:
        raise ValueError(name)
    return PROFILES[name]


def succeeded(profile: FeedbackProfile, answer: bytes) -> bool:
    """Tell whether an answer (with its status word) is a success: E1 00 00 00 .. to an escape, 90 xx to an APDU."""
    if profile.escape:
        return answer[:4] == b"\xe1\x00\x00\x00"
    return len(answer) >= 2 and answer[-2] == 0x90


class ReaderFeedback:
    """One reader's signals; after the first failure it stays quiet until `reopened`."""

    def __init__(
        self, device: str, profile: FeedbackProfile, *, failures: tuple[type[Exception], ...] = (OSError,)
    ) -> None:
        """Signal at `device`; `failures` are what the sending calls given later raise when the reader will not."""
        self._device = device
        self._profile = profile
        self._failures = failures
        self._logged = False
        self._working = True

    def reopened(self, send: Callable[[bytes], bytes]) -> None:
        """Try again with a reader that was opened anew, and silence its own beep."""
        self._working = True
        self._send_all(self._profile.quiet, send)

    def tell(self, outcome: Outcome, send: Callable[[bytes], bytes]) -> None:
        """Signal an outcome; `send` takes a command and returns the reader's answer. Never raises its failures."""
        self._send_all(self._profile.commands(outcome), send)

    def _send_all(self, commands: tuple[bytes, ...], send: Callable[[bytes], bytes]) -> None:
        for command in commands:
            if self._working:
                self._send(command, send)

    def _send(self, command: bytes, send: Callable[[bytes], bytes]) -> None:
        reason = "refused"
        try:
            if succeeded(self._profile, send(command)):
                return
        except self._failures as failure:
            reason = type(failure).__name__
        self._working = False
        if not self._logged:
            self._logged = True
            _log.warning("%s: no feedback (%s): %s", self._device, self._profile.name, reason)

"""Which bytes of a card's own commands no record may keep: keys, passwords, what is written, and proofs of a key.

A blank's factory key is known to everybody. Who has the handshake under it has the session's keys, and with them the
new key that ChangeKey carries: a key that all cards of a shop share would be anybody's.

A processor card's challenge together with what its key made of it lets anybody try keys at leisure: a key of 3DES that
somebody thought out is found so. Of the two one is enough to hide; both are.

Sources: NXP MF3D(H)x2 and NT4H2421Gx, 10 (commands and their wrapping in 90 INS 00 00 Lc data 00); NXP MF0AES(H)20, 10;
ISO 7816-4, 11.5 (commands for security handling).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WRAPPED = 0x90
WRAPPED_HEAD_BYTES = 5
MORE = 0xAF
# AuthenticateEV2First, NonFirst, AuthenticateAES, ISO and legacy; ChangeKey and ChangeKeyEV2; ChangeFileSettings,
# SetConfiguration and ChangeKeySettings.
KEY_COMMANDS = frozenset({0x71, 0x77, 0xAA, 0x1A, 0x0A, 0xC4, 0xC6, 0x5F, 0x5C, 0x54})
ISO_CLASSES = frozenset({0x00, 0x04})
# VERIFY, CHANGE REFERENCE DATA and RESET RETRY COUNTER; EXTERNAL and INTERNAL AUTHENTICATE.
INTERNAL_AUTHENTICATE = 0x88
ISO_KEY_COMMANDS = frozenset({0x20, 0x24, 0x2C, 0x82, INTERNAL_AUTHENTICATE})
ISO_HEAD_BYTES = 5
# How many bytes of a command that is not wrapped may be shown: Classic authentication (60, 61) and writing (A0, A2) up
# to the address, PWD_AUTH (1B), AUTHENTICATE (1A) up to the key's number and its second part.
_SHOWN: Mapping[int, int] = MappingProxyType({0x60: 2, 0x61: 2, 0xA0: 2, 0xA2: 2, 0x1B: 1, 0x1A: 2, MORE: 1})


def secret_from(command: bytes) -> int:
    """Return where the secret bytes of a command to a card begin; where there are none, its length."""
    if not command:
        return 0
    if command[0] == WRAPPED:
        wrapped = command[1:2]
        hidden = bool(wrapped) and (wrapped[0] in KEY_COMMANDS or wrapped[0] == MORE)
        # Behind AF without data more of an answer is asked for, which ends in Le alone.
        return WRAPPED_HEAD_BYTES if hidden and len(command) > WRAPPED_HEAD_BYTES else len(command)
    if _is_iso(command) and command[1] in ISO_KEY_COMMANDS:
        return min(ISO_HEAD_BYTES, len(command))
    if command[0] in _SHOWN:
        return min(_SHOWN[command[0]], len(command))
    return min(1, len(command)) if command[0] in KEY_COMMANDS else len(command)


def answer_is_secret(command: bytes) -> bool:
    """Tell whether what a card answers is part of a handshake, a key change or a password."""
    if command[:1] == bytes([WRAPPED]):
        return command[1:2] != b"" and (command[1] in KEY_COMMANDS or secret_from(command) < len(command))
    if _is_iso(command):
        return command[1] == INTERNAL_AUTHENTICATE
    return command[:1] != b"" and (command[0] in KEY_COMMANDS or command[0] in {0x1B, MORE})


def _is_iso(command: bytes) -> bool:
    return len(command) >= ISO_HEAD_BYTES and command[0] in ISO_CLASSES

"""What DESFire and NTAG 424 DNA have in common: wrapped native commands, authentication, keys and files.

Sources: NXP MF3D(H)x2 (DESFire EV2), NT4H2421Gx (NTAG 424 DNA), AN12196. After any error the card has forgotten the
authentication. A model is told its keys; a clone has the right UID and version, and keys of its own.
"""

from __future__ import annotations

import abc
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from tests.hw_sim.card_aes import BLOCK_BYTES, decrypt, encrypt, ev1_session_key, ev2_session_keys, key_of, rotate
from tests.hw_sim.card_base import Part4Card, uid_of
from tests.hw_sim.card_session import Ev1Session, Ev2Session, Mode, Refused, Session, Status
from tests.hw_sim.card_trouble import Trouble

FREE, NEVER = 0xE, 0xF  # access without a key, and no access at all
CAPABILITIES = bytes(6)

AUTHENTICATE_AES, EV2_FIRST, EV2_NON_FIRST, MORE = 0xAA, 0x71, 0x77, 0xAF
GET_VERSION = 0x60
VERSION_PART_BYTES = 7

# GetVersion: hardware, then software, 7 bytes each. DESFire is type 01, NTAG type 04; byte 3 is the generation.
VERSIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "ev1": ("04010101001805", "04010101041805"),
        "ev2": ("04010112001805", "04010102011805"),
        "ev3": ("04010133001A05", "04010103001A05"),
        "ntag424": ("04040230001105", "04040201021105"),
    }
)


@dataclass(slots=True)
class DataFile:
    """A standard data file; `access` is read, write, both, change: a key number, `FREE` or `NEVER`."""

    memory: bytearray
    mode: Mode = Mode.PLAIN
    access: tuple[int, int, int, int] = (FREE, FREE, FREE, 0)
    more_settings: bytes = b""

    def set_access(self, two: bytes) -> None:
        """Take the two bytes of a file's settings: both and change, then read and write."""
        self.access = (two[1] >> 4, two[1] & 0x0F, two[0] >> 4, two[0] & 0x0F)

    def settings(self) -> bytes:
        """Return what GetFileSettings answers."""
        read, write, both, change = self.access
        option = self.mode | (0x40 if self.more_settings else 0)
        rights = bytes([both << 4 | change, read << 4 | write])
        return bytes([0x00, option]) + rights + len(self.memory).to_bytes(3, "little") + self.more_settings

    def mode_for(self, rights: tuple[int, ...], session: Session | None) -> Mode:
        """Return how data travels for whoever has one of `rights`; raise `Refused` where nobody or another has."""
        if session is not None and session.key_no in rights:
            return self.mode
        if FREE in rights:
            return Mode.PLAIN
        raise Refused(Status.PERMISSION if set(rights) == {NEVER} else Status.AUTHENTICATION)


@dataclass(slots=True)
class Application:
    """Keys, what may be done with them (settings byte of CreateApplication), and files by number."""

    keys: list[bytes]
    settings: int = 0x0F
    files: dict[int, DataFile] = field(default_factory=dict)
    versions: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Command:
    """A native command: how long its header is, how header and answer travel, and what it does."""

    header: int
    run: Callable[[bytes, bytes], bytes]
    modes: Callable[[bytes], tuple[Mode, Mode]] = lambda _header: (Mode.MAC, Mode.MAC)
    # How long its plain body is, for a command that has one.
    length: Callable[[bytes], int] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """An authentication under way: the command that began it, the key, and what the card sent."""

    code: int
    key_no: int
    key: bytes
    rnd_b: bytes
    challenge: bytes


def plain(_header: bytes) -> tuple[Mode, Mode]:
    """Return the modes of a command that no session protects."""
    return Mode.PLAIN, Mode.PLAIN


class NativeChip(Part4Card):
    """The machinery; a kind of card adds its commands, its applications and ISO 7816-4."""

    historical = b"\x80"
    frame_bytes: Mapping[int, int] = MappingProxyType({})  # how a command's answer is cut into frames

    def __init__(self, spec: Mapping[str, Any], version: str) -> None:
        """Take `uid` and the optional `clone`, `random_uid` and `shown_uid` (at anticollision) from a deck entry."""
        super().__init__(spec)
        self.real_uid = uid_of(spec, 7)
        self.uid = bytes.fromhex(spec["shown_uid"]) if "shown_uid" in spec else self.real_uid
        self.uid_is_random = bool(spec.get("random_uid"))
        self.is_clone = bool(spec.get("clone"))
        self.trouble = Trouble()
        self.random_bytes: Callable[[int], bytes] = secrets.token_bytes
        self.hardware, self.software = map(bytes.fromhex, VERSIONS[version])
        self.selected: Application | None = None
        self.session: Session | None = None
        self._asked: Asked | None = None
        self._following: list[bytes] = []
        self._collected: tuple[int, bytes] | None = None
        self._draw_uid()

    def key_from(self, text: str) -> bytes:
        """Return a key of a deck entry, or on a clone one that nobody knows."""
        return secrets.token_bytes(BLOCK_BYTES) if self.is_clone else key_of(text, self.real_uid)

    def enter_field(self) -> None:
        """Draw another UID when it is random (ISO 14443-3, 6.5.4)."""
        super().enter_field()
        self._draw_uid()

    def _draw_uid(self) -> None:
        before = self.uid
        while self.uid_is_random and self.uid == before:
            self.uid = b"\x08" + secrets.token_bytes(3)

    def power_on(self) -> None:
        """Forget authentication and whatever was under way."""
        self.forget()

    def forget(self) -> None:
        """Drop the session and unfinished commands, as after any error."""
        self.session = self._asked = self._collected = None
        self._following = []

    def apdu(self, command: bytes) -> bytes:
        """Answer a wrapped native command with `91 ss`, or one of ISO 7816-4; raise `FieldLost` when torn away."""
        return self.trouble.damaged(self.trouble.around(command, self._answer))

    def _answer(self, command: bytes) -> bytes:
        if len(command) >= 4 and command[0] == 0x00:
            return self.iso(command)
        if not command or command[0] != 0x90:
            return b"\x6e\x00"
        well_formed = len(command) == 5 or (len(command) > 5 and len(command) == command[4] + 6)
        if not well_formed or command[2:4] != b"\x00\x00":
            self.forget()
            return bytes([0x91, Status.LENGTH])
        try:
            return self._step(command[1], command[5:-1])
        except Refused as refusal:
            self.forget()
            return bytes([0x91, refusal.status])

    @abc.abstractmethod
    def iso(self, command: bytes) -> bytes:
        """Answer a command of the interindustry class."""

    @abc.abstractmethod
    def commands(self) -> Mapping[int, Command]:
        """The commands of this kind besides authentication, by code."""

    @property
    @abc.abstractmethod
    def authentications(self) -> frozenset[int]:
        """The authentication commands of this kind."""

    def _step(self, code: int, data: bytes) -> bytes:
        if code == MORE:
            return self._more(data)
        if self._asked or self._following or self._collected:
            raise Refused(Status.ABORTED)
        if code in self.authentications:
            return self._challenge(code, data)
        return self._command(code, data)

    def _more(self, data: bytes) -> bytes:
        if self._asked:
            asked, self._asked = self._asked, None
            return self._prove(asked, data)
        if self._following:
            part = self._following.pop(0)
            return part + bytes([0x91, Status.MORE if self._following else Status.DONE])
        if self._collected and data:
            (code, before), self._collected = self._collected, None
            return self._command(code, before + data)
        raise Refused(Status.LENGTH if self._collected else Status.UNKNOWN_COMMAND)

    def _command(self, code: int, data: bytes) -> bytes:
        command = self.commands().get(code)
        if command is None:
            raise Refused(Status.UNKNOWN_COMMAND)
        header, body = data[: command.header], data[command.header :]
        if len(header) < command.header:
            raise Refused(Status.LENGTH)
        sends, answers = command.modes(header)
        length = command.length(header) if command.length else 0
        session = self.session
        if session is None and Mode.FULL in {sends, answers}:
            raise Refused(Status.AUTHENTICATION)
        if command.length and len(body) < (session.carried(length, sends) if session else length):
            self._collected = code, data
            return bytes([0x91, Status.MORE])
        if session is not None:
            body = session.take(bytes([code]) + header, body, sends, length)
        if command.length is None and body:
            raise Refused(Status.LENGTH)
        answer = command.run(header, body)
        if self.session is not None:
            # A reading command ends in its length, and zero asks for all there is.
            asked = command.header < 7 or any(header[4:7])
            answer = self.session.give(answer, answers, length_was_asked=asked)
        return self._in_frames(code, answer)

    def _in_frames(self, code: int, answer: bytes) -> bytes:
        size = self.frame_bytes.get(code, len(answer) or 1)
        parts = [answer[at : at + size] for at in range(0, len(answer), size)] or [b""]
        if code == GET_VERSION:
            first, second = VERSION_PART_BYTES, 2 * VERSION_PART_BYTES
            parts = [answer[:first], answer[first:second], answer[second:]]
        self._following = parts[1:]
        return parts[0] + bytes([0x91, Status.MORE if self._following else Status.DONE])

    # Authentication.

    def before_challenge(self) -> None:
        """Refuse a challenge where the chip makes the terminal wait; most never do."""

    def after_proof(self, *, right: bool) -> None:
        """Count an authentication that ended."""

    def _challenge(self, code: int, data: bytes) -> bytes:
        """Send RndB under the key asked for (first message of all three authentications)."""
        wanted = 2 + data[1] if code == EV2_FIRST and len(data) > 1 else 2 if code == EV2_FIRST else 1
        if len(data) != wanted:
            raise Refused(Status.LENGTH)
        if code == EV2_NON_FIRST and not isinstance(self.session, Ev2Session):
            raise Refused(Status.PERMISSION)
        if code != EV2_NON_FIRST:
            self.session = None
        if self.selected is None or data[0] >= len(self.selected.keys):
            raise Refused(Status.NO_SUCH_KEY)
        self.before_challenge()
        key = self.selected.keys[data[0]]
        if len(key) != BLOCK_BYTES:
            # A DES key, as the card level of DESFire has from the factory: no AES authentication takes it.
            raise Refused(Status.AUTHENTICATION)
        rnd_b = self.random_bytes(BLOCK_BYTES)
        self._asked = Asked(code, data[0], key, rnd_b, encrypt(key, rnd_b))
        return self._asked.challenge + bytes([0x91, Status.MORE])

    def _prove(self, asked: Asked, data: bytes) -> bytes:
        if len(data) != 2 * BLOCK_BYTES:
            raise Refused(Status.LENGTH)
        iv = asked.challenge if asked.code == AUTHENTICATE_AES else bytes(BLOCK_BYTES)
        said = decrypt(asked.key, data, iv)
        rnd_a, echo = said[:BLOCK_BYTES], said[BLOCK_BYTES:]
        right = hmac.compare_digest(echo, rotate(asked.rnd_b))
        self.after_proof(right=right)
        if not right:
            if self.is_clone:
                self.trouble.hit("clone")
            raise Refused(Status.AUTHENTICATION)
        if asked.code == AUTHENTICATE_AES:
            self.session = Ev1Session(asked.key_no, ev1_session_key(rnd_a, asked.rnd_b))
            answer = encrypt(asked.key, rotate(rnd_a), data[-BLOCK_BYTES:])
        else:
            answer = self._open_ev2(asked, rnd_a)
        return answer + bytes([0x91, Status.DONE])

    def _open_ev2(self, asked: Asked, rnd_a: bytes) -> bytes:
        keys = ev2_session_keys(asked.key, rnd_a, asked.rnd_b)
        if asked.code == EV2_NON_FIRST:
            before = self.session
            assert isinstance(before, Ev2Session), "_challenge has looked"
            self.session = Ev2Session(asked.key_no, keys, before.transaction, before.counter)
            return encrypt(asked.key, rotate(rnd_a))
        transaction = self.random_bytes(4)
        self.session = Ev2Session(asked.key_no, keys, transaction)
        return encrypt(asked.key, transaction + rotate(rnd_a) + CAPABILITIES + CAPABILITIES)

"""NTAG 424 DNA: five AES keys, three files, a URL that is another one at every tap.

Source: NXP NT4H2421Gx (8.2 file system, 9.1 authentication and its delays, 9.3 dynamic messages).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tests.hw_sim.card_files import FILE_SETTINGS_BYTES, FileChip
from tests.hw_sim.card_native import (
    EV2_FIRST,
    EV2_NON_FIRST,
    FREE,
    Application,
    Command,
    DataFile,
)
from tests.hw_sim.card_session import Mode, Refused, Status
from tests.hw_sim.card_tap import TapSettings, mirrored

NAME = bytes.fromhex("D2760000850101")
KEYS = 5
CONTAINER, NDEF, PROPRIETARY = 1, 2, 3
# ISO file identifiers and short ones (the low five bits) of the three files.
FILES: Mapping[int, int] = MappingProxyType({0xE103: CONTAINER, 0xE104: NDEF, 0xE105: PROPRIETARY})
APPLICATION_FILE, MASTER_FILE = 0xE110, 0x3F00
CONTAINER_CONTENT = bytes.fromhex("001720010000FF0406E104010000000506E10500808283000000000000000000")
DYNAMIC = 0x40
# The data sheet makes the terminal wait after fifty wrong authentications in a row, for a time that adds up. Without
# a clock the model counts: so many answers "delayed", then the next authentication is tried again.
FAILURES_BEFORE_DELAY = 50
DELAYED_ANSWERS = 3

DONE, NOT_FOUND, NOT_ALLOWED, WRONG_OFFSET = (bytes.fromhex(code) for code in ("9000", "6A82", "6982", "6B00"))


class Ntag424Card(FileChip):
    """One tag; without settings it is as from the maker.

    Besides what `NativeChip` takes, a deck entry may have `keys` (five), `ndef` (file 2, hex), `sdm` (what
    ChangeFileSettings would say of it, hex), `counter` and `failures` (authentications that went wrong so far).
    """

    master_key_for_all = True

    def __init__(self, spec: Mapping[str, Any]) -> None:
        super().__init__(spec, "ntag424")
        keys = [self.key_from(key) for key in spec.get("keys", ["00" * 16] * KEYS)]
        if len(keys) != KEYS:
            raise ValueError(f"card {self.card_id}: an NTAG 424 DNA has {KEYS} keys")
        self._application = Application(keys, 0x01, _factory_files())
        ndef = bytes.fromhex(spec.get("ndef", ""))
        self.files[NDEF].memory[: len(ndef)] = ndef
        if "sdm" in spec:
            self.apply_settings(self.files[NDEF], bytes.fromhex(spec["sdm"]))
        self.counter = int(spec.get("counter", 0))
        self._failures = int(spec.get("failures", 0))
        self._delayed_left = DELAYED_ANSWERS
        self._chosen: DataFile | None = None
        self._tapped: bytes | None = None

    @property
    def files(self) -> dict[int, DataFile]:
        """The tag's files by number."""
        return self._application.files

    @property
    def keys(self) -> list[bytes]:
        """The tag's keys by number."""
        return self._application.keys

    def power_on(self) -> None:
        """Forget all; no application is selected."""
        super().power_on()
        self.selected = None
        self._chosen = self._tapped = None

    @property
    def authentications(self) -> frozenset[int]:
        """The EV2 ones; AuthenticateAES of DESFire is not among its commands."""
        return frozenset({EV2_FIRST, EV2_NON_FIRST})

    def commands(self) -> Mapping[int, Command]:
        """The native commands."""
        return {
            **self.shared_commands(),
            **self.file_commands(0xAD, 0x8D),
            0xF6: Command(1, self._get_counter, self._counter_modes),
        }

    def before_challenge(self) -> None:
        """Make the terminal wait after too many failures."""
        if self._failures >= FAILURES_BEFORE_DELAY and self._delayed_left:
            self._delayed_left -= 1
            self.trouble.hit("authentication_delayed")
            raise Refused(Status.DELAY)

    def after_proof(self, *, right: bool) -> None:
        """Count failures in a row."""
        self._failures = 0 if right else self._failures + 1
        self._delayed_left = DELAYED_ANSWERS

    # Dynamic messages.

    def apply_settings(self, file: DataFile, body: bytes) -> None:
        """Take mode and access rights, and on the NDEF file the tap's settings."""
        if not body[0] & DYNAMIC:
            super().apply_settings(file, body)
            file.more_settings = b""
            return
        said = body[FILE_SETTINGS_BYTES:]
        _, length = TapSettings.parse(said)
        if file is not self.files[NDEF] or len(said) != length:
            raise Refused(Status.PARAMETER)
        super().apply_settings(file, bytes([body[0] & ~DYNAMIC]) + body[1:FILE_SETTINGS_BYTES])
        file.more_settings = said

    def content(self, file: DataFile) -> bytes:
        """The file, with this tap's URL laid over it for a terminal that has not authenticated."""
        if not file.more_settings or self.session is not None:
            return bytes(file.memory)
        if self._tapped is None:
            settings, _ = TapSettings.parse(file.more_settings)
            if settings.limit is not None and self.counter >= settings.limit:
                raise Refused(Status.PERMISSION)
            # Once for each time the application is selected, however often the file is read then.
            self.counter += 1
            self._tapped = mirrored(
                bytes(file.memory), settings, self.real_uid, self.counter, self.keys, self.random_bytes
            )
        return self._tapped

    def _counter_modes(self, header: bytes) -> tuple[Mode, Mode]:
        settings, _ = TapSettings.parse(self.file(header[0]).more_settings)
        if settings.counter_key == FREE:
            return Mode.PLAIN, Mode.PLAIN
        self.demand_key(settings.counter_key)
        return Mode.MAC, Mode.FULL

    def _get_counter(self, _header: bytes, _body: bytes) -> bytes:
        return self.counter.to_bytes(3, "little") + bytes(2)

    # ISO 7816-4.

    def iso(self, command: bytes) -> bytes:
        """SELECT, READ BINARY and UPDATE BINARY."""
        match command[1]:
            case 0xA4:
                return self._select(command)
            case 0xB0 if len(command) == 5:
                return self._iso_access(command, command[4] or 256, b"")
            case 0xD6 if len(command) > 5 and len(command) == 5 + command[4]:
                return self._iso_access(command, 0, command[5:])
            case 0xB0 | 0xD6:
                return b"\x67\x00"
        return b"\x6d\x00"

    def _select(self, command: bytes) -> bytes:
        length = command[4] if len(command) > 4 else 0
        name = command[5 : 5 + length]
        number = int.from_bytes(name, "big") if length == 2 else 0
        if len(command) not in {5 + length, 6 + length} or command[2] not in {0x00, 0x02, 0x04}:
            return b"\x6a\x86"
        if (command[2] == 0x04 and name == NAME) or (command[2] == 0x00 and number == APPLICATION_FILE):
            self.power_on()
            self.selected = self._application
            return DONE
        if command[2] != 0x04 and self.selected is not None and number in FILES:
            self.forget()
            self._chosen = self.files[FILES[number]]
            return DONE
        if command[2] == 0x00 and number == MASTER_FILE:
            self.power_on()
            return DONE
        return NOT_FOUND

    def _iso_access(self, command: bytes, wanted: int, data: bytes) -> bytes:
        """Read or write without protection, in the selected file or one named by its short identifier."""
        offset = command[2] << 8 | command[3]
        file = self._chosen
        if command[2] & 0x80 and self.selected is not None:
            file, offset = self.files.get((command[2] & 0x1F) - 2), command[3]
        if file is None:
            return NOT_FOUND
        read, write, both, _ = file.access
        try:
            if file.mode_for((write if data else read, both), self.session) is not Mode.PLAIN:
                return NOT_ALLOWED
            part = b"" if data else self.content(file)[offset : offset + wanted]
            if data:
                self.store(file, offset, data)
        except Refused as refusal:
            self.forget()
            return WRONG_OFFSET if refusal.status is Status.BOUNDARY else NOT_ALLOWED
        return part + DONE if part or data else WRONG_OFFSET


def _factory_files() -> dict[int, DataFile]:
    """Return the three files as the maker delivers them (NT4H2421Gx, 8.2.3)."""
    files = {
        CONTAINER: DataFile(bytearray(CONTAINER_CONTENT)),
        NDEF: DataFile(bytearray(256)),
        PROPRIETARY: DataFile(bytearray(128), Mode.FULL),
    }
    files[CONTAINER].set_access(bytes.fromhex("00E0"))
    files[NDEF].set_access(bytes.fromhex("E0EE"))
    files[PROPRIETARY].set_access(bytes.fromhex("3023"))
    return files

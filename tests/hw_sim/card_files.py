"""The native commands that DESFire and NTAG 424 DNA share: who the card is, its keys, its files.

Sources: NXP MF3D(H)x2 and NT4H2421Gx, section 11. ChangeKey and settings are whole or not done at all, even when the
card is torn away; a write into a standard file may stop half way.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.hw_sim.card_aes import BLOCK_BYTES, crc32, xor
from tests.hw_sim.card_native import FREE, GET_VERSION, NEVER, Application, Command, DataFile, NativeChip
from tests.hw_sim.card_session import Mode, Refused, Status

PRODUCTION = bytes.fromhex("CF0123456F2520")
NEW_KEY_BYTES = BLOCK_BYTES + 1  # key and version
CRC_BYTES = 4
CHANGE_MASTER_KEY = 0x01  # bit of an application's settings
RANDOM_ID = 0x02  # bit of the card's configuration
FILE_SETTINGS_BYTES = 3
FACTORY_KEY = bytes(BLOCK_BYTES)


def _length_said(header: bytes) -> int:
    return int.from_bytes(header[4:7], "little")


class FileChip(NativeChip):
    """Commands on the selected application."""

    master_key_for_all = False  # NTAG 424 DNA: key 0 changes every key

    def shared_commands(self) -> dict[int, Command]:
        """The commands which both kinds have, by code."""
        return {
            GET_VERSION: Command(0, self._get_version),
            0x51: Command(0, self._get_card_uid, lambda _header: (Mode.MAC, Mode.FULL)),
            0x64: Command(1, self._get_key_version),
            0xF5: Command(1, lambda header, _body: self.file(header[0]).settings()),
            0x5F: Command(1, self._change_file_settings, self._settings_modes, lambda _header: FILE_SETTINGS_BYTES),
            0xC4: Command(1, self._change_key, lambda _header: (Mode.FULL, Mode.MAC), lambda _header: NEW_KEY_BYTES),
            0x5C: Command(1, self._configure, lambda _header: (Mode.FULL, Mode.MAC), lambda _header: 1),
        }

    def file_commands(self, read: int, write: int) -> Mapping[int, Command]:
        """ReadData and WriteData under one pair of codes; the header is file, offset and length."""
        return {
            read: Command(7, self._read_data, self._read_modes),
            write: Command(7, self._write_data, self._write_modes, _length_said),
        }

    def application(self) -> Application:
        """The selected application; raise `Refused` when none is."""
        if self.selected is None:
            raise Refused(Status.NO_FILE)
        return self.selected

    def file(self, number: int) -> DataFile:
        """A file of the selected application; raise `Refused` when there is none."""
        if (found := self.application().files.get(number)) is None:
            raise Refused(Status.NO_FILE)
        return found

    # Who it is.

    def _get_version(self, _header: bytes, _body: bytes) -> bytes:
        uid = bytes(len(self.real_uid)) if self.uid_is_random and self.session is None else self.real_uid
        return self.hardware + self.software + uid + PRODUCTION

    def _get_card_uid(self, _header: bytes, _body: bytes) -> bytes:
        if not self.uid_is_random and self.uid != self.real_uid:
            self.trouble.hit("other_uid")
        return self.real_uid

    def _configure(self, header: bytes, body: bytes) -> bytes:
        self.demand_key(0)
        if header != b"\x00" or not body or any(body[1:]):
            raise Refused(Status.PARAMETER)
        # For ever: no command takes the random identifier off again. It shows from the next activation on.
        self.uid_is_random = self.uid_is_random or bool(body[0] & RANDOM_ID)
        return b""

    # Keys.

    def demand_key(self, number: int) -> None:
        """Refuse unless the terminal has proved it knows that key."""
        if self.session is None or self.session.key_no != number:
            raise Refused(Status.AUTHENTICATION)

    def _get_key_version(self, header: bytes, _body: bytes) -> bytes:
        if self.selected is None or header[0] >= len(self.selected.keys):
            raise Refused(Status.NO_SUCH_KEY)
        return bytes([self.selected.versions.get(header[0], 0)])

    def _change_key(self, header: bytes, body: bytes) -> bytes:
        application, number = self.application(), header[0] & 0x0F
        if number >= len(application.keys):
            raise Refused(Status.NO_SUCH_KEY)
        self._demand_key_to_change(application, number)
        assert self.session is not None, "a key was demanded"
        said, rest = body[:NEW_KEY_BYTES], body[NEW_KEY_BYTES:]
        key, version = said[:BLOCK_BYTES], said[BLOCK_BYTES:]
        if same := self.session.key_no == number:
            check = b""
        else:
            # Another key than the proved one is sent mixed with the old one, and with a CRC of its own.
            key = xor(key, application.keys[number]) if len(said) == NEW_KEY_BYTES else b""
            check, rest = rest[:CRC_BYTES], rest[CRC_BYTES:]
        if len(said) < NEW_KEY_BYTES or any(rest) or (not same and check != crc32(key)):
            raise Refused(Status.INTEGRITY)
        application.keys[number] = key
        application.versions[number] = version[0]
        if same:
            # Proved with a key that is no more: the answer has no MAC, and the session is over.
            self.forget()
        return b""

    def _demand_key_to_change(self, application: Application, number: int) -> None:
        wanted = application.settings >> 4
        if number == 0 or self.master_key_for_all:
            if not application.settings & CHANGE_MASTER_KEY and number == 0:
                raise Refused(Status.PERMISSION)
            wanted = 0
        elif wanted == NEVER:
            raise Refused(Status.PERMISSION)
        elif wanted == FREE:
            wanted = number
        self.demand_key(wanted)

    # Files.

    def _read_modes(self, header: bytes) -> tuple[Mode, Mode]:
        file = self.file(header[0])
        read, _, both, _ = file.access
        mode = file.mode_for((read, both), self.session)
        # The command has a MAC wherever its answer is protected.
        return (Mode.PLAIN if mode is Mode.PLAIN else Mode.MAC), mode

    def _write_modes(self, header: bytes) -> tuple[Mode, Mode]:
        file = self.file(header[0])
        _, write, both, _ = file.access
        mode = file.mode_for((write, both), self.session)
        return mode, (Mode.PLAIN if mode is Mode.PLAIN else Mode.MAC)

    def _settings_modes(self, header: bytes) -> tuple[Mode, Mode]:
        file = self.file(header[0])
        change = file.access[3]
        if change == FREE:
            return Mode.PLAIN, Mode.PLAIN
        if change == NEVER:
            raise Refused(Status.PERMISSION)
        self.demand_key(change)
        return Mode.FULL, Mode.MAC

    def content(self, file: DataFile) -> bytes:
        """What reading a file gives; a kind of card may put something into it at that moment."""
        return bytes(file.memory)

    def _read_data(self, header: bytes, _body: bytes) -> bytes:
        content = self.content(self.file(header[0]))
        offset, length = int.from_bytes(header[1:4], "little"), _length_said(header)
        end = offset + length if length else len(content)
        if offset >= len(content) or end > len(content):
            raise Refused(Status.BOUNDARY)
        return content[offset:end]

    def _write_data(self, header: bytes, body: bytes) -> bytes:
        offset, length = int.from_bytes(header[1:4], "little"), _length_said(header)
        data, rest = body[:length], body[length:]
        if not data or len(data) < length or any(rest):
            raise Refused(Status.LENGTH)
        self.store(self.file(header[0]), offset, data)
        return b""

    def store(self, file: DataFile, offset: int, data: bytes) -> None:
        """Put `data` into a file's memory, or half of it when the card is torn away."""
        end = offset + len(data)
        if end > len(file.memory):
            raise Refused(Status.BOUNDARY)
        file.memory[offset:end] = self.trouble.written(bytes(file.memory[offset:end]), data)

    def _change_file_settings(self, header: bytes, body: bytes) -> bytes:
        if len(body) < FILE_SETTINGS_BYTES or body[0] & 0x03 not in set(Mode):
            raise Refused(Status.LENGTH)
        self.apply_settings(self.file(header[0]), body)
        return b""

    def apply_settings(self, file: DataFile, body: bytes) -> None:
        """Take new mode and access rights; raise `Refused` for anything more."""
        if body[0] & ~0x03 or any(body[FILE_SETTINGS_BYTES:]):
            raise Refused(Status.PARAMETER)
        file.mode = Mode(body[0] & 0x03)
        file.set_access(body[1:3])

"""DESFire EV1, EV2 and EV3: applications with AES keys and standard files, or empty as they come from the maker.

Sources: NXP MF3ICDx (EV1), MF3D(H)x2 (EV2), MF3DHx3 (EV3). The card's own master key is a DES key until somebody
changes it, and with it no AES authentication succeeds; applications can be made without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tests.hw_sim.card_files import FACTORY_KEY, FileChip
from tests.hw_sim.card_native import (
    AUTHENTICATE_AES,
    EV2_FIRST,
    EV2_NON_FIRST,
    Application,
    Command,
    DataFile,
    plain,
)
from tests.hw_sim.card_session import Mode, Refused, Status

FRAME_BYTES = 59  # what one frame of a chained answer holds beside its status byte
AID_BYTES = 3
CARD_LEVEL = bytes(AID_BYTES)
CARD_NAME = bytes.fromhex("D2760000850100")
DES_KEY = bytes(8)
FREE_LISTING, FREE_CREATING = 0x02, 0x04  # bits of the settings of card and application
AES_KEYS = 0x80
MODES: Mapping[str, Mode] = MappingProxyType({"plain": Mode.PLAIN, "mac": Mode.MAC, "full": Mode.FULL})


class DesfireCard(FileChip):
    """One DESFire.

    A deck entry may have `version` (ev1, ev2, ev3), `picc_key` (AES), `picc_settings`, and `applications`:

        {"F53042": {"keys": ["00..", ..], "settings": "0F", "files": {"1": {"mode": "full", "access": "1F00", ...}}}}

    An application's number is written high byte first; on the wire it goes the other way round. A file has `mode`,
    `access` (two bytes as on the wire), and `data`.
    """

    frame_bytes = MappingProxyType({0xBD: FRAME_BYTES})

    def __init__(self, spec: Mapping[str, Any]) -> None:
        version = spec.get("version", "ev2")
        if version not in {"ev1", "ev2", "ev3"}:
            raise ValueError(f"card {spec.get('id')}: version is one of ev1, ev2, ev3")
        super().__init__(spec, version)
        self._is_ev1 = version == "ev1"
        self.aid = CARD_LEVEL
        key = self.key_from(spec["picc_key"]) if "picc_key" in spec else DES_KEY
        settings = int(spec.get("picc_settings", "0F"), 16)
        self.applications = {CARD_LEVEL: Application([key], settings)}
        for name, described in spec.get("applications", {}).items():
            self.applications[bytes.fromhex(name)[::-1]] = self._described(described)
        self.power_on()

    def _described(self, described: Mapping[str, Any]) -> Application:
        keys = [self.key_from(key) for key in described.get("keys", ["00" * 16])]
        made = Application(keys, int(described.get("settings", "0F"), 16))
        for number, file in described.get("files", {}).items():
            made.files[int(number)] = DataFile(bytearray.fromhex(file["data"]), MODES[file.get("mode", "plain")])
            made.files[int(number)].set_access(bytes.fromhex(file.get("access", "E0EE")))
        return made

    def power_on(self) -> None:
        """Forget all, and be at card level."""
        super().power_on()
        self._select(CARD_LEVEL)

    def _select(self, aid: bytes) -> None:
        self.session = None
        self.aid, self.selected = aid, self.applications[aid]

    @property
    def authentications(self) -> frozenset[int]:
        """AuthenticateAES, and from EV2 on the newer ones as well."""
        return frozenset({AUTHENTICATE_AES} if self._is_ev1 else {AUTHENTICATE_AES, EV2_FIRST, EV2_NON_FIRST})

    def commands(self) -> Mapping[int, Command]:
        """The native commands of this generation."""
        newer = {} if self._is_ev1 else self.file_commands(0xAD, 0x8D)
        return {
            **self.shared_commands(),
            **self.file_commands(0xBD, 0x3D),
            **newer,
            0x5A: Command(AID_BYTES, self._select_application, plain),
            0x45: Command(0, self._get_key_settings),
            0x6A: Command(0, self._get_applications),
            0x6F: Command(0, self._get_files),
            0xCA: Command(AID_BYTES + 2, self._create_application),
            0xCD: Command(7, self._create_file),
        }

    def iso(self, command: bytes) -> bytes:
        """Select the card level by its name; DESFire's other interindustry commands are not modelled."""
        self.forget()
        if command[1] != 0xA4:
            return b"\x6d\x00"
        if command[2] != 0x04 or command[5 : 5 + command[4] if len(command) > 4 else 5] != CARD_NAME:
            return b"\x6a\x82"
        self._select(CARD_LEVEL)
        return b"\x90\x00"

    def _select_application(self, header: bytes, _body: bytes) -> bytes:
        if header not in self.applications:
            raise Refused(Status.NO_APPLICATION)
        self._select(header)
        return b""

    def _allow(self, bit: int) -> None:
        """Refuse unless the settings leave something free, or the master key was proved."""
        if not self.application().settings & bit:
            self.demand_key(0)

    def _get_key_settings(self, _header: bytes, _body: bytes) -> bytes:
        if self.session is None:
            self._allow(FREE_LISTING)
        application = self.application()
        aes = AES_KEYS if len(application.keys[0]) > len(DES_KEY) else 0
        return bytes([application.settings, len(application.keys) | aes])

    def _get_applications(self, _header: bytes, _body: bytes) -> bytes:
        self._demand_level(card=True)
        self._allow(FREE_LISTING)
        return b"".join(aid for aid in self.applications if aid != CARD_LEVEL)

    def _get_files(self, _header: bytes, _body: bytes) -> bytes:
        self._demand_level(card=False)
        self._allow(FREE_LISTING)
        return bytes(self.application().files)

    def _demand_level(self, *, card: bool) -> None:
        if (self.aid == CARD_LEVEL) != card:
            raise Refused(Status.PERMISSION)

    def _create_application(self, header: bytes, _body: bytes) -> bytes:
        self._demand_level(card=True)
        self._allow(FREE_CREATING)
        aid, settings, kinds = header[:AID_BYTES], header[AID_BYTES], header[AID_BYTES + 1]
        if aid in self.applications:
            raise Refused(Status.DUPLICATE)
        # Other key types and ISO file names exist on the card and in no shop's cards.
        if kinds & 0xF0 != AES_KEYS or not 1 <= kinds & 0x0F <= 14:
            raise Refused(Status.PARAMETER)
        keys = [self.key_from(FACTORY_KEY.hex()) for _ in range(kinds & 0x0F)]
        self.applications[aid] = Application(keys, settings)
        return b""

    def _create_file(self, header: bytes, _body: bytes) -> bytes:
        self._demand_level(card=False)
        self._allow(FREE_CREATING)
        number, mode, size = header[0], header[1], int.from_bytes(header[4:7], "little")
        files = self.application().files
        if number in files:
            raise Refused(Status.DUPLICATE)
        if mode not in set(Mode) or not size or number > 0x1F:
            raise Refused(Status.PARAMETER)
        files[number] = DataFile(bytearray(size), Mode(mode))
        files[number].set_access(header[2:4])
        return b""

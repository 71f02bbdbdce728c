"""The tap address in an NTAG 424 DNA's second file: its text, read and written, and the settings that fill it.

Sources: NXP AN12196, 5 (personalisation); NTAG 424 DNA data sheet, 10.7.1 (ChangeFileSettings); NFC Forum URI RTD.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from terminal.hw.card_reading import Transmit
from terminal.hw.cards.keys import NTAG424_SDM_FILE_NO, NTAG424_SDM_META_NO
from terminal.hw.cards.native import Session, expect
from terminal.hw.cards.ntag424 import SELECT

NDEF_FILE = b"\x02"
GET_FILE_SETTINGS = 0xF5
CHANGE_FILE_SETTINGS = 0x5F
WRITE_DATA = 0x8D
OFFSET_BYTES = 3

# File type standard, communication plain, access: everyone reads and writes, key 0 changes settings; 256 bytes.
FACTORY_SETTINGS = bytes.fromhex("0000E0EE000100")
SDM_ENABLED = 0x40
# Everyone reads; key 0 reads-and-writes, changes settings, and writes.
OUR_ACCESS = bytes.fromhex("00E0")
# UID and counter are mirrored, as ASCII.
SDM_OPTIONS = 0xC1
# Nobody asks for the counter; which keys hide the UID and make the message code.
SDM_ACCESS = bytes([0xFF, NTAG424_SDM_META_NO << 4 | NTAG424_SDM_FILE_NO])

# NFC Forum URI record type definition, 3.2.2.
_ABBREVIATIONS = (("https://", 0x04), ("http://", 0x03))
_BEGINNINGS: Mapping[int, str] = MappingProxyType(
    {0x00: "", 0x01: "http://www.", 0x02: "https://www.", 0x03: "http://", 0x04: "https://"}
)
# NDEF 1.0, 3.2: a short record whose type is a well-known one, `U`; the flags beside these do not matter here.
_SHORT_WELL_KNOWN, _FLAGS = 0x11, 0x1F
_URI_TYPE = b"U"
_NDEF_URI_HEADER = 7  # length of the file (2), D1 01, length of the payload, 55, abbreviation


@dataclass(frozen=True, slots=True)
class SdmFile:
    """The file for addresses that begin with `prefix`."""

    prefix: str

    def content(self) -> bytes:
        """Return the file: its length, and an NDEF URI record with zeros where the chip puts its values."""
        abbreviation, rest = self._split()
        text = f"{rest}?picc_data={'0' * 32}&cmac={'0' * 16}".encode("ascii")
        record = bytes([0xD1, 0x01, len(text) + 1, 0x55, abbreviation]) + text
        return len(record).to_bytes(2, "big") + record

    def settings(self) -> bytes:
        """Return what ChangeFileSettings takes: options, access, and where in the file the values stand."""
        picc_data_at = _NDEF_URI_HEADER + len(self._split()[1]) + len("?picc_data=")
        cmac_at = picc_data_at + 32 + len("&cmac=")
        # The message code begins where it stands itself: it is over nothing but the tap's own keys.
        places = b"".join(at.to_bytes(OFFSET_BYTES, "little") for at in (picc_data_at, cmac_at, cmac_at))
        return bytes([SDM_ENABLED]) + OUR_ACCESS + bytes([SDM_OPTIONS]) + SDM_ACCESS + places

    def _split(self) -> tuple[int, str]:
        for beginning, code in _ABBREVIATIONS:
            if self.prefix.startswith(beginning):
                return code, self.prefix[len(beginning) :]
        return 0x00, self.prefix


def address_in(message: bytes) -> str:
    """Return the address in an NDEF message whose first record is a web address, else nothing."""
    # Flags, length of the type, length of the payload, type, abbreviation.
    if len(message) < 5 or message[0] & _FLAGS != _SHORT_WELL_KNOWN or message[1] != 1 or message[3:4] != _URI_TYPE:
        return ""
    payload = message[4 : 4 + message[2]]
    beginning = _BEGINNINGS.get(payload[0]) if len(payload) == message[2] > 0 else None
    text = payload[1:].decode("latin-1")
    return beginning + text if beginning is not None and text.isascii() else ""


def file_state(transmit: Transmit, file: SdmFile | None) -> str:
    """Return what the second file is by its settings: `blank`, `ours` or `foreign`; raises `CardSaysNo`."""
    found = expect(transmit, GET_FILE_SETTINGS, NDEF_FILE)
    if found == FACTORY_SETTINGS:
        return "blank"
    ours = file.settings() if file else b""
    # The answer has the file's type in front and its size behind the access rights.
    is_ours = file is not None and found[:4] == b"\x00" + ours[:3] and found[7:] == ours[3:]
    return "ours" if is_ours else "foreign"


def write_sdm_file(file: SdmFile, transmit: Transmit, open_session: Callable[[], Session]) -> None:
    """Write the address (everyone may, on a blank) and then the settings that close the file; raises `CardSaysNo`."""
    content = file.content()
    place = bytes(OFFSET_BYTES) + len(content).to_bytes(OFFSET_BYTES, "little")
    # Selected anew, the application forgets a session: a file that everyone may write is written in plain.
    transmit(SELECT)
    expect(transmit, WRITE_DATA, NDEF_FILE + place + content)
    open_session().command(CHANGE_FILE_SETTINGS, NDEF_FILE, file.settings())

"""The shop's master keys for cards: one private file, read once; key bytes appear in no text this module makes."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from terminal.base.errors import Refusal
from terminal.hw.cards.crypto import diversify
from terminal.hw.cards.key_table import KeyTable

FILE_BYTES_MAX = 65_536
DESFIRE_KEY_NO_MAX = 13
NTAG424_KEY_NO_MAX = 4
# Which of the five keys of an NTAG 424 DNA make its tap address; the proving key must be another one.
NTAG424_SDM_META_NO = 3
NTAG424_SDM_FILE_NO = 4
SFI_MAX = 30
ALGORITHMS = ("3des", "sm4", "aes")
AUTHENTICATIONS = ("ev2first", "aes")
CLASSIC_KEY_TYPES = ("A", "B")
CLASSIC_FORMS = ("ascii", "bcd", "hex")
CLASSIC_BLOCK_BYTES = 16
CLASSIC_SECTOR_MAX = 39
# MF1S70YYX_V1, 8.6: sectors of four blocks, and on a 4K card from this one on sectors of sixteen; the last block of
# each holds its keys.
CLASSIC_FIRST_LARGE_SECTOR = 32

_CLASSIC_KEY = re.compile(r"[0-9A-Fa-f]{12}")
_AID = re.compile(r"[0-9A-Fa-f]{6}")
_DF_NAME = re.compile(r"([0-9A-Fa-f]{2}){5,16}")
_URL = re.compile(r"https?://[0-9A-Za-z.:-]+(/[0-9A-Za-z._~/-]*)?")
_LINE = re.compile(r"line \d+")


@dataclass(frozen=True, slots=True)
class DesfireKeys:
    """`[desfire]`: application (as it is sent, low byte first), proving key's number, its master, how to prove."""

    aid: bytes
    key_no: int
    system: bytes
    auth: str
    master: bytes = field(repr=False)

    def card_key(self, uid: bytes, key_no: int) -> bytes:
        """Return a card's own key; the proving key's input has no number, each other key's ends in its own."""
        return diversify(self.master, uid + self.aid + self.system + _suffix(key_no, self.key_no))


@dataclass(frozen=True, slots=True)
class Ntag424Keys:
    """`[ntag424]`: proving key's number and master; keys and beginning of the tap address. Empty is unused.

    There is a master, or tap addresses, or both.
    """

    key_no: int
    system: bytes
    master: bytes = field(repr=False)
    sdm_meta: bytes = field(default=b"", repr=False)
    sdm_file: bytes = field(default=b"", repr=False)
    url_prefix: str = ""

    def card_key(self, uid: bytes, key_no: int) -> bytes:
        """Return a card's own key of that number.

        The key that hides the UID in the tap address is the same for all cards: it is needed before the UID is known.
        """
        if self.has_tap_url and key_no == NTAG424_SDM_META_NO:
            return self.sdm_meta
        if self.has_tap_url and key_no == NTAG424_SDM_FILE_NO:
            return self.sdm_file_key(uid)
        return diversify(self.master, uid + self.system + _suffix(key_no, self.key_no))

    def sdm_file_key(self, uid: bytes) -> bytes:
        """Return the card's own key for the message code of its tap address."""
        return diversify(self.sdm_file, uid + self.system)

    @property
    def has_tap_url(self) -> bool:
        """Tell whether tap addresses are in use."""
        return bool(self.sdm_meta and self.sdm_file and self.url_prefix)


@dataclass(frozen=True, slots=True)
class UltralightAesKeys:
    """`[ultralight_aes]`: key number (always 0, the key that protects the data) and its master."""

    key_no: int
    system: bytes
    master: bytes = field(repr=False)

    def card_key(self, uid: bytes) -> bytes:
        """Return a card's own key."""
        return diversify(self.master, uid + self.system)


@dataclass(frozen=True, slots=True)
class CpuKeys:
    """`[[cpu]]`: a processor card's application name, key number, algorithm, master, and the number's file (0 none)."""

    aid: bytes
    key_no: int
    algorithm: str
    file: int
    master: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClassicKeys:
    """`[classic]`: where on a MIFARE Classic the member number stands, under which key, and in which form.

    `block` is counted within the sector; the number is `length` bytes from `offset` of it. The key is the same on all
    cards and proves nothing.
    """

    sector: int
    block: int
    key_type: str
    form: str
    offset: int
    length: int
    key: bytes = field(repr=False)

    @property
    def block_no(self) -> int:
        """Return the block's number on the card."""
        small, large = min(self.sector, CLASSIC_FIRST_LARGE_SECTOR), max(0, self.sector - CLASSIC_FIRST_LARGE_SECTOR)
        return small * 4 + large * 16 + self.block


@dataclass(frozen=True, slots=True)
class CardKeys:
    """All keys the shop has; a kind that is missing is not proved, and is known by its chip number alone."""

    desfire: DesfireKeys | None = None
    ntag424: Ntag424Keys | None = None
    ultralight_aes: UltralightAesKeys | None = None
    cpu: tuple[CpuKeys, ...] = ()
    classic: ClassicKeys | None = None


def load_card_keys(path: Path, *, environment: Mapping[str, str] = os.environ, our_id: int | None = None) -> CardKeys:
    """Return the keys in the TOML file at `path`, which must be ours with mode 0600, or a systemd credential.

    `our_id` is the account that must own it (default: the one we run as). Raises `Refusal` `card_keys_missing`,
    `card_keys_exposed` or `card_keys_malformed`; its `reason` names every mistake and never a value.
    """
    text = _read_private(path, _in_folder(path, environment.get("CREDENTIALS_DIRECTORY", "")), our_id)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # Only the place: the rest of the sentence may quote the file.
        place = _LINE.search(str(error))
        reason = f"it is not TOML ({place[0] if place else 'the end'})"
        raise Refusal("card_keys_malformed", file=str(path), reason=reason) from None
    keys, mistakes = _parse(document)
    if mistakes:
        raise Refusal("card_keys_malformed", file=str(path), reason="; ".join(mistakes))
    return keys


def _in_folder(path: Path, folder: str) -> bool:
    return bool(folder) and path.absolute().parent == Path(folder).absolute()


def _read_private(path: Path, is_credential: bool, our_id: int | None) -> str:  # noqa: FBT001 - called once, above
    try:
        # Without waiting: opening a pipe would wait for its other end.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            _refuse_exposed(path, os.fstat(file.fileno()), is_credential, os.geteuid() if our_id is None else our_id)
            data = file.read(FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        raise Refusal("card_keys_missing", file=str(path), reason="there is no such file") from None
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise Refusal("card_keys_missing", file=str(path), reason=reason) from None
    if len(data) > FILE_BYTES_MAX:
        raise Refusal("card_keys_malformed", file=str(path), reason="it is longer than any file of keys")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal("card_keys_malformed", file=str(path), reason="it is not UTF-8 text") from None


def _refuse_exposed(path: Path, found: os.stat_result, is_credential: bool, our_id: int) -> None:  # noqa: FBT001
    """Refuse a file that others may read or change, or that another account wrote."""
    # systemd.exec(5): a credential belongs to root or to the service's account and may be readable to root's group.
    owners, forbidden = ({0, our_id}, 0o337) if is_credential else ({our_id}, 0o177)
    if not stat.S_ISREG(found.st_mode):
        raise Refusal("card_keys_missing", file=str(path), reason="it is not a file")
    if found.st_uid not in owners:
        raise Refusal("card_keys_exposed", file=str(path), reason="it belongs to another account")
    if stat.S_IMODE(found.st_mode) & forbidden:
        wanted = "0400 or 0440" if is_credential else "0600"
        reason = f"its mode is {stat.S_IMODE(found.st_mode):04o} and must be {wanted}"
        raise Refusal("card_keys_exposed", file=str(path), reason=reason)


def _parse(document: Mapping[str, object]) -> tuple[CardKeys, list[str]]:
    mistakes: list[str] = []
    sections = ("desfire", "ntag424", "ultralight_aes", "cpu", "classic")
    top = KeyTable("the file", document, sections, mistakes)
    desfire = _desfire(document["desfire"], mistakes) if top.has("desfire") else None
    ntag424 = _ntag424(document["ntag424"], mistakes) if top.has("ntag424") else None
    ultralight_aes = _ultralight_aes(document["ultralight_aes"], mistakes) if top.has("ultralight_aes") else None
    profiles = document.get("cpu", [])
    if not isinstance(profiles, list):
        mistakes.append("cpu must be written [[cpu]]")
        profiles = []
    cpu = tuple(_cpu(f"cpu[{at}]", table, mistakes) for at, table in enumerate(profiles, 1))
    classic = _classic(document["classic"], mistakes) if top.has("classic") else None
    return CardKeys(desfire, ntag424, ultralight_aes, cpu, classic), mistakes


def _desfire(found: object, mistakes: list[str]) -> DesfireKeys:
    table = KeyTable("desfire", found, ("aid", "key_no", "system", "master", "auth"), mistakes)
    aid = bytes.fromhex(table.text("aid", _AID, "6 hexadecimal digits"))
    if aid == bytes(3):
        table.wrong("aid", "another than 000000, which is the card itself")
    return DesfireKeys(
        aid=aid[::-1],
        key_no=table.number("key_no", 0, 0, DESFIRE_KEY_NO_MAX),
        system=table.system(),
        auth=table.choice("auth", AUTHENTICATIONS[0], AUTHENTICATIONS),
        master=table.key("master"),
    )


def _ntag424(found: object, mistakes: list[str]) -> Ntag424Keys:
    names = ("key_no", "system", "master", "sdm_meta", "sdm_file", "url_prefix")
    table = KeyTable("ntag424", found, names, mistakes)
    taps = any(table.has(name) for name in names[3:])
    key_no = table.number("key_no", 0, 0, NTAG424_KEY_NO_MAX)
    if taps and key_no in {NTAG424_SDM_META_NO, NTAG424_SDM_FILE_NO}:
        table.wrong("key_no", "0, 1 or 2 where tap addresses are in use")
    return Ntag424Keys(
        key_no=key_no,
        system=table.system(),
        # Cards that are known by their tap addresses alone need none.
        master=table.key("master") if table.has("master") or not taps else b"",
        sdm_meta=table.key("sdm_meta") if taps else b"",
        sdm_file=table.key("sdm_file") if taps else b"",
        url_prefix=table.text("url_prefix", _URL, "an address such as https://example.com/t") if taps else "",
    )


def _ultralight_aes(found: object, mistakes: list[str]) -> UltralightAesKeys:
    table = KeyTable("ultralight_aes", found, ("key_no", "system", "master"), mistakes)
    return UltralightAesKeys(table.number("key_no", 0, 0, 0), table.system(), table.key("master"))


def _cpu(where: str, found: object, mistakes: list[str]) -> CpuKeys:
    table = KeyTable(where, found, ("aid", "key_no", "algorithm", "master", "file"), mistakes)
    return CpuKeys(
        aid=bytes.fromhex(table.text("aid", _DF_NAME, "10 to 32 hexadecimal digits")),
        key_no=table.number("key_no", 0, 0, 0xFF),
        algorithm=table.choice("algorithm", ALGORITHMS[0], ALGORITHMS),
        file=table.number("file", 0, 0, SFI_MAX),
        master=table.key("master"),
    )


def _classic(found: object, mistakes: list[str]) -> ClassicKeys:
    table = KeyTable("classic", found, ("sector", "block", "key_type", "key", "form", "offset", "length"), mistakes)
    sector = table.number("sector", 1, 0, CLASSIC_SECTOR_MAX)
    block = table.number("block", 0, 0, 2 if sector < CLASSIC_FIRST_LARGE_SECTOR else 14)
    if not sector and not block:
        table.wrong("block", "1 or 2 in sector 0, whose first block is the maker's")
    form = table.choice("form", CLASSIC_FORMS[0], CLASSIC_FORMS)
    offset = table.number("offset", 0, 0, CLASSIC_BLOCK_BYTES - 1)
    rest = CLASSIC_BLOCK_BYTES - offset
    if form != CLASSIC_FORMS[0] and not table.has("length"):
        # What fills the rest of the block looks like more of the number.
        table.wrong("length", f"given for {form}: how many bytes the number has")
    return ClassicKeys(
        sector=sector,
        block=block,
        key_type=table.choice("key_type", CLASSIC_KEY_TYPES[0], CLASSIC_KEY_TYPES),
        form=form,
        offset=offset,
        length=table.number("length", rest, 1, rest),
        key=bytes.fromhex(table.text("key", _CLASSIC_KEY, "12 hexadecimal digits")),
    )


def _suffix(key_no: int, proving_key_no: int) -> bytes:
    # A system name is printable, so no name ends like this.
    return b"" if key_no == proving_key_no else bytes([key_no])

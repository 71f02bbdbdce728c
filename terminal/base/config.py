"""The till's one configuration file: read once into frozen values, every mistake in it reported together."""

from __future__ import annotations

import ipaddress
import re
import tomllib
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType

from terminal.base.clock import CUTOVER_MIN, SystemClock
from terminal.base.device_config import (
    DEVICE_KEYS,
    DeviceReader,
    DisplayConfig,
    KeyboardConfig,
    PcscReaderConfig,
    Pn532Config,
    PrinterConfig,
    SerialScannerConfig,
)
from terminal.base.toml_section import ConfigMistakes, Mistake, Section, did_you_mean, ended

__all__ = [
    "KEYS",
    "Config",
    "ConfigMistakes",
    "DisplayConfig",
    "KeyboardConfig",
    "LimitsConfig",
    "Mistake",
    "PcscReaderConfig",
    "Pn532Config",
    "PrinterConfig",
    "SerialScannerConfig",
    "TillConfig",
    "load_config",
    "parse_config",
]

LANGUAGES = ("zh_CN", "zh_TW", "en")
SOCKET_PATH_BYTES_MAX = 107  # sun_path of unix(7) is 108 bytes with its closing zero
_LISTEN_EXPECTED = "a loopback address such as 127.0.0.1:8080 (other machines come through the TLS proxy in front)"
_QR_KEYS_EXPECTED = 'a list of keys, each a number below 256, a colon and 64 hexadecimal digits, such as "1:9f8e..."'
_QR_KEY = re.compile(r"([0-9]{1,3}):([0-9a-fA-F]{64})")
QR_KEY_NUMBER_MAX = 255
_ZONE_EXPECTED = "a time zone such as Asia/Shanghai"
# Later than noon, a day would end in the middle of the next one's work.
CUTOVER_MIN_MOST = 12 * 60
_CUTOVER = re.compile(r"([01][0-9]):([0-5][0-9])")
_CUTOVER_EXPECTED = "a time from 00:00 to 12:00, such as 04:00"


@dataclass(frozen=True, slots=True)
class TillConfig:
    """`[till]`: where the till keeps its data and where its pages are reached."""

    data_dir: Path
    timezone: zoneinfo.ZoneInfo
    language: str
    listen_host: str
    listen_port: int
    admin_socket: Path
    key_file: Path
    card_keys: Path | None = None
    cutover_min: int = CUTOVER_MIN
    member_qr_keys: Mapping[int, bytes] = field(default_factory=dict)

    def clock(self) -> SystemClock:
        """Return the machine's clock with the shop's days."""
        return SystemClock(self.timezone, cutover_min=self.cutover_min)


@dataclass(frozen=True, slots=True)
class LimitsConfig:
    """`[limits]`: how much the till takes on before it says that it is busy."""

    inbox_depth: int
    web_threads: int
    live_streams: int


@dataclass(frozen=True, slots=True)
class Config:
    """The whole file."""

    till: TillConfig
    pcsc_enabled: bool
    pcsc_readers: tuple[PcscReaderConfig, ...]
    serial_scanners: tuple[SerialScannerConfig, ...]
    printers: tuple[PrinterConfig, ...]
    limits: LimitsConfig
    pn532_readers: tuple[Pn532Config, ...] = ()
    keyboards: tuple[KeyboardConfig, ...] = ()
    displays: tuple[DisplayConfig, ...] = ()


# Every key of every section, in the order the documentation has them.
KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "till": (
            *("data_dir", "timezone", "business_day_cutover", "language", "listen"),
            *("admin_socket", "key_file", "card_keys", "member_qr_keys"),
        ),
        **DEVICE_KEYS,
        "limits": tuple(limit.name for limit in fields(LimitsConfig)),
    }
)


def load_config(path: Path) -> Config:
    """Return the configuration in the TOML file at `path`; raises `ConfigMistakes` with everything wrong in it.

    Relative paths in the file count from the file's own folder. Nothing is created or opened but the file itself.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigMistakes([Mistake("", f"{path} cannot be read: {error.strerror or error}.")]) from error
    except UnicodeDecodeError as error:
        raise ConfigMistakes([Mistake("", f"{path} is not UTF-8 text.")]) from error
    return parse_config(text, path.absolute().parent)


def parse_config(text: str, folder: Path) -> Config:
    """Return the configuration in a TOML text whose relative paths count from `folder`; raises as `load_config`."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigMistakes([Mistake("", f"The file is not valid TOML: {error}.")]) from error
    except RecursionError as error:
        raise ConfigMistakes([Mistake("", "The file is not valid TOML: it is nested too deeply.")]) from error
    mistakes: list[Mistake] = []
    config = _Reader(document, folder, mistakes).config()
    if mistakes:
        raise ConfigMistakes(mistakes)
    return config


class _Reader:
    """Builds the configuration section by section, so that a mistake in one hides none in another."""

    def __init__(self, document: Mapping[str, object], folder: Path, mistakes: list[Mistake]) -> None:
        self._document = document
        self._folder = folder
        self._mistakes = mistakes
        self._devices = DeviceReader(folder)
        for key in document:
            if key not in KEYS:
                sentence = f"{key} is not a section of this file{did_you_mean(key, tuple(KEYS))}"
                mistakes.append(Mistake(key, ended(sentence)))

    def config(self) -> Config:
        """Return the configuration; worth something only if no mistake was noted."""
        devices = self._devices
        return Config(
            till=self._till(self._one("till")),
            pcsc_enabled=self._one("pcsc").flag("enabled", default=True),
            pcsc_readers=tuple(map(devices.pcsc_reader, self._many("pcsc_readers"))),
            pn532_readers=tuple(map(devices.pn532_reader, self._many("pn532_readers"))),
            serial_scanners=tuple(map(devices.serial_scanner, self._many("serial_scanners"))),
            keyboards=tuple(map(devices.keyboard, self._many("keyboards"))),
            printers=tuple(map(devices.printer, self._many("printers"))),
            displays=tuple(map(devices.display, self._many("displays"))),
            limits=self._limits(self._one("limits")),
        )

    def _one(self, name: str) -> Section:
        table = self._document.get(name, {})
        if not isinstance(table, dict):
            self._mistakes.append(Mistake(name, f"{name} must be a section, written [{name}]."))
            table = {}
        return Section(name, table, KEYS[name], self._mistakes)

    def _many(self, name: str) -> list[Section]:
        tables = self._document.get(name, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self._mistakes.append(Mistake(name, f"{name} must be a list of sections, each written [[{name}]]."))
            return []
        return [Section(f"{name}[{place}]", table, KEYS[name], self._mistakes) for place, table in enumerate(tables, 1)]

    def _till(self, section: Section) -> TillConfig:
        data_dir = self._path(section, "data_dir", None, "a folder for the till's data")
        host, port = section.address("listen", "127.0.0.1:8080", _LISTEN_EXPECTED, 0)
        if host and not _is_loopback(host):
            section.refuse("listen", _LISTEN_EXPECTED)
        admin_socket = self._path(section, "admin_socket", str(data_dir / "till.sock"), "a path")
        if len(str(admin_socket).encode()) > SOCKET_PATH_BYTES_MAX:
            section.wrong(
                "admin_socket",
                f"{section.where}.admin_socket is {len(str(admin_socket).encode())} bytes long "
                f"({admin_socket}), but a socket path must be at most {SOCKET_PATH_BYTES_MAX} bytes",
            )
        return TillConfig(
            data_dir=data_dir,
            timezone=_zone(section),
            language=section.choice("language", "zh_CN", LANGUAGES),
            listen_host=host,
            listen_port=port,
            admin_socket=admin_socket,
            key_file=self._path(section, "key_file", str(data_dir / "store.key"), "a path"),
            card_keys=self._path(section, "card_keys", None, "a path") if section.has("card_keys") else None,
            cutover_min=_cutover_min(section),
            member_qr_keys=_qr_keys(section),
        )

    def _limits(self, section: Section) -> LimitsConfig:
        threads = section.number("web_threads", 16, 4, 64)
        streams = section.number("live_streams", 10, 1, 60)
        if streams >= threads:
            # A pool whose every thread feeds an open page answers nobody else.
            section.wrong(
                "live_streams",
                f"{section.where}.live_streams is {streams}, but must be below web_threads, which is {threads}",
            )
        return LimitsConfig(section.number("inbox_depth", 1000, 10, 100_000), threads, streams)

    def _path(self, section: Section, key: str, default: str | None, expected: str) -> Path:
        return self._folder / section.text(key, default, expected)


def _qr_keys(section: Section) -> Mapping[int, bytes]:
    """Return the chain's public keys by number."""
    if not section.has("member_qr_keys"):
        return MappingProxyType({})
    texts = section.texts("member_qr_keys", _QR_KEYS_EXPECTED)
    found = [_QR_KEY.fullmatch(text) for text in texts]
    keys = {int(each[1]): bytes.fromhex(each[2]) for each in found if each and int(each[1]) <= QR_KEY_NUMBER_MAX}
    if len(keys) < len(texts):
        section.refuse("member_qr_keys", _QR_KEYS_EXPECTED)
    return MappingProxyType(keys)


def _zone(section: Section) -> zoneinfo.ZoneInfo:
    name = section.text("timezone", "Asia/Shanghai", _ZONE_EXPECTED)
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        if name:
            section.refuse("timezone", _ZONE_EXPECTED)
        return zoneinfo.ZoneInfo("UTC")


def _cutover_min(section: Section) -> int:
    text = section.text("business_day_cutover", f"{CUTOVER_MIN // 60:02}:{CUTOVER_MIN % 60:02}", _CUTOVER_EXPECTED)
    found = _CUTOVER.fullmatch(text)
    minutes = int(found[1]) * 60 + int(found[2]) if found else CUTOVER_MIN_MOST + 1
    if minutes <= CUTOVER_MIN_MOST:
        return minutes
    if text:
        section.refuse("business_day_cutover", _CUTOVER_EXPECTED)
    return CUTOVER_MIN


def _is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches the host; the shop's network comes through a TLS proxy in front."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

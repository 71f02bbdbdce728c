"""The till's one configuration file: read once into frozen values, every mistake in it reported together."""

from __future__ import annotations

import ipaddress
import re
import tomllib
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType

from terminal.base.toml_section import ConfigMistakes, Mistake, Section, did_you_mean, ended

__all__ = [
    "KEYS",
    "Config",
    "ConfigMistakes",
    "LimitsConfig",
    "Mistake",
    "PcscReaderConfig",
    "PrinterConfig",
    "SerialScannerConfig",
    "TillConfig",
    "load_config",
    "parse_config",
]

LANGUAGES = ("zh_CN", "zh_TW", "en")
PLACES = ("counter", "kiosk")
BAUDS = (1200, 2400, 4800, 9600, 14400, 19200, 38400, 57600, 115200, 230400)
CHARSETS = ("gb18030", "gbk", "gb2312", "big5", "none")
SUFFIXES = ("line", "none")
SOCKET_PATH_BYTES_MAX = 107  # sun_path of unix(7) is 108 bytes with its closing zero
PCSC_DEVICE = "pcsc"  # the name of the PC/SC driver itself, so no other device may have it
_ID = re.compile(r"[a-z][a-z0-9-]{0,31}")
_ID_EXPECTED = "lower-case letters, digits and hyphens, beginning with a letter, at most 32"
_LISTEN_EXPECTED = "a loopback address such as 127.0.0.1:8080 (other machines come through the TLS proxy in front)"
_PORT_EXPECTED = "the scanner's device path, such as /dev/ttyACM0"
_ZONE_EXPECTED = "a time zone such as Asia/Shanghai"


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


@dataclass(frozen=True, slots=True)
class PcscReaderConfig:
    """`[[pcsc_readers]]`: the id and place of the readers whose PC/SC name contains `match`."""

    id: str
    match: str
    place: str


@dataclass(frozen=True, slots=True)
class SerialScannerConfig:
    """`[[serial_scanners]]`: a scanner on a serial or USB virtual port.

    `suffix` is `line` (a CR or LF ends a code) or `none` (a pause does); `aim_ids` says that the scanner puts an AIM
    identifier in front.
    """

    id: str
    port: str
    baud: int
    place: str
    aim_ids: bool
    suffix: str


@dataclass(frozen=True, slots=True)
class PrinterConfig:
    """`[[printers]]`: a receipt printer on the network; `font` is None where the built-in search finds one."""

    id: str
    host: str
    port: int
    place: str
    dots_per_line: int
    charset: str
    process_id: bool
    font: Path | None


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


# Every key of every section, in the order the documentation has them.
KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "till": ("data_dir", "timezone", "language", "listen", "admin_socket", "key_file"),
        "pcsc": ("enabled",),
        "pcsc_readers": ("id", "match", "place"),
        "serial_scanners": ("id", "port", "baud", "place", "aim_ids", "suffix"),
        "printers": ("id", "address", "place", "dots_per_line", "charset", "process_id", "font"),
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
        self._taken = {("id", PCSC_DEVICE): "the card reader service"}
        for key in document:
            if key not in KEYS:
                sentence = f"{key} is not a section of this file{did_you_mean(key, tuple(KEYS))}"
                mistakes.append(Mistake(key, ended(sentence)))

    def config(self) -> Config:
        """Return the configuration; worth something only if no mistake was noted."""
        return Config(
            till=self._till(self._one("till")),
            pcsc_enabled=self._one("pcsc").flag("enabled", default=True),
            pcsc_readers=tuple(map(self._pcsc_reader, self._many("pcsc_readers"))),
            serial_scanners=tuple(map(self._serial_scanner, self._many("serial_scanners"))),
            printers=tuple(map(self._printer, self._many("printers"))),
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
        )

    def _pcsc_reader(self, section: Section) -> PcscReaderConfig:
        return PcscReaderConfig(
            id=self._id(section),
            match=self._unique(section, "match", section.text("match", None, "a part of the reader's PC/SC name")),
            place=_place(section),
        )

    def _serial_scanner(self, section: Section) -> SerialScannerConfig:
        port = section.text("port", None, _PORT_EXPECTED)
        if port and not port.startswith("/"):
            section.refuse("port", _PORT_EXPECTED)
        return SerialScannerConfig(
            id=self._id(section),
            port=self._unique(section, "port", port),
            baud=section.one_of("baud", 9600, BAUDS),
            place=_place(section),
            aim_ids=section.flag("aim_ids", default=False),
            suffix=section.choice("suffix", "line", SUFFIXES),
        )

    def _printer(self, section: Section) -> PrinterConfig:
        host, port = section.address("address", None, "the printer's host:port, such as 192.168.1.50:9100", 1)
        self._unique(section, "address", f"{host}:{port}" if host else "")
        dots = section.number("dots_per_line", 576, 192, 1024)
        if dots % 8:
            section.refuse("dots_per_line", "a multiple of 8 (384 on most 58 mm, 576 on most 80 mm printers)")
        font = self._path(section, "font", None, "a font file") if section.has("font") else None
        return PrinterConfig(
            id=self._id(section),
            host=host,
            port=port,
            place=_place(section),
            dots_per_line=dots,
            charset=section.choice("charset", "gb18030", CHARSETS),
            process_id=section.flag("process_id", default=True),
            font=font,
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

    def _id(self, section: Section) -> str:
        name = section.text("id", None, _ID_EXPECTED)
        if name and not _ID.fullmatch(name):
            section.refuse("id", _ID_EXPECTED)
        return self._unique(section, "id", name)

    def _unique(self, section: Section, key: str, value: str) -> str:
        """Return the value, noting a mistake where another device has it already."""
        first = self._taken.setdefault((key, value), section.where) if value else section.where
        if first != section.where:
            section.wrong(key, f'{section.where}.{key} is "{value}", but {first} has the same; each must differ')
        return value

    def _path(self, section: Section, key: str, default: str | None, expected: str) -> Path:
        return self._folder / section.text(key, default, expected)


def _zone(section: Section) -> zoneinfo.ZoneInfo:
    name = section.text("timezone", "Asia/Shanghai", _ZONE_EXPECTED)
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        if name:
            section.refuse("timezone", _ZONE_EXPECTED)
        return zoneinfo.ZoneInfo("UTC")


def _place(section: Section) -> str:
    return section.choice("place", "counter", PLACES)


def _is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches the host; the shop's network comes through a TLS proxy in front."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

"""`terminal check-config`: all mistakes of a file at once, each with its key, its value and what would be right."""

from __future__ import annotations

import pytest

from tests.cli.home import Home, run

pytestmark = pytest.mark.slow

TEN_MISTAKES = """
[till]
data_dir = 7
listen = "192.168.1.5:8080"
language = "zh"
timezone = "Asia/Beijing"
colour = "green"

[[pcsc_readers]]
id = "Kiosk Reader"
match = "ACR122U"
place = "door"

[[serial_scanners]]
id = "scanner"
port = "COM3"
baud = 9601

[[printers]]
id = "scanner"
address = "192.168.1.50"
dots_per_line = 385

[limits]
inbox_depth = 1
"""


def test_a_right_file_is_right(bare: Home) -> None:
    for words in ((bare.config,), ("--config", bare.config)):
        said = run("check-config", *words)
        assert (said.exit_code, said.out) == (0, "")
        assert said.err == f"{bare.config} is right.\n"
    assert not bare.data.exists(), "checking makes nothing"


def test_every_mistake_is_told_at_once(bare: Home) -> None:
    bare.file("till.toml", TEN_MISTAKES)
    said = run("check-config", bare.config)
    lines = said.err.splitlines()
    assert said.exit_code == 1
    for key, value, right in (
        ("till.data_dir", "7", "folder"),
        ("till.listen", "192.168.1.5:8080", "loopback"),
        ("till.language", '"zh"', "zh_CN, zh_TW, en"),
        ("till.timezone", "Asia/Beijing", "Asia/Shanghai"),
        ("till.colour", "colour", "data_dir"),
        ("pcsc_readers[1].id", "Kiosk Reader", "lower-case"),
        ("pcsc_readers[1].place", "door", "counter, kiosk"),
        ("serial_scanners[1].port", "COM3", "/dev/ttyACM0"),
        ("serial_scanners[1].baud", "9601", "9600"),
        ("printers[1].id", "scanner", "differ"),
        ("printers[1].address", "192.168.1.50", "9100"),
        ("printers[1].dots_per_line", "385", "multiple of 8"),
        ("limits.inbox_depth", "1", "10 to 100000"),
    ):
        assert any(f": {key}: " in line and value in line and right in line for line in lines), key
    assert len(lines) == 13
    assert all(line.startswith(f"{bare.config}: ") and line.endswith(" [config_wrong]") for line in lines)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"[till", "not valid TOML"), (b"\xff\xfe\x00", "not UTF-8"), (b"a = " + b"[" * 5000, "TOML"), (b"", "data_dir")],
)
def test_a_file_that_is_no_configuration_is_one_sentence(bare: Home, content: bytes, words: str) -> None:
    bare.file("till.toml", content)
    said = run("check-config", bare.config)
    assert (said.exit_code, said.code) == (1, "config_wrong")
    assert words in said.err


def test_a_missing_file_is_named(bare: Home) -> None:
    for words in (("check-config", bare.folder / "no.toml"), ("serve", "--config", bare.folder / "no.toml")):
        said = run(*words)
        assert (said.exit_code, said.code) == (1, "config_wrong")
        assert f"{bare.folder / 'no.toml'} cannot be read" in said.err

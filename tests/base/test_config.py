"""The configuration file: what it gives, and what it says about mistakes."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from terminal.base.config import (
    Config,
    ConfigMistakes,
    LimitsConfig,
    Mistake,
    PcscReaderConfig,
    PrinterConfig,
    SerialScannerConfig,
    TillConfig,
    load_config,
    parse_config,
)

FOLDER = Path("/shop")
TILL = '[till]\ndata_dir = "data"\n'
TEN_MISTAKES = """
[till]
timezone = "Asia/Shangai"
listen = "0.0.0.0:80"
data_dir = ""
[pcsc]
enabled = "yes"
[[pcsc_readers]]
id = "Kiosk"
match = "ACR122U"
[[serial_scanners]]
id = "pcsc"
port = "COM3"
baud = 9601
[[printers]]
id = "receipts"
address = "192.168.1.5"
dots_per_line = 577
"""


def _mistakes(text: str) -> tuple[Mistake, ...]:
    with pytest.raises(ConfigMistakes) as found:
        parse_config(text, FOLDER)
    return found.value.mistakes


def test_a_file_with_only_a_data_folder_gets_every_default() -> None:
    assert parse_config(TILL, FOLDER) == Config(
        till=TillConfig(
            data_dir=Path("/shop/data"),
            timezone=ZoneInfo("Asia/Shanghai"),
            language="zh_CN",
            listen_host="127.0.0.1",
            listen_port=8080,
            admin_socket=Path("/shop/data/till.sock"),
            key_file=Path("/shop/data/store.key"),
        ),
        pcsc_enabled=True,
        pcsc_readers=(),
        serial_scanners=(),
        printers=(),
        limits=LimitsConfig(inbox_depth=1000, web_threads=16, live_streams=10),
    )


def test_everything_that_is_written_is_taken() -> None:
    config = parse_config(
        """
        [till]
        data_dir = "/var/lib/till"
        timezone = "Asia/Taipei"
        language = "zh_TW"
        listen = "[::1]:9000"
        admin_socket = "/run/till.sock"
        key_file = "keys/store"
        [pcsc]
        enabled = false
        [[pcsc_readers]]
        id = "kiosk-reader"
        match = "ACR122U"
        place = "kiosk"
        [[serial_scanners]]
        id = "gun"
        port = "/dev/ttyACM0"
        baud = 115200
        place = "kiosk"
        aim_ids = true
        suffix = "none"
        [[printers]]
        id = "slips"
        address = "printer.local:9100"
        place = "kiosk"
        dots_per_line = 384
        charset = "big5"
        process_id = false
        font = "/fonts/a.ttc"
        [limits]
        inbox_depth = 50
        web_threads = 8
        live_streams = 4
        """,
        FOLDER,
    )
    assert config == Config(
        till=TillConfig(
            data_dir=Path("/var/lib/till"),
            timezone=ZoneInfo("Asia/Taipei"),
            language="zh_TW",
            listen_host="::1",
            listen_port=9000,
            admin_socket=Path("/run/till.sock"),
            key_file=Path("/shop/keys/store"),
        ),
        pcsc_enabled=False,
        pcsc_readers=(PcscReaderConfig("kiosk-reader", "ACR122U", "kiosk"),),
        serial_scanners=(SerialScannerConfig("gun", "/dev/ttyACM0", 115200, "kiosk", aim_ids=True, suffix="none"),),
        printers=(
            PrinterConfig(
                "slips", "printer.local", 9100, "kiosk", 384, "big5", process_id=False, font=Path("/fonts/a.ttc")
            ),
        ),
        limits=LimitsConfig(50, 8, 4),
    )


def test_all_ten_mistakes_of_a_file_are_reported_together() -> None:
    mistakes = _mistakes(TEN_MISTAKES)
    assert {mistake.key for mistake in mistakes} == {
        "till.timezone",
        "till.listen",
        "till.data_dir",
        "pcsc.enabled",
        "pcsc_readers[1].id",
        "serial_scanners[1].id",
        "serial_scanners[1].port",
        "serial_scanners[1].baud",
        "printers[1].address",
        "printers[1].dots_per_line",
    }
    assert len(mistakes) == 10


def test_a_mistake_names_the_key_the_value_and_what_would_be_right() -> None:
    sentences = {mistake.key: mistake.sentence for mistake in _mistakes(TEN_MISTAKES)}
    for key, sentence in sentences.items():
        assert sentence.startswith(f"{key} is "), sentence
    assert '"Asia/Shangai"' in sentences["till.timezone"]
    assert "such as Asia/Shanghai" in sentences["till.timezone"]
    assert "127.0.0.1:8080" in sentences["till.listen"]
    assert "577" in sentences["printers[1].dots_per_line"]
    assert "multiple of 8" in sentences["printers[1].dots_per_line"]


def test_the_exception_reads_as_one_sentence_per_line() -> None:
    with pytest.raises(ConfigMistakes) as found:
        parse_config(TEN_MISTAKES, FOLDER)
    assert len(str(found.value).splitlines()) == 10


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        (TILL + 'timezon = "Asia/Taipei"', "till.timezon", "did you mean timezone?"),
        (TILL + "[printer]", "printer", "did you mean printers?"),
        (TILL + "[limits]\nzzz = 1", "limits.zzz", "there are inbox_depth, web_threads, live_streams."),
    ],
)
def test_an_unknown_key_is_a_mistake_with_a_hint(text: str, key: str, hint: str) -> None:
    (mistake,) = _mistakes(text)
    assert mistake.key == key
    assert mistake.sentence.endswith(hint)


@pytest.mark.parametrize("listen", ["127.0.0.1:8080", "127.1.2.3:1", "localhost:8080", "[::1]:8080", "127.0.0.1:0"])
def test_loopback_addresses_are_taken(listen: str) -> None:
    assert parse_config(f'{TILL}listen = "{listen}"', FOLDER).till.listen_host == listen.rpartition(":")[0].strip("[]")


@pytest.mark.parametrize(
    "listen",
    ['"0.0.0.0:80"', '"192.168.1.5:80"', '"[::]:80"', '"8080"', '":80"', '"127.0.0.1:70000"', "8080", '"a b:1"'],
)
def test_any_other_address_to_listen_at_is_a_mistake(listen: str) -> None:
    (mistake,) = _mistakes(f"{TILL}listen = {listen}")
    assert mistake.key == "till.listen"


@pytest.mark.parametrize("zone", ["", "Mars/Base", "../etc/passwd", "Asia", "/etc/localtime"])
def test_a_time_zone_that_is_none_is_one_mistake(zone: str) -> None:
    (mistake,) = _mistakes(f'{TILL}timezone = "{zone}"')
    assert mistake.key == "till.timezone"


def test_the_business_day_ends_when_the_file_says_and_at_four_where_it_does_not() -> None:
    for line, minutes in (("", 240), ('business_day_cutover = "00:00"', 0), ('business_day_cutover = "12:00"', 720)):
        assert parse_config(TILL + line, FOLDER).till.clock().cutover_min == minutes


@pytest.mark.parametrize("text", ["", "4", "4:00", "24:00", "12:01", "04:60", "04:00:00", "０4:00"])
def test_an_end_of_the_business_day_that_is_none_is_one_mistake(text: str) -> None:
    (mistake,) = _mistakes(f'{TILL}business_day_cutover = "{text}"')
    assert mistake.key == "till.business_day_cutover"


def test_two_devices_may_not_share_an_id() -> None:
    scanner = '[[serial_scanners]]\nid = "same"\nport = "/dev/a"\n'
    printer = '[[printers]]\nid = "same"\naddress = "h:9100"\n'
    (mistake,) = _mistakes(TILL + scanner + printer)
    assert mistake.key == "printers[1].id"
    assert "serial_scanners[1] has the same" in mistake.sentence


@pytest.mark.parametrize(
    ("sections", "key"),
    [
        ('[[pcsc_readers]]\nid = "a"\nmatch = "X"\n[[pcsc_readers]]\nid = "b"\nmatch = "X"', "pcsc_readers[2].match"),
        (
            '[[serial_scanners]]\nid = "a"\nport = "/x"\n[[serial_scanners]]\nid = "b"\nport = "/x"',
            "serial_scanners[2].port",
        ),
        ('[[printers]]\nid = "a"\naddress = "h:1"\n[[printers]]\nid = "b"\naddress = "h:1"', "printers[2].address"),
    ],
)
def test_two_devices_may_not_share_a_wire(sections: str, key: str) -> None:
    (mistake,) = _mistakes(TILL + sections)
    assert mistake.key == key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "till.data_dir"),
        ("till = 3", "till"),
        (TILL + "[printers]\nid = 1", "printers"),
        (TILL + "[limits]\ninbox_depth = true", "limits.inbox_depth"),
        (TILL + "[limits]\ninbox_depth = 5", "limits.inbox_depth"),
        (TILL + "[limits]\nlive_streams = 16", "limits.live_streams"),
        (TILL + f'admin_socket = "/{"s" * 107}"', "till.admin_socket"),
        (TILL + '[[printers]]\nid = "p"\naddress = "h:9100"\nfont = ""', "printers[1].font"),
        (TILL + '[[printers]]\nid = "p"\naddress = "h:9100"\ncharset = "utf-8"', "printers[1].charset"),
        (TILL + '[[serial_scanners]]\nid = "s"\nport = "/dev/x"\nplace = "door"', "serial_scanners[1].place"),
    ],
)
def test_each_kind_of_wrong_value_is_named(text: str, key: str) -> None:
    assert key in {mistake.key for mistake in _mistakes(text)}


@pytest.mark.parametrize("text", ["[till", "a = ", "x = " + "[" * 5000])
def test_a_text_that_is_no_toml_is_one_mistake(text: str) -> None:
    (mistake,) = _mistakes(text)
    assert mistake.key == ""
    assert "not valid TOML" in mistake.sentence


def test_relative_paths_count_from_the_files_folder(tmp_path: Path) -> None:
    file = tmp_path / "till.toml"
    file.write_text("\ufeff" + TILL, encoding="utf-8")
    assert load_config(file).till.data_dir == tmp_path / "data"


def test_a_file_that_cannot_be_read_is_one_mistake(tmp_path: Path) -> None:
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    for path, part in ((tmp_path / "none.toml", "cannot be read"), (tmp_path, "cannot be read"), (binary, "not UTF-8")):
        with pytest.raises(ConfigMistakes, match=part) as found:
            load_config(path)
        assert len(found.value.mistakes) == 1

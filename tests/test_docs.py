"""The documentation names everything it promises to name, and nothing that does not exist."""

from __future__ import annotations

import dataclasses
import re
import tomllib
import typing
from pathlib import Path

import pytest

from terminal.base import config, events
from terminal.rules import member_headers, member_text, member_values

DOCS = Path(__file__).parent.parent / "docs"
DEFAULTS = config.parse_config('[till]\ndata_dir = "data"', Path("/shop"))


def _text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def _sections(text: str) -> dict[str, dict[str, tuple[str, str]]]:
    """Return default and meaning of each key, by section, from headings and table rows."""
    sections: dict[str, dict[str, tuple[str, str]]] = {}
    for line in text.splitlines():
        if heading := re.match(r"#+ `\[+(\w+)\]+`$", line):
            sections[heading[1]] = {}
        elif row := re.match(r"\| `(\w+)` \|([^|]*)\| (.+) \|$", line):
            sections[list(sections)[-1]][row[1]] = (row[2].strip(), row[3])
    return sections


def _first_cells(text: str, heading: str) -> set[str]:
    """Return what stands in the first column of the table under a heading."""
    part = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE))


def test_every_configuration_key_is_described_and_no_other() -> None:
    described = {section: tuple(keys) for section, keys in _sections(_text("configuration.md")).items()}
    assert described == dict(config.KEYS)


def test_the_defaults_described_are_the_defaults() -> None:
    written = {
        (section, key): tomllib.loads(f"x = {default.strip('`')}")["x"]
        for section, keys in _sections(_text("configuration.md")).items()
        for key, (default, _) in keys.items()
        if re.fullmatch(r"`[^`]+`", default)
    }
    devices = config.parse_config(
        '[till]\ndata_dir = "data"\n[[pcsc_readers]]\nid = "a"\nmatch = "x"\n'
        '[[pn532_readers]]\nid = "d"\nport = "/y"\n[[keyboards]]\nid = "e"\nports = ["/z"]\n'
        '[[displays]]\nid = "f"\nport = "/v"\n'
        '[[serial_scanners]]\nid = "b"\nport = "/x"\n[[printers]]\nid = "c"\naddress = "h:9100"\n',
        Path("/shop"),
    )
    sections = {
        "pcsc_readers": (devices.pcsc_readers, ("place", "byte_order", "feedback")),
        "pn532_readers": (devices.pn532_readers, ("place", "byte_order")),
        "serial_scanners": (devices.serial_scanners, ("baud", "place", "aim_ids", "suffix")),
        "keyboards": (devices.keyboards, ("kind", "place", "layout", "suffix", "gs")),
        "printers": (devices.printers, ("baud", "flow", "place", "dots_per_line", "charset", "process_id")),
        "displays": (devices.displays, ("baud", "place", "dialect", "charset")),
    }
    assert written == {
        ("till", "timezone"): DEFAULTS.till.timezone.key,
        ("till", "business_day_cutover"): f"{DEFAULTS.till.cutover_min // 60:02}:{DEFAULTS.till.cutover_min % 60:02}",
        ("till", "language"): DEFAULTS.till.language,
        ("till", "listen"): f"{DEFAULTS.till.listen_host}:{DEFAULTS.till.listen_port}",
        ("pcsc", "enabled"): DEFAULTS.pcsc_enabled,
        **{(name, key): getattr(found, key) for name, ([found], keys) in sections.items() for key in keys},
        **{("limits", key): value for key, value in dataclasses.asdict(DEFAULTS.limits).items()},
    }


def test_the_configuration_shown_can_be_used() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", _text("configuration.md"), re.DOTALL)
    shown = config.parse_config(example, Path("/etc/counterfoil"))
    assert shown.pcsc_readers[0].place == "kiosk"
    assert shown.printers[0].port == 9100


@pytest.mark.parametrize("event", typing.get_args(events.DeviceEvent), ids=lambda event: event.__name__)
def test_every_event_and_its_fields_are_described(event: type[events.DeviceUp]) -> None:
    row = re.search(rf"^\| `{event.__name__}` \| ([^|]*) \| (.+) \|$", _text("events.md"), re.MULTILINE)
    assert row is not None
    assert re.findall(r"`(\w+)`", row[1]) == [field.name for field in dataclasses.fields(event)]


def test_every_event_class_is_one_a_device_may_emit() -> None:
    classes = {
        name
        for name, item in vars(events).items()
        if dataclasses.is_dataclass(item) and item.__module__ == events.__name__
    }
    assert classes == {event.__name__ for event in typing.get_args(events.DeviceEvent)}


def test_every_code_an_event_may_carry_is_described() -> None:
    source = Path(events.__file__).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:card|scan|printer)_\w+)`", source))
    assert named
    assert named <= set(re.findall(r"`(\w+)`", _text("events.md")))


def test_every_field_and_reason_of_the_member_file_is_described() -> None:
    text = _text("member-import.md")
    assert _first_cells(text, "Columns") == set(member_headers.FIELDS)
    assert _first_cells(text, "Reasons for a bad line") == set(member_values.SENTENCES)
    sources = [Path(module.__file__ or "").read_text(encoding="utf-8") for module in (member_headers, member_text)]
    sources.append((Path(member_text.__file__).parent / "member_file.py").read_text(encoding="utf-8"))
    raised = set(re.findall(r'"(member_file_\w+)"', "".join(sources)))
    assert _first_cells(text, "Reasons for refusing the file") == raised


def test_every_header_given_as_an_example_is_known() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| ([^|]*) \| [^|]* \|$", _text("member-import.md").partition("### A mapping")[0], re.MULTILINE
    )
    assert len(rows) == len(member_headers.FIELDS)
    for field, headers in rows:
        assert [member_headers.meaning_of(header) for header in headers.split(", ")] == [field] * len(
            headers.split(", ")
        )


def test_the_mapping_shown_can_be_used() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", _text("member-import.md"), re.DOTALL)
    mapping = member_headers.parse_mapping(example)
    assert mapping.columns["推荐人电话"] == "ignore"

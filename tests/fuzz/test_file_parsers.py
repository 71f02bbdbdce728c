"""Every file a person writes or mends is read, or refused with words: set-up, configuration, devices, side files."""

from __future__ import annotations

import contextlib
import csv
import json
import pathlib
import tempfile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from terminal.base.config import KEYS, Config, ConfigMistakes, Mistake, load_config, parse_config
from terminal.base.errors import Refusal
from terminal.base.words import WORDS as RULE_WORDS
from terminal.cli.side_file import SideFile, beside_of, members_beside, reasons
from terminal.rules.kiosk import LANGUAGES
from terminal.rules.member_file import BadLine, Column, LineError
from terminal.rules.member_headers import SIDE_COLUMNS
from terminal.rules.member_values import SENTENCES
from terminal.rules.prices.basket import BillPromotion, LevelPrice, PriceRules
from terminal.rules.rulebook import Rulebook
from terminal.rules.scope import Scope
from terminal.rules.setup.changes import changes, summary
from terminal.rules.setup.document import TABLES, ShopFacts, read_setup
from terminal.rules.setup.fields import fields_of
from terminal.rules.setup.reader import Reader
from terminal.rules.setup.stored import from_plain, plain
from terminal.rules.value.top_up import Tier
from terminal.services import device_file

WORDS = ["", "x", "88.00", "0", "-1", "zh_TW", "highest_once", "/dev/x", "127.0.0.1:9100", "0416:5011", "line", "de"]
SCALARS = st.sampled_from([f'"{word}"' for word in WORDS]) | st.sampled_from(
    [
        "1",
        "-1",
        "9600",
        "0",
        "1e400",
        "nan",
        "true",
        "false",
        "2020-01-01",
        "07:32:00",
        "[]",
        "{}",
        '["/dev/a", "/dev/b"]',
        *(
            "9" * 30,
            "0x10",
            '"""a\nb"""',
            '"\\u0000"',
            '"王"',
            '"１"',
            '"Asia/Shanghai"',
            '"America/../etc"',
            '"e\\u0301"',
        ),
    ]
)
VALUES = SCALARS | st.lists(SCALARS, max_size=3).map(lambda parts: "[" + ", ".join(parts) + "]")


def lines(sections: list[str], keys: list[str]) -> st.SearchStrategy[str]:
    """Return texts of TOML lines with these sections, single and listed, and keys."""
    heads = [form for section in sections for form in (f"[{section}]", f"[[{section}]]")]
    line = st.tuples(st.sampled_from(keys), VALUES).map(" = ".join)
    return st.lists(line | line | st.sampled_from(heads), max_size=16).map("\n".join) | st.text(max_size=60)


SETUP_KEYS = sorted(
    {"zzz", "rule", "tiers", "per_yuan", "price", "clawback"}.union(fields_of(ShopFacts), fields_of(Tier))
)
SETUP_KEYS += [
    key for field in fields_of(Rulebook).values() if field.inner is not str for key in fields_of(field.inner)
]
LISTS = [
    "top_up.tiers",
    "top_up.offers",
    "levels.levels",
    "prices.levels",
    "points.rates",
    "roles.roles",
    "tiers.tiers",
]
SETUP_LINES = lines([*TABLES, *LISTS], SETUP_KEYS)
GOOD_SETUP = (
    '[shop]\nname = "x"\n[top_up]\nmin = "1"\nmax = "9"\n[points]\nper_yuan = 1\n[[services]]\ncode = "a"\nname = "b"\n'
)


@settings(deadline=None)
@given(SETUP_LINES, st.booleans())
def test_any_set_up_file_is_a_shop_or_its_mistakes_are_told(text: str, behind_a_good_one: bool) -> None:
    whole = GOOD_SETUP + text if behind_a_good_one else text
    found, mistakes = read_setup(whole)
    if found is None:
        assert mistakes
        assert all(RULE_WORDS[each.code][0].format(**each.values) for each in mistakes)
        return
    assert mistakes == []
    assert found.shop.language in LANGUAGES
    assert found.rulebook.top_up.least_fen <= found.rulebook.top_up.most_fen
    stored = json.loads(json.dumps(plain(found.rulebook), ensure_ascii=False))
    assert from_plain(Rulebook, stored) == found.rulebook
    assert list(changes(found.rulebook, from_plain(Rulebook, stored))) == []
    assert summary(found.rulebook) == summary(from_plain(Rulebook, stored))


RULE_KEYS = sorted({key for kind in (PriceRules, BillPromotion, LevelPrice, Scope) for key in fields_of(kind)})
RULE_KEYS += ["from", "to", "hours", "weekdays"]
RULE_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10)
    | st.dates()
    | st.datetimes()
    | st.sampled_from(["88%", "8.8折", "1,000.00", "10:00-14:00", "22:00 - 02:00", "24:00-24:00", "", "gold"])
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(RULE_KEYS), inner, max_size=5),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*RULE_KEYS, "other"]), RULE_VALUES, max_size=6))
def test_any_tables_are_rules_or_their_mistakes_are_told(tables: dict[str, object]) -> None:
    reader = Reader()
    rules = reader.table(PriceRules, tables, "")
    if rules is None:
        assert reader.mistakes
        assert all(RULE_WORDS[mistake.code][0].format(**mistake.values) for mistake in reader.mistakes)
        return
    assert reader.mistakes == []
    assert from_plain(PriceRules, json.loads(json.dumps(plain(rules)))) == rules
    assert list(changes(rules, rules)) == []


CONFIG_LINES = lines([*KEYS, "zzz"], sorted({"zzz"}.union(*map(set, KEYS.values()))))


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(CONFIG_LINES)
def test_any_section_of_the_configuration_is_read_or_its_mistakes_are_told(text: str) -> None:
    found: Config | tuple[Mistake, ...]
    try:
        found = parse_config(f'[till]\ndata_dir = "x"\n{text}', pathlib.Path("/shop"))
    except ConfigMistakes as mistakes:
        found = mistakes.mistakes
    assert isinstance(found, Config) or found
    assert isinstance(found, Config) or all(mistake.sentence.endswith((".", "?")) for mistake in found)


CONFIG = '# Kept.\n[till]\ndata_dir = "data"\n\n[[printers]]\nid = "receipts"\naddress = "127.0.0.1:9100"\n'
SETTINGS = st.lists(
    st.tuples(st.sampled_from(sorted(set().union(*map(set, KEYS.values())))) | st.text(max_size=5), SCALARS | st.text())
    .map("=".join)
    .filter(lambda word: "\x00" not in word)
    | st.text(max_size=10),
    max_size=4,
)
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["add", "change", "remove"]),
        st.sampled_from(sorted(device_file.SECTIONS)),
        st.sampled_from(["receipts", "gun", "x y", ""]) | st.text(max_size=5),
        SETTINGS,
    ),
    max_size=3,
)


@pytest.mark.slow
@settings(deadline=None, max_examples=100)
@example([("add", "printer", "receipts", [])], "[printers]")
@example([("change", "keyboard", "receipts", [])], "printers = [1]")
@given(CHANGES, st.just(CONFIG) | CONFIG_LINES)
def test_whatever_is_asked_of_the_configuration_file_it_stays_one_that_can_be_read(
    asked: list[tuple[str, str, str, list[str]]], text: str
) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = pathlib.Path(name) / "till.toml"
        path.write_text(text, encoding="utf-8", errors="replace")
        for what, kind, device, values in asked:
            before = path.read_bytes()
            try:
                if what == "add":
                    device_file.add_device(path, kind, device, values)
                elif what == "change":
                    device_file.change_device(path, device, values)
                else:
                    device_file.remove_device(path, device)
            except (Refusal, ConfigMistakes):
                assert path.read_bytes() == before
            else:
                load_config(path)
        if text == CONFIG:
            assert path.read_text(encoding="utf-8").startswith("# Kept.")


IDENTITY = ("phone", "13800138000")


@settings(deadline=None)
@given(st.text(max_size=30) | st.from_regex(r"m[0-9a-f]{1,4}-[0-9a-f]{8}", fullmatch=True), st.integers(0, 2**70))
def test_a_note_beside_a_line_is_believed_only_where_it_was_written(note: str, members: int) -> None:
    assert members_beside(beside_of(members, IDENTITY), IDENTITY) == members
    assert members_beside(beside_of(members, IDENTITY), ("phone", "13800138001")) == 0
    assert beside_of(members_beside(note, IDENTITY), IDENTITY) in {note, "", note.replace("m0", "m", 1)} or (
        int(note[1:].partition("-")[0], 16) == members_beside(note, IDENTITY)
    )


CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
HEADERS = st.lists(CELLS | st.sampled_from([*SIDE_COLUMNS, "姓名"]), min_size=1, max_size=5)


@settings(deadline=None)
@given(HEADERS, st.lists(st.tuples(st.lists(CELLS, max_size=6), CELLS, st.sampled_from(sorted(SENTENCES))), max_size=5))
def test_whatever_was_set_aside_the_side_file_holds_it_cell_by_cell(
    headers: list[str], bad: list[tuple[list[str], str, str]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = pathlib.Path(name) / "aside.csv"
        side = SideFile(path, write=True)
        side._columns = tuple(Column(header, "") for header in headers)
        kept = [
            BadLine(number, "", (LineError("姓名", value, code),), tuple(cells))
            for number, (cells, value, code) in enumerate(bad, 2)
        ]
        for line in kept:
            assert SENTENCES[line.errors[0].code] in reasons(line)
            side.keep(line)
        side.write(lambda line: f"m{line.line_no:x}-00000000")
        with contextlib.suppress(FileNotFoundError), path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
            own = [place for place, header in enumerate(headers) if header in SIDE_COLUMNS]
            for line, row in zip(kept, rows[1:], strict=True):
                assert row[:2] == [str(line.line_no), reasons(line)]
                assert row[3:] == [cell for place, cell in enumerate(line.cells) if place not in own]

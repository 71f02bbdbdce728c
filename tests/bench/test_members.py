"""The made-up members can be imported, and each card leads to one of them only."""

from __future__ import annotations

import json
import pathlib

from bench.members import MANY, card_id, card_uid, write_deck, write_file
from terminal.rules.card_numbers import spellings_of_uid
from terminal.rules.member_file import MemberFile, MemberLine
from terminal.rules.member_headers import FileMapping

SAMPLE = 2_000


def test_no_two_cards_share_a_spelling() -> None:
    stored = {card_uid(member) for member in range(MANY)}
    assert len(stored) == MANY
    for member in range(SAMPLE):
        uid = card_uid(member)
        assert set(spellings_of_uid(bytes.fromhex(uid))) & stored == {uid}


def test_every_made_up_line_is_well_written(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "members.csv"
    write_file(file, SAMPLE)
    lines = list(MemberFile(iter([file.read_bytes()]), FileMapping()))
    assert len(lines) == SAMPLE
    for member, line in enumerate(lines):
        assert isinstance(line, MemberLine), line
        assert line.cards == (card_uid(member),)
        assert line.phone


def test_the_deck_holds_the_members_cards(tmp_path: pathlib.Path) -> None:
    deck = tmp_path / "deck.json"
    write_deck(deck, (3, 7))
    cards = {card["id"]: card["uid"] for card in json.loads(deck.read_text(encoding="utf-8"))}
    assert cards == {card_id(3): card_uid(3), card_id(7): card_uid(7)}

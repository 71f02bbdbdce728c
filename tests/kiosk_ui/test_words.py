"""Every code and every sentence has words in three languages, and the compiled catalogues are the written ones."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from babel.messages import extract, mofile, pofile
from babel.messages.catalog import Catalog
from flask import Flask
from flask_babel import force_locale

import terminal.kiosk_ui
from terminal.kiosk_ui import languages
from terminal.kiosk_ui.wording import AT_COUNTER, SENTENCES, worded
from tests.kiosk_ui.shop import open_shop

HOUSE = Path(terminal.kiosk_ui.__file__).parent
CATALOGUES = {"zh_TW": "zh_Hant_TW", "en": "en"}
_FILL = re.compile(r"%\(\w+\)s")

CODES = set(
    """
card_unknown card_unreadable card_foreign card_random_uid card_no_number card_ambiguous card_frozen card_replaced
two_cards other_shop_code code_unknown payment_code_unexpected scan_too_long scan_undecodable reading_timeout
printer_unavailable busy_try_again session_over pin_wrong pin_locked signed_out not_enough bonus_changed amount_bad
member_unknown top_up_range action_bad language_unknown shop_not_set_up printer_paper_out printer_lid_open
printer_cutter printer_error printer_offline driver_bug
""".split()  # noqa: SIM905 - a list to read
)
VALUES = {
    "left": 2,
    "minutes": 10,
    "missing_fen": 8_850,
    "balance_fen": 20_000,
    "least_fen": 1_000,
    "most_fen": 500_000,
}


def catalogue(language: str) -> Catalog:
    with (HOUSE / "translations" / CATALOGUES[language] / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return pofile.read_po(file)


def texts_in_the_sources() -> set[str]:
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    found = extract.extract_from_dir(
        HOUSE, methods, {"templates/**.html": {"trimmed": "true"}}, keywords={**extract.DEFAULT_KEYWORDS, "N_": None}
    )
    return {text for _file, _line, text, _comments, _context in found if isinstance(text, str)}


@pytest.mark.parametrize("language", CATALOGUES)
def test_no_sentence_is_missing_fuzzy_or_left_over(language: str) -> None:
    written = {message.id: message for message in catalogue(language) if message.id}
    sources = texts_in_the_sources()
    assert len(sources) > 150
    assert sources - written.keys() == set()
    assert written.keys() - sources == set()
    assert [text for text, message in written.items() if message.fuzzy or not str(message.string).strip(" ")] == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_translations_fill_in_the_same_values(language: str) -> None:
    wrong = [
        message.id
        for message in catalogue(language)
        if sorted(_FILL.findall(str(message.id))) != sorted(_FILL.findall(str(message.string))) and message.id
    ]
    assert wrong == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_compiled_catalogue_is_the_written_one(language: str) -> None:
    compiled = io.BytesIO()
    mofile.write_mo(compiled, catalogue(language))
    path = HOUSE / "translations" / CATALOGUES[language] / "LC_MESSAGES" / "messages.mo"
    assert path.read_bytes() == compiled.getvalue()


def test_english_catalogue_holds_no_chinese() -> None:
    assert [
        str(message.string)
        for message in catalogue("en")
        if re.search(r"[\u3000-\u9fff\uff00-\uffef]", str(message.string))
    ] == []


@pytest.fixture(scope="module")
def app() -> Flask:
    return open_shop().app


@pytest.mark.parametrize("language", languages.TAGS)
@pytest.mark.parametrize("code", sorted(CODES | SENTENCES.keys()))
def test_every_code_has_words_of_its_own(app: Flask, code: str, language: str) -> None:
    assert code in SENTENCES
    with app.app_context(), force_locale(language):
        said = worded(code, VALUES)
        general = worded("nothing_known")
    assert said.headline
    assert said.headline != general.headline
    assert "%(" not in said.sentence
    if language == "en":
        assert said.sentence.isascii() or "¥" in said.sentence


@pytest.mark.parametrize("language", languages.TAGS)
def test_nothing_sends_the_cashier_to_the_front_desk(app: Flask, language: str) -> None:
    with app.app_context(), force_locale(language):
        said = [worded(code, VALUES, at_counter=True).sentence for code in (*AT_COUNTER, "nothing_known")]
        assert re.search("前台|櫃檯|front desk", worded("card_unknown").sentence), "what customers are told"
    assert [each for each in said if re.search("前台|櫃檯|front desk", each)] == []


def test_amounts_in_a_refusal_are_written_as_yuan() -> None:
    with open_shop().app.app_context(), force_locale("zh_CN"):
        assert worded("not_enough", VALUES).sentence == "余额不足。还差 ¥88.50，当前余额 ¥200.00"


def test_refusal_without_its_values_still_says_what_happened() -> None:
    with open_shop().app.app_context(), force_locale("en"):
        assert worded("not_enough").headline == "Not enough balance"
        assert "%(" not in worded("not_enough").advice


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        (["zh-HK"], "zh_TW"),
        (["zh-MO"], "zh_TW"),
        (["zh-Hant"], "zh_TW"),
        (["zh-Hant-HK"], "zh_TW"),
        (["zh-TW", "en"], "zh_TW"),
        (["zh-Hans-HK"], "zh_CN"),
        (["zh-SG"], "zh_CN"),
        (["zh"], "zh_CN"),
        (["en-GB"], "en"),
        (["fr", "en"], "en"),
        (["fr"], "zh_CN"),
        ([], "zh_CN"),
    ],
)
def test_browsers_wish_leads_to_one_of_our_languages(wish: list[str], language: str) -> None:
    assert languages.negotiated(wish) == language

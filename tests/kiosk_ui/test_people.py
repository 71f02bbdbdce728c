"""How the screens name members: masked, and in Latin letters where the screen is in English."""

from __future__ import annotations

import dataclasses

import pytest
from flask_babel import force_locale

from terminal.kiosk_ui.desk import Receipt
from terminal.kiosk_ui.formats import person
from terminal.kiosk_ui.languages import TAGS
from tests.kiosk_ui.fake_desk import PIN
from tests.kiosk_ui.shop import PANEL, member_screen, open_shop

SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.mark.parametrize(
    ("masked", "english"),
    [
        ("王女士", "Ms Wang"),
        ("单先生", "Mr Shan"),
        ("欧阳女士", "Ms Ouyang"),
        ("仇*", "Qiu*"),
        ("䶮女士", "Ms 䶮"),
        ("Smith女士", "Ms Smith"),
        ("Smith*", "Smith*"),
        ("*", "*"),
        ("女士", "女士"),
        ("", ""),
    ],
)
def test_a_masked_name_is_english_on_english_screens_only(masked: str, english: str) -> None:
    with open_shop().app.app_context():
        for language, expected in (("en", english), ("zh_CN", masked), ("zh_TW", masked)):
            with force_locale(language):
                assert person(masked) == expected


@pytest.mark.parametrize("language", TAGS)
def test_the_kiosk_greets_and_signs_the_card_in_its_language(language: str) -> None:
    shop = open_shop()
    panel = dataclasses.replace(PANEL, surname="曾", masked_name="曾女士")
    html = shop.app.extensions["counterfoil"].fragments.html(1, member_screen(language, panel=panel))
    assert html.count("Ms Zeng" if language == "en" else "曾女士") == 2
    assert ("曾" in html) == (language != "en")


@pytest.mark.parametrize("language", TAGS)
def test_the_counters_list_of_receipts_is_in_its_language(language: str) -> None:
    shop = open_shop()
    shop.desk.book.receipts.append(Receipt("1-000001", "14:30", "slip", "仇先生", 0, "printed", 9))
    client = shop.app.test_client()
    client.post("/cashier/sign-in", data={"staff": "s1", "pin": PIN}, headers=SAME)
    client.post("/cashier/language", data={"language": language}, headers=SAME)
    page = client.get("/cashier/recent").get_data(as_text=True)
    assert ("Mr Qiu" if language == "en" else "仇先生") in page

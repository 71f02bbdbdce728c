"""Imported passes: what they may be used for, and a file that claims one name twice."""

from __future__ import annotations

import datetime as dt

import pytest

from terminal.rules.mistake import Mistake
from terminal.rules.passes.imported import imported_terms, name_mistakes, names_of, unnamed_terms
from terminal.rules.passes.sold import HeldUnits, SoldPass, Take
from terminal.rules.passes.terms import COURSE_PASS, FROM_FIRST_USE, SESSION_PASS, FreezeRules, PassPart, PassTerms
from terminal.rules.passes.terms import mistakes as terms_mistakes
from terminal.rules.passes.use import PassVisit, use, why_not
from terminal.rules.rulebook import Rulebook
from terminal.rules.rulebook_mistakes import mistakes

PART = PassPart(frozenset({"121"}), 10, 2, 268_00)
SCALP = PassTerms(
    "scalp-12",
    SESSION_PASS,
    1980_00,
    (PART,),
    valid_days=365,
    valid_from=FROM_FIRST_USE,
    freeze=FreezeRules(1, 60),
    name="头皮护理",
    imported_as=("Scalp  Care",),
)
COURSE = PassTerms("course", COURSE_PASS, 500_00, (PART,), name="水光")


@pytest.mark.parametrize("name", ["头皮护理", "scalp-12", " scalp care ", "SCALP CARE"])
def test_an_imported_pass_is_used_for_what_the_pass_of_its_name_is_for_and_never_ends(name: str) -> None:
    terms = imported_terms((COURSE, SCALP), {"name": name, "total": 10})
    assert terms is not None
    sold = SoldPass(terms, 0, "m1", units=(HeldUnits("b", 0, 6, 0),))
    visit = PassVisit("m1", "121", dt.datetime(2031, 5, 1, 12))  # noqa: DTZ001 - the shop's civil time
    done = use(sold, visit)
    assert (done.taken, done.starts_on, done.ends_on) == ((Take("b", 1),), None, None)
    assert (terms.code, terms.price_fen, terms.freeze.times) == ("scalp-12", 0, 0)


def test_a_pass_of_another_name_or_kind_and_one_sold_here_are_none_of_these() -> None:
    for facts in ({"name": "烫染"}, {"name": "水光"}, {}, {"name": "头皮护理", "pass": "scalp-12"}):
        assert imported_terms((COURSE, SCALP), facts) is None
    assert names_of(COURSE) == ()


def test_of_a_pass_nobody_knows_the_terms_of_nothing_can_be_used() -> None:
    sold = SoldPass(unnamed_terms({"name": "旧卡"}), 0, "m1", units=(HeldUnits("b", 0, 6, 0),))
    noon = dt.datetime(2026, 5, 1, 12)  # noqa: DTZ001 - the shop's civil time
    refusal = why_not(sold, PassVisit("m1", "121", noon))
    assert refusal is not None
    assert refusal.code == "pass_wrong_service"
    assert sold.terms.name == "旧卡"


def test_a_name_that_two_passes_claim_is_a_mistake_of_the_second() -> None:
    other = PassTerms("other", SESSION_PASS, 100_00, (PART,), name="肩颈", imported_as=("scalp care", "头皮护理"))
    third = PassTerms("third", SESSION_PASS, 100_00, (PART,), name="肩颈")
    assert [(each.key, each.values["found"]) for each in name_mistakes((SCALP, other, third))] == [
        ("[1].imported_as", "'scalp care'"),
        ("[1].imported_as", "'头皮护理'"),
        ("[2].name", "'肩颈'"),
    ]
    found = mistakes(Rulebook(passes=(SCALP, other)), (), {"items"})
    assert [each.key for each in found if each.code == "setup_taken"] == ["passes[1].imported_as"] * 2


def test_only_sessions_of_one_count_can_be_brought_along() -> None:
    course = PassTerms("course", COURSE_PASS, 500_00, (PART,), imported_as=("旧疗程",))
    assert terms_mistakes(course) == [Mistake("imported_as", "setup_pass_imported")]

"""`terminal import members` with a file that comes again: corrected, added to, put in another order, cut in slices."""

from __future__ import annotations

import csv
import pathlib

import pytest

from terminal.store.database import Database
from tests.cli.home import Home

pytestmark = pytest.mark.slow

HEADER = "姓名,手机,储值余额\n"
YI, ER, SAN = "王一,13900001111,300.00\n", "王二,13900001111,500.00\n", "王三,13900001111,70.00\n"


def bring(till: Home, content: str, name: str = "members.csv") -> str:
    """Import a file and return what the command summed up."""
    said = till.run("import", "members", till.file(name, content))
    assert not said.err, said
    return next(line for line in said.out.splitlines() if line.startswith("Done: "))


def fen_by_name(till: Home, phone: str = "13900001111") -> dict[str, list[int]]:
    """Return the opening balances of everybody with this phone, in fen."""
    database = Database(till.data / "store.db", (till.data / "store.key").read_bytes())
    rows = database.rows(
        "SELECT name, coalesce((SELECT sum(amount) FROM held WHERE owner = account AND asset = 'principal'), 0)"
        " FROM member WHERE phone = ? ORDER BY name, 2",
        (phone,),
    )
    database.close()
    found: dict[str, list[int]] = {}
    for name, fen in rows:
        found.setdefault(name, []).append(fen)
    return found


def test_a_corrected_line_comes_in_and_the_other_with_its_phone_does_not_come_twice(till: Home) -> None:
    assert bring(till, HEADER + YI.replace("300.00", "abc") + ER) == "Done: 1 imported, 1 bad."
    assert bring(till, HEADER + YI + ER) == "Done: 1 marked, 1 same."
    assert fen_by_name(till) == {"王一": [300_00], "王二": [500_00]}
    assert bring(till, HEADER + YI + ER) == "Done: 2 same."


def test_a_new_line_above_an_old_one_with_its_phone_comes_in_alone(till: Home) -> None:
    assert bring(till, HEADER + ER) == "Done: 1 imported."
    assert bring(till, HEADER + SAN + ER) == "Done: 1 marked, 1 same."
    assert bring(till, HEADER + YI + SAN + ER) == "Done: 1 marked, 2 same."
    assert fen_by_name(till) == {"王一": [300_00], "王二": [500_00], "王三": [70_00]}


def test_a_corrected_side_file_brings_in_what_was_left_out(till: Home) -> None:
    assert bring(till, HEADER + YI.replace("300.00", "abc") + ER) == "Done: 1 imported, 1 bad."
    side = till.folder / "members.rejected.csv"
    corrected = side.read_text("utf-8-sig").replace("王一,13900001111,abc", "王一,13900001111,300.00")
    assert bring(till, corrected, "corrected.csv") == "Done: 1 marked."
    assert fen_by_name(till) == {"王一": [300_00], "王二": [500_00]}
    assert bring(till, corrected, "corrected.csv") == "Done: 1 same."
    assert bring(till, HEADER + YI + ER) == "Done: 2 same."


def test_a_side_file_keeps_title_mapping_and_separator_of_the_file(till: Home) -> None:
    mapping = till.file("mapping.toml", 'delimiter = ";"\n[columns]\n"贵宾" = "name"\n"联系" = "phone"\n')
    path = till.file("members.csv", '名单\n贵宾;联系;余额\n"周; 一";139;1\n周二;"13900002222;3\n')
    assert till.run("import", "members", path, "--mapping", mapping).out.startswith("line 3: NOT imported")
    side = till.folder / "members.rejected.csv"
    rows = list(csv.reader(side.read_text("utf-8-sig").splitlines(), delimiter=";"))
    assert [row[-3:] for row in rows] == [
        ["贵宾", "联系", "余额"],
        ["周; 一", "139", "1"],
        ["周二", '"13900002222', "3"],
    ]
    text = side.read_text("utf-8-sig").replace(";139;", ";13900001111;").replace('"""13900002222"', "13900002222")
    again = till.run("import", "members", till.file("again.csv", text), "--mapping", mapping)
    assert (again.exit_code, again.out) == (0, "Done: 2 imported.\n")


def test_a_side_file_of_a_file_with_one_known_column_is_understood(till: Home) -> None:
    assert bring(till, "手机\n139\n") == "Done: 1 bad."
    side = (till.folder / "members.rejected.csv").read_text("utf-8-sig")
    assert bring(till, side.replace(",139", ",13900001111"), "again.csv") == "Done: 1 imported."


def test_a_side_file_that_is_wrong_again_gives_a_side_file_of_the_same_form(till: Home) -> None:
    bring(till, HEADER + YI.replace("300.00", "abc") + ER)
    first = (till.folder / "members.rejected.csv").read_text("utf-8-sig")
    assert bring(till, first, "second.csv") == "Done: 1 bad."
    second = (till.folder / "second.rejected.csv").read_text("utf-8-sig")
    assert second == first
    assert bring(till, second.replace("abc", "300.00"), "third.csv") == "Done: 1 marked."


def test_a_note_of_a_side_file_holds_for_the_phone_it_was_written_for_only(till: Home) -> None:
    wrong = YI.replace("300.00", "abc")
    assert bring(till, HEADER + wrong + ER) == "Done: 1 imported, 1 bad."
    assert bring(till, HEADER + "赵四,13900002222,1\n", "other.csv") == "Done: 1 imported."
    side = (till.folder / "members.rejected.csv").read_text("utf-8-sig")
    moved = side.replace("王一,13900001111,abc", "王一,13900002222,300.00")
    assert bring(till, moved, "again.csv") == "Done: 1 changed."


def test_another_name_alone_under_a_known_phone_is_reported_and_not_written(till: Home) -> None:
    assert bring(till, HEADER + ER) == "Done: 1 imported."
    said = till.run("import", "members", till.file("members.csv", HEADER + ER.replace("王二", "王二丫")))
    assert said.exit_code == 1
    assert "line 2: was imported before with other content; NOT changed: " in said.out
    assert "another name" in said.out
    assert fen_by_name(till) == {"王二": [500_00]}


def test_a_renamed_line_that_was_bad_does_not_come_in_by_its_side_file(till: Home) -> None:
    assert bring(till, HEADER + ER) == "Done: 1 imported."
    assert bring(till, HEADER + ER.replace("王二", "王二丫").replace("500.00", "abc")) == "Done: 1 bad."
    side = (till.folder / "members.rejected.csv").read_text("utf-8-sig")
    assert bring(till, side.replace("abc", "500.00"), "again.csv") == "Done: 1 changed."
    assert fen_by_name(till) == {"王二": [500_00]}


def test_what_is_said_of_the_lines_is_in_the_order_of_the_file(till: Home) -> None:
    assert bring(till, HEADER + ER) == "Done: 1 imported."
    path = till.file("members.csv", HEADER + YI + "坏,1,1\n" + ER + "新,13900003333,1\n")
    said = till.run("import", "members", path, "--dry-run").out.splitlines()
    assert [line.partition(":")[0] for line in said] == [
        *("line 2", "line 3", "line 4", "line 5"),
        *("Would be", "The bad lines with their reasons would be in " + str(path.with_suffix(".rejected.csv")) + "."),
    ]
    assert said[0] == "line 2: would be imported, marked: shares a card or phone with another member"


@pytest.mark.parametrize(
    ("before", "after", "whom"),
    [
        (("王一,,", "13900001111", "", "300"), ("王一,,", "13900009999", "", "300"), "phone ...1111"),
        (("王一,,", "13900001111", "C7", "300"), ("王一,,", "13900009999", "C7", "310"), "card ...C7"),
        (("王一,,", "", "AAAA1111", "300"), ("王一,,", "13900009999", "AAAA1111", "310"), "card ...1111"),
        (("王一,,", "", "AAAA1111;BBBB2222", "1"), ("王一,,", "", "BBBB2222;AAAA1111", "1"), "card ...2222"),
        (("王一,N1,", "13900001111", "", "300"), ("王一,,", "13900001111", "", "310"), "phone ...1111"),
        (("王一,N1,", "13900001111", "", "300"), ("王一,N2,", "13900001111", "", "310"), "phone ...1111"),
        (("王一,N1,", "", "", "300"), ("王一,N2,", "", "", "300"), "number N1"),
    ],
    ids=[
        "phone",
        "phone beside a card",
        "phone added",
        "cards in another order",
        "number gone",
        "number",
        "number only",
    ],
)
def test_a_line_whose_number_phone_or_cards_changed_is_reported_with_the_member_it_may_be(
    till: Home, before: tuple[str, ...], after: tuple[str, ...], whom: str
) -> None:
    headers = "姓名,编号,手机,卡号,余额\n"
    first, second = ("".join((line[0], ",".join(line[1:]), "\n")) for line in (before, after))
    assert bring(till, headers + first) == "Done: 1 imported."
    entries = till.entries()
    path = till.file("members.csv", headers + second)
    dry = till.run("import", "members", path, "--dry-run")
    assert dry.out.startswith("line 2: was imported before with other content; would NOT be changed: ")
    said = till.run("import", "members", path)
    assert said.exit_code == 1
    (line, sums) = said.out.splitlines()
    assert line.startswith("line 2: was imported before with other content; NOT changed: ")
    assert f" imported before with {whom}, whose line is not in this file as it was; if " in line
    assert "--new-people" in line
    assert sums == "Done: 1 changed."
    assert till.entries() == entries
    both = bring(till, headers + first + second)
    assert both in {"Done: 1 imported, 1 same.", "Done: 1 marked, 1 same."}, "both stand in one file"
    assert bring(till, headers + second + first) == "Done: 2 same."


def test_whoever_is_said_to_be_another_person_comes_in(till: Home) -> None:
    assert bring(till, HEADER + YI) == "Done: 1 imported."
    path = till.file("members.csv", HEADER + YI.replace("13900001111", "13900009999"))
    dry = till.run("import", "members", path, "--new-people", "--dry-run")
    assert (dry.exit_code, dry.out) == (0, "line 2: would be imported\nWould be: 1 imported.\n")
    said = till.run("import", "members", path, "--new-people")
    assert (said.exit_code, said.out) == (0, "Done: 1 imported.\n")
    again = till.run("import", "members", path)
    assert (again.exit_code, again.out) == (0, "Done: 1 same.\n")


def test_nobody_is_vouched_for_whose_own_line_changed(till: Home) -> None:
    assert bring(till, HEADER + YI) == "Done: 1 imported."
    for changed in (YI.replace("300", "310"), YI.replace("王一", "王二")):
        said = till.run("import", "members", till.file("members.csv", HEADER + changed), "--new-people")
        assert (said.exit_code, said.out.splitlines()[-1]) == (1, "Done: 1 changed.")


@pytest.mark.parametrize(
    ("language", "end", "reason"),
    [("zh_CN", "完成：内容不同 1 行，错误 1 行。", "手机 '138'：不是完整的电话号码")],
)
def test_an_import_and_its_side_file_speak_the_language_of_whoever_asks(
    till: Home, language: str, end: str, reason: str
) -> None:
    assert bring(till, HEADER + YI) == "Done: 1 imported."
    path = till.file("members.csv", HEADER + YI.replace("13900001111", "13900009999") + "王二,138,1\n")
    said = till.run("import", "members", path, "--language", language).out.splitlines()
    side = till.folder / "members.rejected.csv"
    assert said[0].startswith("第 2 行：以前导入过，但内容不同；没有改动：与以前导入的同名会员（手机尾号 1111）")
    assert said[1:] == [f"第 3 行：没有导入：{reason}", end, f"有错误的行及其原因在 {side} 里。"]
    rows = list(csv.reader(side.read_text("utf-8-sig").splitlines()))
    assert rows[1][1] == reason


def test_a_member_with_nothing_is_not_taken_for_another_of_the_same_name(till: Home) -> None:
    assert bring(till, HEADER + "王一,13900001111,0\n") == "Done: 1 imported."
    assert bring(till, HEADER + "王一,13900002222,0\n") == "Done: 1 imported."


def test_a_refused_file_leaves_what_an_earlier_run_set_aside(till: Home) -> None:
    assert bring(till, HEADER + YI.replace("300.00", "abc")) == "Done: 1 bad."
    side = till.folder / "members.rejected.csv"
    before = side.read_bytes()
    for content in ("", "<html>", "王小芳,13812345678\n"):
        assert till.run("import", "members", till.file("members.csv", content)).exit_code == 1
        assert side.read_bytes() == before
    assert bring(till, HEADER + YI) == "Done: 1 imported."
    assert not side.exists(), "nothing is set aside any more"


def test_the_side_file_is_private_even_where_one_lay_open(till: Home) -> None:
    side = pathlib.Path(till.file("members.rejected.csv", "old"))
    side.chmod(0o644)
    bring(till, HEADER + YI.replace("300.00", "abc"))
    assert side.stat().st_mode & 0o077 == 0

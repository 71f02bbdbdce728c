"""`terminal prepaid` beside a running till: money in, gift cards, coupons, passes and points, in two languages."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.home import COMMAND_S, DEMO, REPOSITORY, Home, Said, command, demo_home

# One module starts one till, and each command is a process of its own.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

STAFF, BOSS, PIN = "陈晓", "李店长", "246810"
SHOP = (
    (DEMO / "shop.toml").read_text(encoding="utf-8")
    + """
[[coupons]]
code = "care"
kind = "cash"
name = "护理券"
off = "20"
valid_days = 30

[[redeem.rewards]]
id = "mask"
kind = "goods"
points = 500
what = "6901000010041"
"""
)
GIFT = "2026900001"


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Give one running till for all of these: the demo shop and its members, and a cashier with a shift."""
    home = demo_home(tmp_path_factory.mktemp("till"), ((STAFF, "cashier", PIN), (BOSS, "manager", PIN)), SHOP)
    running = home.serve()
    try:
        assert signed(home, "shift", "open", "--float", "500").exit_code == 0
        yield home
    finally:
        code = running.end()
        log = (home.folder / "serve.log").read_text(encoding="utf-8")
    assert (code, "Traceback" in log) == (0, False), log
    assert home.run("book", "verify").exit_code == 0


def signed(home: Home, *words: object, typed: tuple[str, ...] = (PIN,), locale: str = "C.UTF-8") -> Said:
    """Run a command in the cashier's name and type what is asked for."""
    process = subprocess.run(
        command(*words, "--staff", STAFF, "--config", home.config),
        cwd=REPOSITORY,
        env={**os.environ, "LC_ALL": locale},
        input="".join(f"{each}\n" for each in typed),
        capture_output=True,
        encoding="utf-8",
        timeout=COMMAND_S,
        check=False,
    )
    assert "Traceback" not in process.stderr, process.stderr
    return Said(process.returncode, process.stdout, process.stderr)


def prepaid(home: Home, *words: object, **how: Any) -> Said:
    """Run a command of prepaid value that must succeed."""
    said = signed(home, "prepaid", *words, **how)
    assert said.exit_code == 0, said
    return said


def approved(home: Home, *words: object) -> Said:
    """Run one that the cashier may not do alone, with the manager's approval."""
    assert signed(home, "prepaid", *words).code == "approval_needed"
    return prepaid(home, *words, "--approver", BOSS, typed=(PIN, PIN))


def shown(home: Home, *words: object) -> Any:  # noqa: ANN401 - what JSON holds
    """Return what a command shows as JSON."""
    said = home.run("prepaid", *words, "--json")
    assert said.exit_code == 0, said
    return json.loads(said.out)


def test_a_top_up_is_shown_asked_for_and_booked(counter: Home) -> None:
    member = ("--member", "13800138001", "--yuan", "1000")
    before = counter.run("prepaid", "top-up", *member, "--preview")
    assert (before.exit_code, "200.00" in before.out, "1582.24" in before.out) == (0, True, False), before
    balance_fen = shown(counter, "top-up", *member, "--preview")["balance_after_fen"]
    refused = signed(counter, "prepaid", "top-up", *member, typed=("no", PIN))
    assert refused.code == "confirmation_wrong"
    assert signed(counter, "prepaid", "top-up", *member, "--yes", "--offer", "autumn").code == "top_up_offer_other"
    done = prepaid(counter, "top-up", *member, "--yes", "--pay", "wechat", "--reference", "4200001")
    assert "Topped up 1000.00, bonus 200.00" in done.out.replace(",0", "0"), done
    after = shown(counter, "top-up", *member, "--preview")["balance_after_fen"]
    assert after == balance_fen + 1200_00
    assert counter.run("prepaid", "top-up", *member).code == "staff_needed"


def test_the_same_is_said_in_chinese(counter: Home) -> None:
    words = ("top-up", "--member", "13800138001", "--yuan", "500", "--preview", "--language", "zh_TW")
    said = counter.run("prepaid", *words)
    assert ("儲值後餘額" in said.out, "Balance" in said.out) == (True, False), said
    done = prepaid(counter, "top-up", "--member", "13800138003", "--yuan", "500", "--yes", locale="zh_CN.UTF-8")
    assert "已充值" in done.out
    listed = counter.run("prepaid", "pass", "list", "--member", "13800138001", "--language", "zh_CN")
    assert "头皮深层护理" in listed.out
    assert "长期有效" in listed.out


def test_a_gift_card_is_sold_and_redeemed(counter: Home) -> None:
    sale = ("gift", "sell", GIFT, "--new", "--yuan", "300", "--months", "36")
    refused = signed(counter, "prepaid", *sale, typed=("no",))
    assert (refused.code, "Good through" in refused.out, "300.00" in refused.out) == ("confirmation_wrong", True, True)
    assert counter.run("prepaid", "gift", "show", GIFT).code == "card_unknown", "nothing was given out"
    assert "good through 20" in prepaid(counter, *sale, "--yes").out
    assert signed(counter, "prepaid", *sale, "--yes").code == "gift_number_taken"
    assert shown(counter, "gift", "show", GIFT)["amount_fen"] == 300_00
    load = ("gift", "load", GIFT, "--member", "13800138004")
    asked = signed(counter, "prepaid", *load, "--language", "zh_TW", typed=("no",))
    assert (asked.code, "轉入後餘額" in asked.out) == ("confirmation_wrong", True), asked
    prepaid(counter, *load, "--yes")
    assert shown(counter, "gift", "show", GIFT)["amount_fen"] == 0
    assert signed(counter, "prepaid", "gift", "renew", GIFT).code == "gift_card_empty"
    assert counter.run("prepaid", "gift", "show", "none").code == "card_unknown"
    other = ("gift", "sell", "2026900002", "--new", "--yuan", "300", "--months", "2000", "--yes")
    assert signed(counter, "prepaid", *other).code == "gift_months_bad"
    assert signed(counter, "prepaid", *other[:4], "--yuan", "50000.01", "--yes").code == "top_up_range"
    assert signed(counter, "prepaid", "gift", "sell", "13800138001", *other[3:6], "--yes").code == "gift_number_phone"
    assert counter.run("prepaid", "gift", "show", "2026900002").code == "card_unknown", "nothing was given out"


def test_coupons_are_issued_listed_and_revoked(counter: Home) -> None:
    member = ("--member", "13800138002")
    approved(counter, "coupon", "issue", "care", *member, "--count", "2")
    (coupon,) = shown(counter, "coupon", "list", *member)["coupons"]
    assert (coupon["name"], coupon["count"]) == ("护理券", 2)
    prepaid(counter, "coupon", "revoke", coupon["coupon"][:8], *member, "--count", "2", "--reason", "wrong member")
    assert "There is none." in counter.run("prepaid", "coupon", "list", *member).out


def test_an_imported_pass_is_listed_and_handed_over(counter: Home) -> None:
    passes = shown(counter, "pass", "list", "--member", "13800138001")["passes"]
    scalp = next(each for each in passes if each["name"] == "头皮深层护理")
    assert (scalp["code"], scalp["left"], scalp["state"]) == ("scalp-12", 6, "good")
    lot = scalp["pass"][:8]
    paused = ("pass", "freeze", lot, "--member", "13800138001", "--from", "2027-01-01", "--to", "2027-01-09")
    assert signed(counter, "prepaid", *paused).code == "pass_freeze_off"
    moved = ("pass", "transfer", lot, "--member", "13800138001", "--to", "13800138003")
    approved(counter, *moved, "--shown", "identity_card")
    assert [each["name"] for each in shown(counter, "pass", "list", "--member", "13800138003")["passes"]] == [
        "头皮深层护理"
    ]
    settled = counter.run("prepaid", "pass", "settle-days")
    assert (settled.exit_code, "0 days of 0 passes" in settled.out) == (0, True), settled


def test_points_buy_a_reward_and_come_back(counter: Home) -> None:
    member = ("--member", "13800138002")
    points = shown(counter, "points", *member)["points"]
    assert signed(counter, "prepaid", "redeem", "mask", *member).code == "factor_identifies_only"
    done = prepaid(counter, "redeem", "mask", *member, "--confirmed", "photo")
    assert "500 points" in done.out
    number = done.out.split()[-1].rstrip(".")
    assert shown(counter, "points", *member)["points"] == points - 500
    approved(counter, "redeem-back", number, "--goods-back")
    assert shown(counter, "points", *member)["points"] == points
    assert signed(counter, "prepaid", "redeem", "none", *member).code == "reward_unknown"


def test_points_are_spent_with_the_pin_that_the_member_types(counter: Home) -> None:
    member = ("--member", "13800138002")
    words = ("media", "set-pin", "--phone", "13800138002", "--shown", "identity")
    assert signed(counter, *words, typed=(PIN, "1357", "1357")).exit_code == 0
    points = shown(counter, "points", *member)["points"]
    wrong = signed(counter, "prepaid", "redeem", "mask", *member, typed=("9999", PIN))
    assert wrong.code == "member_pin_wrong", wrong
    done = prepaid(counter, "redeem", "mask", *member, typed=("1357", PIN), locale="zh_CN.UTF-8")
    assert "已扣 500 积分" in done.out
    assert shown(counter, "points", *member)["points"] == points - 500
    assert "There is none." in counter.run("prepaid", "notices").out, "nobody was reviewed yet"


def test_a_membership_is_handed_over_when_the_word_is_typed_back(counter: Home) -> None:
    words = ("transfer", "--member", "13800138004", "--to", "13800138003", "--shown", "identity_card")
    assert signed(counter, "prepaid", *words, typed=("no",)).code == "confirmation_wrong"
    approved(counter, *words, "--yes")
    assert shown(counter, "points", "--member", "13800138004")["points"] == 0


def test_a_gift_card_pays_a_bill_by_its_number(counter: Home) -> None:
    card = "2026900077"
    prepaid(counter, "gift", "sell", card, "--new", "--yuan", "30", "--yes")
    opened = signed(counter, "bill", "open", "--card", card, "--free", "刘海=50", "--json")
    assert opened.exit_code == 0, opened
    bill = json.loads(opened.out[opened.out.index("{") :])["open"]["id"]
    paying = ("bill", "settle", bill, "--pay", "purse=30", "--pay", "cash", "--yes")
    assert signed(counter, *paying).code == "factor_identifies_only"
    assert signed(counter, *paying, "--confirmed", "gift_card").exit_code == 0
    assert shown(counter, "gift", "show", card)["amount_fen"] == 0


def test_a_level_is_given_and_locked_by_hand_with_a_managers_approval(counter: Home) -> None:
    who = ("member", "level", "13800138001")
    before = counter.run(*who)
    assert (before.exit_code, "level now: " in before.out, "level then" in before.out) == (0, True, False), before
    wish = (*who, "--give", "钻石", "--lock", "--reason", "opening day")
    assert counter.run(*wish).code == "staff_needed"
    assert signed(counter, *wish, typed=("no",)).code == "confirmation_wrong"
    assert signed(counter, *wish, "--yes").code == "approval_needed"
    done = signed(counter, *wish, "--yes", "--approver", BOSS, typed=(PIN, PIN))
    assert (done.exit_code, "level then: 钻石 (locked)" in done.out) == (0, True), done
    assert "level now: 钻石 (locked)" in counter.run(*who).out
    assert "钻石（已锁定）" in counter.run("member", "show", "13800138001", "--language", "zh_CN").out
    free = signed(counter, *who, "--unlock", "--reason", "over", "--yes", "--approver", BOSS, typed=(PIN, PIN))
    assert (free.exit_code, "(locked)" in counter.run(*who).out) == (0, False), free

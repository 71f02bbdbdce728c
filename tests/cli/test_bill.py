"""`terminal bill` over a running till: one bill from its opening to its receipt, by people who give their PINs."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from terminal.base.config import load_config
from terminal.base.errors import Overloaded, Refusal
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.cli.door import running_till
from terminal.rules.canonical import Canonical
from terminal.runtime.admin import AdminServer
from terminal.services.storage import open_store
from tests.cli.home import COMMAND_S, REPOSITORY, Home, Said, command, demo_home
from tests.cli.pages import Pages
from tests.cli.warm import warm

pytestmark = pytest.mark.slow

STAFF, PIN = "陈晓", "246810"
BOSS, BOSS_PIN = "李店长", "975310"
MEMBER, OTHER, THIRD = "13800138002", "13800138003", "13800138005"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Give a running till with a cashier, a manager, and members."""
    home = demo_home(tmp_path_factory.mktemp("till"), ((STAFF, "cashier", PIN), (BOSS, "manager", BOSS_PIN)))
    give_coupon(home, MEMBER)
    running = home.serve()
    try:
        Pages(running.address).sign_in(PIN)
        yield home
    finally:
        assert running.end() == 0


def bill(home: Home, *words: object, answers: tuple[str, ...] = (PIN,), who: str = STAFF) -> Said:
    """Run a command, and type what it asks for."""
    signed = () if words[0] in {"list", "show"} else ("--staff", who)
    typed = "".join(f"{answer}\n" for answer in answers)
    code, out, err = warm(REPOSITORY).run(("bill", *words, *signed, "--config", home.config), COMMAND_S, typed)
    assert "Traceback" not in err + out, err
    return Said(code, out, err)


class Lossy:
    """A line to the till that loses answers of a verb after the till gave them: the first ones, so many.

    Where it has `held` the first answer back, nobody is answered any more.
    """

    def __init__(self, home: Home, verb: str, lost: int, held: threading.Event | None = None) -> None:
        """Listen beside the till's own door, with a configuration of its own."""
        self.actions: list[str] = []
        self._held = held
        self._ended = threading.Event()
        self._lost = lost
        door, path = load_config(home.config).till.admin_socket, home.folder / "lossy.sock"
        config = home.config.read_text(encoding="utf-8")
        self.config = home.file("lossy.toml", config.replace("[till]", f'[till]\nadmin_socket = "{path}"'))
        lossy = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with contextlib.closing(socket.socket(socket.AF_UNIX)) as till, contextlib.suppress(OSError):
                    till.connect(str(door))
                    with till.makefile("rwb") as line:
                        while asked := self.rfile.readline():
                            line.write(asked)
                            line.flush()
                            answer, wish = line.readline(), json.loads(asked)
                            if wish["do"] == verb and lossy.loses(wish["action"]):
                                return
                            self.wfile.write(answer)

        self._server = socketserver.ThreadingUnixStreamServer(str(path), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self._path = path

    def loses(self, action: str) -> bool:
        """Tell whether the answer to this action is lost."""
        self.actions.append(action)
        if self._held is not None:
            self._held.set()
            self._ended.wait()
        return len(self.actions) <= self._lost

    def close(self) -> None:
        """Hang up."""
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._path.unlink()


def over(lossy: Lossy, *words: object, answers: tuple[str, ...] = (PIN,)) -> Said:
    """Run a command of the cashier over a line that loses answers."""
    typed = "".join(f"{answer}\n" for answer in answers)
    signed = (*words, "--staff", STAFF, "--config", lossy.config)
    return Said(*warm(REPOSITORY).run(signed, COMMAND_S, typed))


def give_coupon(home: Home, phone: str) -> str:
    """Give a member a coupon of the demo shop before the till runs; return its bucket."""
    store = open_store(load_config(home.config))
    try:
        row = store.database.row("SELECT lower(hex(account)) FROM member WHERE phone = ?", (phone,))
        assert row is not None
        with store.database.write():
            draft = store.book.begin(ActionId(new_id()), "test", "")
            attributes: dict[str, Canonical] = {"template": "birthday", "version": 1, "first": "2026-01-01", "last": ""}
            facts = draft.create("coupon", AccountId(row[0]), 1, attributes=attributes)
            store.book.post(draft)
        return facts.id
    finally:
        store.close()


def shown(home: Home, bill_no: str) -> dict[str, Any]:
    """Return a bill as it is shown to programs."""
    said = bill(home, "show", bill_no, "--json")
    assert said.exit_code == 0, said
    found: dict[str, Any] = json.loads(said.out)
    return found


def opened(home: Home, *words: object) -> str:
    """Open a bill and return its id."""
    said = bill(home, "open", *words, "--json")
    assert said.exit_code == 0, said
    # What asked for the PIN stands before it.
    return str(json.loads(said.out[said.out.index("{") :])["open"]["id"])


def test_a_bill_is_put_aside_found_again_and_given_up(shop: Home) -> None:
    start = opened(shop, "--member", MEMBER, "--line", "111@陈晓!", "--language", "zh_CN")[:8]
    assert "已挂单" in bill(shop, "hold", start, "--label", "靠窗", "--language", "zh_CN").out
    listed = bill(shop, "list", "--language", "zh_CN").out
    assert [part in listed for part in (start, "挂单", "李先生", "靠窗", "陈晓")] == [True] * 5
    assert bill(shop, "resume", start).exit_code == 0
    assert "is given up" in bill(shop, "drop", start).out
    assert bill(shop, "show", start).code == "bill_gone"


def test_a_bill_with_a_coupon_points_and_three_payments_is_settled_once(shop: Home) -> None:
    name = opened(
        shop, "--member", MEMBER, "--line", "111@陈晓!", "--line", "6901000010010:3", "--free", "刘海=30@陈晓"
    )
    before = shop.entries()
    paid = ("--pay", "purse=200", "--pay", "wechat=64", "--reference", "wechat=4200001234", "--pay", "cash=400")
    settle = ("settle", name[:8], "--coupon", "birthday", "--points", "1000", *paid, "--confirmed", "photo")
    asked = bill(shop, *settle, "--language", "zh_TW", answers=("n",))
    assert asked.code == "bill_not_yes"
    for part in ("原價合計", "712.00", "券 生日券 50 元", "-50.00", "點數折抵", "-10.00", "以 568.40 結帳嗎"):
        assert part in asked.out
    done = bill(shop, *settle, answers=("y", PIN))
    assert done.exit_code == 0, done
    for part in ("WeChat Pay 4200001234", "Change", "95.60", "Points used", "1,000", "Total", "568.40"):
        assert part in done.out
    kept = shown(shop, name)["settled"]
    assert (kept["payable_fen"], kept["change_fen"], kept["bill"], kept["staff"]) == (568_40, 95_60, name, STAFF)
    chinese = bill(shop, "show", kept["number"], "--language", "zh_CN").out
    for part in ("储值本金", "微信支付", "现金", "找零", "获得积分", "染发", "陈晓"):
        assert part in chinese
    assert bill(shop, *settle, answers=("y", PIN)).code == "bill_gone"
    assert shop.entries() == before + 1


def test_money_whose_answer_was_lost_is_asked_for_again_and_booked_once(shop: Home) -> None:
    name, before = opened(shop, "--line", "101"), shop.entries()
    lossy = Lossy(shop, "bill_settle", 2)
    try:
        done = over(lossy, "bill", "settle", name, "--pay", "cash=100", "--yes")
    finally:
        lossy.close()
    assert (done.exit_code, "Change" in done.out) == (0, True), done
    assert (len(lossy.actions), len(set(lossy.actions))) == (3, 1)
    assert shop.entries() == before + 1


def test_a_member_pays_once_for_a_top_up_whose_answer_was_lost(shop: Home) -> None:
    before = shop.entries()
    lossy = Lossy(shop, "prepaid_top_up", 1)
    try:
        done = over(lossy, "prepaid", "top-up", "--member", OTHER, "--yuan", "100", "--yes")
    finally:
        lossy.close()
    assert (done.exit_code, len(lossy.actions), len(set(lossy.actions))) == (0, 2, 1), done
    assert shop.entries() == before + 1


def test_without_an_answer_at_all_the_action_is_named_and_repeated_by_it(shop: Home) -> None:
    name, before = opened(shop, "--line", "101"), shop.entries()
    settle = ("bill", "settle", name[:8], "--pay", "cash=100", "--yes")
    lossy = Lossy(shop, "bill_settle", 10**6)
    try:
        lost = over(lossy, *settle)
    finally:
        lossy.close()
    assert lost.code == "money_unanswered"
    found = re.search(r"--action ([0-9a-f]{32})", lost.err)
    assert found
    assert set(lossy.actions) == {found[1]}
    assert shop.entries() == before + 1
    done = bill(shop, *settle[1:], "--action", found[1], "--json", answers=())
    assert done.exit_code == 0, done
    assert json.loads(done.out)["settled"]["is_repeated"] is True
    told = bill(shop, "settle", name[:8], "--pay", "cash=100", "--action", found[1], answers=())
    assert (told.exit_code, "Settle it for" in told.out, "Change" in told.out) == (0, False, True), told
    other = ("settle", name[:8], "--pay", "card=88", "--yes", "--action", found[1])
    assert bill(shop, *other).code == "action_conflict"
    assert bill(shop, *settle[1:], "--action", "the one before").exit_code == 2, "wrong usage"
    assert shop.entries() == before + 1


def test_who_ends_the_waiting_is_told_the_action_and_repeats_it(shop: Home) -> None:
    name, before, held = opened(shop, "--line", "101"), shop.entries(), threading.Event()
    settle = ("bill", "settle", name[:8], "--pay", "cash=100", "--yes", "--staff", STAFF)
    lossy = Lossy(shop, "bill_settle", 1, held)
    try:
        asked = subprocess.Popen(
            command(*settle, "--config", lossy.config),
            cwd=REPOSITORY,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with asked:
            assert asked.stdin is not None
            asked.stdin.write(f"{PIN}\n")
            asked.stdin.flush()
            assert held.wait(COMMAND_S)
            asked.send_signal(signal.SIGINT)
            out, err = asked.communicate(timeout=COMMAND_S)
    finally:
        lossy.close()
    ended = Said(asked.returncode, out, err)
    assert ended.code == "money_interrupted"
    assert lossy.actions[0] in err
    assert shop.entries() == before + 1, "it was done all the same"
    again = bill(shop, *settle[1:-2], "--action", lossy.actions[0], answers=())
    assert (again.exit_code, "is settled" in again.out) == (0, True), again
    assert shop.entries() == before + 1


def test_a_bill_given_up_twice_by_the_same_action_is_given_up(shop: Home) -> None:
    name, action = opened(shop, "--line", "101"), ("--action", new_id())
    first = bill(shop, "drop", name[:8], *action)
    again = bill(shop, "drop", name[:8], *action, answers=())
    assert (again.exit_code, first.out.endswith(again.out), again.out) == (0, True, f"Bill {name[:8]} is given up.\n")
    assert bill(shop, "drop", name[:8]).code == "bill_gone", "as another action"


def test_a_till_that_is_busy_is_asked_again_as_the_same_action(shop: Home, tmp_path: pathlib.Path) -> None:
    actions: list[str] = []

    def settle(action: str) -> dict[str, str]:
        actions.append(action)
        if len(actions) == 1:
            raise Overloaded
        return {"action": action}

    server = AdminServer(tmp_path / "till.sock", {"bill_settle": settle})
    server.start()
    try:
        config = replace(load_config(shop.config).till, admin_socket=tmp_path / "till.sock")
        with running_till(replace(load_config(shop.config), till=config)) as call:
            action = new_id()
            assert call("bill_settle", action=action)["action"] == action
    finally:
        server.close()
    assert actions == [action, action]


def test_what_moves_no_money_is_asked_for_once(shop: Home) -> None:
    lossy = Lossy(shop, "staff_list", 9)
    try:
        with running_till(load_config(lossy.config)) as call, pytest.raises(Refusal, match="till_gone"):
            call("staff_list", action="")
        assert len(lossy.actions) == 1
    finally:
        lossy.close()


def test_nobody_without_a_shift_settles_a_bill(shop: Home) -> None:
    name, before = opened(shop, "--line", "101"), shop.entries()
    said = bill(shop, "settle", name, "--pay", "cash", answers=(), who=BOSS)
    assert (said.code, said.out) == ("shift_missing", ""), "before anything is shown or asked"
    assert shop.entries() == before


def test_a_pass_is_sold_and_its_sessions_settle_the_next_bill(shop: Home) -> None:
    sold = opened(shop, "--phone", OTHER, "--sell-pass", "scalp-12@陈晓")
    assert bill(shop, "settle", sold, "--pay", "card", "--reference", "card=A0017", "--yes").exit_code == 0
    used = opened(shop, "--phone", OTHER, "--line", "121@陈晓", "--session", "1=scalp-12")
    assert shown(shop, used)["quote"]["payable_fen"] == 0
    done = bill(shop, "settle", used, "--confirmed", "photo", "--yes")
    assert (done.exit_code, "1 of a pass" in done.out) == (0, True)
    again = shown(shop, opened(shop, "--phone", OTHER, "--line", "121"))
    assert [each["left"] for each in again["quote"]["sessions"]] == [11]


def test_walk_ins_split_a_bill_and_get_their_own_change(shop: Home) -> None:
    name = opened(shop, "--line", "101", "--goods", "梳子=12.00:1@陈晓")
    pay = ("--split", "2", "--pay", "cash=60@1", "--pay", "wechat@2", "--yes")
    done = bill(shop, "settle", name, *pay)
    assert (done.exit_code, "Change, person 1" in done.out, "10.00" in done.out) == (0, True, True)
    assert shown(shop, name)["settled"]["tenders"] == [["cash", 50_00, "", 1], ["wechat", 50_00, "", 2]]


def test_what_is_wrong_is_said_in_a_sentence_and_books_nothing(shop: Home) -> None:
    name = opened(shop, "--phone", MEMBER, "--line", "101")
    before, code = shop.entries(), "134567890123456789"
    said = bill(shop, "settle", name, "--pay", "wechat", "--reference", f"wechat={code}", "--yes")
    assert (said.code, code in said.err) == ("text_is_payment_code", False)
    for pay, refused in (
        (("--pay", "cash=1"), "tenders_short"),
        (("--split", "50,50", "--pay", "cash@1", "--pay", "card@2"), "split_sum_bad"),
        (("--pay", "purse", "--yes"), "factor_identifies_only"),
    ):
        asked = bill(shop, "settle", name, *pay, answers=())
        assert (asked.code, asked.out) == (refused, ""), "before anything is shown or asked"
    assert bill(shop, "change", name, "--without", "7").code == "bill_no_such_line"
    assert bill(shop, "open", "--line", "101@谁").code == "staff_unknown"
    assert shop.entries() == before


def test_a_second_person_lets_a_member_owe(shop: Home) -> None:
    name = opened(shop, "--phone", THIRD, "--line", "101")
    credit = ("settle", name, "--pay", "on_credit", "--confirmed", "photo", "--yes")
    alone = bill(shop, *credit, answers=())
    assert (alone.code, alone.out) == ("approval_needed", "")
    assert bill(shop, *credit, "--approver", BOSS, answers=(PIN, BOSS_PIN)).exit_code == 0
    assert shown(shop, name)["settled"]["tenders"] == [["on_credit", 77_44, "", 0]]


def test_without_a_running_till_there_are_no_bills(till: Home) -> None:
    assert bill(till, "list").code == "till_not_running"

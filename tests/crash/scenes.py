"""The actions that are killed between their steps."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from terminal.rules.member_file import MemberFile, MemberLine
from terminal.rules.member_headers import FileMapping
from terminal.services.commands import line_to
from terminal.services.imports import NEW_PEOPLE, ImportLine
from tests.crash import paper
from tests.crash.recorder import CARDS, FILES, HALF_WAY, PRINTER
from tests.crash.scene import BALANCE_FEN, BONUS_FEN, CHARGE_FEN, TOP_UP_FEN, Scene, count
from tests.crash.tills import TillKilled, wait_until

IMPORT_SLICE = 2
IMPORT_CSV = """会员编号,姓名,手机,卡号,储值余额,赠送余额,积分
N1,甲,13911110001,AA000001,100.00,10.00,5
N2,乙,13911110002,AA000002,200.00,0.00,0
N3,丙,13911110001,AA000003,300.00,30.00,7
N4,丁,13911110004,AA000004,0.00,0.00,9
N5,戊,13911110005,AA000002,500.00,50.00,0
"""


class Act:
    """One action; `kinds` are the steps it is killed between."""

    kinds = FILES
    cards = False
    prepared = True
    signed_in = True
    begins_with_start = False  # the steps of the till's start belong to it
    entries = 0  # how many entries it leaves in the book, whatever happened
    slips = 0

    def before(self, scene: Scene) -> None:
        """Do what must be there first."""

    def do(self, scene: Scene) -> None:
        """Do the action; done again after a crash, it must change nothing that was done."""

    def finish(self, scene: Scene) -> None:
        """Wait for what the action has set going, in a life that is not killed on the way."""

    def check(self, scene: Scene) -> None:
        """Fail unless the world is as the action leaves it."""


class TopUp(Act):
    """A cash top-up; the lid is open, so that its steps are the posting's alone."""

    entries = 1
    slips = 1

    def before(self, scene: Scene) -> None:
        scene.lid(is_open=True)
        wait_until(lambda: scene.shop.printer.connected, "the printer to be connected")

    def do(self, scene: Scene) -> None:
        scene.acknowledged("top_up", scene.top_up(scene.actions[0]))

    def check(self, scene: Scene) -> None:
        assert _balance_fen(scene) == BALANCE_FEN + TOP_UP_FEN + BONUS_FEN


class Charge(TopUp):
    """A charge to stored value."""

    def do(self, scene: Scene) -> None:
        action, account = scene.actions[0], scene.account
        scene.acknowledged("charge", scene.till.desk("charge", action, account, CHARGE_FEN, "photo"))

    def check(self, scene: Scene) -> None:
        assert _balance_fen(scene) == BALANCE_FEN - CHARGE_FEN


class Import(Act):
    """A file of members, in slices: one phone and one card occur twice."""

    entries = 5

    def do(self, scene: Scene) -> None:
        members = [line for line in MemberFile([IMPORT_CSV.encode()], FileMapping()) if isinstance(line, MemberLine)]
        lines = [line_to(ImportLine(member, "", step=NEW_PEOPLE)) for member in members]
        assert len(lines) == self.entries
        for first in range(0, len(lines), IMPORT_SLICE):
            part = lines[first : first + IMPORT_SLICE]
            answer = scene.till.call("door", verb="import_lines", arguments={"lines": part})
            earlier = scene.answers.setdefault(f"import {first}", answer["outcomes"])
            again = earlier is not answer["outcomes"]
            assert not again or {what for _, what, _ in answer["outcomes"]} == {"same"}, "an acknowledged line is gone"

    def check(self, scene: Scene) -> None:
        rows = scene.store.rows(
            "SELECT old_number, duplicate, (SELECT count(*) FROM medium"
            " WHERE medium.account = member.account AND kind = 'card')"
            " FROM member WHERE old_number LIKE 'N%' ORDER BY old_number"
        )
        # A card each; those who share a phone or a card are marked.
        assert [tuple(row) for row in rows] == [("N1", 1, 1), ("N2", 1, 1), ("N3", 1, 1), ("N4", 0, 1), ("N5", 1, 1)]


class OpenShift(Act):
    """A sign-in that opens a shift."""

    signed_in = False
    entries = 1

    def do(self, scene: Scene) -> None:
        signed_in = scene.shop.sign_in(scene.till)
        scene.till.token = signed_in["token"]
        scene.acknowledged("shift", signed_in["shift_no"])

    def check(self, scene: Scene) -> None:
        assert count(scene.store, "SELECT count(*) FROM shift") == 1


class Print(Act):
    """A slip that waited for the lid to be closed comes out."""

    kinds = FILES | PRINTER
    entries = 1
    slips = 1

    def before(self, scene: Scene) -> None:
        scene.lid(is_open=True)
        scene.top_up(scene.actions[0])

    def do(self, scene: Scene) -> None:
        scene.lid(is_open=False)

    def finish(self, scene: Scene) -> None:
        _wait_printed(scene)


class Reprint(Act):
    """A copy is asked for and comes out."""

    kinds = FILES | PRINTER
    entries = 1
    slips = 2

    def before(self, scene: Scene) -> None:
        done = scene.top_up(scene.actions[0])
        scene.answers |= {"job": done["print_job"], "bill": done["bill_no"]}
        _wait_printed(scene)

    def do(self, scene: Scene) -> None:
        scene.till.desk("reprint", scene.actions[1], scene.answers["job"])

    def finish(self, scene: Scene) -> None:
        _wait_printed(scene)

    def check(self, scene: Scene) -> None:
        assert paper.copies(scene.shop.lines(), scene.answers["bill"]) >= self.slips


class SellAndPrint(Act):
    """A top-up and a charge with the printer at work beside them, as on any day."""

    kinds = FILES | PRINTER
    entries = 2
    slips = 2

    def do(self, scene: Scene) -> None:
        first, second = scene.actions[:2]
        scene.acknowledged("top_up", scene.top_up(first))
        scene.acknowledged("charge", scene.till.desk("charge", second, scene.account, CHARGE_FEN, "photo"))

    def finish(self, scene: Scene) -> None:
        _wait_printed(scene)

    def check(self, scene: Scene) -> None:
        assert _balance_fen(scene) == BALANCE_FEN + TOP_UP_FEN + BONUS_FEN - CHARGE_FEN


class Tap(Act):
    """A card on the kiosk's reader: it writes nothing, so it is killed between its exchanges with the card service."""

    kinds = FILES | CARDS
    cards = True

    def do(self, scene: Scene) -> None:
        scene.card_shown()


class TapAndPrint(Act):
    """A customer prints a balance slip at the kiosk, where nobody is to settle a doubtful one."""

    kinds = FILES | PRINTER
    cards = True
    slips = 1

    def before(self, scene: Scene) -> None:
        scene.answers["session"] = scene.card_shown()

    def do(self, scene: Scene) -> None:
        # The session ended with the till: after a crash the customer taps again, and the form is sent again.
        session = scene.answers.pop("session", None) or scene.card_shown()
        scene.till.call("desk", method="kiosk_print", arguments=[session, scene.actions[0]])

    def finish(self, scene: Scene) -> None:
        _wait_printed(scene)

    def check(self, scene: Scene) -> None:
        jobs = "SELECT count(*) FROM print_job WHERE action_id = ?"
        assert count(scene.store, jobs, bytes.fromhex(scene.actions[0])) == 1


class Restart(Act):
    """The start after a crash in the middle of a slip, with another slip waiting."""

    kinds = FILES | PRINTER
    begins_with_start = True
    entries = 3
    slips = 3

    def before(self, scene: Scene) -> None:
        # The first slip brings the printer to where the next bytes it gets are a slip's.
        scene.top_up(scene.actions[0])
        _wait_printed(scene)
        scene.lid(is_open=True)
        scene.till.desk("charge", scene.actions[1], scene.account, CHARGE_FEN, "photo")
        scene.top_up(scene.actions[2])
        scene.ground.control.arm(PRINTER, kill_at=1, moment=HALF_WAY)
        scene.lid(is_open=False)
        with contextlib.suppress(TillKilled):
            _wait_printed(scene)
        assert scene.ground.control.disarm() == 1


class FirstStart(Act):
    """The very first start: key, store, tables, the book's identity."""

    prepared = False
    signed_in = False
    begins_with_start = True


ACTS: Sequence[Act] = (
    *(Tap(), TopUp(), Charge(), Print(), Import(), OpenShift()),
    *(Reprint(), SellAndPrint(), TapAndPrint(), Restart(), FirstStart()),
)


def _balance_fen(scene: Scene) -> int:
    balance_fen: int = scene.till.desk("member", scene.account)["balance_fen"]
    return balance_fen


def _wait_printed(scene: Scene) -> None:
    def printed() -> bool:
        slips = scene.till.call("spool")
        return bool(slips) and all(slip["state"] == "printed" for slip in slips)

    wait_until(printed, "the slips to be printed")

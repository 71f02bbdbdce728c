"""A day's work recorded down to each write and sync, and cut off anywhere."""

from __future__ import annotations

import copy
import pathlib
import random
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from terminal.rules.member_file import MemberFile, MemberLine
from terminal.rules.member_headers import FileMapping
from terminal.services.commands import line_to
from terminal.services.imports import NEW_PEOPLE, ImportLine
from tests.crash import recorder, storage
from tests.crash.ground import PIN, STAFF, Ground, Shop
from tests.crash.recorder import Step
from tests.crash.tills import LiveTill, Program, ids
from tests.hw_sim.shop_first_start import DEMO

LINES_PER_SLICE = 5

# So few pages that the write-ahead log is carried over into the store, and begun anew, many times in such a short day.
OFTEN = "wal_autocheckpoint = 120"
CARELESS = "synchronous = NORMAL"


@dataclass(frozen=True, slots=True)
class Recording:
    """The storage before the work, every step of it, and where among the steps things were acknowledged."""

    before: storage.Storage
    steps: Sequence[Step]

    @property
    def acknowledged(self) -> list[int]:
        """Return the places of acknowledgements."""
        return [number for number, step in enumerate(self.steps) if step.what == "A"]

    def check_complete(self, folder: pathlib.Path, scratch: pathlib.Path) -> None:
        """Fail unless the steps lead to exactly the files that are in `folder` now: nothing went past the recorder."""
        after = copy.deepcopy(self.before)
        for step in self.steps:
            after.step(step)
        after.cut(scratch, random.Random(0), storage.EVERYTHING)
        assert _contents(scratch) == _contents(folder)


def _contents(folder: pathlib.Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith("-shm"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@contextmanager
def recorded(ground: Ground, log: pathlib.Path, *, folder_there: bool = True) -> Iterator[tuple[Shop, storage.Storage]]:
    """Give a shop that was never started, each step of whose tills goes to `log`, and its storage as it is now.

    `folder_there` says that the empty data folder was made beforehand, as a service manager does.
    """
    acks = log.with_suffix(".acks")
    acks.touch()
    with ground.shop(prepared=False) as shop:
        if folder_there:
            (shop.folder / "data").mkdir()
        before = storage.Storage(shop.folder)
        names = (
            recorder.LOG_VARIABLE,
            log,
            recorder.ACKS_VARIABLE,
            acks,
            recorder.CONTROL_VARIABLE,
            ground.control.path,
        )
        program = Program(ground.sockets / "recorded", ground.environment(*names))
        shop.program = program
        try:
            yield shop, before
        finally:
            program.close()


def first_day(shop: Shop, chance: random.Random, actions: int, *, careless: bool = False) -> None:
    """Start a new shop and do `actions` top-ups, charges, reprints and slices of an import, with the printer at work.

    In between the till is killed once and stopped once; `careless` lets commits return before they are durable.
    """
    day = _Day(shop, chance, careless=careless)
    day.open()
    for number in range(actions):
        if number == actions // 3:
            day.crash()
        elif number == actions * 2 // 3:
            day.stop()
        day.one_action(number)
    day.end()


class _Day:
    def __init__(self, shop: Shop, chance: random.Random, *, careless: bool) -> None:
        self._shop = shop
        self._chance = chance
        self._careless = careless
        self._accounts: list[str] = []
        self._jobs: list[int] = []
        self._till = self._start()

    def _start(self) -> LiveTill:
        till = self._shop.program.till()
        till.call("start", config=str(self._shop.config))
        till.call("pragma", text=OFTEN)
        if self._careless:
            till.call("pragma", text=CARELESS)
        return till

    def open(self) -> None:
        """Set the shop up, sign in, and import the first members."""
        text = (DEMO / "shop.toml").read_text(encoding="utf-8")
        self._till.call("door", verb="setup_apply", arguments={"text": text})
        self._till.call("door", verb="staff_add", arguments={"name": STAFF, "role": "cashier", "pin": PIN})
        self._sign_in()
        self._import(10_000)
        for hit in self._till.desk("find_members", "会员"):
            self._accounts.append(hit["account"])

    def _sign_in(self) -> None:
        names = self._till.call("desk", method="staff_names", arguments=[])
        signed_in = self._till.call("desk", method="sign_in", arguments=[names[0]["id"], PIN])
        self._till.token = signed_in["token"]

    def crash(self) -> None:
        """Kill the till and start it again."""
        self._till.kill()
        self._till = self._start()
        self._sign_in()

    def stop(self) -> None:
        """Stop the till, which closes the store, and start it again."""
        self._till.call("stop")
        self.crash()

    def one_action(self, number: int) -> None:
        """Do one of the things a till does all day."""
        account = self._chance.choice(self._accounts)
        action = ids(1)[0]
        kind = self._chance.choice(("top_up", "top_up", "charge", "import", "import", "reprint"))
        if kind == "top_up":
            amount_fen = self._chance.randrange(100, 49_900)  # below the first tier of the bonus
            self._jobs.append(self._till.desk("top_up", action, account, amount_fen, 0)["print_job"])
        elif kind == "charge":
            self._jobs.append(self._till.desk("charge", action, account, 100, "photo")["print_job"])
        elif kind == "import" or not self._jobs:
            self._import(number)
        else:
            self._till.desk("reprint", action, self._chance.choice(self._jobs))

    def _import(self, number: int) -> None:
        first = number * LINES_PER_SLICE
        rows = [
            f"D{first + line},会员{line},139{first + line:08},CC{first + line:06X},88.00,8.00,1"
            for line in range(LINES_PER_SLICE)
        ]
        text = "会员编号,姓名,手机,卡号,储值余额,赠送余额,积分\n" + "\n".join(rows) + "\n"
        members = [line for line in MemberFile([text.encode()], FileMapping()) if isinstance(line, MemberLine)]
        lines = [line_to(ImportLine(member, "hy", step=NEW_PEOPLE)) for member in members]
        self._till.call("door", verb="import_lines", arguments={"lines": lines})

    def end(self) -> None:
        """Let the printer finish, and kill the till."""
        self._shop.settle(self._till, lambda _: False)
        self._till.kill()


@dataclass(frozen=True, slots=True)
class Cut:
    """One power cut: after which step, in which mode, with how much unsynced, and what it left where."""

    number: int
    after_step: int
    mode: int
    unsynced: int
    folder: pathlib.Path


def try_cuts(recording: Recording, count: int, target: pathlib.Path, chance: random.Random) -> Iterator[Cut]:
    """Yield `count` cuts in the order of their steps, a third of them right behind acknowledgements, if any.

    What each leaves is in a folder of its own below `target`, removed behind it.
    """
    acknowledged = recording.acknowledged
    behind_acks = chance.choices(acknowledged, k=count // 3) if acknowledged else []
    everywhere, left = range(len(recording.steps)), count - len(behind_acks)
    # Each step as often as every other one, as far as that goes.
    anywhere = list(everywhere) * (left // len(everywhere))
    anywhere += chance.sample(everywhere, left - len(anywhere))
    now = copy.deepcopy(recording.before)
    done = 0
    for number, cut in enumerate(sorted([*behind_acks, *anywhere])):
        for step in recording.steps[done : cut + 1]:
            now.step(step)
        done = cut + 1
        mode = chance.choice(storage.MODES)
        folder = target / str(number)
        now.cut(folder, chance, mode)
        yield Cut(number, cut, mode, now.unsynced, folder)
        shutil.rmtree(folder)

"""Whatever comes again in whatever order, cut in whatever slices: everybody's money is imported once."""

from __future__ import annotations

import csv
import io
import pathlib
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from terminal.cli.import_run import Run
from terminal.cli.importing import walk
from terminal.cli.side_file import SideFile
from terminal.ledger.book import Book
from terminal.ledger.verify import verify
from terminal.rules.member_headers import FileMapping
from terminal.services.commands import Commands
from terminal.services.imports import Imports
from terminal.services.members import Members
from terminal.store.database import Database
from terminal.store.migrations import migrate
from tests.support import ManualClock

pytestmark = pytest.mark.slow

HEADERS = ("会员编号", "姓名", "手机", "卡号", "储值余额")
BALANCE = HEADERS.index("储值余额")
ROUNDS = 40


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a made-up shop; no two are alike in number, phone, card and name together."""

    number: str
    name: str
    phone: str
    card: str
    balance: int

    def row(self, *, bad: bool = False) -> list[str]:
        """Return the person's line, with a balance nobody can read where it is `bad`."""
        return [self.number, self.name, self.phone, self.card, f"{self.balance}.0x" if bad else f"{self.balance}.00"]


class Shop:
    """A store, and imports into it in slices of random length, sometimes broken off."""

    def __init__(self, folder: pathlib.Path, draw: random.Random) -> None:
        self.folder, self.draw = folder, draw
        self.database = Database(folder / "store.db", bytes(range(32)))
        self.database.connect()
        migrate(self.database)
        self.book = Book(self.database, ManualClock())
        self.book.open()
        self._restart()

    def _restart(self) -> None:
        clock = ManualClock()
        imports, members = Imports(self.database, self.book, clock), Members(self.database, self.book, clock)
        self._verbs = Commands(self.database, imports, members, lambda _: None).verbs()

    def bring(
        self,
        rows: list[list[str]],
        headers: tuple[str, ...] = HEADERS,
        break_off: int = 0,
        *,
        new_people: bool = False,
    ) -> Counter[str]:
        """Import rows and return how many lines became what; with `break_off` the till goes after so many slices."""
        path = self.folder / "members.csv"
        text = io.StringIO()
        csv.writer(text).writerows([headers, *rows])
        path.write_text(text.getvalue(), encoding="utf-8")
        slices = 0

        def call(verb: str, **arguments: Any) -> dict[str, Any]:
            nonlocal slices
            slices += 1
            if slices == break_off:
                raise ConnectionError
            return {**self._verbs[verb](**arguments), "next_lines": self.draw.randint(1, 4)}

        run = Run(call, lambda _: "", new_people=new_people, slice_lines=self.draw.randint(1, 4))
        side = SideFile(self.folder / "side.csv", write=True)
        try:
            walk(path, FileMapping(), run, side)
        except ConnectionError:
            self._restart()
        side.write(run.beside)
        return run.counts

    def side_rows(self) -> tuple[tuple[str, ...], list[list[str]]]:
        """Return the header and the lines of the side file."""
        rows = list(csv.reader(io.StringIO((self.folder / "side.csv").read_text("utf-8-sig"))))
        return tuple(rows[0]), rows[1:]

    def money(self) -> list[tuple[str, str, int]]:
        """Return name, phone and yuan of everybody, in order."""
        rows = self.database.rows(
            "SELECT name, phone, coalesce((SELECT sum(amount) FROM held WHERE owner = account"
            " AND asset = 'principal'), 0) / 100 FROM member"
        )
        return sorted((name, phone, yuan) for name, phone, yuan in rows)


@pytest.fixture
def draw() -> random.Random:
    """Give chance, its seed told."""
    seed = random.randrange(1 << 32)
    print("seed", seed)
    return random.Random(seed)


@pytest.fixture
def shops(tmp_path: pathlib.Path, draw: random.Random) -> Iterator[Iterator[Shop]]:
    """Give new shops, whose books must be right at the end."""
    opened: list[Shop] = []

    def more() -> Iterator[Shop]:
        for number in range(ROUNDS):
            folder = tmp_path / str(number)
            folder.mkdir()
            opened.append(Shop(folder, draw))
            yield opened[-1]

    yield more()
    for shop in opened:
        assert verify(shop.database, shop.folder / "scratch.db").code == ""
        shop.database.close()


def people(draw: random.Random, *, twins: bool) -> list[Person]:
    """Return people of whom many share a phone; with `twins` some share the name as well."""
    names = ["王一", "王二", "", "李三"] if twins else [f"会员{number}" for number in range(99)]
    phones = ["13900001111", "13900002222", "13900003333", ""]
    made: dict[tuple[str, ...], Person] = {}
    for number in range(draw.randint(1, 10)):
        name = draw.choice(names) if twins else names[number]
        phone = draw.choice(phones)
        card = f"CC{draw.randint(1, 4)}" if not phone or draw.random() < 0.3 else ""
        person = Person(draw.choice(["", "", f"N{number}"]), name, phone, card, draw.randint(1, 9_999))
        made.setdefault((person.number, name, phone, card, str(person.balance)), person)
    return list(made.values())


def expected(shop: list[Person]) -> list[tuple[str, str, int]]:
    """Return what `Shop.money` must say of these people."""
    return sorted((person.name, person.phone, person.balance) for person in shop)


@pytest.mark.parametrize("twins", [False, True])
def test_corrected_reordered_and_broken_off_files_bring_everybody_in_once(
    draw: random.Random, shops: Iterator[Shop], *, twins: bool
) -> None:
    for shop in shops:
        everybody = people(draw, twins=twins)
        bad = {person for person in everybody if draw.random() < 0.4}
        for _ in range(draw.randint(1, 4)):
            draw.shuffle(everybody)
            shop.bring([person.row(bad=person in bad) for person in everybody], break_off=draw.randint(0, 4))
            bad -= {person for person in bad if draw.random() < 0.5}
        assert not Counter(shop.money()) - Counter(expected(everybody)), "nobody came in twice"
        counts = shop.bring([person.row() for person in everybody])
        assert set(counts) <= {"imported", "marked", "same"}
        assert shop.money() == expected(everybody)
        draw.shuffle(everybody)
        assert set(shop.bring([person.row() for person in everybody])) == {"same"}


def test_a_corrected_side_file_brings_in_those_who_were_left_out(draw: random.Random, shops: Iterator[Shop]) -> None:
    for shop in shops:
        everybody = people(draw, twins=False)
        bad = {person for person in everybody if draw.random() < 0.5}
        shop.bring([person.row(bad=person in bad) for person in everybody])
        if not bad:
            continue
        headers, rows = shop.side_rows()
        draw.shuffle(rows)
        corrected = [[cell.replace(".0x", ".00") for cell in row] for row in rows]
        counts = shop.bring(corrected, headers)
        assert set(counts) <= {"imported", "marked"}, counts
        assert shop.money() == expected(everybody)
        assert set(shop.bring([person.row() for person in everybody])) == {"same"}


def test_of_lines_changed_since_nothing_is_written_and_new_people_come_in(
    draw: random.Random, shops: Iterator[Shop]
) -> None:
    for shop in shops:
        everybody = people(draw, twins=False)
        old = everybody[: draw.randint(1, len(everybody))]
        shop.bring([person.row() for person in old])
        changed = {person for person in old if draw.random() < 0.4}
        later = [replace(person, balance=10_000) if person in changed else person for person in everybody]
        draw.shuffle(later)
        counts = shop.bring([person.row() for person in later])
        assert counts["changed"] == len(changed)
        assert shop.money() == expected(everybody)


def moved(draw: random.Random, person: Person, shop: list[Person]) -> Person:
    """Return somebody under another number, phone or cards, with a phone, a card or all amounts as they were."""
    while True:
        other = draw.choice(shop)
        cards = person.card.split(";") if person.card else []
        later = replace(
            person,
            number=draw.choice([person.number, person.number, "", f"Z{draw.randrange(99)}", other.number]),
            phone=draw.choice([person.phone, "", f"137{draw.randrange(10**8):08}", other.phone]),
            card=draw.choice([";".join(reversed(cards)), ";".join([*cards[1:], "DD9"]), "", other.card]),
            balance=draw.choice([person.balance, 10_000]),
        )
        kept = {later.phone, *later.card.split(";")} & {person.phone, *cards} - {""}
        if (later.number or later.phone or later.card) and (kept or later.balance == person.balance):
            return later


def test_whoever_is_moved_renamed_removed_or_changed_no_money_comes_in_twice(
    draw: random.Random, shops: Iterator[Shop]
) -> None:
    for shop in shops:
        everybody = people(draw, twins=draw.random() < 0.5)
        everybody = [replace(one, card=draw.choice([one.card, f"{one.card};EE7"]).strip(";")) for one in everybody]
        shop.bring([person.row() for person in everybody])
        everybody = [person for person in everybody if (person.name, person.phone, person.balance) in shop.money()]
        before = shop.money()
        later = [
            moved(draw, person, everybody)
            if draw.random() < 0.5
            else replace(person, name=draw.choice([person.name, "新名"]), balance=draw.choice([person.balance, 10_000]))
            for person in everybody
            if draw.random() < 0.8
        ]
        draw.shuffle(later)
        shop.bring([person.row(bad=draw.random() < 0.2) for person in later], break_off=draw.randint(0, 4))
        assert shop.money() == before, later
        if (shop.folder / "side.csv").exists():
            headers, rows = shop.side_rows()
            shop.bring([[cell.replace(".0x", ".00") for cell in row] for row in rows], headers)
            assert shop.money() == before, rows


def test_people_of_one_name_and_amount_come_in_where_everybody_is_in_the_file_or_they_are_vouched_for(
    draw: random.Random, shops: Iterator[Shop]
) -> None:
    for shop in shops:
        alone = [Person(draw.choice(["", f"N{n}"]), "王一", f"139{n:08}", "", draw.choice([5, 6])) for n in range(5)]
        sharing = [Person(f"S{n}", "王一", "13700001111", "", draw.choice([5, 6])) for n in range(draw.randint(0, 5))]
        everybody = alone + sharing
        draw.shuffle(everybody)
        old = everybody[: draw.randint(1, len(everybody) - 1)]
        shop.bring([person.row() for person in old])
        if draw.random() < 0.5:
            counts = shop.bring([person.row() for person in draw.sample(everybody, len(everybody))])
        else:
            counts = shop.bring([person.row() for person in everybody if person not in old], new_people=True)
        assert not counts["changed"]
        assert shop.money() == expected(everybody)
        assert set(shop.bring([person.row() for person in everybody])) == {"same"}


def test_a_corrected_side_file_brings_in_people_whose_name_and_amount_others_in_the_file_have(
    draw: random.Random, shops: Iterator[Shop]
) -> None:
    for shop in shops:
        everybody = [Person(f"N{n}", "王一", draw.choice(["", "13900001111"]), "", 5) for n in range(6)]
        bad = {person for person in everybody if draw.random() < 0.5}
        shop.bring([person.row(bad=person in bad) for person in everybody])
        if not bad:
            continue
        headers, rows = shop.side_rows()
        shop.bring(rows, headers)
        headers, rows = shop.side_rows()
        counts = shop.bring([[cell.replace(".0x", ".00") for cell in row] for row in rows], headers)
        assert set(counts) <= {"imported", "marked"}, counts
        assert shop.money() == expected(everybody)

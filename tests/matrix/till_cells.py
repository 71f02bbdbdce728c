"""A cell in a till: the fault is put on at its moment, felt where it should be and nowhere else, and taken off."""

from __future__ import annotations

import json
import os
import pathlib
import threading
import uuid
from collections.abc import Sequence
from typing import Any

from tests.hw_sim.control import FAULT_LOG_VARIABLE
from tests.matrix.devices import begin_message, end_message, prepare, works
from tests.matrix.shop import TillShop
from tests.matrix.table import IDLE, MID_MESSAGE, MID_SALE, Cell, Step
from tests.matrix.watch import Health, Log, rises, says, until

PRINTERS = frozenset({"printer", "printer_serial"})


class TillCell:
    """One cell and what is remembered from before it."""

    def __init__(self, shop: TillShop, cell: Cell) -> None:
        """Take note of the till as it is."""
        self._shop, self._cell, self._row = shop, cell, cell.row
        self._tapped = False
        prepare(shop, cell.row.device)
        self._card = f"card-{uuid.uuid4().hex[:8]}"
        self._bills_before = len(shop.bills)
        self._entries_before = shop.entries()
        self._hits_before = self._hits()
        self._log = Log(shop.log)
        self._mark = shop.notices.count
        self._sequence_before = int(shop.notices.newest()["sequence"])
        for word in self._words:
            assert not says(shop.notices.newest(), word), f"{word} is said before the fault"

    @property
    def _words(self) -> tuple[str, ...]:
        """What the counter is told: the devices that are lost, and more."""
        return (*self._row.lost, *([self._row.says] if self._row.says else []))

    @property
    def log(self) -> str:
        """Return what the till logged since."""
        return "\n".join(self._log.lines())

    def run(self) -> None:
        """Put the fault on, take it off, and fail unless all that must hold did."""
        row, shop = self._row, self._shop
        with Health(shop.address, shop.home.folder).watched():
            {IDLE: self._idle, MID_MESSAGE: self._mid_message, MID_SALE: self._mid_sale}[self._cell.moment]()
            until(self._took_effect, f"the simulator counts {', '.join(row.counted)}")
            if self._tapped and not row.lost:
                until(self._answered, "an answer to the fault's own tap")
            if row.found:
                until(self._found, "the member of the fault's own tap")
            if row.lasting:
                for word in self._words:
                    until(lambda word=word: says(shop.notices.newest(), word), f"the counter told of {word}")  # type: ignore[misc]
            else:
                until(self._lost_and_back, f"{', '.join(row.lost)} lost and back")
            self._do(row.lift)
            self._back()
            found = self._found()
            end_message(shop, row.device)
            works(shop, row.device)
            if row.device in PRINTERS:
                shop.settle()
        assert row.found is not False or not found, "a card that says nothing true was taken for a member's"
        self._check_log()
        self._check_notices()
        self._check_book()

    # --- the moments ------------------------------------------------------------------------------------------------

    def _idle(self) -> None:
        self._do(self._row.put)
        self._do(self._row.stroke)

    def _mid_message(self) -> None:
        if self._row.in_message:
            self._do(self._row.in_message)
            return
        if not self._row.stroke:
            begin_message(self._shop, self._row.device)
        self._idle()

    def _mid_sale(self) -> None:
        """Confirm one sale while the fault is being put on, twice over, and another one while it is on."""
        sale = self._shop.preview("top_up", 50)
        answers: list[str] = []
        together = threading.Barrier(2)

        def confirm() -> None:
            together.wait()
            answers.append(sale.confirm())

        thread = threading.Thread(target=confirm, name="sale")
        thread.start()
        together.wait()
        self._do(tuple(step for step in (*self._row.put, *self._row.stroke) if step.verb.islower()))
        thread.join()
        assert len(answers) == 1, "the sale failed"
        self._shop.bills.append(answers[0])
        assert sale.confirm() == answers[0], "pressed twice, sold twice"
        self._shop.sell("charge", 1)

    def _do(self, steps: Sequence[Step]) -> None:
        hand = self._shop.hand(self._row.device)
        for step in steps:
            if step.verb == "SALE":
                self._shop.sell()
            elif step.verb == "PREVIEW":
                self._shop.show_amount()
            else:
                # The card of a card's fault is a new one in each cell, so that its first hit is logged anew.
                words = json.loads(json.dumps(step.arguments).replace('"CARD"', f'"{self._card}"'))
                hand(step.verb, **words)
                self._tapped = self._tapped or step.verb in {"insert", "mute"}

    # --- what came of it --------------------------------------------------------------------------------------------

    def _hits(self) -> dict[str, int]:
        if self._row.device == "card":
            log = pathlib.Path(os.environ[FAULT_LOG_VARIABLE]).read_text(encoding="utf-8").splitlines()
            return {fault: log.count(f"card {fault}") for fault in self._row.counted}
        counts: dict[str, int] = self._shop.hand(self._row.device)("faults")["faults"]
        return {fault: counts[fault] for fault in self._row.counted}

    def _took_effect(self) -> bool:
        return all(now > self._hits_before[fault] for fault, now in self._hits().items())

    def _notices(self) -> list[dict[str, Any]]:
        return self._shop.notices.since(self._mark)

    def _answered(self) -> bool:
        return bool(self._shop.notices.newest()["sequence"] > self._sequence_before)

    def _found(self) -> bool:
        """Whether any tap or scan of the cell led to a member."""
        return any(notice["found"] and notice["sequence"] > self._sequence_before for notice in self._notices())

    def _lost_and_back(self) -> bool:
        told = self._log.told()
        return all((device, "down") in told and (device, "up") in told for device in self._row.lost)

    def _back(self) -> None:
        self._shop.await_ready(self._row.lost)
        for word in self._words:
            until(lambda word=word: not says(self._shop.notices.newest(), word), f"{word} no longer said")  # type: ignore[misc]

    def _check_log(self) -> None:
        expected = {(device, state): 1 for device in self._row.lost for state in ("down", "up")}
        assert self._log.told() == expected, self._log.lines()
        bugs = [line for line in self._log.lines() if "Traceback" in line or line.startswith("ERROR")]
        assert bugs == [], self._log.lines()

    def _check_notices(self) -> None:
        seen = self._notices()
        for word in self._words:
            times = rises([says(notice, word) for notice in seen])
            # A page that is busy may skip what is over in a moment.
            assert times == 1 if self._row.lasting else times <= 1, f"the counter was told {times} times of {word}"
        for notice in seen:
            strangers = [word for word in self._strangers() if says(notice, word)]
            assert strangers == [], f"reported lost as well: {notice['banners']}"

    def _strangers(self) -> list[str]:
        return [name for name in self._shop.pages.health()["devices"] if name not in self._row.lost]

    def _check_book(self) -> None:
        bills = self._shop.bills[self._bills_before :]
        assert len(set(bills)) == len(bills), f"two sales under one number: {bills}"
        posted = self._shop.entries() - self._entries_before
        assert posted == len(bills), f"{posted} entries for {len(bills)} sales"
        if self._row.device in PRINTERS:
            self._shop.check_slips(bills)

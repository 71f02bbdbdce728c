"""An order carried out: it is asked about once, for one card, and every event names it."""

from __future__ import annotations

import pytest

from terminal.base.devices import CardOrder
from terminal.base.events import CardIssued, CardIssueFailed
from terminal.hw.card_reading import GET_UID, UNREADABLE
from terminal.hw.cards.issuing import Issued
from terminal.hw.cards.keys import CardKeys, Ntag424Keys
from terminal.hw.cards.ordering import NotIssued, OrderedIssuing, issuing_event

UID, OTHER_UID = bytes.fromhex("04A1B2C3D4E580"), bytes.fromhex("04B1B2B3B4B580")
KEYS = CardKeys(ntag424=Ntag424Keys(0, b"salon", bytes(range(16))))
ORDER = CardOrder("this order", "ntag424")


class WasResetError(Exception):
    """The card was reset by somebody else."""


class Till:
    """A till that answers the first question only, and then is too busy."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, bytes]] = []

    def take_order(self, device: str) -> CardOrder | None:
        return ORDER if device == "reader" else None

    def objection(self, device: str, order_id: str, uid: bytes) -> str:
        self.asked.append((device, order_id, uid))
        return "" if len(self.asked) == 1 else "busy"


class Reader:
    """A reader whose card is reset at the first command that is for itself; then `second` lies there, and is mute."""

    def __init__(self, second: bytes) -> None:
        self.second = second
        self.commands: list[bytes] = []
        self._reset = False

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        if command == GET_UID:
            return self.second if self._reset else UID, 0x9000
        self.commands.append(command)
        if not self._reset:
            self._reset = True
            raise WasResetError
        return b"", 0x6F00


@pytest.mark.parametrize(
    ("second", "code", "commands"), [(UID, "card_not_blank", 2), (OTHER_UID, "card_unreadable", 1)]
)
def test_a_card_that_was_reset_goes_on_without_a_second_question_and_no_other_card_takes_its_place(
    second: bytes, code: str, commands: int
) -> None:
    till, reader = Till(), Reader(second)
    issuing = OrderedIssuing(till, KEYS)
    assert issuing.take("reader") == ORDER
    look = issuing.look("reader", ORDER)
    with pytest.raises(WasResetError):
        look(b"", reader.transmit)
    assert look(b"", reader.transmit) == NotIssued(code)
    assert till.asked == [("reader", "this order", UID)]
    assert len(reader.commands) == commands


def test_whatever_became_of_an_order_is_told_by_its_id() -> None:
    issued = issuing_event("reader", "slot", ORDER, Issued("ntag424", UID))
    assert issued == CardIssued("reader", "slot", "ntag424", UID, "this order")
    for found in (NotIssued("card_unreadable"), UNREADABLE):
        failed = issuing_event("reader", "slot", ORDER, found)
        assert failed == CardIssueFailed("reader", "slot", "card_unreadable", "this order")

"""Clones, torn commands and damaged answers of the card models that have keys."""

from __future__ import annotations

import pytest

from tests.hw_sim.card_base import PROTOCOL_T1
from tests.hw_sim.card_host import Ev2Host, native
from tests.hw_sim.card_trouble import FieldLost
from tests.hw_sim.control import FaultCounter
from tests.hw_sim.keyed_cards import (
    AID,
    KEY,
    OTHER,
    SELECT_NTAG,
    SELECT_SHOP,
    UID,
    ZERO,
    H,
    desfire,
    enciphered,
    fmcos,
    ntag,
    prove,
    span,
    ultralight,
)
from tests.hw_sim.pcsc_desk import FAULTS, Desk
from tests.hw_sim.pcsc_exchange import Exchange
from tests.hw_sim.pcsc_protocol import Code, Transmit
from tests.hw_sim.pcsc_slot import Link


def test_a_clone_has_everything_but_the_keys() -> None:
    copy, tag, ticket = desfire(clone=True), ntag(clone=True), ultralight(clone=True)
    assert native(copy, 0x60)[0] == native(desfire(), 0x60)[0]
    native(copy, 0x5A, AID)
    assert Ev2Host(copy, KEY).status == 0xAE
    assert Ev2Host(tag, ZERO).status == 0xAE
    assert not prove(ticket, ZERO)
    chip = fmcos(clone=True)
    chip.apdu(SELECT_SHOP)
    assert chip.apdu(H("0088000108") + bytes(8))[:8] != enciphered("3des", KEY, bytes(8))
    assert [card.trouble.counts()["clone"] for card in (copy, tag, ticket, chip)] == [1] * 4


def test_a_genuine_card_may_show_another_uid_than_it_proves() -> None:
    card = desfire(shown_uid="04FFFFFFFFFF80")
    native(card, 0x5A, AID)
    assert card.uid == H("04FFFFFFFFFF80")
    assert Ev2Host(card, KEY).call(0x51, hidden=True) == (H(UID), 0)
    assert card.trouble.counts()["other_uid"] == 1


def test_a_command_torn_before_it_arrives_has_changed_nothing() -> None:
    card = desfire()
    native(card, 0x5A, AID)
    host = Ev2Host(card, OTHER, 1)
    card.trouble.lose_field(2, "before")
    assert host.call(0x8D, span(2, 0, 4), b"abcd") == (b"", 0)
    with pytest.raises(FieldLost):
        host.call(0x8D, span(2, 0, 4), b"wxyz")
    assert card.applications[AID].files[2].memory[:4] == b"abcd"


def test_a_command_torn_after_the_card_obeyed_has_changed_the_key() -> None:
    card = ntag()
    host = Ev2Host(card, ZERO)
    card.trouble.lose_field(1, "after")
    with pytest.raises(FieldLost):
        host.call(0xC4, b"\x00", KEY + b"\x01", hide=True)
    card.enter_field()
    card.apdu(SELECT_NTAG)
    assert Ev2Host(card, KEY).status == 0


def test_a_torn_write_is_half_done() -> None:
    card, chip, ticket = desfire(), fmcos(), ultralight()
    native(card, 0x5A, AID)
    host = Ev2Host(card, OTHER, 1)
    card.trouble.lose_field(1, "half")
    with pytest.raises(FieldLost):
        host.call(0x8D, span(2, 0, 4), b"abcd")
    assert card.applications[AID].files[2].memory[:4] == b"ab\x02\x03"
    chip.apdu(SELECT_SHOP)
    asked = chip.apdu(H("0084000008"))[:-2]
    chip.apdu(H("0082000108") + enciphered("3des", KEY, asked))
    chip.trouble.lose_field(1, "half")
    with pytest.raises(FieldLost):
        chip.apdu(H("00D6950008") + b"abcdefgh")
    assert chip.memory == b"abcd0018"
    ticket.trouble.lose_field(1, "half")
    with pytest.raises(FieldLost):
        ticket.exchange(b"\xa2\x05abcd")
    assert ticket.page(5) == b"ab\x00\x00"
    with pytest.raises(ValueError, match="before, after, half"):
        ticket.trouble.lose_field(1, "never")


def test_a_torn_command_is_a_card_taken_away_for_the_stand_in_service() -> None:
    card = desfire()
    desk = Desk(["A"], {"x": card}, FaultCounter("pcsc", FAULTS))
    desk.insert("A", "x")
    slot = desk.slot("A")
    slot.protocol = PROTOCOL_T1
    link, ask = Link(1, 1, 1, slot, slot.epoch), Transmit(1, PROTOCOL_T1, 0, 5, PROTOCOL_T1, 0, 258, 0)
    exchange = Exchange(desk, lambda _link: Code.CARD_REMOVED)
    card.trouble.lose_field(2, "after")
    with desk.lock:
        done, first = exchange.transmit(link, ask, H("9060000000"))
        torn, answer = exchange.transmit(link, ask, H("90AF000000"))
    assert (done.rv, first[-2:]) == (Code.OK, H("91AF"))
    assert (torn.rv, answer, slot.card) == (Code.CARD_REMOVED, b"", None)


def test_a_damaged_answer_does_not_pass_its_mac() -> None:
    card = desfire()
    native(card, 0x5A, AID)
    host = Ev2Host(card, OTHER, 1)
    card.trouble.damage(2)
    assert host.call(0xAD, span(2, 0, 4)) == (bytes(range(4)), 0)
    assert host.call(0xAD, span(2, 0, 4)) == (b"\x01\x01\x02\x03", -1)
    assert host.call(0xAD, span(2, 0, 4)) == (bytes(range(4)), 0)
    assert card.trouble.counts()["damaged_answer"] == 1

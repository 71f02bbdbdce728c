"""The dialogues of EV2First and AuthenticateAES, word for word as recorded from real cards."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from terminal.hw.cards.native import CardSaysNo, authenticate_aes, authenticate_ev2_first
from tests.hw.cards.test_crypto import EV2_RUNS

ZERO = bytes(16)


class Recording:
    """A card that says what was recorded, provided it is asked what was recorded."""

    def __init__(self, exchanges: list[tuple[str, str]]) -> None:
        self._exchanges = exchanges

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        expected, answer = self._exchanges.pop(0)
        assert command.hex().upper() == expected
        whole = bytes.fromhex(answer)
        return whole[:-2], int.from_bytes(whole[-2:], "big")

    @property
    def is_over(self) -> bool:
        return not self._exchanges


def fixed(rnd_a: str) -> Callable[[int], bytes]:
    def random_bytes(count: int) -> bytes:
        assert count == 16
        return bytes.fromhex(rnd_a)

    return random_bytes


@pytest.mark.parametrize(("rnd_a", "challenge", "ours", "answer"), [run[:4] for run in EV2_RUNS])
def test_ev2first_goes_as_recorded(rnd_a: str, challenge: str, ours: str, answer: str) -> None:
    card = Recording([("9071000002000000", challenge + "91AF"), (f"90AF000020{ours}00", answer + "9100")])
    authenticate_ev2_first(card.transmit, 0, ZERO, fixed(rnd_a))
    assert card.is_over


def test_authenticate_aes_goes_as_recorded() -> None:
    ours = "D83FF069CADB06F10D59A9BCE7831C10D46B8F0482BEE2F5EED91BF0F9AF08FD"
    card = Recording(
        [
            ("90AA0000010000", "B4F7379BAD5F9955110412F2CFC3759C91AF"),
            (f"90AF000020{ours}00", "34C0EDD94CB393B59CC71F8F00DEB3C99100"),
        ]
    )
    authenticate_aes(card.transmit, 0, ZERO, fixed("01" * 16))
    assert card.is_over


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ("91AE", "", "card_key_wrong"),
        ("91AD", "", "card_delayed"),
        ("6300", "", "card_unreadable"),
        ("6A82", "", "card_key_wrong"),
        ("A04C124213C186F22399D33AC2A3029100", "", "card_key_wrong"),
        ("A04C124213C186F22399D33AC2A30291AF", "", "card_key_wrong"),
        (EV2_RUNS[0][1] + "91AF", "91AE", "card_key_wrong"),
        (EV2_RUNS[0][1] + "91AF", "91AD", "card_delayed"),
        (EV2_RUNS[0][1] + "91AF", "6F00", "card_unreadable"),
        (EV2_RUNS[0][1] + "91AF", EV2_RUNS[0][3][:-2] + "9100", "card_key_wrong"),
        (EV2_RUNS[0][1] + "91AF", EV2_RUNS[1][3] + "9100", "card_key_wrong"),
        (EV2_RUNS[0][1] + "91AF", EV2_RUNS[0][3] + "91AF", "card_key_wrong"),
    ],
)
def test_a_card_that_strays_from_the_recording_is_refused_with_its_code(first: str, second: str, code: str) -> None:
    card = Recording([("9071000002000000", first), (f"90AF000020{EV2_RUNS[0][2]}00", second)])
    with pytest.raises(CardSaysNo) as refusal:
        authenticate_ev2_first(card.transmit, 0, ZERO, fixed(EV2_RUNS[0][0]))
    assert refusal.value.code == code

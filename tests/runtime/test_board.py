"""The board keeps only the newest state and makes nobody wait for anybody."""

from __future__ import annotations

import threading

from terminal.runtime.board import Board


def test_an_unknown_topic_is_version_zero() -> None:
    assert Board().newest("kiosk") == (0, None)


def test_each_change_raises_the_version_and_the_same_state_again_does_not() -> None:
    board = Board()
    board.show("kiosk", "idle")
    board.show("kiosk", "idle")
    assert board.newest("kiosk") == (1, "idle")
    board.show("kiosk", "member")
    assert board.newest("kiosk") == (2, "member")


def test_a_slow_reader_gets_the_newest_and_skips_the_rest() -> None:
    board = Board()
    for number in range(100):
        board.show("kiosk", number)
    assert board.wait("kiosk", 1, timeout_s=0) == (100, 99)


def test_waiting_ends_at_the_timeout_with_the_old_state() -> None:
    board = Board()
    board.show("kiosk", "idle")
    assert board.wait("kiosk", 1, timeout_s=0.01) == (1, "idle")


def test_a_waiting_reader_is_woken_by_a_change_of_its_own_topic_only() -> None:
    board = Board()
    seen: list[tuple[int, object]] = []
    reader = threading.Thread(target=lambda: seen.append(board.wait("kiosk", 0, timeout_s=30)))
    reader.start()
    board.show("counter", "found")
    board.show("kiosk", "member")
    reader.join(30)
    assert seen == [(1, "member")]

"""The local door answers commands and lets nobody else in."""

from __future__ import annotations

import pathlib
import socket
import stat
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from terminal.base.errors import Overloaded, Refusal
from terminal.runtime.admin import AdminClient, AdminServer


def double(number: int) -> Mapping[str, Any]:
    """Answer twice the number."""
    return {"twice": 2 * number}


def refuse() -> Mapping[str, Any]:
    """Refuse with a value."""
    raise Refusal("pin_locked", minutes=15)


def overload() -> Mapping[str, Any]:
    """Be too busy."""
    raise Overloaded("full")


@pytest.fixture
def door(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """A served door."""
    server = AdminServer(tmp_path / "till.sock", {"double": double, "refuse": refuse, "overload": overload})
    server.start()
    yield tmp_path / "till.sock"
    server.close()


def test_a_verb_answers_and_a_refusal_comes_back_as_one(door: pathlib.Path) -> None:
    client = AdminClient(door)
    assert client("double", number=21) == {"twice": 42}
    with pytest.raises(Refusal) as refused:
        client("refuse")
    assert (refused.value.code, dict(refused.value.values)) == ("pin_locked", {"minutes": 15})
    with pytest.raises(Refusal, match="busy"):
        client("overload")
    client.close()


def test_unknown_verbs_wrong_arguments_and_noise_are_refused_and_the_door_stays_open(door: pathlib.Path) -> None:
    client = AdminClient(door)
    for verb, arguments in (("nothing", {}), ("double", {"numero": 1}), ("double", {})):
        with pytest.raises(Refusal, match="request_bad"):
            client(verb, **arguments)
    client.close()
    raw = socket.socket(socket.AF_UNIX)
    raw.connect(str(door))
    for noise in (b"not json\n", b"[1]\n", b'{"do": 7}\n'):
        raw.sendall(noise)
        assert b"request_bad" in raw.recv(4096)
    raw.close()
    client = AdminClient(door)
    assert client("double", number=1) == {"twice": 2}
    client.close()


def test_a_patient_verb_is_told_when_whoever_asked_hangs_up(tmp_path: pathlib.Path) -> None:
    asked, ended = threading.Event(), threading.Event()

    def wait(gone: Callable[[], bool], /, number: int) -> Mapping[str, Any]:
        assert not gone()
        asked.set()
        while number and not gone():
            asked.wait(0.01)
        ended.set()
        return {"number": number}

    server = AdminServer(tmp_path / "till.sock", {"double": double}, {"wait": wait})
    server.start()
    client = AdminClient(tmp_path / "till.sock")
    assert client("wait", number=0) == {"number": 0}
    assert client("double", number=2) == {"twice": 4}
    for event in (asked, ended):
        event.clear()
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(str(tmp_path / "till.sock"))
        raw.sendall(b'{"do": "wait", "number": 1}\n')
        assert asked.wait(60.0)
    assert ended.wait(60.0)
    client.close()
    server.close()


def test_only_the_owner_may_open_it_and_it_is_gone_after_closing(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "till.sock"
    with socket.socket(socket.AF_UNIX) as left_over:  # as from a till that was killed
        left_over.bind(str(path))
    server = AdminServer(path, {"double": double})
    server.start()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    server.close()
    assert not path.exists()
    with pytest.raises(OSError, match="No such file"):
        AdminClient(path)


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "store.db"
    path.write_text("the book")
    with pytest.raises(OSError, match="no socket"):
        AdminServer(path, {})
    assert path.read_text() == "the book"

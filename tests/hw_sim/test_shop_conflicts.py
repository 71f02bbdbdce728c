"""The launcher among others: ports that are taken, and data that somebody wants to remove while the shop is open."""

from __future__ import annotations

import contextlib
import pathlib
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.hw_sim import shop
from tests.hw_sim.shop_children import ClosingTime, Household, Program, ShopError
from tests.hw_sim.test_shop import launch, open_shop

REPOSITORY = pathlib.Path(shop.__file__).resolve().parents[2]
LISTENER = """
import socket, sys, time
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready {}", flush=True)
time.sleep(600)
"""


@pytest.fixture
def household(tmp_path: pathlib.Path) -> Iterator[Household]:
    home = Household(tmp_path, tmp_path, ClosingTime())
    yield home
    home.end()


@contextlib.contextmanager
def taken(port: int) -> Iterator[None]:
    """Listen on a port of this machine, unless somebody does already, which is as good."""
    with socket.socket() as held:
        # Also while the connections of an earlier shop are still fading away.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            held.bind(("127.0.0.1", port))
            held.listen()
        yield


def clean_data(folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    command = ["make", "-C", str(folder), "-f", str(REPOSITORY / "Makefile"), "clean-data"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_data_of_an_open_shop_are_not_removed(tmp_path: pathlib.Path) -> None:
    data = tmp_path / ".data"
    with open_shop(data) as (opened, ready):
        before = sorted(data.rglob("*"))
        refused = clean_data(tmp_path)
        assert refused.returncode != 0
        assert "The shop is running, so nothing was removed: press Ctrl-C there first." in refused.stderr
        assert sorted(data.rglob("*")) == before
        assert all(pathlib.Path(f"/proc/{pid}").exists() for pid in ready["pids"].values())
        opened.send_signal(signal.SIGTERM)
        assert opened.wait(timeout=60) == 0
    assert clean_data(tmp_path).returncode == 0
    assert not data.exists()
    assert clean_data(tmp_path).returncode == 0, "nothing to remove is no mistake"


@pytest.mark.slow
def test_a_printer_port_in_use_gives_way_to_the_next_one(tmp_path: pathlib.Path) -> None:
    with taken(shop.PRINTER_PORT), open_shop(tmp_path / "data") as (_, ready):
        host, port = ready["printer"].split(":")
        assert int(port) > shop.PRINTER_PORT
        socket.create_connection((host, int(port))).close()


@pytest.mark.slow
def test_a_bench_port_in_use_gives_way_to_the_next_one(tmp_path: pathlib.Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with launch(tmp_path / "data", "--only-simulators", "--bench-port", str(port)) as opened:
            assert opened.stdout is not None
            assert "ready " in (line := opened.stdout.readline())
            assert f"http://127.0.0.1:{port}" not in line
            opened.send_signal(signal.SIGTERM)
            opened.communicate(timeout=60)


@pytest.mark.parametrize("listening", [True, False])
def test_a_port_is_free_only_when_one_could_listen_there(listening: bool) -> None:
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        if listening:
            held.listen()
        assert shop.is_free(port) is not listening
    assert shop.is_free(port)


@pytest.mark.parametrize("wanted", [0, 29100])
def test_a_port_taken_between_the_look_and_the_start_gives_way_to_the_next(household: Household, wanted: int) -> None:
    with contextlib.ExitStack() as stack:
        asked: list[int] = []

        def listener(port: int) -> Program:
            if not asked:
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
            asked.append(port)
            return Program("listener", [sys.executable, "-c", LISTENER, str(port)], {})

        port = shop.start_listening(household, wanted, listener)
        assert len(asked) == 2
        assert port == asked[1] != asked[0]
        socket.create_connection(("127.0.0.1", port)).close()
        household.check()


def test_a_program_that_fails_for_another_reason_is_started_once(household: Household) -> None:
    asked: list[int] = []

    def broken(port: int) -> Program:
        asked.append(port)
        return Program("broken", [sys.executable, "-c", "raise SystemExit('no paper')"], {})

    with pytest.raises(ShopError, match="no paper"):
        shop.start_listening(household, 0, broken)
    assert len(asked) == 1

"""`terminal serve`: one till for one store, a clean end, and a start after any end."""

from __future__ import annotations

import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.cli.home import CONFIG, DEMO, REPOSITORY, Home, Serving, command

pytestmark = pytest.mark.slow


@contextmanager
def serving(home: Home) -> Iterator[Serving]:
    """Run a till for a while."""
    till = home.serve()
    try:
        yield till
    finally:
        if till.process.poll() is None:
            till.process.kill()
            till.process.wait()
        assert till.process.stdout is not None
        till.process.stdout.close()


def health(till: Serving) -> dict[str, object]:
    """Return what /healthz says."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(till.address).netloc, timeout=40)
    connection.request("GET", "/healthz")
    answer: dict[str, object] = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def children(pid: int) -> str:
    """Return the process ids of a process's children."""
    return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()


def test_sigterm_ends_it_cleanly_with_a_page_open(till: Home) -> None:
    with serving(till) as running:
        stream = http.client.HTTPConnection(urllib.parse.urlsplit(running.address).netloc, timeout=40)
        stream.request("GET", "/kiosk/live")
        assert stream.getresponse().readline().startswith(b"retry:")
        assert children(running.process.pid) == ""
        assert (till.data / "till.sock").is_socket()
        assert running.end() == 0
        stream.close()
    assert not (till.data / "till.sock").exists()
    assert "Traceback" not in running.log.read_text()
    assert till.run("staff", "add", "甲").exit_code == 0, "the lock is free"


def test_after_a_kill_commands_and_the_next_till_find_their_way(till: Home) -> None:
    with serving(till) as running:
        running.process.kill()
        running.process.wait()
    assert (till.data / "till.sock").is_socket(), "a killed till leaves its socket"
    assert till.run("staff", "add", "甲").exit_code == 0
    with serving(till) as running:
        assert health(running)["ok"] is True
        assert till.run("staff", "add", "乙").exit_code == 0
        assert running.end(signal.SIGINT) == 0


def test_a_second_till_on_the_same_store_is_refused(till: Home) -> None:
    with serving(till) as running:
        second = till.run("serve")
        assert (second.exit_code, second.code, second.out) == (1, "store_in_use", "")
        assert health(running)["ok"] is True
        # Reading and a rehearsal go on beside it.
        assert till.entries() == 24
        assert till.run("import", "members", DEMO / "members.csv", "--dry-run").out.endswith("Would be: 24 same.\n")


def test_an_address_in_use_is_one_sentence(till: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        till.file("till.toml", CONFIG.replace("127.0.0.1:0", listen))
        said = till.run("serve")
    assert (said.exit_code, said.code, said.out) == (1, "port_in_use", "")
    assert listen in said.err
    assert not (till.data / "till.sock").exists()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("127.0.0.1:0", "0.0.0.0:8080", "config_wrong"),
        ("127.0.0.1:0", "192.168.1.2:8080", "config_wrong"),
        ("[pcsc]", 'admin_socket = "/proc/till.sock"\n[pcsc]', "admin_socket_unusable"),
    ],
)
def test_what_cannot_be_listened_on_is_refused_and_nothing_hangs(till: Home, old: str, new: str, code: str) -> None:
    till.file("till.toml", CONFIG.replace(old, new))
    said = till.run("serve")
    assert (said.exit_code, said.code, said.out) == (1, code, "")


def test_a_till_whose_starter_has_gone_ends_instead_of_hanging(till: Home) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        command("serve", "--config", till.config),
        cwd=REPOSITORY,
        stdout=write,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(write)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


def test_commands_through_the_door_do_what_they_do_alone(till: Home) -> None:
    with serving(till):
        wrong = till.run("staff", "add", "陈晓")
        assert (wrong.exit_code, wrong.code) == (1, "staff_exists")
        bad = till.run("member", "show", "--card", "#%")
        assert (bad.exit_code, bad.code) == (1, "card_number_bad")
        through = till.run("member", "show", "--phone", "13800138001")
        assert till.run("setup", "apply", DEMO / "shop.toml").err == "Nothing has changed.\n"
        mistakes = till.run("setup", "apply", till.file("wrong.toml", "[shop]\n"))
        assert mistakes.exit_code == 1
        assert "[setup_missing]" in mistakes.err
        other = till.file("other.toml", '[shop]\nname = "小店"\n')
        unasked = till.run("setup", "apply", other)
        assert (unasked.exit_code, unasked.code) == (1, "setup_not_asked")
        assert till.run("setup", "apply", "--yes", other).err == "The shop is set up with 0 items.\n"
        assert till.run("setup", "apply", other).err == "Nothing has changed.\n"
    assert till.run("member", "show", "--phone", "13800138001") == through

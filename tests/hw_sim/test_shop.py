"""The launcher: what it starts, what it says, and that nothing of it is left."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.hw_sim.control import ControlClient
from tests.hw_sim.program_under_test import until
from tests.hw_sim.shop_children import ClosedByPerson, ClosingTime, Household, Program, ShopError
from tests.hw_sim.shop_first_start import DEMO
from tests.hw_sim.shop_till_config import Wiring, till_config, write_till_config


def launch(data: pathlib.Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.hw_sim.shop", "--data", str(data), "--bench-port", "0", "--json-ready"]
    return subprocess.Popen([*command, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@contextlib.contextmanager
def open_shop(data: pathlib.Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    with launch(data, *(words or ("--only-simulators",))) as shop:
        try:
            assert shop.stdout is not None
            word, _, rest = shop.stdout.readline().partition(" ")
            assert word == "ready"
            yield shop, json.loads(rest)
        finally:
            shop.kill()


def runs(pid: int) -> bool:
    try:
        status = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    # A zombie waiting for whoever inherits it runs no more.
    return status.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.slow
def test_all_simulators_and_the_bench_are_up_when_it_says_ready_and_gone_after_sigterm(tmp_path: pathlib.Path) -> None:
    with open_shop(tmp_path / "data") as (shop, ready):
        state = httpx.get(ready["bench"] + "/api/state").json()
        assert state["daemon"] is True
        assert all(reader["plugged"] for reader in state["readers"].values())
        assert state["scanner"]["plugged"]
        assert state["printer"]["online"]
        assert state["display"]["plugged"]
        assert set(state["readers"]) == {"kiosk", "kiosk-pn532", "counter"}
        host, port = ready["printer"].split(":")
        socket.create_connection((host, int(port))).close()
        assert set(ready["pids"]) == {"pcsc", "pn532", "scanner", "display", "printer", "bench"}
        shop.send_signal(signal.SIGTERM)
        assert shop.wait(timeout=60) == 0
        assert not [name for name, pid in ready["pids"].items() if runs(pid)]
        assert not any(pathlib.Path(ready[name]).is_symlink() for name in ("scanner", "pn532", "display"))


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["log/pcsc.log", "log/display.log", "log/printer.log", "log/bench.log"])
def test_ctrl_c_at_any_stage_of_the_start_ends_what_was_started(tmp_path: pathlib.Path, stage: str) -> None:
    data = tmp_path / "data"
    with launch(data, "--only-simulators") as shop:
        until((data / stage).exists)
        shop.send_signal(signal.SIGINT)
        shop.send_signal(signal.SIGINT)
        shop.communicate(timeout=60)
        assert shop.returncode == 0
    commands = [file.read_bytes() for file in pathlib.Path("/proc").glob("[0-9]*/cmdline") if file.exists()]
    assert not [command for command in commands if os.fsencode(data) in command]


@pytest.mark.slow
def test_a_killed_launcher_leaves_no_program_and_the_next_one_starts(tmp_path: pathlib.Path) -> None:
    for _ in range(2):
        with open_shop(tmp_path / "data") as (shop, ready):
            shop.kill()
            shop.wait()
            until(lambda pids=ready["pids"]: not any(runs(pid) for pid in pids.values()))  # type: ignore[misc]


@pytest.mark.slow
def test_a_second_launcher_on_the_same_data_is_refused_in_one_sentence(tmp_path: pathlib.Path) -> None:
    with open_shop(tmp_path / "data") as (shop, _), launch(tmp_path / "data", "--only-simulators") as second:
        out, err = second.communicate(timeout=60)
        assert second.returncode == 1
        assert out == ""
        assert err == (
            f"This shop is already open (process {shop.pid} uses {tmp_path / 'data'}): end that one, or use another "
            "folder with --data.\n"
        )


@pytest.mark.slow
def test_when_a_program_ends_by_itself_the_shop_says_which_and_closes(tmp_path: pathlib.Path) -> None:
    with open_shop(tmp_path / "data") as (shop, ready):
        os.kill(ready["pids"]["printer"], signal.SIGKILL)
        _, err = shop.communicate(timeout=60)
        assert shop.returncode == 1
        assert "printer ended by itself (signal SIGKILL)." in err
        assert "    ready {" in err
        assert not [name for name, pid in ready["pids"].items() if runs(pid)]


@pytest.mark.slow
def test_a_kiosk_port_in_use_is_named_with_what_to_do_before_anything_starts(tmp_path: pathlib.Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with launch(tmp_path / "data", "--port", str(port)) as shop:
            _, err = shop.communicate(timeout=60)
    assert shop.returncode == 1
    (sentence,) = err.splitlines()
    assert sentence.startswith(f"Port {port} is in use by another program: close that program, or choose another")
    assert not list((tmp_path / "data" / "log").iterdir())


@pytest.mark.slow
def test_a_data_folder_too_deep_for_sockets_works_all_the_same(tmp_path: pathlib.Path) -> None:
    with open_shop(tmp_path / ("deep" * 20) / "data") as (_, ready):
        client = ControlClient(ready["control"]["pcsc"])
        assert client("state")["running"]
        client.close()


def test_a_program_that_ends_before_it_is_ready_is_reported_with_the_tail_of_its_log(tmp_path: pathlib.Path) -> None:
    household = Household(tmp_path, tmp_path, ClosingTime())
    lines = "import sys; [print('line', n) for n in range(20)]; sys.exit(3)"
    with pytest.raises(ShopError) as caught:
        household.start(Program("broken", [sys.executable, "-c", lines], {}))
    said = str(caught.value).splitlines()
    assert said[0].startswith("broken ended by itself (exit code 3).")
    assert said[1:] == [f"    line {number}" for number in range(8, 20)]
    household.end()


def test_closing_time_ends_the_waiting_for_a_program(tmp_path: pathlib.Path) -> None:
    closing = ClosingTime()
    before = signal.getsignal(signal.SIGUSR1)
    closing.heed(signal.SIGUSR1)
    household = Household(tmp_path, tmp_path, closing)
    source = f"import os, signal, time; os.kill({os.getpid()}, signal.SIGUSR1); time.sleep(600)"
    with pytest.raises(ClosedByPerson):
        household.start(Program("endless", [sys.executable, "-c", source], {}))
    with pytest.raises(ClosedByPerson):
        household.check()
    household.end()
    signal.signal(signal.SIGUSR1, before)


def test_ending_reaches_what_a_program_started_itself(tmp_path: pathlib.Path) -> None:
    household = Household(tmp_path, tmp_path, ClosingTime())
    grandchild = "import time; time.sleep(600)"
    source = (
        "import json, subprocess, sys, time\n"
        f"inner = subprocess.Popen([sys.executable, '-c', {grandchild!r}])\n"
        "print('ready ' + json.dumps({'inner': inner.pid}), flush=True)\n"
        "time.sleep(600)\n"
    )
    inner = household.start(Program("outer", [sys.executable, "-c", source], {}))["inner"]
    assert runs(inner)
    household.end()
    until(lambda: not runs(inner))


def test_children_end_in_reverse_order(tmp_path: pathlib.Path) -> None:
    household = Household(tmp_path, tmp_path, ClosingTime())
    source = (
        "import pathlib, signal, sys, time\n"
        "def end(*_):\n"
        "    with pathlib.Path('order').open('a') as file: file.write(sys.argv[1])\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('ready {}', flush=True)\n"
        "time.sleep(600)\n"
    )
    for name in "abc":
        household.start(Program(name, [sys.executable, "-c", source, name], {}))
    household.end()
    assert (tmp_path / "order").read_text(encoding="utf-8") == "cba"


def test_the_tills_configuration_points_each_driver_at_its_simulator(tmp_path: pathlib.Path) -> None:
    odd = tmp_path / 'a "shop"'
    readers = {"kiosk": "Counterfoil Kiosk Reader 00 00", "counter": "Counterfoil Counter Reader 01 00"}
    config = tomllib.loads(till_config(Wiring(odd, odd / "run", 8080, 9100, readers)))
    assert config["till"]["data_dir"] == str(odd / "till")
    assert config["till"]["listen"] == "127.0.0.1:8080"
    assert config["pcsc"] == {"enabled": True}
    assert [(one["match"], one["place"]) for one in config["pcsc_readers"]] == [
        ("Counterfoil Kiosk Reader", "kiosk"),
        ("Counterfoil Counter Reader", "counter"),
    ]
    assert config["serial_scanners"][0]["port"] == str(odd / "run" / "scanner")
    assert config["printers"][0]["address"] == "127.0.0.1:9100"
    assert not {"pn532_readers", "displays"} & set(config)


def test_a_later_start_keeps_what_people_changed_and_moves_only_the_places(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "till.toml"
    readers = {"kiosk": "Counterfoil Kiosk Reader 00 00"}
    write_till_config(path, Wiring(tmp_path, tmp_path / "run", 8080, 9100, readers, full=True))
    made = path.read_text("utf-8")
    changed = made.replace('"receipt-printer"', '"slips"').replace("576", "384") + "# by hand\n"
    path.write_text(changed, encoding="utf-8")
    write_till_config(path, Wiring(tmp_path, tmp_path / "elsewhere", 8081, 8080, readers, full=True))
    config = tomllib.loads(path.read_text("utf-8"))
    assert config["printers"][0] | {"font": ""} == {
        **tomllib.loads(changed)["printers"][0],
        "address": "127.0.0.1:8080",
        "font": "",
    }
    assert config["till"]["listen"] == "127.0.0.1:8081"
    assert config["serial_scanners"][0]["port"] == str(tmp_path / "elsewhere" / "scanner")
    assert path.read_text("utf-8").endswith("# by hand\n")


def test_a_shop_of_another_release_gets_a_configuration_of_its_own(tmp_path: pathlib.Path) -> None:
    path, wiring = tmp_path / "till.toml", Wiring(tmp_path, tmp_path / "run", 8080, 9100, {})
    write_till_config(path, wiring)
    path.with_name("till-as-made.toml").write_text("# of earlier\n[till]\n", encoding="utf-8")
    path.write_text("[till]\n", encoding="utf-8")
    write_till_config(path, wiring)
    assert path.read_text("utf-8") == till_config(wiring)


def test_a_full_shop_has_board_display_drawer_and_card_keys_as_well(tmp_path: pathlib.Path) -> None:
    config = tomllib.loads(till_config(Wiring(tmp_path, tmp_path / "run", 8080, 9100, {}, full=True)))
    assert config["till"]["card_keys"] == str(tmp_path / "card-keys.toml")
    assert config["pn532_readers"] == [{"id": "kiosk-pn532", "port": str(tmp_path / "run" / "pn532"), "place": "kiosk"}]
    assert config["displays"][0]["port"] == str(tmp_path / "run" / "display")
    assert config["printers"][0]["drawer_pin"] == 2


def test_the_demo_data_belong_together() -> None:
    with (DEMO / "members.csv").open(encoding="utf-8", newline="") as file:
        members = list(csv.DictReader(file))
    cards = {member["卡号"]: member["姓名"] for member in members}
    assert len(members) == len(cards) == 24
    for card in json.loads((DEMO / "cards.json").read_text(encoding="utf-8")):
        name, _, level = card["label"].rpartition(" ")
        if level in {"银卡", "金卡", "钻石"}:
            number = card.get("uid") or bytes.fromhex(card["data"]).decode()
            assert cards[number] == name
    assert sum(member["手机"] == "13800138012" for member in members) == 2


def test_each_copy_in_the_demo_has_the_number_of_a_genuine_card_and_none_of_its_keys() -> None:
    cards = json.loads((DEMO / "cards.json").read_text(encoding="utf-8"))
    copies = [card for card in cards if card.get("clone")]
    assert {card["kind"] for card in copies} == {"desfire", "ntag424"}
    for copy in copies:
        (genuine,) = [card for card in cards if card.get("uid") == copy["uid"] and card is not copy]
        assert genuine["kind"] == copy["kind"]
        assert genuine["label"].startswith(copy["label"].partition("的")[0])
        assert "keys" not in json.dumps(copy)


def test_the_demo_goods_carry_sound_codes_and_every_pass_names_a_service() -> None:
    shop = tomllib.loads((DEMO / "shop.toml").read_text(encoding="utf-8"))
    for goods in shop["goods"]:
        digits = [int(digit) for digit in goods["code"]]
        assert len(digits) == 13
        # GS1 general specifications, 7.9: weights 1 and 3 from the left, the sum a multiple of ten.
        assert sum(digits[0::2] + [3 * digit for digit in digits[1::2]]) % 10 == 0
    services = {service["name"] for service in shop["services"]}
    with (DEMO / "members.csv").open(encoding="utf-8", newline="") as file:
        passes = ";".join(member["疗程"] for member in csv.DictReader(file) if member["疗程"])
    assert {one.rpartition(" ")[0] for one in passes.split(";")} <= services

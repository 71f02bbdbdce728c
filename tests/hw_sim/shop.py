"""The whole shop on one machine with nothing plugged in: a till, a simulator per device, and the bench page.

Run it as `python -m tests.hw_sim.shop [--data DIR] [--port 8080] [--bench-port 8090] [--only-simulators]
[--json-ready]`. Data stays in DIR (`.data`), so that a second start finds the shop as it was left; at the first start
the demo shop in `demo/` is set up through the till's own commands. Ctrl-C or SIGTERM ends all that was started, the
last first; a launcher that is killed takes its programs with it.

With `--json-ready` the only line on standard output is `ready {json}`: `kiosk`, `counter` and `bench` addresses,
`pins` by name, `control` sockets of the simulators by device, `readers` by place, `pcsc_socket`, `scanner`, `pn532`
and `display` (their ports), `printer` (its address), `config`, `data` and `slips` (paths), `pids` by program.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import pathlib
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TextIO

from tests.hw_sim import shop_programs
from tests.hw_sim.shop_cards import lay_out_cards
from tests.hw_sim.shop_children import ClosedByPerson, ClosingTime, Household, Program, ShopError
from tests.hw_sim.shop_first_start import keep_card_keys, read_pins, set_up_demo_shop
from tests.hw_sim.shop_till_config import Wiring, write_till_config

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
KIOSK_READER = "Counterfoil Kiosk Reader 00 00"
COUNTER_READER = "Counterfoil Counter Reader 01 00"
PRINTER_PORT = 9100
PORTS_TRIED = 200
STARTS_TRIED = 5
# unix(7): a socket's path has 108 bytes with its closing zero; the longest name below is 12 bytes.
SOCKET_FOLDER_BYTES_MAX = 90
LOOK_AROUND_S = 0.2


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the command line."""

    data: pathlib.Path
    port: int
    bench_port: int
    only_simulators: bool
    json_ready: bool


def main() -> int:
    """Open the shop, keep it open, and return the exit code: 0 ended by a person, 1 with a sentence on stderr."""
    options = _options()
    talk = sys.stderr if options.json_ready else sys.stdout
    closing = ClosingTime()
    # The handlers stay until the end: a second, impatient Ctrl-C must not cut the closing short.
    closing.heed(signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    try:
        with _only_launcher(options.data), _socket_folder(options.data) as sockets:
            _run(options, sockets, closing, talk)
    except ClosedByPerson:
        print("The shop is closed; its data stay where they are.", file=talk, flush=True)
        return 0
    except ShopError as error:
        print(f"{error}", file=sys.stderr, flush=True)
        return 1
    return 0


def _run(options: Options, sockets: pathlib.Path, closing: ClosingTime, talk: TextIO) -> None:
    household = Household(_folder(options.data / "log"), REPOSITORY, closing)
    try:
        ready = _open_shop(options, sockets, household, talk)
        _announce(ready, options, talk)
        while True:
            time.sleep(LOOK_AROUND_S)
            household.check()
    finally:
        household.end()


def _open_shop(options: Options, sockets: pathlib.Path, household: Household, talk: TextIO) -> dict[str, Any]:
    # The kiosk's port is looked at first: everything else can give way, the addresses people know cannot.
    port = 0 if options.only_simulators else _kiosk_port(options.port)
    wiring = Wiring(
        data=options.data,
        sockets=sockets,
        till_port=port,
        printer_port=0,
        readers={"kiosk": KIOSK_READER, "counter": COUNTER_READER},
        full=True,
    )
    lay_out_cards(wiring.cards)
    _say(talk, "Starting the simulated devices: three card readers, a scanner, a printer, a display ...")
    # Side by side: most of a start is the machine reading programs.
    begun = [household.begin(program) for program in shop_programs.devices(wiring)]
    _keep_slips(wiring.slips)
    _folder(wiring.slips)
    printer_port = start_listening(
        household, PRINTER_PORT, lambda port: shop_programs.printer(replace(wiring, printer_port=port))
    )
    for child in begun:
        household.await_ready(child)
    wiring = replace(wiring, printer_port=printer_port)
    if not options.only_simulators:
        keep_card_keys(wiring.card_keys)
        config = options.data / "till.toml"
        write_till_config(config, wiring)
        _say(talk, "Starting the till ...")
        household.start(shop_programs.till(config, wiring.pcsc_socket))
        set_up_demo_shop(options.data, config, household, lambda text: _say(talk, text))
    ready = _ready(wiring, options)
    wiring_file = sockets / "wiring.json"
    wiring_file.write_text(json.dumps(ready, ensure_ascii=False), encoding="utf-8")
    bench_port = start_listening(household, options.bench_port, lambda port: shop_programs.bench(port, wiring_file))
    return {**ready, "bench": f"http://127.0.0.1:{bench_port}", "pids": household.pids()}


def _ready(wiring: Wiring, options: Options) -> dict[str, Any]:
    till = "" if options.only_simulators else f"http://127.0.0.1:{wiring.till_port}"
    return {
        "kiosk": till and f"{till}/kiosk",
        "counter": till and f"{till}/cashier",
        "pins": read_pins(options.data),
        "control": {name: str(path) for name, path in wiring.control.items()},
        "readers": dict(wiring.readers),
        "config": str(options.data / "till.toml"),
        "data": str(options.data),
        "pcsc_socket": str(wiring.pcsc_socket),
        "scanner": str(wiring.scanner_link),
        "pn532": str(wiring.pn532_link),
        "display": str(wiring.display_link),
        "printer": f"127.0.0.1:{wiring.printer_port}",
        "slips": str(wiring.slips),
    }


def _keep_slips(slips: pathlib.Path) -> None:
    # The printer counts its slips from one at each start; those of the start before are kept beside them.
    if slips.exists():
        before = slips.with_name(slips.name + ".1")
        shutil.rmtree(before, ignore_errors=True)
        slips.replace(before)


def start_listening(household: Household, wanted: int, program: Callable[[int], Program]) -> int:
    """Start a program on the first free port from `wanted` on (any when 0) and return that port.

    Somebody else may take the port between the look at it and the program's start: then it is the next one's turn.
    """
    port = wanted
    for tries_left in reversed(range(STARTS_TRIED)):
        port = _free_port(port)
        try:
            household.start(program(port))
        except ShopError:
            if is_free(port) or not tries_left:
                raise
            port = port + 1 if wanted else 0
        else:
            return port
    raise AssertionError("the last try returns or raises")


def _announce(ready: Mapping[str, Any], options: Options, talk: TextIO) -> None:
    if ready["kiosk"]:
        _say(talk, f"\n  Kiosk    会员屏  {ready['kiosk']}\n  Counter  前台    {ready['counter']}")
    _say(talk, f"  Bench    模拟台  {ready['bench']}")
    if ready["pins"]:
        _say(talk, "  PIN      密码    " + " · ".join(f"{name} {pin}" for name, pin in ready["pins"].items()))
    _say(talk, f"\nCtrl-C ends everything. Data and logs stay in {options.data}.")
    if options.json_ready:
        print("ready " + json.dumps(ready, ensure_ascii=False), flush=True)


def _kiosk_port(wanted: int) -> int:
    if wanted == 0:
        return _free_port(0)
    if not is_free(wanted):
        raise ShopError(
            f"Port {wanted} is in use by another program: close that program, or choose another port for the kiosk "
            f"with --port, for example --port {_free_port(wanted + 1)}."
        )
    return wanted


def _free_port(wanted: int) -> int:
    """The first free port from `wanted` on, or any when `wanted` is 0."""
    if wanted == 0:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
            return port
    for port in range(wanted, min(wanted + PORTS_TRIED, 65536)):
        if is_free(port):
            return port
    raise ShopError(f"No port from {wanted} to {wanted + PORTS_TRIED - 1} is free.")


def is_free(port: int) -> bool:
    """Tell whether a program could listen on this port of this machine."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still fading away counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            # Two may be bound to a port with that option; only one of them may listen.
            probe.listen()
        except OSError:
            return False
        return True


@contextlib.contextmanager
def _only_launcher(data: pathlib.Path) -> Iterator[None]:
    """Hold the data folder for this launcher alone."""
    with (_folder(data) / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            owner = lock.read().strip() or "unknown"
            raise ShopError(
                f"This shop is already open (process {owner} uses {data}): end that one, or use another folder with "
                f"--data."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@contextlib.contextmanager
def _socket_folder(data: pathlib.Path) -> Iterator[pathlib.Path]:
    """A folder for sockets and links: inside the data, or a temporary one when that path is too long for a socket."""
    folder = data / "run"
    if len(os.fsencode(folder)) <= SOCKET_FOLDER_BYTES_MAX:
        yield _folder(folder)
        return
    with tempfile.TemporaryDirectory(prefix="counterfoil-") as short:
        yield pathlib.Path(short)


def _folder(path: pathlib.Path) -> pathlib.Path:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ShopError(f"The folder {path} cannot be made: {error.strerror}.") from None
    return path


def _say(talk: TextIO, text: str) -> None:
    print(text, file=talk, flush=True)


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="shop", description="The whole shop with simulated devices.")
    parser.add_argument("--data", default=".data", help="folder of the shop's data (kept)")
    parser.add_argument("--port", type=int, default=8080, help="port of kiosk and counter; 0: any free one")
    parser.add_argument("--bench-port", type=int, default=8090, help="port of the bench; the next free one if taken")
    parser.add_argument("--only-simulators", action="store_true", help="start no till")
    parser.add_argument("--json-ready", action="store_true", help="print one `ready {json}` line for programs")
    given = parser.parse_args()
    for name in ("port", "bench_port"):
        if not 0 <= getattr(given, name) <= 65535:
            parser.error(f"--{name.replace('_', '-')} {getattr(given, name)} is not between 0 and 65535")
    return Options(
        data=pathlib.Path(given.data).resolve(),
        port=given.port,
        bench_port=given.bench_port,
        only_simulators=given.only_simulators,
        json_ready=given.json_ready,
    )


if __name__ == "__main__":
    sys.exit(main())

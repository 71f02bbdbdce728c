"""A customer display on a serial line: two lines of twenty signs (CD5220 or ESC/POS), or eight digits (LED8).

Run it as `python -m tests.hw_sim.customer_display --link PATH --control PATH [--dialect cd5220|escpos|led8]
[--charset ascii|gb18030] [--lights ascii|binary] [--speed 9600]`. The link vanishes on `unplug` and comes back, naming
another port and a dark screen, on `plug`.

Verbs beside `state` (lines, what was not understood, and more), `faults` and `quit`:

- `screen()`: the lines;
- `history()`: every screen there was since the last `forget`, in order;
- `forget()`: empty history and records;
- `hang(on=True)`: read nothing: the host's next bytes stay in the line, and its writes after that wait;
- `plug()`, `unplug()`.

A host at another speed makes no sense to it: what it sent is counted as `garbled_bytes` and not shown.
"""

from __future__ import annotations

import argparse
import json
import signal
import threading
from typing import Any

from tests.hw_sim.control import ControlServer, FaultCounter, Verb
from tests.hw_sim.display_dialects import make_display
from tests.hw_sim.display_model import Display
from tests.hw_sim.pty_device import DevicePort

SIMULATOR = "customer_display"  # its name in the run's fault log
FAULTS = frozenset({"hung", "unplugged", "wrong_speed"})
DEFAULT_SPEED_BPS = 9600
TICK_S = 0.01
JOIN_S = 5.0


class CustomerDisplay:
    """The simulator whole: model, line, verbs and the count of faults."""

    def __init__(
        self,
        link: str,
        control: str,
        *,
        dialect: str = "cd5220",
        charset: str = "ascii",
        lights: str = "ascii",
        speed_bps: int = DEFAULT_SPEED_BPS,
    ) -> None:
        """Link the port at `link` and serve the verbs at `control` once started."""
        self.faults = FaultCounter(SIMULATOR, FAULTS)
        self.link = link
        self.control: ControlServer | None = None
        self._kind = (dialect, charset, lights)
        self._display: Display = make_display(*self._kind)
        self._control_path = control
        self._port = DevicePort(link, speed_bps)
        self._lock = threading.Lock()
        self._hung = self._held = False
        self._garbled_bytes = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="customer display", daemon=True)

    def start(self) -> None:
        """Plug in and show."""
        self._port.plug()
        self.control = ControlServer(self._control_path, self._verbs())
        self._thread.start()

    def close(self) -> None:
        """Hang up and stop; safe to call twice."""
        self._closing.set()
        self._port.unplug()
        if self.control is not None:
            self.control.close()
            self._thread.join(JOIN_S)

    def _verbs(self) -> dict[str, Verb]:
        return {
            "screen": lambda: {"lines": self.state()["lines"]},
            "history": self.history,
            "forget": self.forget,
            "hang": self.hang,
            "plug": self.plug,
            "unplug": self.unplug,
            "state": self.state,
            "faults": lambda: {"faults": self.faults.counts()},
        }

    def _serve(self) -> None:
        while not self._closing.is_set():
            if self._hung:
                self._closing.wait(TICK_S)
            else:
                self._port.await_input(TICK_S)
            with self._lock:
                if self._hung:
                    self._stay_away()
                else:
                    self._take(*self._port.take())

    def _stay_away(self) -> None:
        if not self._held and self._port.called():
            # What the line itself can hold is in it; from here on the host feels that nobody reads.
            self._port.hold(on=True)
            self._held = True
            self.faults.hit("hung")

    def _take(self, data: bytes, understood: bool) -> None:
        if understood:
            self._display.feed(data)
        else:
            self._garbled_bytes += len(data)
            self.faults.hit("wrong_speed")

    def history(self) -> dict[str, Any]:
        """Every screen since the last `forget`."""
        with self._lock:
            return {"screens": [list(lines) for lines in self._display.history]}

    def forget(self) -> None:
        """Empty history and records."""
        with self._lock:
            self._display.forget()
            self._garbled_bytes = 0

    def hang(self, *, on: bool = True) -> None:
        """Stop reading, or read on with what the line kept."""
        with self._lock:
            self._hung = on
            self._let_go()

    def _let_go(self) -> None:
        if self._held:
            self._port.hold(on=False)
            self._held = False

    def plug(self) -> None:
        """Plug in: a dark screen."""
        with self._lock:
            if not self._port.plugged:
                self._display = make_display(*self._kind)
            self._port.plug()

    def unplug(self) -> dict[str, Any]:
        """Pull the plug; `heard` says whether a host had the port open."""
        with self._lock:
            heard = self._port.unplug()
            self._hung = self._held = False
        if heard:
            self.faults.hit("unplugged")
        return {"heard": heard}

    def state(self) -> dict[str, Any]:
        """What a person or a test may want to see."""
        with self._lock:
            return {
                "link": self.link,
                "plugged": self._port.plugged,
                "open": self._port.listened(),
                "hung": self._hung,
                "garbled_bytes": self._garbled_bytes,
                **self._display.state(),
            }


def main() -> None:
    """Run the display until told to end."""
    parser = argparse.ArgumentParser(description="A customer display on a pseudo-terminal.")
    parser.add_argument("--link", required=True, help="the name of the port, as /dev/serial/by-id would show it")
    parser.add_argument("--control", required=True, help="the control socket")
    parser.add_argument("--dialect", choices=("cd5220", "escpos", "led8"), default="cd5220")
    parser.add_argument("--charset", choices=("ascii", "gb18030"), default="ascii")
    parser.add_argument("--lights", choices=("ascii", "binary"), default="ascii", help="how LED8 numbers its lights")
    parser.add_argument("--speed", type=int, default=DEFAULT_SPEED_BPS, help="bits per second")
    options = parser.parse_args()
    display = CustomerDisplay(
        options.link,
        options.control,
        dialect=options.dialect,
        charset=options.charset,
        lights=options.lights,
        speed_bps=options.speed,
    )
    display.start()
    assert display.control is not None
    stopped = display.control.stopped
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    print("ready " + json.dumps({"link": options.link, "control": options.control}), flush=True)
    stopped.wait()
    display.close()


if __name__ == "__main__":
    main()

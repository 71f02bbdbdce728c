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

from typing import Any

from tests.hw_sim.control import Verb
from tests.hw_sim.display_dialects import make_display
from tests.hw_sim.display_model import Display
from tests.hw_sim.line_device import LineDevice, line_arguments, run
from tests.hw_sim.pty_device import DevicePort

SIMULATOR = "customer_display"  # its name in the run's fault log
FAULTS = frozenset({"hung", "unplugged", "wrong_speed"})
DEFAULT_SPEED_BPS = 9600
TICK_S = 0.01


class CustomerDisplay(LineDevice[DevicePort]):
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
        super().__init__(SIMULATOR, FAULTS, link, control, DevicePort(link, speed_bps))
        self._kind = (dialect, charset, lights)
        self._display: Display = make_display(*self._kind)
        self._hung = self._held = False
        self._garbled_bytes = 0

    def verbs(self) -> dict[str, Verb]:
        """What can be seen, and the one thing that can go wrong beside the plug."""
        return {
            "screen": lambda: {"lines": self.state()["lines"]},
            "history": self.history,
            "forget": self.forget,
            "hang": self.hang,
        }

    def turn(self) -> None:
        """Wait for the host and show what it said."""
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
            answer = super().unplug()
            self._hung = self._held = False
        return answer

    def state(self) -> dict[str, Any]:
        """What a person or a test may want to see."""
        with self._lock:
            own = {"hung": self._hung, "garbled_bytes": self._garbled_bytes, **self._display.state()}
            return {**super().state(), **own}


def main() -> None:
    """Run the display until told to end."""
    parser = line_arguments("A customer display on a pseudo-terminal.")
    parser.add_argument("--dialect", choices=("cd5220", "escpos", "led8"), default="cd5220")
    parser.add_argument("--charset", choices=("ascii", "gb18030"), default="ascii")
    parser.add_argument("--lights", choices=("ascii", "binary"), default="ascii", help="how LED8 numbers its lights")
    parser.add_argument("--speed", type=int, dest="speed_bps", default=DEFAULT_SPEED_BPS, help="bits per second")
    run(CustomerDisplay(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()

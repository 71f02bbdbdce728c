"""What the simulators at the end of a serial line have in common: plug, thread, control socket, and the program.

A simulator is a `LineDevice` with verbs, a state and a `turn` of its own, and its program is `run` with what
`line_arguments` and its own options say.
"""

from __future__ import annotations

import argparse
import threading
from typing import Any, Generic, TypeVar

from tests.hw_sim.control import ControlServer, FaultCounter, Verb, arguments, run_until_told
from tests.hw_sim.pty_device import PtyPort

JOIN_S = 5.0
PortT = TypeVar("PortT", bound=PtyPort)


class LineDevice(Generic[PortT]):
    """A simulator at the end of a line: its plug, its thread, its control socket and the count of its faults."""

    def __init__(self, simulator: str, offered: frozenset[str], link: str, control: str, port: PortT) -> None:
        """Link `port` at `link` and serve the verbs at `control` once started."""
        self.faults = FaultCounter(simulator, offered)
        self.link = link
        self.control: ControlServer | None = None
        self._control_path = control
        self._port = port
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=simulator, daemon=True)

    def start(self) -> None:
        """Plug in and serve."""
        self.plug()
        common: dict[str, Verb] = {
            "plug": self.plug,
            "unplug": self.unplug,
            "state": self.state,
            "faults": lambda: {"faults": self.faults.counts()},
        }
        self.control = ControlServer(self._control_path, {**common, **self.verbs()})
        self._thread.start()

    def close(self) -> None:
        """Hang up and stop; safe to call twice."""
        self._closing.set()
        self._port.unplug()
        if self.control is not None:
            self.control.close()
            self._thread.join(JOIN_S)

    def plug(self) -> None:
        """Make the port; nothing happens when it is there already."""
        self._port.plug()

    def unplug(self) -> dict[str, Any]:
        """Pull the plug; `heard` says whether a host had the port open."""
        heard = self._port.unplug()
        if heard:
            self.faults.hit("unplugged")
        return {"heard": heard}

    def state(self) -> dict[str, Any]:
        """What a person or a test may want to see."""
        return {"plugged": self._port.plugged, "open": self._port.listened(), "link": self.link}

    def verbs(self) -> dict[str, Verb]:
        """The device's own verbs."""
        raise NotImplementedError

    def turn(self) -> None:
        """Do what is due, or wait a moment for something to do; called again and again by the device's thread."""
        raise NotImplementedError

    def _serve(self) -> None:
        while not self._closing.is_set():
            self.turn()


def line_arguments(description: str) -> argparse.ArgumentParser:
    """Return the command line every simulator on a line has."""
    parser = arguments(description)
    parser.add_argument("--link", required=True, help="the name of the port, as /dev/serial/by-id would show it")
    return parser


def run(device: LineDevice[Any]) -> None:
    """Run a device until told to end."""
    device.start()
    assert device.control is not None
    run_until_told(device.control, device.close, link=device.link)

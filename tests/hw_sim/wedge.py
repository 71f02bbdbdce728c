r"""A keyboard-type scanner or 125 kHz reader: the kernel's 24-byte input events through a named pipe.

Run it as `python -m tests.hw_sim.wedge --node PATH [--second PATH] --control PATH [--uinput]`. The node plays the part
of `/dev/input/by-id/usb-...-event-kbd`; it vanishes on `unplug` and comes back on `plug`. An end of file on it stands
for ENODEV. `--second` is another node of the same device. With `--uinput` the events go to an input device of the
kernel's instead, whose path the ready line names.

Verbs beside `state`, `faults` and `quit`. `habits` are the fields of `wedge_typist.Habits` (layout, key_s, suffix, gs,
alt, alt_all, alt_zero, caps, joined, rollover, held_repeats, keypad):

- `scan(text, **habits)`: one code;
- `half(text, **habits)`: a code that stops in the middle, for good;
- `torn(text, **habits)`: a code in whose middle the device is pulled out;
- `lossy(text, lost=12, **habits)`: the kernel loses events in the middle and says SYN_DROPPED;
- `stuck(text, **habits)`: the last release of shift never comes;
- `burst(texts, **habits)`: codes one right behind the other, in one delivery;
- `again(text, times=3, pause_s=0.4, **habits)`: the same code, as a stand scanner that still sees it;
- `held(text, **habits)`: every key repeats itself;
- `spread(text, how="suffix", **habits)`: one code over both nodes, by `suffix` or `alternate` keys;
- `person(text, layout="us", seed=1, pace=1.0)`: somebody types; `pace` shortens the real waits, never the times in
  the events;
- `caps()`: caps lock, pressed once;
- `unplug()`, `plug()`.

As with a real device, what is typed while nobody has the node open is lost; the answer's `heard` says which it was.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from tests.hw_sim import wedge_typist as typist
from tests.hw_sim.control import ControlServer, FaultCounter, Verb, arguments, run_until_told
from tests.hw_sim.wedge_keys import CAPS_LOCK
from tests.hw_sim.wedge_node import PipeNode, UinputNode
from tests.hw_sim.wedge_typist import Event, Habits

SIMULATOR = "wedge"  # its name in the run's fault log
FAULTS = frozenset(
    {
        *("half_code", "torn_away", "events_lost", "stuck_shift", "burst", "repeated_code", "held_keys"),
        *("two_nodes", "person_typing", "caps_lock", "unplugged"),
    }
)
# A host that takes nothing for this long is reported instead of waited for; below the control client's limit.
WRITE_TIMEOUT_S = 5.0
FULL_WAIT_S = 0.005

Typed = list[tuple[int, Event]]


class Wedge:
    """The simulator whole: nodes, typist, verbs and the count of faults."""

    def __init__(self, nodes: Sequence[str], control: str, *, uinput: bool = False) -> None:
        """Make the nodes at `nodes` (one or two), or one input device of the kernel's, and serve verbs at `control`."""
        if not uinput and not 1 <= len(nodes) <= 2:
            raise ValueError("a device has one node or two")
        self.faults = FaultCounter(SIMULATOR, FAULTS)
        self.control: ControlServer | None = None
        self.kernel = UinputNode() if uinput else None
        self._pipes = [] if uinput else [PipeNode(path) for path in nodes]
        self._control_path = control
        self._typed = 0
        self._typing = threading.Lock()
        self._closing = threading.Event()

    def start(self) -> None:
        """Plug in and answer verbs."""
        self._plug()
        self.control = ControlServer(self._control_path, self._verbs())

    def close(self) -> None:
        """Pull out and stop; safe to call twice."""
        self._closing.set()
        self._pull()
        if self.control is not None:
            self.control.close()

    def _verbs(self) -> dict[str, Verb]:
        return {
            "scan": lambda text, **habits: self._type(typist.code(text, Habits(**habits))),
            "half": self._half,
            "torn": self._torn,
            "lossy": self._lossy,
            "stuck": lambda text, **habits: self._type(
                typist.with_stuck(typist.code(text, Habits(**habits))), "stuck_shift"
            ),
            "burst": self._burst,
            "again": self._again,
            "held": lambda text, **habits: self._type(
                typist.code(text, Habits(**{"held_repeats": 2, **habits})), "held_keys"
            ),
            "spread": self._spread,
            "person": self._person,
            "caps": lambda: self._type(typist.lone_key(CAPS_LOCK), "caps_lock"),
            "plug": self._plug,
            "unplug": self._unplug,
            "state": self.state,
            "faults": lambda: {"faults": self.faults.counts()},
        }

    def _half(self, text: str, **habits: Any) -> Mapping[str, Any]:
        return self._type(typist.cut(typist.code(text, Habits(**habits))), "half_code")

    def _torn(self, text: str, **habits: Any) -> Mapping[str, Any]:
        answer = self._type(typist.cut(typist.code(text, Habits(**habits))), "torn_away")
        self._pull()
        return answer

    def _lossy(self, text: str, *, lost: int = 12, **habits: Any) -> Mapping[str, Any]:
        if self.kernel is not None:
            raise ValueError("only the kernel itself can say that it lost something")
        return self._type(typist.with_loss(typist.code(text, Habits(**habits)), lost=lost), "events_lost")

    def _burst(self, texts: Sequence[str], **habits: Any) -> Mapping[str, Any]:
        whole: list[Event] = []
        for text in texts:
            whole = typist.after(whole, typist.code(text, Habits(**{"key_s": 0.0, **habits})), 0.0)
        return self._type(whole, "burst")

    def _again(self, text: str, *, times: int = 3, pause_s: float = 0.4, **habits: Any) -> Mapping[str, Any]:
        return self._type(typist.repeated(typist.code(text, Habits(**habits)), times, pause_s), "repeated_code")

    def _spread(self, text: str, *, how: str = "suffix", **habits: Any) -> Mapping[str, Any]:
        if len(self._pipes) != 2:
            raise ValueError("this device has one node only")
        return self._emit(typist.on_two_nodes(typist.code(text, Habits(**habits)), how), "two_nodes")

    def _person(self, text: str, *, layout: str = "us", seed: int = 1, pace: float = 1.0) -> Mapping[str, Any]:
        return self._type(typist.person(text, layout=layout, seed=seed), "person_typing", pace=pace)

    def _type(self, events: Sequence[Event], fault: str = "", *, pace: float = 1.0) -> Mapping[str, Any]:
        return self._emit([(0, event) for event in events], fault, pace=pace)

    def _emit(self, typed: Typed, fault: str = "", *, pace: float = 1.0) -> Mapping[str, Any]:
        """Deliver events at their times (the waits times `pace`); the answer's `heard` says whether all arrived."""
        if not self._plugged():
            raise OSError("the device is unplugged")
        with self._typing:
            for pipe in self._pipes:
                pipe.forget()
            heard = self._deliver(typed, pace)
            self._typed += int(heard)
        if heard and fault:
            self.faults.hit(fault)
        return {"heard": heard, "events": len(typed)}

    def _deliver(self, typed: Typed, pace: float) -> bool:
        base_s, begun_s = time.time(), time.monotonic()
        while typed:
            due_s = typed[0][1].at_s
            together = 1
            # What shares node and time goes in one delivery, as one report or one burst does.
            while together < len(typed) and typed[together][0] == typed[0][0] and typed[together][1].at_s == due_s:
                together += 1
            self._closing.wait(max(0.0, begun_s + due_s * pace - time.monotonic()))
            if not self._put(typed[0][0], [event for _, event in typed[:together]], base_s):
                return False
            typed = typed[together:]
        return True

    def _put(self, node: int, events: Sequence[Event], base_s: float) -> bool:
        if self.kernel is not None:
            for event in events:
                self.kernel.write(event)
            return True
        left = typist.pack(events, base_s)
        deadline = time.monotonic() + WRITE_TIMEOUT_S
        while left:
            taken = self._pipes[node].write(left)
            if taken is None:
                return False
            left = left[taken:]
            if not taken:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"the host has the node open but left {len(left)} bytes unread")
                self._closing.wait(FULL_WAIT_S)
        return True

    def _plugged(self) -> bool:
        return self.kernel.plugged if self.kernel is not None else self._pipes[0].plugged

    def _plug(self) -> None:
        for node in self._nodes():
            node.plug()

    def _pull(self) -> bool:
        heard = [node.unplug() for node in self._nodes()]
        return any(heard)

    def _nodes(self) -> Sequence[PipeNode | UinputNode]:
        return [self.kernel] if self.kernel is not None else self._pipes

    def _unplug(self) -> dict[str, Any]:
        heard = self._pull()
        if heard:
            self.faults.hit("unplugged")
        return {"heard": heard}

    def state(self) -> dict[str, Any]:
        """Whether it is plugged in, whether a host has each node open, and how many streams arrived whole."""
        opened = [pipe.listened() for pipe in self._pipes]
        return {"plugged": self._plugged(), "open": opened, "typed": self._typed}


def main() -> None:
    """Run the device until told to end."""
    parser = arguments("A keyboard-type scanner, as input events through a pipe.")
    parser.add_argument("--node", help="the name of the pipe, as /dev/input/by-id would show it")
    parser.add_argument("--second", help="another node of the same device")
    parser.add_argument("--uinput", action="store_true", help="make an input device of the kernel's instead")
    options = parser.parse_args()
    nodes = [path for path in (options.node, options.second) if path]
    if bool(nodes) == options.uinput:
        parser.error("either --node or --uinput")
    wedge = Wedge(nodes, options.control, uinput=options.uinput)
    wedge.start()
    assert wedge.control is not None
    run_until_told(wedge.control, wedge.close, nodes=[wedge.kernel.path] if wedge.kernel is not None else nodes)


if __name__ == "__main__":
    main()

"""What a person does at a printer's control socket, whatever cable the printer hangs on."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Protocol

from tests.hw_sim.control import FaultCounter, Verb
from tests.hw_sim.printer import Printer


class Cable(Protocol):
    """The cable a printer hangs on."""

    @property
    def printer(self) -> Printer:
        """The printer."""
        ...

    def state(self) -> Mapping[str, Any]:
        """All a person may want to see."""
        ...

    def set_switch(self, name: str, *, value: bool) -> None:
        """Flip a switch of the printer or of the cable."""
        ...

    def power_cut(self) -> None:
        """Cut the printer's power for a moment."""
        ...


def printer_verbs(cable: Cable, faults: FaultCounter) -> dict[str, Verb]:
    """The verbs every printer's control socket offers."""
    printer = cable.printer

    def slips(since: int = 0) -> Mapping[str, Any]:
        return {"slips": [
            {"number": slip.number, "png": str(slip.path) if slip.path else None, "rows": slip.rows,
             "ended": slip.ended, "text": slip.text, "transcript": list(slip.transcript)}
            for slip in printer.slips if slip.number > since
        ]}  # fmt: skip

    def events(since: int = 0) -> Mapping[str, Any]:
        return {"events": [dataclasses.asdict(event) for event in list(printer.events) if event.number > since]}

    return {
        "state": cable.state,
        "faults": lambda: {"faults": faults.counts()},
        "set": lambda switch, value: cable.set_switch(switch, value=bool(value)),
        "power_cut": cable.power_cut,
        "paper_end_after": lambda rows: printer.paper_end_after(int(rows)),
        "reload": printer.reload,
        "slips": slips,
        "events": events,
        "strict_errors": lambda: {"strict_errors": list(printer.strict_errors)},
    }

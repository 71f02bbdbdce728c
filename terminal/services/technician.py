"""The technician's page: devices and the self-check, for a manager who is signed in at the counter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from terminal.base.clock import Clock
from terminal.base.errors import Refusal
from terminal.runtime.device_watch import DeviceWatch
from terminal.services.device_desk import DeviceDesk
from terminal.services.device_outcome import Outcome
from terminal.services.device_setup import DeviceSetup
from terminal.services.doctor import Check
from terminal.services.receipts import local_minute
from terminal.services.staff import MANAGER, SignIns
from terminal.services.views import SignedIn


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device as the technician sees it.

    `kind` is empty for the service of all card readers; `state` is `ready`, `missing` or `fault`, and `code` what is
    wrong now (for a printer also why it cannot print). `fault` is its newest loss since the till started, at
    `fault_at_text`; both are empty when there was none.
    """

    id: str
    kind: str
    place: str
    state: str
    code: str
    fault: str = ""
    fault_at_text: str = ""


class Technician:
    """What the page may ask; every call is refused as `signed_out` or `manager_only` to anybody but a manager."""

    def __init__(
        self,
        sign_ins: SignIns,
        devices: DeviceDesk,
        watch: DeviceWatch,
        clock: Clock,
        examine: Callable[[], Sequence[Check]],
        versions: Callable[[], Mapping[str, str]],
        *,
        setup: DeviceSetup | None = None,
    ) -> None:
        """Try devices by `devices`; `examine` makes the self-check, in the calling thread.

        Without a `setup` nothing can be configured: the till knows of no file that it was started from.
        """
        self._sign_ins = sign_ins
        self._devices = devices
        self._watch = watch
        self._clock = clock
        self._examine = examine
        self._versions = versions
        self._setup = setup

    def signed_in(self, token: str) -> SignedIn:
        """Return which manager asks."""
        return _manager(self._sign_ins.get(token))

    def devices(self, token: str) -> Sequence[DeviceRow]:
        """Return every device, configured ones first."""
        self.signed_in(token)
        return self._rows()

    def look(self, token: str) -> Sequence[DeviceRow]:
        """Return the same for a page that only lies open, which keeps nobody signed in."""
        found = self._sign_ins.look(token)
        if found is None:
            raise Refusal("signed_out")
        _manager(found)
        return self._rows()

    def test(self, token: str, device: str, language: str) -> Outcome:
        """Try a device as `DeviceDesk.test` does; takes as long as a technician needs to hold a card to it."""
        self.signed_in(token)
        return self._devices.test(device, language)

    def hint(self, token: str, device: str, printed: str) -> Outcome:
        """Find a reader's byte order with one card, as `DeviceDesk.hint` does; takes as long as `test`."""
        self.signed_in(token)
        return self._devices.hint(device, printed)

    def setup(self, token: str) -> DeviceSetup | None:
        """Return what configures the devices, or None where nothing can."""
        self.signed_in(token)
        return self._setup

    def self_check(self, token: str) -> Sequence[Check]:
        """Return every check."""
        self.signed_in(token)
        return self._examine()

    def print_self_check(self, token: str, language: str) -> None:
        """Check everything and print it on the counter's printer; refused as `printer_unavailable` without one."""
        rows = [[check.code, check.subject, check.trouble, dict(check.values)] for check in self.self_check(token)]
        self._devices.doctor_print(rows, dict(self._versions()), language)

    def _rows(self) -> list[DeviceRow]:
        states = self._devices.states()
        return [self._row(name, str(state["state"]), str(state["code"])) for name, state in states.items()]

    def _row(self, name: str, state: str, code: str) -> DeviceRow:
        device = self._devices.device(name)
        printer = self._watch.printer(name)
        if state == "ready" and printer is not None and printer.blocked:
            state, code = "fault", printer.blocked
        fault = self._watch.last_fault(name)
        return DeviceRow(
            id=name,
            kind=device.kind if device else "",
            place=device.place if device else "",
            state=state,
            code=code,
            fault=fault.code if fault else "",
            fault_at_text=local_minute(self._clock, fault.at_ms) if fault else "",
        )


def _manager(signed_in: SignedIn) -> SignedIn:
    if signed_in.role != MANAGER:
        raise Refusal("manager_only")
    return signed_in

"""The card models on Debian's real card service: pcscd with vsmartcard's virtual reader (vpcd), unprivileged.

The service gets its listening socket as systemd would hand it over, so that a killed service comes back under the same
name. It finds its readers in a folder of its own and leaves the machine's settings, readers and service alone: where
the machine has namespaces, it sees an empty /run and no drivers for USB readers.
Sources: vsmartcard documentation (virtual reader protocol), pcscd(8), sd_listen_fds(3).
"""

from __future__ import annotations

import contextlib
import functools
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tests.hw_sim.vpcd_reader import VirtualReader

DRIVER = pathlib.Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
PROGRAM_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
STARTING_S = 20.0  # for the service to listen on its readers' ports, on a machine with much else to do
STOPPING_S = 5.0
KNOCK_S = 0.02
STARTS_MAX = 5
LISTENING = "0A"  # TCP state in /proc/net/tcp
# Below what the kernel gives to outgoing connections, so that none of those takes a port between choice and start.
PORTS = range(20000, 32000, 2)
# The socket arrives as standard input and must become descriptor 3; the process number must be the service's own, which
# only the shell that becomes the service can say.
START = "exec 3<&0 </dev/null; export LISTEN_PID=$$ LISTEN_FDS=1; exec {program} --config {folder}"
OWN_RUN = "mount -t tmpfs none /run && mkdir /run/pcscd && mount -t tmpfs none /usr/lib/pcsc/drivers && "


@dataclass(frozen=True, slots=True)
class Tools:
    """What this machine offers: the service's command, and how to give it a /run of its own (empty: not at all)."""

    command: str
    own_run: tuple[str, ...]


@functools.cache
def missing() -> str:
    """Return why the real service cannot be used here, or nothing."""
    if not shutil.which("pcscd", path=PROGRAM_PATH):
        return "pcscd is not installed"
    if not DRIVER.exists():
        return "vsmartcard-vpcd is not installed"
    return "" if _tools() else "no namespaces here, and no folder /run/pcscd"


@functools.cache
def _tools() -> Tools | None:
    program = shutil.which("pcscd", path=PROGRAM_PATH)
    assert program, "`missing` is asked first"
    # A test run that is killed takes the service with it.
    leash = "setpriv --pdeathsig TERM " if shutil.which("setpriv", path=PROGRAM_PATH) else ""
    command = f"{leash}{program} --foreground --error"
    if b"--disable-polkit" in subprocess.run([program, "--help"], capture_output=True, check=False).stdout:
        # Newer services ask polkit who may use a card; there is none in a test, and nobody to protect from.
        command += " --disable-polkit"
    ways: tuple[tuple[str, ...], ...] = (("unshare", "--mount"), ("unshare", "--user", "--map-root-user", "--mount"))
    for way in ways:
        with contextlib.suppress(OSError):
            if not subprocess.run([*way, "sh", "-c", OWN_RUN + "true"], capture_output=True, check=False).returncode:
                return Tools(command, way)
    return Tools(command, ()) if pathlib.Path("/run/pcscd").is_dir() else None


class RealDaemon:
    """A pcscd of our own with virtual readers; a context manager that leaves nothing behind."""

    def __init__(self, names: Sequence[str]) -> None:
        """Prepare one virtual reader for each of `names`; eight is what the service has room for."""
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="counterfoil-vpcd-"))
        self.socket_path = self._folder / "pcscd.comm"
        self._names = tuple(names)
        self.readers: dict[str, VirtualReader] = {name: VirtualReader(name, 0) for name in names}
        # Ours, and open for as long as we like: clients that come while the service is dead wait in its queue.
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self.socket_path))
        self._listener.listen()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it; raise `RuntimeError` when it does not come up."""
        for _ in range(STARTS_MAX):
            self._settle_ports()
            if self._start():
                return self
            self.kill()
        said = self.log()
        self.close()
        raise RuntimeError(f"pcscd does not listen on its readers' ports: {said}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it and tidy up."""
        self.close()

    def log(self) -> str:
        """Return what the service has said since its last start."""
        path = self._folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def kill(self) -> None:
        """End the service without warning, as a crash does."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start the service again under the same name with the same readers; raise `RuntimeError` when it fails."""
        if not self._start():
            raise RuntimeError(f"pcscd does not come back: {self.log()}")

    def close(self) -> None:
        """Take the cards away, stop the service and remove its folder."""
        for reader in self.readers.values():
            reader.remove()
        self._end(signal.SIGTERM)
        self._listener.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _settle_ports(self) -> None:
        """Choose free ports and write the settings: each entry opens two ports and needs a driver file of its own."""
        settings = self._folder / "readers"
        shutil.rmtree(settings, ignore_errors=True)
        settings.mkdir()
        for number, (name, port) in enumerate(zip(self._names, _free_pairs(), strict=False)):
            library = self._folder / f"libifdvpcd-{number}.so"
            if not library.exists():
                shutil.copy(DRIVER, library)
            (settings / f"reader-{number}").write_text(
                f'FRIENDLYNAME "{name}"\nDEVICENAME /dev/null:0x{port:X}\nLIBPATH {library}\nCHANNELID 0x{port:X}\n'
            )
            self.readers[name].port = port

    def _start(self) -> bool:
        """Start the process; return whether it listens on every reader's port."""
        tools = _tools()
        assert tools is not None, "`missing` is asked first"
        command = START.format(program=tools.command, folder=self._folder / "readers")
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [*tools.own_run, "sh", "-c", (OWN_RUN if tools.own_run else "") + command],
                stdin=self._listener.fileno(),
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PATH": PROGRAM_PATH},
            )
        wanted = {reader.port + second for reader in self.readers.values() for second in (0, 1)}
        deadline_s = time.monotonic() + STARTING_S
        while self._process.poll() is None and time.monotonic() < deadline_s:
            if wanted <= _listening(self._process.pid):
                return True
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(KNOCK_S)
        return False

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(STOPPING_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_pairs() -> Iterator[int]:
    """Yield ports which are free together with the next one, from a random place on."""
    start = random.SystemRandom().randrange(len(PORTS))
    for step in range(len(PORTS)):
        port = PORTS[(start + step) % len(PORTS)]
        if all(map(_is_free, (port, port + 1))):
            yield port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


def _listening(process: int) -> set[int]:
    """Return the TCP ports on which a process listens; connecting to see would lay a card on the reader."""
    owned = set()
    with contextlib.suppress(OSError):
        for entry in pathlib.Path(f"/proc/{process}/fd").iterdir():
            with contextlib.suppress(OSError):
                owned.add(str(entry.readlink()))
    ports = set()
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in pathlib.Path(f"/proc/{process}/net/{table}").read_text().splitlines()[1:]:
                words = line.split()
                if words[3] == LISTENING and f"socket:[{words[9]}]" in owned:
                    ports.add(int(words[1].rpartition(":")[2], 16))
    return ports

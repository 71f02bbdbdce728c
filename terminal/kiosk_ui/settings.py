"""What the web layer is told at start."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from terminal.base.clock import Clock

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Where the pages listen and how long they wait.

    `host` must be a loopback address: the shop's network reaches the staff pages through the TLS unit only.
    `trusted_hosts` are the names a request may be addressed to; add the name the TLS unit answers to.
    `streams_max` live streams are served at once out of `threads` server threads; `heartbeat_s` is the longest
    silence on a stream, `slice_s` how soon a closed stream gives its thread back.
    """

    clock: Clock
    host: str = "127.0.0.1"
    port: int = 8080
    trusted_hosts: tuple[str, ...] = LOOPBACK_NAMES
    streams_max: int = 10
    threads: int = 16
    heartbeat_s: float = 10.0
    slice_s: float = 1.0


def is_loopback(address: str) -> bool:
    """Tell whether `address` (a number, or `localhost`) stays inside this machine."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False

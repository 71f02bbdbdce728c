"""Importing a hundred thousand lines, and how long a tap waits while lines go through a running till."""

from __future__ import annotations

import pathlib
import random
import subprocess
import time

from bench.figures import Figure, once, p99, sampled, spread
from bench.listener import ScreenListener
from bench.members import FEW, MANY
from bench.programs import REPOSITORY, BenchError
from bench.scale import Scale
from bench.shop import Shop, open_shop
from bench.stores import many_folder, members_file, note_kept, run, set_up

LIMIT_S = 60.0
BESIDE_PART = 10  # one line in so many goes through a running till
TAP_TIMEOUT_S = 20.0
# Seldom enough to leave the import its time, often enough to meet the longest wait.
PAUSE_S = (0.1, 0.5)
# An unknown card, before its line is in, is an answer too.
ANSWERS = frozenset(("member", "error"))


def measure(folder: pathlib.Path, scale: Scale) -> list[Figure]:
    """Return the figures of an import; the store it makes is kept for the other pieces."""
    return [*_alone(folder, scale), *_beside_a_till(folder / "importing", scale.members // BESIDE_PART)]


def _alone(folder: pathlib.Path, scale: Scale) -> list[Figure]:
    """Import everything with no till running, as a shop does on the day before it opens."""
    kept = many_folder(folder, scale.members)
    with open_shop(kept) as shop:
        set_up(shop)
        file = members_file(shop, scale.members)
        began_s = time.perf_counter()
        run(shop, "import", "members", str(file))
        took_s = time.perf_counter() - began_s
    note_kept(kept)
    return [
        once(f"import of {scale.members:,} lines", took_s, "s", limit=LIMIT_S if scale.members == MANY else None),
        once("lines per second", scale.members / took_s, "/s"),
    ]


def _beside_a_till(folder: pathlib.Path, members: int) -> list[Figure]:
    """Import a part of it through a till that serves taps meanwhile."""
    with open_shop(folder) as shop:
        set_up(shop)
        file = members_file(shop, members)
        shop.start_reader(range(FEW))
        shop.start_till()
        listener = ScreenListener(shop.wiring.till_port)
        listener.wait_for(frozenset(("idle",)), 0, TAP_TIMEOUT_S)
        idle_ms = [_tap(shop, listener, member) for member in list(range(FEW)) * 3]
        began_s = time.perf_counter()
        importing = subprocess.Popen(
            shop.command("import", "members", str(file)),
            cwd=REPOSITORY,
            env=shop.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        waits_ms = _tap_until_it_ends(importing, shop, listener)
        took_s = time.perf_counter() - began_s
        words, _ = importing.communicate()
        if importing.returncode:
            raise BenchError(f"the import failed: {words[-400:]}")
        listener.close()
    return [
        once(f"beside a running till, {members:,} lines", members / took_s, "/s"),
        sampled("tap to screen sent meanwhile, p50", waits_ms, "ms", note=spread(waits_ms, "ms")),
        sampled("tap to screen sent meanwhile, p99", waits_ms, "ms", of=p99),
        once("longest tap meanwhile", max(waits_ms), "ms"),
        sampled("tap to screen sent before it, p50", idle_ms, "ms", note=spread(idle_ms, "ms")),
    ]


def _tap_until_it_ends(importing: subprocess.Popen[str], shop: Shop, listener: ScreenListener) -> list[float]:
    draw = random.Random(2)
    waits_ms = []
    while importing.poll() is None:
        waits_ms.append(_tap(shop, listener, draw.randrange(FEW)))
        time.sleep(draw.uniform(*PAUSE_S))
    return waits_ms


def _tap(shop: Shop, listener: ScreenListener, member: int) -> float:
    at_ns = shop.tap(member)
    shown_ns = listener.wait_for(ANSWERS, at_ns, TAP_TIMEOUT_S)
    shop.take_card()
    return (shown_ns - at_ns) / 1e6

"""From starting the till's process to its `ready` line, with ten members and with a hundred thousand, in turn."""

from __future__ import annotations

import pathlib
import shutil
from collections.abc import Sequence

from bench.figures import Figure, sampled, spread
from bench.members import FEW
from bench.scale import Scale
from bench.shop import Shop, open_shop
from bench.stores import few_store, many_store

LIMIT_S = 1.5


def measure(folder: pathlib.Path, scale: Scale) -> list[Figure]:
    """Return the figures of a start."""
    many = many_store(folder, scale.members)
    few_s, many_s, first_s = [], [], []
    with few_store(folder) as few_shop, open_shop(many, fresh=False) as many_shop, open_shop(folder / "new") as new:
        for shop in (few_shop, many_shop, new):
            shop.start_reader(())
        for _ in range(scale.starts):
            few_s.append(_start(few_shop))
            many_s.append(_start(many_shop))
            shutil.rmtree(new.wiring.data / "till", ignore_errors=True)
            (new.wiring.data / "till.key").unlink(missing_ok=True)
            first_s.append(_start(new))
    return [
        _figure(f"start to ready, {FEW} members", few_s),
        _figure(f"start to ready, {scale.members:,} members", many_s),
        _figure("the very first start, which makes key and store", first_s),
    ]


def _start(shop: Shop) -> float:
    shop.start_till()
    till = shop.running.pop("till")
    till.end()
    return till.ready_s


def _figure(name: str, values: Sequence[float]) -> Figure:
    return sampled(name, values, "s", limit=LIMIT_S, note=spread(values, "s"))

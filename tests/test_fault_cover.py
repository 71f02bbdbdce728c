"""Every fault a simulator offers took effect in some test of this run (last; only with `--all-faults`)."""

import importlib
import pathlib
import pkgutil

from tests import hw_sim


def offered_faults() -> set[str]:
    """Return `simulator fault` for each fault that a module of the simulators offers as SIMULATOR and FAULTS."""
    names = [found.name for found in pkgutil.iter_modules(hw_sim.__path__) if not found.name.startswith("test_")]
    modules = [importlib.import_module(f"{hw_sim.__name__}.{name}") for name in names]
    offering = [module for module in modules if hasattr(module, "FAULTS")]
    named = [module for module in offering if hasattr(module, "SIMULATOR")]
    for module in offering:
        assert any(module.FAULTS is other.FAULTS for other in named), f"{module.__name__} offers faults of no SIMULATOR"
    return {f"{module.SIMULATOR} {fault}" for module in named for fault in module.FAULTS}


def test_every_fault_the_simulators_offer_took_effect(fault_log: pathlib.Path) -> None:
    offered = offered_faults()
    assert offered, "no simulator offers a fault, so nothing was compared"
    unhit = offered - set(fault_log.read_text(encoding="utf-8").splitlines())
    assert not unhit, f"no test made these faults take effect: {', '.join(sorted(unhit))}"

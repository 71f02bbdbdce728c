"""Tests, in the same tree as the source, with simulators and journeys beside them."""

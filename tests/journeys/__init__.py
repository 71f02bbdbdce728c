"""Whole journeys: the programs `make run` starts, worked through wires and browsers."""

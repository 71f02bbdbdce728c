"""The price engine: what a bill costs, with every step named; pure."""

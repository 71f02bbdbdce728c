"""The price of a bill: the engine, and a second, naive implementation it must agree with."""

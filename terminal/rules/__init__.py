"""Floor 1: pure decisions from values alone: no store, no clock, no input or output."""

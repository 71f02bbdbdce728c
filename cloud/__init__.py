"""The cloud's side of sync as a library: what it keeps and answers. No HTTP, no clock and no chance of its own."""

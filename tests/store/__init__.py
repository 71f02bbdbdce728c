"""Floor 1: the store."""

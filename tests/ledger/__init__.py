"""Floor 2: the book."""

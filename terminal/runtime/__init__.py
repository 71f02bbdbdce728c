"""Floor 1: dispatcher, device supervisor, live board; knows nothing about salons."""

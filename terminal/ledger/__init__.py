"""Floor 2: posting entries and reading balances; the book always balances."""

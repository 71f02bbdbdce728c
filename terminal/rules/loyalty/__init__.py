"""Points and levels: what a bill earns, what points buy, what a refund takes back, and where a member stands."""

"""A till's people: their shifts, what they may do, whose approval they need, and what looks wrong."""

"""A till's shifts, what its people may do, and what looks wrong there. Pure rules."""

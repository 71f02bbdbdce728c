"""Rules as a shop writes them down: from a set-up file to values, from values to what is stored, and what changed."""

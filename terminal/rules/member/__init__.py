"""Members: their file, birthdays, duplicates, merging and privacy; pure."""

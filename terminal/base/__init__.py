"""Floor 0: money, ids, clock, events, errors and configuration types; imports nothing of ours."""

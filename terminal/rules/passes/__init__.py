"""Passes: prepaid sessions, courses of several services, and periods; sold, used, paused, refunded, ended."""

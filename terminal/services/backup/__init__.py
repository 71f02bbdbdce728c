"""Backups: one sealed file that only the recovery key opens, and a store put back from it."""

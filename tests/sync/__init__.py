"""Tests of floor 4, the sync process."""

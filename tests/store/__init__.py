"""Tests of terminal.store."""

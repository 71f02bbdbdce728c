"""Tests of terminal.rules."""

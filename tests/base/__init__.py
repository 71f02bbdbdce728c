"""Tests of terminal.base."""

"""Tests of terminal.ledger."""

"""Crash tests: the till killed between its durable steps, and storage that lost its power at any moment."""

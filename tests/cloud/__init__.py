"""Tests of the cloud side of sync."""

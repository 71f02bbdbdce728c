"""Tests of threads, supervision and delivery."""

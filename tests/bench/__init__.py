"""Tests of the bench: that its figures are judged rightly and that its pieces run."""

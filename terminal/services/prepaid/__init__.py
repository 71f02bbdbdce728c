"""Prepaid value: money coming in, what is given for it, and what changes its owner or its dates."""

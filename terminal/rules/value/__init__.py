"""Stored value: what a top-up grants, how its bonus opens, which lots a bill takes, and what the law allows; pure."""

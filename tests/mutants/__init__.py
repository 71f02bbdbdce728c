"""Mutation testing: the product's code is changed in one place at a time, and a test must fail."""

"""The bench: measures the running product and prints each figure beside its limit (`python -m bench`)."""

"""Receipts as they must stay: listings of their bytes, pictures of their paper, and what writes both."""

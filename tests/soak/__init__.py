"""Hours in a minute: what a running till holds must not grow."""

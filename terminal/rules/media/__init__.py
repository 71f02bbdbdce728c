"""Media: the life of a card, what it proves, and the member QR; pure."""

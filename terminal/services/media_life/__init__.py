"""The life of media: issued, lost and found again, replaced, exchanged, handed in, blocked; each once, in the book."""

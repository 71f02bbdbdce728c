"""Cards that can prove which card they are: their cryptography, keys, proofs, tap addresses, and their issuing."""

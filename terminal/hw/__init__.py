"""Floor 4: drivers, one file per device: bytes in, events out."""

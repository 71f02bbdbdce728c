"""Floor 4: Flask pages and the live screen."""

"""The web layer: pages, live screen, words."""

"""The store terminal: one till process, complete alone."""

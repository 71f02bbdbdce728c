"""Random input against every parser: each may raise its own errors only."""

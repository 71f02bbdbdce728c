"""Floor 3: use cases: one public function is one thing staff or members do, in one transaction."""

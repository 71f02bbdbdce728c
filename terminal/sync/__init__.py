"""Floor 4: push and pull with the cloud, in a process of its own."""

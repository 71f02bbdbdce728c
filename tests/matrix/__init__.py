"""The fault matrix: every fault of every simulated device, at every moment, and what must hold all the while."""

"""The simulator of sync: real tills, a real cloud, and one seed that decides every draw, message, clock and crash."""

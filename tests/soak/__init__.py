"""Many records through many faults, with the oracle at the end of each round."""

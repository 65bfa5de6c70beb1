"""The benchmark itself: what it counts, and what it tells."""

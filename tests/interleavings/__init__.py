"""Interleavings of the real threads of a producer, chosen by frontrun."""
